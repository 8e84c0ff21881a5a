//! Frames of recorded streams as JPEG: what training sets and exports of frames are made of.
//!
//! Belongs here: asking the recorder for fragments and labels, decoding the frames that are wanted.
//! Not here: which files they become.
//! Invariant: this process decodes, the recorder hands over fragments; one fragment in memory.

use crate::failure::Failure;
use afterimage_api::dto::{DetectionQuery, DetectionView, FragmentQuery, FragmentView};
use afterimage_base::{ErrorKind, StreamName, WallTime};
use afterimage_client::Client;
use afterimage_dataset::{DatasetPlan, FragmentSpan, FrameTime, Label};
use afterimage_worker::{FragmentDecoder, Frame, FramePlace, WorkerError};
use bytes::Bytes;
use std::collections::HashMap;
use std::time::Duration;

/// Fragments and detections asked for at once.
const PAGE: u32 = 5_000;
/// No GOP is longer: the fragmenter ends fragments after 20 s, and cameras send key frames.
const LONGEST_GOP: Duration = Duration::from_secs(120);
/// A frame stays on screen no longer.
const LOOKED_AT: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_micros(1);

/// A wanted frame.
pub struct Picture {
    pub fragment: u64,
    pub sample: u32,
    pub at: WallTime,
    pub width: u32,
    pub height: u32,
    pub jpeg: Vec<u8>,
    /// What models saw on it, where that was asked for.
    pub labels: Vec<Label>,
}

/// Where pictures go.
pub trait Gallery {
    /// Whether it is there already, so that it need not be decoded.
    fn has(&self, stream: &StreamName, fragment: u64, sample: u32) -> bool;
    fn take(&mut self, stream: &StreamName, picture: Picture) -> Result<(), Failure>;
    /// Everything before this instant of the stream has been taken.
    fn reached(&mut self, stream: &StreamName, at: WallTime);
}

/// The frames of one stream.
pub struct StreamPictures<'a> {
    client: &'a Client,
    stream: &'a StreamName,
    quality: u8,
    labels: Labels,
    segment: Option<i64>,
    decoder: Option<FragmentDecoder>,
}

/// Where labels come from.
enum Labels {
    NotAsked,
    /// Of the whole range, by frame.
    Known(HashMap<(u64, u32), Vec<Label>>),
    /// Asked for frame by frame.
    Asked,
}

impl<'a> StreamPictures<'a> {
    pub async fn of(
        client: &'a Client,
        stream: &'a StreamName,
        quality: u8,
    ) -> Result<Self, Failure> {
        // A misspelt name is told before anything is written.
        client.stream(stream).await?;
        let labels = Labels::NotAsked;
        Ok(Self { client, stream, quality, labels, segment: None, decoder: None })
    }

    /// The frames of a plan, with labels if they are wanted.
    pub async fn planned(
        &mut self,
        (from, to): (WallTime, WallTime),
        plan: &DatasetPlan,
        with_labels: bool,
        gallery: &mut impl Gallery,
    ) -> Result<(), Failure> {
        if with_labels {
            // The frame on screen at the beginning was shown, and looked at, before it.
            self.labels = Labels::Known(self.labels_between(from.minus(LOOKED_AT), to).await?);
        }
        let mut next = from;
        loop {
            let page = self.fragments(next, to, PAGE).await?;
            for fragment in &page.fragments {
                let span = span(fragment);
                if plan.wants(&span) {
                    let choose = |places: &[FramePlace]| chosen(plan, &span, places);
                    self.take(fragment, choose, gallery).await?;
                }
                gallery.reached(self.stream, span.end.min(to));
            }
            match page.fragments.last() {
                Some(last) if page.more => next = span(last).end,
                _ => return Ok(()),
            }
        }
    }

    /// The frames that were on screen at these instants, which are in order. Answers how many
    /// instants are not recorded.
    pub async fn picked(
        &mut self,
        instants: &[WallTime],
        with_labels: bool,
        gallery: &mut impl Gallery,
    ) -> Result<u64, Failure> {
        if with_labels {
            self.labels = Labels::Asked;
        }
        let mut absent = 0;
        let mut rest = instants;
        while let Some(first) = rest.first() {
            let page = self.fragments(*first, first.plus(TICK), 1).await?;
            let found = page.fragments.first().filter(|fragment| {
                let span = span(fragment);
                (span.start..span.end).contains(first)
            });
            let Some(fragment) = found else {
                absent += 1;
                rest = &rest[1..];
                continue;
            };
            let end = span(fragment).end;
            let (here, later) = rest.split_at(rest.partition_point(|instant| *instant < end));
            self.take(fragment, |places| on_screen(here, places), gallery).await?;
            gallery.reached(self.stream, end);
            rest = later;
        }
        Ok(absent)
    }

    /// Decodes what is wanted of a fragment.
    async fn take(
        &mut self,
        fragment: &FragmentView,
        choose: impl FnOnce(&[FramePlace]) -> Vec<u32>,
        gallery: &mut impl Gallery,
    ) -> Result<(), Failure> {
        if self.segment != Some(fragment.segment) {
            let init = self.client.init(self.stream, fragment.segment).await?;
            self.decoder = Some(FragmentDecoder::new(init)?);
            self.segment = Some(fragment.segment);
        }
        let bytes = self.client.fragment(self.stream, fragment.number).await?;
        let mut decoder = self.decoder.take().expect("made with the segment");
        let mut wanted = choose(&decoder.frame_times(&bytes)?);
        wanted.retain(|sample| !gallery.has(self.stream, fragment.number, *sample));
        if wanted.is_empty() {
            self.decoder = Some(decoder);
            return Ok(());
        }
        let lead = self.lead(fragment).await?;
        let quality = self.quality;
        // Decoding and compressing block: not on the threads that talk to the recorder.
        let work = tokio::task::spawn_blocking(move || {
            let pictures = pictures(&mut decoder, &lead, &bytes, &wanted, quality);
            (decoder, pictures)
        });
        let (decoder, pictures) =
            work.await.map_err(|error| Failure::new(ErrorKind::Internal, error))?;
        self.decoder = Some(decoder);
        for (frame, jpeg) in pictures? {
            let labels = self.labels_of(fragment.number, &frame).await?;
            let picture = Picture {
                fragment: fragment.number,
                sample: frame.sample,
                at: frame.at,
                width: frame.picture.width,
                height: frame.picture.height,
                jpeg,
                labels,
            };
            gallery.take(self.stream, picture)?;
        }
        Ok(())
    }

    /// The fragments that decoding a later part of a long GOP begins with.
    async fn lead(&self, fragment: &FragmentView) -> Result<Vec<Bytes>, Failure> {
        if fragment.independent {
            return Ok(Vec::new());
        }
        let start = span(fragment).start;
        let mut before = self.fragments(start.minus(LONGEST_GOP), start, PAGE).await?.fragments;
        before.retain(|earlier| {
            earlier.number < fragment.number && earlier.segment == fragment.segment
        });
        let first = before.iter().rposition(|earlier| earlier.independent).unwrap_or(before.len());
        let mut lead = Vec::new();
        for earlier in before.split_off(first) {
            lead.push(self.client.fragment(self.stream, earlier.number).await?);
        }
        Ok(lead)
    }

    async fn fragments(
        &self,
        from: WallTime,
        to: WallTime,
        limit: u32,
    ) -> Result<afterimage_api::dto::FragmentList, Failure> {
        let query = FragmentQuery { from: exactly(from), to: exactly(to), limit: Some(limit) };
        Ok(self.client.fragments(self.stream, &query).await?)
    }

    async fn labels_of(&mut self, fragment: u64, frame: &Frame) -> Result<Vec<Label>, Failure> {
        let key = (fragment, frame.sample);
        match &mut self.labels {
            Labels::NotAsked => Ok(Vec::new()),
            Labels::Known(known) => Ok(known.remove(&key).unwrap_or_default()),
            Labels::Asked => {
                let around = Duration::from_millis(1);
                let (from, to) = (frame.at.minus(around), frame.at.plus(around));
                Ok(self.labels_between(from, to).await?.remove(&key).unwrap_or_default())
            }
        }
    }

    /// What models saw in the range, by frame.
    async fn labels_between(
        &self,
        from: WallTime,
        to: WallTime,
    ) -> Result<HashMap<(u64, u32), Vec<Label>>, Failure> {
        let mut labels: HashMap<(u64, u32), Vec<Label>> = HashMap::new();
        let mut query =
            DetectionQuery { from: exactly(from), to: exactly(to), label: None, limit: Some(PAGE) };
        let mut seen: Option<DetectionView> = None;
        loop {
            let page = self.client.detections(self.stream, &query).await?;
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

fn span(fragment: &FragmentView) -> FragmentSpan {
    let start = WallTime::from_micros(fragment.from_micros);
    let end = WallTime::from_micros(fragment.from_micros + fragment.duration_micros);
    FragmentSpan { number: fragment.number, start, end }
}

/// An instant as the API reads it without loss.
fn exactly(at: WallTime) -> Option<String> {
    Some(at.as_micros().max(0).to_string())
}

fn chosen(plan: &DatasetPlan, span: &FragmentSpan, places: &[FramePlace]) -> Vec<u32> {
    let times: Vec<FrameTime> =
        places.iter().map(|place| FrameTime { sample: place.sample, at: place.at }).collect();
    plan.choose(span, &times).into_iter().map(|frame| frame.sample).collect()
}

/// The frame on screen at each instant, each frame once; `places` are in order of time.
fn on_screen(instants: &[WallTime], places: &[FramePlace]) -> Vec<u32> {
    let shown = |instant: &WallTime| {
        let after = places.partition_point(|place| place.at <= *instant);
        places.get(after.saturating_sub(1)).map(|place| place.sample)
    };
    let mut samples: Vec<u32> = instants.iter().filter_map(shown).collect();
    samples.dedup();
    samples
}

fn pictures(
    decoder: &mut FragmentDecoder,
    lead: &[Bytes],
    bytes: &Bytes,
    wanted: &[u32],
    quality: u8,
) -> Result<Vec<(Frame, Vec<u8>)>, Failure> {
    let frames = if lead.is_empty() {
        decoder.decode(bytes, wanted)?
    } else {
        let later = wanted.iter().map(|sample| decoder.decode_after(lead, bytes, *sample));
        later.filter_map(Result::transpose).collect::<Result<Vec<Frame>, WorkerError>>()?
    };
    let mut pictures = Vec::with_capacity(frames.len());
    for frame in frames {
        let jpeg = frame.picture.encode_jpeg(quality)?;
        pictures.push((frame, jpeg));
    }
    Ok(pictures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picked_instant_means_the_frame_that_was_shown() {
        let at = WallTime::from_millis;
        let places: Vec<FramePlace> = [(0, 0), (40, 2), (80, 1)]
            .map(|(time, sample)| FramePlace { at: at(time), sample })
            .to_vec();
        let instants = [at(0), at(39), at(41), at(500)];
        assert_eq!(on_screen(&instants, &places), [0, 2, 1], "each frame once, by its sample");
        assert_eq!(on_screen(&[at(3)], &[]), [0; 0], "sound alone has no frames");
    }
}
