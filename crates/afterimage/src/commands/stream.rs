//! `afterimage stream`: create, test, list, show, update, delete.

use super::storage::{sentence, with_yes};
use super::trial;
use crate::cli::{Capture, Limits, Stream, StreamUpdate as Update, shown_schedule};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::{
    ConfirmQuery, RetentionPreview, ShareQuery, ShareView, StreamCreate, StreamUpdate, StreamView,
};
use afterimage_base::ErrorKind;

pub async fn run(connection: &Connection, json: bool, command: Stream) -> Result<(), Failure> {
    let client = &connection.client;
    match command {
        Stream::Create(options) => {
            let Capture { capture, transport, models } = options.capture;
            let Limits { retain_bytes, schedule } = options.limits;
            let stream = client
                .create_stream(&StreamCreate {
                    name: options.name.to_string(),
                    source: options.source,
                    retention: Some(options.retention),
                    capture,
                    transport,
                    models: (!models.is_empty()).then_some(models),
                    retain_bytes,
                    schedule,
                })
                .await?;
            answer(json, &stream);
        }
        Stream::Test(options) => trial::run(connection, json, options).await?,
        Stream::Update(options) => update(connection, json, options).await?,
        Stream::Show { name } => answer(json, &client.stream(&name).await?),
        Stream::List => {
            let list = client.streams().await?;
            if json {
                output::json(&list);
            } else {
                // Of the last thirty days, as the API does unless told otherwise.
                let share = client.share(&ShareQuery::default()).await?;
                let rows: Vec<Vec<String>> =
                    list.streams.iter().map(|stream| row(stream, &share)).collect();
                let heading = ["NAME", "STATE", "RETENTION", "RECORDED", "SHARE", "SOURCE"];
                output::table(&heading, &rows);
            }
        }
        Stream::Delete { name, yes } => {
            let stream = client.stream(&name).await?;
            if !yes {
                return Err(Failure::input(format!(
                    "{name} holds {} of footage since {}; add --yes to delete it",
                    output::bytes(stream.recorded.bytes),
                    stream
                        .recorded
                        .first
                        .map_or_else(|| "never".to_owned(), |first| first.to_string()),
                )));
            }
            client.delete_stream(&name).await?;
            if json {
                output::json(&serde_json::json!({ "deleted": name }));
            } else {
                output::line(format_args!("{name} is deleted."));
            }
        }
    }
    Ok(())
}

async fn update(connection: &Connection, json: bool, options: Update) -> Result<(), Failure> {
    let client = &connection.client;
    let Capture { capture, transport, models } = options.capture;
    let Limits { retain_bytes, schedule } = options.limits;
    let change = StreamUpdate {
        source: options.source,
        retention: options.retention,
        capture,
        transport,
        models: (!models.is_empty()).then_some(models),
        enabled: options.enabled,
        retain_bytes,
        schedule,
    };
    if options.dry_run {
        let preview = client.preview(&options.name, &change).await?;
        if json {
            output::json(&preview);
        } else {
            tell_preview(&preview);
        }
        return Ok(());
    }
    let confirm = ConfirmQuery { confirm: options.yes.then_some(true) };
    match client.update_stream(&options.name, &change, confirm).await {
        Ok(stream) => answer(json, &stream),
        Err(error) if error.kind == ErrorKind::NeedsConfirmation => {
            return Err(with_yes(&error.message));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// What a change would delete; nothing was changed.
fn tell_preview(preview: &RetentionPreview) {
    let instant = |at: Option<afterimage_base::WallTime>| {
        at.map_or_else(|| "nothing is left".to_owned(), |at| at.to_string())
    };
    if preview.deleted_segments == 0 && preview.oldest_now == preview.oldest_after {
        output::line("Nothing would be deleted.");
    } else {
        output::line(format_args!(
            "Would delete {} in {} segments, {} of footage.",
            output::bytes(preview.deleted_bytes),
            preview.deleted_segments,
            output::length(preview.deleted_micros)
        ));
        output::line(format_args!("Oldest footage now:   {}", instant(preview.oldest_now)));
        output::line(format_args!("Oldest footage after: {}", instant(preview.oldest_after)));
    }
    if preview.held_bytes > 0 {
        output::line(format_args!("Holds keep {} of it.", output::bytes(preview.held_bytes)));
    }
    sentence(&preview.forecast);
    output::line("Nothing was changed.");
}

fn row(stream: &StreamView, share: &ShareView) -> Vec<String> {
    let own = share.streams.iter().find(|own| own.stream == stream.name);
    vec![
        stream.name.clone(),
        output::word(&stream.state),
        stream.retention.clone(),
        output::bytes(stream.recorded.bytes),
        own.and_then(|own| own.share).map(output::percent).unwrap_or_default(),
        stream.source.clone().unwrap_or_else(|| "pushed".to_owned()),
    ]
}

fn answer(json: bool, stream: &StreamView) {
    if json {
        output::json(stream);
        return;
    }
    let mut lines = vec![
        ("name", stream.name.clone()),
        ("source", stream.source.clone().unwrap_or_else(|| "pushed".to_owned())),
        ("state", output::word(&stream.state)),
    ];
    if let Some(fault) = &stream.fault {
        lines.push(("fault", format!("{} since {}: {}", fault.code, fault.since, fault.detail)));
        if let Some(retry_at) = fault.retry_at {
            lines.push(("retry at", retry_at.to_string()));
        }
    }
    lines.push(("retention", stream.retention.clone()));
    if let Some(bytes) = stream.retain_bytes {
        lines.push(("at most", output::bytes(bytes)));
    }
    if let Some(schedule) = &stream.schedule {
        lines.push(("schedule", shown_schedule(schedule)));
    }
    if let Some(backend) = &stream.capture.backend {
        lines.push((
            "capture",
            format!("{backend} over {} ({})", stream.capture.transport, stream.capture.because),
        ));
    }
    for track in &stream.tracks {
        let size = match (track.width, track.height, track.sample_rate) {
            (Some(width), Some(height), _) => format!(" {width}×{height}"),
            (_, _, Some(rate)) => format!(" {rate} Hz"),
            _ => String::new(),
        };
        lines.push(("track", format!("{} {}{size}", track.kind, track.codec)));
    }
    if !stream.tracks.is_empty() && stream.tracks.iter().all(|track| track.kind == "audio") {
        lines
            .push(("picture", "none; the camera sends sound alone, and it is recorded".to_owned()));
    }
    if let (Some(first), Some(last)) = (stream.recorded.first, stream.recorded.last) {
        lines.push((
            "recorded",
            format!("{first} to {last}, {}", output::bytes(stream.recorded.bytes)),
        ));
    }
    if !stream.models.is_empty() {
        lines.push(("models", stream.models.join(", ")));
    }
    for (name, value) in lines {
        output::line(format_args!("{name:<10} {value}"));
    }
}
