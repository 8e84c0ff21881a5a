//! `/streams/{name}/live`: what a camera sees now, one frame a message.

use crate::error::{Answer, Failures, HttpError};
use crate::extract::Path;
use crate::socket::{Ended, Patience, Socket, prepare};
use crate::state::HttpState;
use afterimage_api::dto::{LiveHeader, LiveKind, LiveMessage};
use afterimage_api::{Caller, LiveFeed, LiveItem};
use afterimage_base::StreamName;
use axum::Extension;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocketUpgrade, close_code};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Who takes nothing for half a minute does not watch.
const PATIENCE: Patience =
    Patience { silence: Duration::from_secs(60), send: Duration::from_secs(30) };

/// Live view over WebSocket: text messages are `LiveMessage`, binary ones fMP4 behind a header of
/// sixteen bytes. A slow reader goes on at the next key frame.
#[utoipa::path(get, path = "/streams/{name}/live", operation_id = "watchLive", tag = "footage",
    params(("name" = String, Path, description = "The stream")),
    responses((status = 101, description = "The WebSocket is open.", body = LiveMessage),
        Failures))]
pub(super) async fn watch(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<StreamName>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Answer<Response> {
    let upgrade = upgrade.map_err(HttpError::from)?;
    let feed = state.api.live(caller, &name).await?;
    let shutdown = state.shutdown;
    Ok(prepare(upgrade).on_upgrade(|socket| async move {
        // Either side may have left: nothing to tell anybody.
        let (Ok(()) | Err(Ended)) = run(Socket::new(socket, PATIENCE), feed, shutdown).await;
    }))
}

async fn run(
    mut socket: Socket,
    mut feed: LiveFeed,
    shutdown: CancellationToken,
) -> Result<(), Ended> {
    loop {
        let item = tokio::select! {
            () = shutdown.cancelled() => {
                socket.close_for_shutdown().await;
                return Ok(());
            }
            // A watcher has nothing to say.
            text = socket.text() => {
                text?;
                continue;
            }
            item = feed.next() => item,
        };
        match item {
            Some(LiveItem::Init(init)) => {
                socket.send_json(&LiveMessage::Init { mime: init.mime() }).await?;
                let header =
                    LiveHeader { kind: LiveKind::Init, track: 0, is_sync: false, at_micros: 0 };
                socket.send_binary(framed(header, &init.bytes)).await?;
            }
            Some(LiveItem::Chunk(chunk)) => {
                let header = LiveHeader {
                    kind: LiveKind::Media,
                    track: u8::try_from(chunk.track).unwrap_or(u8::MAX),
                    is_sync: chunk.is_sync,
                    at_micros: chunk.at.as_micros(),
                };
                socket.send_binary(framed(header, &chunk.bytes)).await?;
            }
            Some(LiveItem::State { state, detail }) => {
                socket.send_json(&LiveMessage::State { state, detail }).await?;
            }
            None => {
                socket.close(close_code::NORMAL, "no more will come").await;
                return Ok(());
            }
        }
    }
}

fn framed(header: LiveHeader, media: &[u8]) -> Bytes {
    let header = header.encode();
    let mut message = BytesMut::with_capacity(header.len() + media.len());
    message.extend_from_slice(&header);
    message.extend_from_slice(media);
    message.freeze()
}
