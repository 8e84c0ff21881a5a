//! `afterimage stream`: create, list, show, update, delete.

use crate::cli::{Capture, Stream};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::{StreamCreate, StreamUpdate, StreamView};

pub async fn run(connection: &Connection, json: bool, command: Stream) -> Result<(), Failure> {
    let client = &connection.client;
    match command {
        Stream::Create(options) => {
            let Capture { capture, transport, models } = options.capture;
            let stream = client
                .create_stream(&StreamCreate {
                    name: options.name.to_string(),
                    source: options.source,
                    retention: Some(options.retention),
                    capture,
                    transport,
                    models: (!models.is_empty()).then_some(models),
                    ..StreamCreate::default()
                })
                .await?;
            answer(json, &stream);
        }
        Stream::Update(options) => {
            let Capture { capture, transport, models } = options.capture;
            let change = StreamUpdate {
                source: options.source,
                retention: options.retention,
                capture,
                transport,
                models: (!models.is_empty()).then_some(models),
                enabled: options.enabled,
                ..StreamUpdate::default()
            };
            answer(json, &client.update_stream(&options.name, &change).await?);
        }
        Stream::Show { name } => answer(json, &client.stream(&name).await?),
        Stream::List => {
            let list = client.streams().await?;
            if json {
                output::json(&list);
            } else {
                let rows: Vec<Vec<String>> = list.streams.iter().map(row).collect();
                output::table(&["NAME", "STATE", "RETENTION", "RECORDED", "SOURCE"], &rows);
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

fn row(stream: &StreamView) -> Vec<String> {
    vec![
        stream.name.clone(),
        word(&stream.state),
        stream.retention.clone(),
        output::bytes(stream.recorded.bytes),
        stream.source.clone().unwrap_or_else(|| "pushed".to_owned()),
    ]
}

/// The word of the API, so that text and JSON tell the same.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn answer(json: bool, stream: &StreamView) {
    if json {
        output::json(stream);
        return;
    }
    let mut lines = vec![
        ("name", stream.name.clone()),
        ("source", stream.source.clone().unwrap_or_else(|| "pushed".to_owned())),
        ("state", word(&stream.state)),
    ];
    if let Some(fault) = &stream.fault {
        lines.push(("fault", format!("{} since {}: {}", fault.code, fault.since, fault.detail)));
        if let Some(retry_at) = fault.retry_at {
            lines.push(("retry at", retry_at.to_string()));
        }
    }
    lines.push(("retention", stream.retention.clone()));
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
