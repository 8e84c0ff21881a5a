//! `afterimage frame`: the frame at an instant, to a picture.
//!
//! This process decodes: the recorder hands over fragments.

use crate::cli::Frame;
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::{FragmentQuery, FragmentView, StillChoice, StillFormat};
use afterimage_base::{Clock, ErrorKind, SystemClock, WallTime, parse_instant};
use afterimage_worker::{FragmentDecoder, StillShape, encode_still, still_frame};
use bytes::Bytes;
use std::path::Path;
use std::time::Duration;

/// No GOP is longer: the fragmenter ends fragments after 20 s, and cameras send key frames.
const LONGEST_GOP: Duration = Duration::from_secs(120);

pub async fn run(connection: &Connection, json: bool, options: Frame) -> Result<(), Failure> {
    let format = format_of(&options.output)?;
    let at = parse_instant(&options.at, SystemClock::new().now()).map_err(Failure::input)?;
    let choice = if options.key { StillChoice::Key } else { StillChoice::Exact };
    let run = fragments_at(connection, &options, at).await?;
    let run = if options.key { run.get(..1).unwrap_or_default() } else { &run };
    let segment = run.first().map_or(0, |fragment| fragment.segment);
    let init = connection.client.init(&options.name, segment).await?;
    let mut bytes: Vec<Bytes> = Vec::with_capacity(run.len());
    for fragment in run {
        bytes.push(connection.client.fragment(&options.name, fragment.number).await?);
    }
    let shape = StillShape { choice, at, width: options.width, format };
    let work = tokio::task::spawn_blocking(move || {
        let mut decoder = FragmentDecoder::new(init)?;
        let frame = still_frame(&mut decoder, &bytes, &shape)?;
        let picture = encode_still(&frame, shape.width, shape.format)?;
        Ok::<_, afterimage_worker::WorkerError>((frame, picture))
    });
    let (frame, picture) =
        work.await.map_err(|error| Failure::new(ErrorKind::Internal, error))??;
    std::fs::write(&options.output, &picture).map_err(|error| {
        Failure::input(format!("{} can't be written: {error}", options.output.display()))
    })?;
    let fragment = run.last().map_or(0, |fragment| fragment.number);
    if json {
        output::json(&serde_json::json!({
            "output": options.output,
            "fragment": fragment,
            "sample": frame.sample,
            "at": frame.at,
            "at_micros": frame.at.as_micros(),
            "bytes": picture.len(),
        }));
    } else {
        output::line(format_args!(
            "{}: {} of fragment {fragment}, sample {}",
            options.output.display(),
            frame.at,
            frame.sample
        ));
    }
    Ok(())
}

fn format_of(output: &Path) -> Result<StillFormat, Failure> {
    match output.extension().and_then(|ending| ending.to_str()) {
        Some("jpg" | "jpeg") => Ok(StillFormat::Jpeg),
        Some("png") => Ok(StillFormat::Png),
        _ => Err(Failure::input(format!(
            "{} ends neither in .jpg nor in .png; the ending chooses the format",
            output.display()
        ))),
    }
}

/// The fragments that the frame at an instant needs, the one that holds it last.
async fn fragments_at(
    connection: &Connection,
    options: &Frame,
    at: WallTime,
) -> Result<Vec<FragmentView>, Failure> {
    let micros = |at: WallTime| Some(at.as_micros().max(0).to_string());
    let query = FragmentQuery {
        from: micros(at.minus(LONGEST_GOP)),
        to: micros(at.plus(Duration::from_micros(1))),
        limit: None,
    };
    let mut found = connection.client.fragments(&options.name, &query).await?.fragments;
    let holds = |fragment: &FragmentView| {
        (fragment.from_micros..fragment.from_micros + fragment.duration_micros)
            .contains(&at.as_micros())
    };
    if !found.last().is_some_and(holds) {
        return Err(Failure::new(
            ErrorKind::NotFound,
            format!(
                "nothing of {} is recorded at {at}; `afterimage timeline {}` shows what is",
                options.name, options.name
            ),
        ));
    }
    let first = found.iter().rposition(|fragment| fragment.independent).unwrap_or(0);
    Ok(found.split_off(first))
}
