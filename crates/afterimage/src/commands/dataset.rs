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
use afterimage_api::dto::{DetectionQuery, DetectionView, FragmentQuery, FragmentView};
use afterimage_base::{Clock, ErrorKind, StreamName, SystemClock, WallTime, parse_instant};
use afterimage_dataset::{
    DatasetDescription, DatasetPlan, DatasetSummary, DatasetWriter, FragmentSpan, FrameRecord,
    FrameTime, Label, verify,
};
use afterimage_worker::{FragmentDecoder, Frame};
use indicatif::{ProgressBar, ProgressDrawTarget};
use std::collections::HashMap;
use std::path::Path;

/// Fragments and detections asked for at once.
const PAGE: u32 = 5_000;

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
    };
    let plan = description.plan()?;
    let mut writer = DatasetWriter::create(&options.output, description.clone())?;
    let expected = plan.expected_frames() * description.streams.len() as u64;
    let bar = ProgressBar::with_draw_target(Some(expected), ProgressDrawTarget::stderr())
        .with_style(style("{wide_bar} {pos}/{len} frames {eta}"));
    for stream in &description.streams {
        let mut export = Export::of(connection, stream, &plan, options.quality).await?;
        export.write(&mut writer, &description, &bar).await?;
    }
    bar.finish_and_clear();
    if writer.frames() == 0 {
        return Err(Failure::new(
            ErrorKind::NotFound,
            "nothing is recorded in this range; `afterimage timeline NAME` shows what is",
        ));
    }
    let summary = tokio::task::spawn_blocking(move || writer.finish())
        .await
        .map_err(|error| Failure::new(ErrorKind::Internal, error))??;
    answer(json, &summary);
    Ok(())
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

/// The part of a set that comes from one stream.
struct Export<'a> {
    connection: &'a Connection,
    stream: &'a StreamName,
    plan: &'a DatasetPlan,
    quality: u8,
    segment: Option<i64>,
    decoder: Option<FragmentDecoder>,
    labels: HashMap<(u64, u32), Vec<Label>>,
}

impl<'a> Export<'a> {
    async fn of(
        connection: &'a Connection,
        stream: &'a StreamName,
        plan: &'a DatasetPlan,
        quality: u8,
    ) -> Result<Self, Failure> {
        // A misspelt name is told before anything is written.
        connection.client.stream(stream).await?;
        Ok(Self {
            connection,
            stream,
            plan,
            quality,
            segment: None,
            decoder: None,
            labels: HashMap::new(),
        })
    }

    async fn write(
        &mut self,
        writer: &mut DatasetWriter,
        description: &DatasetDescription,
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        self.labels = self.labels(description.from, description.to).await?;
        let mut from = description.from;
        loop {
            let page = self.fragments(from, description.to).await?;
            for fragment in &page.fragments {
                self.take(fragment, writer, bar).await?;
            }
            match page.fragments.last() {
                Some(last) if page.more => from = last.to,
                _ => return Ok(()),
            }
        }
    }

    async fn take(
        &mut self,
        fragment: &FragmentView,
        writer: &mut DatasetWriter,
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        let start = WallTime::from_micros(fragment.from_micros);
        let end = WallTime::from_micros(fragment.from_micros + fragment.duration_micros);
        let span = FragmentSpan { number: fragment.number, start, end };
        if !self.plan.wants(&span) {
            return Ok(());
        }
        let client = &self.connection.client;
        if self.segment != Some(fragment.segment) {
            let init = client.init(self.stream, fragment.segment).await?;
            self.decoder = Some(FragmentDecoder::new(init)?);
            self.segment = Some(fragment.segment);
        }
        let bytes = client.fragment(self.stream, fragment.number).await?;
        let mut decoder = self.decoder.take().expect("made with the segment");
        let (plan, quality, stream) = (*self.plan, self.quality, self.stream.clone());
        let finished: Vec<u32> = decoder
            .frame_times(&bytes)?
            .iter()
            .filter(|frame| writer.has_frame(&stream, span.number, frame.sample))
            .map(|frame| frame.sample)
            .collect();
        // Decoding and compressing block: not on the threads that talk to the recorder.
        let work = tokio::task::spawn_blocking(move || {
            let pictures = pictures(&mut decoder, &bytes, &plan, &span, &finished, quality);
            (decoder, pictures)
        });
        let (decoder, pictures) =
            work.await.map_err(|error| Failure::new(ErrorKind::Internal, error))?;
        self.decoder = Some(decoder);
        for (frame, jpeg) in pictures? {
            let record = FrameRecord {
                stream: stream.clone(),
                fragment: span.number,
                sample: frame.sample,
                at: frame.at,
                width: frame.picture.width,
                height: frame.picture.height,
                annotations: self.labels.remove(&(span.number, frame.sample)).unwrap_or_default(),
            };
            writer.add_frame(record, &jpeg)?;
        }
        bar.set_position(writer.frames());
        Ok(())
    }

    async fn fragments(
        &self,
        from: WallTime,
        to: WallTime,
    ) -> Result<afterimage_api::dto::FragmentList, Failure> {
        let query = FragmentQuery {
            from: Some(from.to_string()),
            to: Some(to.to_string()),
            limit: Some(PAGE),
        };
        Ok(self.connection.client.fragments(self.stream, &query).await?)
    }

    /// What models saw in the range, by frame.
    async fn labels(
        &self,
        from: WallTime,
        to: WallTime,
    ) -> Result<HashMap<(u64, u32), Vec<Label>>, Failure> {
        let mut labels: HashMap<(u64, u32), Vec<Label>> = HashMap::new();
        let mut query = DetectionQuery {
            from: Some(from.to_string()),
            to: Some(to.to_string()),
            label: None,
            limit: Some(PAGE),
        };
        let mut seen: Option<DetectionView> = None;
        loop {
            let page = self.connection.client.detections(self.stream, &query).await?;
            let last = page.detections.last().cloned();
            // Pages overlap at their shared instant: a frame's boxes are taken from the last page
            // that has it, whole.
            if let Some(seen) = &seen {
                labels.retain(|key, _| *key != (seen.fragment, seen.sample));
            }
            for box_ in page.detections {
                let label = Label { label: box_.label, score: Some(box_.score), bbox: box_.bbox };
                labels.entry((box_.fragment, box_.sample)).or_default().push(label);
            }
            match last {
                Some(last) if page.more => {
                    query.from = Some(last.at.to_string());
                    seen = Some(last);
                }
                _ => return Ok(labels),
            }
        }
    }
}

/// The wanted frames that are not finished, each with its JPEG.
fn pictures(
    decoder: &mut FragmentDecoder,
    bytes: &bytes::Bytes,
    plan: &DatasetPlan,
    span: &FragmentSpan,
    finished: &[u32],
    quality: u8,
) -> Result<Vec<(Frame, Vec<u8>)>, Failure> {
    let times: Vec<FrameTime> = decoder
        .frame_times(bytes)?
        .into_iter()
        .map(|frame| FrameTime { sample: frame.sample, at: frame.at })
        .collect();
    let wanted: Vec<u32> =
        plan.choose(span, &times).into_iter().map(|frame| frame.sample).collect();
    let missing: Vec<u32> =
        wanted.into_iter().filter(|sample| !finished.contains(sample)).collect();
    let mut pictures = Vec::with_capacity(missing.len());
    for frame in decoder.decode(bytes, &missing)? {
        let jpeg = frame.picture.encode_jpeg(quality)?;
        pictures.push((frame, jpeg));
    }
    Ok(pictures)
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
