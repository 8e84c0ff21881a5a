//! `afterimage dataset`: exact frames and what models saw on them, as a training set.
//!
//! This process is the worker of its own set: the recorder hands over fragments and detections,
//! and decodes nothing.

use super::clip::style;
use super::with_client;
use crate::cli::{Dataset, DatasetCreate, Place};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use crate::pictures::{Gallery, Picture, StreamPictures};
use afterimage_base::{Clock, ErrorKind, StreamName, SystemClock, WallTime, parse_instant};
use afterimage_dataset::{DatasetDescription, DatasetSummary, DatasetWriter, FrameRecord, verify};
use indicatif::{ProgressBar, ProgressDrawTarget};
use std::path::Path;

pub async fn run(place: &Place, command: Dataset) -> Result<(), Failure> {
    match command {
        Dataset::Create(options) => {
            with_client(place, async |connection| create(connection, place.json, &options).await)
                .await
        }
        Dataset::Verify { directory } => check(place.json, &directory),
    }
}

async fn create(
    connection: &Connection,
    json: bool,
    options: &DatasetCreate,
) -> Result<(), Failure> {
    let now = SystemClock::new().now();
    let instant = |text: &str| parse_instant(text, now).map_err(Failure::input);
    let description = DatasetDescription {
        streams: options.streams.clone(),
        from: instant(&options.range.from)?,
        to: instant(&options.range.to)?,
        every: options.every,
        models: Vec::new(),
        labels: Vec::new(),
        picked: Vec::new(),
    };
    let plan = description.plan()?;
    let writer = DatasetWriter::create(&options.output, description.clone())?;
    let expected = plan.expected_frames() * description.streams.len() as u64;
    let bar = ProgressBar::with_draw_target(Some(expected), ProgressDrawTarget::stderr())
        .with_style(style("{wide_bar} {pos}/{len} frames {eta}"));
    let mut gallery = SetGallery { writer, shown: |frames| bar.set_position(frames) };
    let range = (description.from, description.to);
    for stream in &description.streams {
        let mut pictures = StreamPictures::of(&connection.client, stream, options.quality).await?;
        pictures.planned(range, &plan, true, &mut gallery).await?;
    }
    bar.finish_and_clear();
    let summary = finish(gallery.writer).await?;
    answer(json, &summary);
    Ok(())
}

/// Completes a set that has a frame at least.
pub(super) async fn finish(writer: DatasetWriter) -> Result<DatasetSummary, Failure> {
    if writer.frames() == 0 {
        return Err(Failure::new(
            ErrorKind::NotFound,
            "nothing is recorded in this range; `afterimage timeline NAME` shows what is",
        ));
    }
    let finished = tokio::task::spawn_blocking(move || writer.finish());
    Ok(finished.await.map_err(|error| Failure::new(ErrorKind::Internal, error))??)
}

/// Pictures that become a set. `shown` is told how many there are.
pub(super) struct SetGallery<F> {
    pub writer: DatasetWriter,
    pub shown: F,
}

impl<F: FnMut(u64)> Gallery for SetGallery<F> {
    fn has(&self, stream: &StreamName, fragment: u64, sample: u32) -> bool {
        self.writer.has_frame(stream, fragment, sample)
    }

    fn take(&mut self, stream: &StreamName, picture: Picture) -> Result<(), Failure> {
        let record = FrameRecord {
            stream: stream.clone(),
            fragment: picture.fragment,
            sample: picture.sample,
            at: picture.at,
            width: picture.width,
            height: picture.height,
            annotations: picture.labels,
        };
        self.writer.add_frame(record, &picture.jpeg)?;
        (self.shown)(self.writer.frames());
        Ok(())
    }

    fn reached(&mut self, _: &StreamName, _: WallTime) {}
}

fn answer(json: bool, summary: &DatasetSummary) {
    if json {
        output::json(&serde_json::json!({
            "output": summary.folder,
            "frames": summary.frames,
            "annotations": summary.annotations,
            "bytes": summary.bytes,
        }));
    } else {
        output::line(format_args!(
            "{}: {} frames, {} annotations, {}",
            summary.folder.display(),
            summary.frames,
            summary.annotations,
            output::bytes(summary.bytes),
        ));
    }
}

fn check(json: bool, directory: &Path) -> Result<(), Failure> {
    let report = verify(directory)?;
    if json {
        output::json(&serde_json::json!({
            "intact": report.intact,
            "missing": report.missing,
            "changed": report.changed,
            "extra": report.extra,
        }));
    }
    if report.is_clean() {
        if !json {
            output::line(format_args!(
                "{}: {} files, all as they were written",
                directory.display(),
                report.intact
            ));
        }
        return Ok(());
    }
    let named =
        [("missing", &report.missing), ("changed", &report.changed), ("extra", &report.extra)];
    let list = named
        .iter()
        .filter(|(_, files)| !files.is_empty())
        .map(|(what, files)| format!("{what}: {}", files.join(", ")))
        .collect::<Vec<_>>();
    Err(Failure::No(format!(
        "{} is not as it was written; {}",
        directory.display(),
        list.join("; ")
    )))
}
