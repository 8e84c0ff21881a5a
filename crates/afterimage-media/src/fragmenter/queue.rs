//! The samples of one track that are not in a fragment yet.
//!
//! Belongs here: times in our media time, before decode times are derived.

use super::decode_times::DecodeTimes;
use crate::{Track, codec};
use afterimage_base::{MediaTime, WallTime};
use bytes::Bytes;
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct TrackQueue {
    pub timescale: u32,
    pub is_video: bool,
    pub samples: VecDeque<Queued>,
    /// Of the samples' data.
    pub bytes: usize,
    pub decode_times: DecodeTimes,
    /// The latest presentation time taken in since the epoch began.
    pub latest: Option<i64>,
    /// The mean distance of two samples, of those taken last.
    usual: Option<i64>,
}

/// A sample with our times, in ticks of its track.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub presentation: i64,
    pub decode: Option<i64>,
    pub duration: Option<i64>,
    pub is_sync: bool,
    pub received_at: WallTime,
    pub taken_at: Option<WallTime>,
    pub data: Bytes,
}

impl TrackQueue {
    pub fn new(track: &Track) -> Self {
        Self {
            timescale: track.timescale,
            is_video: track.is_video(),
            samples: VecDeque::new(),
            bytes: 0,
            decode_times: DecodeTimes::new(codec::reorder_depth(track)),
            latest: None,
            usual: None,
        }
    }

    /// Ticks of this track as microseconds.
    pub fn micros(&self, ticks: i64) -> i64 {
        MediaTime(ticks).rescale(self.timescale, 1_000_000).0
    }

    /// Microseconds as ticks of this track.
    pub fn ticks(&self, micros: i64) -> i64 {
        MediaTime(micros).rescale(1_000_000, self.timescale).0
    }

    pub fn push(&mut self, sample: Queued) {
        self.latest = self.latest.max(Some(sample.presentation));
        self.bytes += sample.data.len();
        self.samples.push_back(sample);
    }

    /// The first `count` samples.
    pub fn take(&mut self, count: usize) -> Vec<Queued> {
        self.usual = mean_distance(self.samples.range(..count)).or(self.usual);
        let taken: Vec<_> = self.samples.drain(..count).collect();
        self.bytes -= taken.iter().map(|sample| sample.data.len()).sum::<usize>();
        taken
    }

    /// How long the last sample of the track lasts, as far as one can tell.
    pub fn estimated_duration(&self) -> i64 {
        let fallback = i64::from(self.timescale / 25).max(1);
        self.samples
            .back()
            .and_then(|last| last.duration)
            .filter(|duration| *duration > 0)
            .or_else(|| self.usual_distance())
            .unwrap_or(fallback)
    }

    /// Between two samples in the order of presentation, where there were two.
    pub fn usual_distance(&self) -> Option<i64> {
        self.usual.or_else(|| mean_distance(self.samples.iter().take(64)))
    }

    /// Forgets the epoch; what was queued must be taken before.
    pub fn restart(&mut self) {
        self.latest = None;
        self.decode_times.restart();
    }
}

fn mean_distance<'a>(samples: impl Iterator<Item = &'a Queued>) -> Option<i64> {
    let mut reach: Option<(i64, i64)> = None;
    let mut count = 0;
    for sample in samples {
        let time = sample.presentation;
        let (first, last) = reach.unwrap_or((time, time));
        reach = Some((first.min(time), last.max(time)));
        count += 1;
    }
    let (first, last) = reach?;
    let steps = count - 1;
    (steps > 0 && last - first >= steps).then(|| (last - first) / steps)
}
