//! `/streams/{name}/consumers`: who reads a stream, and how far they have come.

use crate::error::{Answer, Failures, HttpError};
use crate::extract::{Json, Path};
use crate::socket::{Ended, Patience, Socket, prepare};
use crate::state::HttpState;
use afterimage_api::dto::{
    ConsumerCreate, ConsumerList, ConsumerMessage, ConsumerView, ReaderMessage,
};
use afterimage_api::{Caller, ConsumerFeed, ConsumerItem, ConsumerName};
use afterimage_base::{ErrorKind, StreamName};
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json as JsonAnswer};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A model may think about one fragment for minutes and take nothing meanwhile.
const PATIENCE: Patience =
    Patience { silence: Duration::from_secs(15 * 60), send: Duration::from_secs(10 * 60) };

/// All consumers of a stream with their positions.
#[utoipa::path(get, path = "/streams/{name}/consumers", operation_id = "listConsumers",
    tag = "consumers", params(("name" = String, Path, description = "The stream")),
    responses((status = 200, body = ConsumerList), Failures))]
pub(super) async fn list(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
) -> Answer<JsonAnswer<ConsumerList>> {
    let consumers = state.api.consumers(caller, &name).await?;
    let consumers = consumers.into_iter().map(ConsumerView::from).collect();
    Ok(JsonAnswer(ConsumerList { consumers }))
}

/// Creates a consumer; one that exists with the same start stays as it is.
#[utoipa::path(put, path = "/streams/{name}/consumers/{consumer}", operation_id = "putConsumer",
    tag = "consumers",
    params(("name" = String, Path, description = "The stream"),
        ("consumer" = String, Path, description = "The consumer")),
    request_body = ConsumerCreate, responses((status = 200, body = ConsumerView), Failures))]
pub(super) async fn put(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path((name, consumer)): Path<(StreamName, ConsumerName)>,
    Json(body): Json<ConsumerCreate>,
) -> Answer<JsonAnswer<ConsumerView>> {
    let consumer = state.api.put_consumer(caller, &name, &consumer, body.start.into()).await?;
    Ok(JsonAnswer(consumer.into()))
}

/// Forgets a consumer and its position.
#[utoipa::path(delete, path = "/streams/{name}/consumers/{consumer}",
    operation_id = "deleteConsumer", tag = "consumers",
    params(("name" = String, Path, description = "The stream"),
        ("consumer" = String, Path, description = "The consumer")),
    responses((status = 204, description = "It is gone."), Failures))]
pub(super) async fn delete(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path((name, consumer)): Path<(StreamName, ConsumerName)>,
) -> Answer<StatusCode> {
    state.api.delete_consumer(caller, &name, &consumer).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads over WebSocket: `ConsumerMessage` texts, each followed by its bytes; the reader answers
/// with `ReaderMessage` texts. First what the archive holds, then what is being recorded.
#[utoipa::path(get, path = "/streams/{name}/consumers/{consumer}/read",
    operation_id = "readConsumer", tag = "consumers",
    params(("name" = String, Path, description = "The stream"),
        ("consumer" = String, Path, description = "The consumer")),
    responses((status = 101, description = "The WebSocket is open.", body = ConsumerMessage),
        Failures))]
pub(super) async fn read(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path((name, consumer)): Path<(StreamName, ConsumerName)>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Answer<Response> {
    let upgrade = upgrade.map_err(HttpError::from)?;
    let feed = state.api.read_consumer(caller, &name, &consumer).await?;
    let shutdown = state.shutdown;
    Ok(prepare(upgrade).on_upgrade(|socket| async move {
        // The reader left: it comes back to its committed position.
        let (Ok(()) | Err(Ended)) = run(Socket::new(socket, PATIENCE), feed, shutdown).await;
    }))
}

async fn run(
    mut socket: Socket,
    mut feed: ConsumerFeed,
    shutdown: CancellationToken,
) -> Result<(), Ended> {
    loop {
        let item = tokio::select! {
            () = shutdown.cancelled() => {
                socket.close_for_shutdown().await;
                return Ok(());
            }
            text = socket.text() => {
                if let Err(error) = obey(&feed, &text?).await {
                    socket.close(close_for(error.kind), &error.message).await;
                    return Ok(());
                }
                continue;
            }
            item = feed.next() => item,
        };
        match item {
            Ok(Some(ConsumerItem::Init { segment, init })) => {
                let mime = init.mime();
                socket.send_json(&ConsumerMessage::Init { segment: segment.0, mime }).await?;
                socket.send_binary(init.bytes.clone()).await?;
            }
            Ok(Some(ConsumerItem::Fragment { record, bytes, behind })) => {
                socket.send_json(&afterimage_api::fragment_message(&record, behind)).await?;
                socket.send_binary(bytes).await?;
            }
            Ok(None) => {
                socket.close(close_code::NORMAL, "no more will come").await;
                return Ok(());
            }
            Err(error) => {
                tracing::error!(%error, "a consumer could not go on");
                socket.close(close_for(error.kind), &error.message).await;
                return Ok(());
            }
        }
    }
}

async fn obey(feed: &ConsumerFeed, text: &str) -> Result<(), afterimage_api::ApiError> {
    let message: ReaderMessage = serde_json::from_str(text).map_err(|error| {
        afterimage_api::ApiError::invalid(format!("not a message of a reader: {error}"))
    })?;
    match message {
        ReaderMessage::Commit { fragment } => feed.commit(fragment).await,
    }
}

const fn close_for(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::InvalidInput | ErrorKind::NotFound => close_code::POLICY,
        _ => close_code::ERROR,
    }
}
