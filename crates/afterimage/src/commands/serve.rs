//! `afterimage serve`: record and serve until stopped.

use crate::child;
use crate::cli::{Place, Serve};
use crate::connect::data_directory;
use crate::failure::Failure;
use crate::host::{Host, Mode};
use crate::output;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub async fn run(place: &Place, options: Serve) -> Result<(), Failure> {
    let data = data_directory(place)?;
    let host = Host::start(&data, options.listen, Mode::Record).await?;
    announce(place, &host);
    run_host(host, &options).await
}

/// Where the console is, with the token that opens it.
pub fn console_address(host: &Host) -> String {
    format!("{}/session?token={}", host.url(), host.token.expose())
}

fn announce(place: &Place, host: &Host) {
    if place.json {
        output::json(
            &serde_json::json!({ "address": host.url(), "console": console_address(host) }),
        );
    } else {
        output::line(format_args!("Recording. The console: {}", console_address(host)));
    }
}

/// Runs until Ctrl-C, a polite kill or the end of `--for`; then flushes and ends.
pub async fn run_host(host: Host, options: &Serve) -> Result<(), Failure> {
    let stop = CancellationToken::new();
    let worker = (!options.no_worker).then(|| {
        tokio::spawn(child::keep_worker(
            host.url(),
            host.token.clone(),
            host.recorder.notices().clone(),
            stop.clone(),
        ))
    });
    until_told(options.run_for).await;
    tracing::info!("stopping: what arrived is being made durable");
    stop.cancel();
    if let Some(worker) = worker {
        drop(worker.await);
    }
    host.stop().await
}

pub async fn until_told(run_for: Option<Duration>) {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => drop(terminate.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    let elapsed = async {
        match run_for {
            Some(duration) => tokio::time::sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
        () = elapsed => {}
    }
}
