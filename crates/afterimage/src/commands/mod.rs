//! One file per command; each is a short conversation with the API.

mod bench;
mod bookmark;
mod camera;
mod check;
mod clip;
mod dataset;
mod demo;
mod detections;
mod discover;
mod event;
mod export;
mod frame;
mod hold;
mod serve;
mod storage;
mod stream;
mod timeline;
mod trial;
mod worker;

use crate::cli::{Cli, Command, Export, Place};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;

pub async fn run(cli: Cli) -> Result<(), Failure> {
    let place = &cli.place;
    match cli.command {
        Command::Serve(options) => serve::run(place, options).await,
        Command::Demo(options) => demo::run(place, options).await,
        Command::Camera(options) => camera::run(options).await,
        Command::Stream(command) => {
            with_client(place, async |c| stream::run(c, place.json, command).await).await
        }
        Command::Discover { command } => {
            with_client(place, async |c| discover::run(c, place.json, command).await).await
        }
        Command::Timeline(command) => {
            with_client(place, async |c| timeline::run(c, place.json, command).await).await
        }
        Command::Clip(command) => {
            with_client(place, async |c| clip::run(c, place.json, command).await).await
        }
        Command::Frame(options) => {
            with_client(place, async |c| frame::run(c, place.json, options).await).await
        }
        Command::Dataset(command) => dataset::run(place, command).await,
        Command::Detections(command) => {
            with_client(place, async |c| detections::run(c, place.json, command).await).await
        }
        Command::Export(Export::Make) => export::make::run().await,
        Command::Export(command) => {
            with_client(place, async |c| export::run(c, place.json, command).await).await
        }
        Command::Event(command) => {
            with_client(place, async |c| event::run(c, place.json, command).await).await
        }
        Command::Bookmark(command) => {
            with_client(place, async |c| bookmark::run(c, place.json, command).await).await
        }
        Command::Hold(command) => {
            with_client(place, async |c| hold::run(c, place.json, command).await).await
        }
        Command::Storage { command } => {
            with_client(place, async |c| storage::run(c, place.json, command).await).await
        }
        Command::Check(options) => check::run(place, options).await,
        Command::Worker(options) => worker::run(place, options).await,
        Command::Bench(command) => bench::run(place.json, command).await,
        Command::Openapi => {
            output::line(format_args!("{}", afterimage_http::openapi_json()));
            Ok(())
        }
    }
}

/// Opens the recorder that is meant, does the work, and closes it whatever the work's outcome.
async fn with_client(
    place: &Place,
    work: impl AsyncFnOnce(&Connection) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let connection = Connection::open(place).await?;
    let outcome = work(&connection).await;
    connection.close().await?;
    outcome
}
