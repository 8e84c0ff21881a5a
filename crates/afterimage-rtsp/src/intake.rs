//! Decides what of a camera's frames becomes a sample.
//!
//! Belongs here: waiting for key frames, skipping after damage, announcing tracks. Not here:
//! sockets, retina's types. Invariants: tracks come before samples; the first sample after the
//! start, after a loss and after new parameters is a key frame, and no later one is shown before
//! it; each run of skipped frames is reported once, when it ends.

use crate::nal;
use crate::times::{ClockStepped, SampleTimes, SessionTimes};
use afterimage_base::MediaTime;
use afterimage_media::{CaptureEvent, Codec, Sample, Track};
use bytes::Bytes;

pub const VIDEO: usize = 0;
pub const AUDIO: usize = 1;

/// A whole access unit, as it came.
#[derive(Debug)]
pub struct Picture {
    pub ticks: i64,
    pub is_key: bool,
    /// Its parameter sets differ from those of the one before.
    pub has_new_parameters: bool,
    /// RTP packets that are missing before or in it.
    pub lost: u16,
    pub data: Bytes,
}

/// One packet of encoded sound.
#[derive(Debug)]
pub struct Sound {
    pub ticks: i64,
    pub duration: u32,
    pub lost: u16,
    pub data: Bytes,
}

/// What is being skipped, and why it began.
#[derive(Debug, Default)]
struct Skip {
    cause: Option<String>,
    packets: u64,
    frames: u64,
}

#[derive(Debug)]
pub struct Intake {
    codec: Codec,
    times: SessionTimes,
    audio_track: Option<Track>,
    /// As announced last; empty before the first key frame.
    tracks: Vec<Track>,
    /// The key frame from which pictures flow; `None` while waiting for one.
    flows_from: Option<i64>,
    /// Parameter sets came that are not announced yet.
    has_new_parameters: bool,
    skip: Option<Skip>,
    out: Vec<CaptureEvent>,
    out_bytes: usize,
    out_has_key: bool,
}

impl Intake {
    #[must_use]
    pub fn new(codec: Codec, audio_track: Option<Track>, times: SessionTimes) -> Self {
        Self {
            codec,
            times,
            audio_track,
            tracks: Vec::new(),
            flows_from: None,
            has_new_parameters: false,
            skip: None,
            out: Vec::new(),
            out_bytes: 0,
            out_has_key: false,
        }
    }

    /// Sender reports go straight to the clocks.
    pub fn times(&mut self) -> &mut SessionTimes {
        &mut self.times
    }

    /// The events since the last call.
    pub fn take(&mut self) -> Vec<CaptureEvent> {
        self.out_bytes = 0;
        self.out_has_key = false;
        std::mem::take(&mut self.out)
    }

    #[must_use]
    pub fn pending(&self) -> usize {
        self.out.len()
    }

    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.out_bytes
    }

    /// Whether a key frame is pending: it ends the fragment before it.
    #[must_use]
    pub fn has_key_pending(&self) -> bool {
        self.out_has_key
    }

    /// Takes a picture. `track` tells the video track as of it; asked only where it may have
    /// changed. Answers whether it became a sample.
    pub fn picture(
        &mut self,
        picture: Picture,
        track: impl FnOnce() -> Option<Track>,
    ) -> Result<bool, ClockStepped> {
        self.times.video_arrived(picture.ticks)?;
        if picture.lost > 0 {
            self.lose(u64::from(picture.lost));
        }
        self.has_new_parameters |= picture.has_new_parameters;
        if !nal::holds_picture(self.codec, &picture.data) {
            return Ok(false);
        }
        if self.has_new_parameters && !picture.is_key {
            self.damaged("the picture's parameters changed between key frames");
        }
        if picture.is_key {
            if self.flows_from.is_none() || self.has_new_parameters {
                let Some(track) = track() else { return Ok(self.pass_over()) };
                self.flow(&picture, track);
            }
        } else if self.flows_from.is_none_or(|key| picture.ticks < key) {
            // Waiting, or shown before the key frame: it refers to what we don't have.
            return Ok(self.pass_over());
        }
        match self.times.of_video(picture.ticks) {
            Some(times) => self.sample(VIDEO, times, None, picture.is_key, picture.data),
            None => return Ok(false),
        }
        Ok(true)
    }

    /// Takes sound; it is dropped until there is a picture.
    pub fn sound(&mut self, sound: Sound) -> Result<(), ClockStepped> {
        self.times.audio_arrived(sound.ticks)?;
        if sound.lost > 0 && !self.tracks.is_empty() {
            self.out.push(CaptureEvent::Skipped {
                detail: format!("{} packets of sound were lost", sound.lost),
            });
        }
        if self.audio_track.is_some()
            && !self.tracks.is_empty()
            && let Some(times) = self.times.of_audio(sound.ticks)
        {
            let duration = MediaTime(i64::from(sound.duration));
            self.sample(AUDIO, times, Some(duration), true, sound.data);
        }
        Ok(())
    }

    /// A packet could not be used; what depends on it can't either.
    pub fn damaged(&mut self, cause: &str) {
        if !self.tracks.is_empty() {
            let skip = self.skip.get_or_insert_default();
            skip.cause.get_or_insert_with(|| cause.to_owned());
        }
        self.flows_from = None;
    }

    fn lose(&mut self, packets: u64) {
        // Before the first key frame there is nothing to lose.
        if !self.tracks.is_empty() {
            self.skip.get_or_insert_default().packets += packets;
        }
        self.flows_from = None;
    }

    fn pass_over(&mut self) -> bool {
        if let Some(skip) = &mut self.skip {
            skip.frames += 1;
        }
        false
    }

    /// Pictures flow from this key frame on.
    fn flow(&mut self, key: &Picture, video: Track) {
        self.times.begin(key.ticks);
        if let Some(skip) = self.skip.take() {
            self.out.push(CaptureEvent::Skipped { detail: skip.detail() });
        }
        self.flows_from = Some(key.ticks);
        self.has_new_parameters = false;
        if self.tracks.first() != Some(&video) {
            self.tracks = std::iter::once(video).chain(self.audio_track.clone()).collect();
            self.out.push(CaptureEvent::Tracks(self.tracks.clone()));
        }
    }

    fn sample(
        &mut self,
        track: usize,
        times: SampleTimes,
        duration: Option<MediaTime>,
        is_sync: bool,
        data: Bytes,
    ) {
        self.out_bytes += data.len();
        self.out_has_key |= track == VIDEO && is_sync;
        self.out.push(CaptureEvent::Sample(Sample {
            track,
            presentation: times.presentation,
            decode: None,
            duration,
            is_sync,
            received_at: times.received_at,
            taken_at: times.taken_at,
            data,
        }));
    }
}

impl Skip {
    fn detail(&self) -> String {
        let mut parts = Vec::new();
        if let Some(cause) = &self.cause {
            parts.push(cause.clone());
        }
        if self.packets > 0 {
            parts.push(format!("{} packets were lost", self.packets));
        }
        format!("{}; {} frames skipped up to the next key frame", parts.join("; "), self.frames)
    }
}

#[cfg(test)]
mod tests;
