//! `afterimage export`: files that the recorder makes of footage.

pub mod make;
mod zip;

use super::clip::style;
use crate::cli::{Export, ExportCreate, ExportFormat};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto;
use afterimage_api::dto::{ExportState, ExportView};
use afterimage_base::{ErrorKind, WallTime, format_duration};
use indicatif::{ProgressBar, ProgressDrawTarget};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the recorder is asked how far it is.
const LOOKED_EVERY: Duration = Duration::from_millis(300);

pub async fn run(connection: &Connection, json: bool, command: Export) -> Result<(), Failure> {
    let client = &connection.client;
    match command {
        Export::Create(options) => create(connection, json, options).await?,
        Export::List => {
            let list = client.exports().await?;
            if json {
                output::json(&list);
            } else {
                let rows: Vec<Vec<String>> = list.exports.iter().map(row).collect();
                let heading =
                    ["ID", "STATE", "FORMAT", "STREAMS", "FROM", "LENGTH", "SIZE", "DONE"];
                output::table(&heading, &rows);
            }
        }
        Export::Show { id } => show(json, &client.export(id).await?),
        Export::Verify { id } => verify(connection, json, id).await?,
        Export::Delete { id } => {
            client.delete_export(id).await?;
            if json {
                output::json(&serde_json::json!({ "deleted": id }));
            } else {
                output::line(format_args!("Export {id} and its files are deleted."));
            }
        }
        Export::Make => make::run().await?,
    }
    Ok(())
}

async fn create(connection: &Connection, json: bool, options: ExportCreate) -> Result<(), Failure> {
    let create = dto::ExportCreate {
        streams: options.streams.into_iter().map(String::from).collect(),
        from: Some(options.range.from),
        to: Some(options.range.to),
        format: match options.format {
            ExportFormat::Mp4 => dto::ExportFormat::Mp4,
            ExportFormat::Mkv => dto::ExportFormat::Mkv,
            ExportFormat::Frames => dto::ExportFormat::Frames,
            ExportFormat::Dataset => dto::ExportFormat::Dataset,
        },
        picked: Vec::new(),
        every: options.every.map(format_duration),
    };
    if let Some(folder) = &options.out {
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::input(format!("{} can't be made: {error}", folder.display()))
        })?;
    }
    let mut export = connection.client.create_export(&create).await?;
    // A recorder that runs for this command alone ends with it.
    if options.out.is_some() || connection.is_for_this_command() {
        export = done(connection, export).await?;
    }
    let Some(folder) = options.out else {
        show(json, &export);
        return Ok(());
    };
    let written = fetch(connection, &export, &folder).await?;
    if json {
        output::json(&serde_json::json!({ "export": export, "written": written }));
        return Ok(());
    }
    for (path, file) in written.iter().zip(&export.files) {
        output::line(format_args!("{}: {}", path.display(), output::bytes(file.bytes)));
    }
    for note in &export.notes {
        output::line(note);
    }
    Ok(())
}

/// Waits until it is over; an error where it is not done then.
async fn done(connection: &Connection, begun: ExportView) -> Result<ExportView, Failure> {
    let bar = ProgressBar::with_draw_target(Some(1_000), ProgressDrawTarget::stderr())
        .with_style(style("{wide_bar} {percent} % {eta}"));
    let mut export = begun;
    while matches!(export.state, ExportState::Waiting | ExportState::Running) {
        tokio::time::sleep(LOOKED_EVERY).await;
        export = connection.client.export(export.id).await?;
        bar.set_position(thousandths(export.progress));
    }
    bar.finish_and_clear();
    if export.state == ExportState::Done {
        return Ok(export);
    }
    let why = export.failure.unwrap_or_else(|| "it was cancelled".to_owned());
    Err(Failure::new(ErrorKind::Unavailable, format!("export {} failed: {why}", export.id)))
}

async fn fetch(
    connection: &Connection,
    export: &ExportView,
    folder: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let bar = ProgressBar::with_draw_target(Some(export.bytes), ProgressDrawTarget::stderr())
        .with_style(style("{wide_bar} {bytes}/{total_bytes} {eta}"));
    let mut before = 0;
    let mut written = Vec::with_capacity(export.files.len());
    for file in &export.files {
        let Some(name) = Path::new(&file.name).file_name().filter(|name| **name == *file.name)
        else {
            let message = format!("`{}` is no name of a file; nothing is written", file.name);
            return Err(Failure::new(ErrorKind::Internal, message));
        };
        let path = folder.join(name);
        let show =
            |progress: afterimage_client::Progress| bar.set_position(before + progress.bytes);
        before += connection.client.download_export(export.id, file, &path, show).await?;
        written.push(path);
    }
    bar.finish_and_clear();
    Ok(written)
}

async fn verify(connection: &Connection, json: bool, id: u64) -> Result<(), Failure> {
    let verified = connection.client.verify_export(id).await?;
    if json {
        output::json(&verified);
    }
    if !verified.whole {
        return Err(Failure::No(verified.findings.join("; ")));
    }
    if !json {
        output::line(format_args!("Export {id} is as it was written."));
    }
    Ok(())
}

fn show(json: bool, export: &ExportView) {
    if json {
        output::json(export);
        return;
    }
    output::line(format_args!(
        "Export {}: {} of {} from {} to {}, {} ({} %)",
        export.id,
        output::word(&export.format),
        export.streams.join(", "),
        WallTime::from_micros(export.from_micros),
        WallTime::from_micros(export.to_micros),
        output::word(&export.state),
        thousandths(export.progress) / 10,
    ));
    output::line(format_args!("In {}", export.folder));
    for file in &export.files {
        output::line(format_args!("  {}  {}", file.name, output::bytes(file.bytes)));
    }
    for note in export.notes.iter().chain(&export.failure) {
        output::line(note);
    }
}

fn row(export: &ExportView) -> Vec<String> {
    vec![
        export.id.to_string(),
        output::word(&export.state),
        output::word(&export.format),
        export.streams.join(","),
        WallTime::from_micros(export.from_micros).to_string(),
        output::length(export.to_micros - export.from_micros),
        output::bytes(export.bytes),
        format!("{} %", thousandths(export.progress) / 10),
    ]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of one, to show"
)]
fn thousandths(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * 1_000.0) as u64
}
