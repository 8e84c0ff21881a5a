//! Answers on a listener until told to stop.

use axum::Router;
use axum::serve::ListenerExt;
use std::future::IntoFuture;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What is being answered when the recorder stops may take this long to end.
const GRACE: Duration = Duration::from_secs(5);

/// Answers until `shutdown` is cancelled; running answers then get a few seconds.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
) -> io::Result<()> {
    // A frame of a live view must not wait for the next one.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let server = axum::serve(listener, router)
        .with_graceful_shutdown(shutdown.clone().cancelled_owned())
        .into_future();
    let out_of_time = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server => served,
        () = out_of_time => Ok(()),
    }
}
