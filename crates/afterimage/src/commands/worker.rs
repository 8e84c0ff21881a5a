//! `afterimage worker`: decode and infer for a recorder.

use super::serve::until_told;
use crate::cli::{Place, Worker};
use crate::connect::{Connection, data_directory};
use crate::failure::Failure;
use afterimage_infer::Catalogue;
use afterimage_worker::WorkerOptions;
use tokio::io::AsyncReadExt;

pub async fn run(place: &Place, options: Worker) -> Result<(), Failure> {
    let connection = Connection::open(place).await?;
    let catalogue = Catalogue::of_data(&data_directory(place)?);
    let work = afterimage_worker::run(WorkerOptions {
        client: connection.client.clone(),
        catalogue,
        streams: options.streams,
    });
    tokio::select! {
        outcome = work => outcome.map_err(Failure::from),
        () = until_told(None) => Ok(()),
        () = parent_gone() => Ok(()),
    }
}

/// A worker that a recorder started ends when that recorder does, however it ended.
async fn parent_gone() {
    if std::env::var_os("AFTERIMAGE_ENDS_WITH_STDIN").is_none() {
        return std::future::pending().await;
    }
    let mut sink = [0; 64];
    let mut input = tokio::io::stdin();
    while input.read(&mut sink).await.is_ok_and(|count| count > 0) {}
}
