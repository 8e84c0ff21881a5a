//! Where a session's samples stand: on the common media time of its tracks, on our clock, and on
//! the camera's.
//!
//! Belongs here: arithmetic over RTP timestamps that retina has already unwrapped. Not here:
//! which samples are kept ([`crate::intake`]).
//! Invariants: media times of a track's samples that are handed out are never negative; audio
//! never goes back; nothing is received in the future.
//!
//! Audio is placed beside video by the first of these that is plausible: sender reports of both
//! tracks (RFC 3550 section 6.4.1), the common start that PLAY named (RFC 2326 section 12.33),
//! the arrival of both. Cameras that lie about the first two are common, so each must agree with
//! arrival within [`PLAUSIBLE_MICROS`]. Clocks of picture and sound drift apart over days; when
//! the reports say that sound stands [`NOTICEABLE_MICROS`] off, it is placed anew.

use crate::arrival::LeastDelay;
use crate::report::SenderReport;
use afterimage_base::{Clock, MediaTime, WallTime};
use std::sync::Arc;
use std::time::Duration;

/// A start burst or a slow network makes arrival wrong by seconds, a lying camera by hours.
const PLAUSIBLE_MICROS: i64 = 5_000_000;

/// ITU-R BT.1359 finds sound 45 ms early or 125 ms late detectable.
const NOTICEABLE_MICROS: i64 = 60_000;

/// A camera's clock that moves this much more or less than ours between two samples has stepped.
const STEP_MICROS: i64 = 10_000_000;

/// The camera's RTP clock stepped by so many microseconds; the session can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockStepped {
    pub micros: i64,
}

/// The times of one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleTimes {
    pub presentation: MediaTime,
    pub received_at: WallTime,
    pub taken_at: Option<WallTime>,
}

#[derive(Debug)]
struct TrackClock {
    rate: u32,
    delay: LeastDelay,
    report: Option<SenderReport>,
    /// The newest sample: its media microseconds and its arrival.
    last: Option<(i64, i64)>,
}

/// The clocks of a session: ours, the video track's, and the audio track's if there is one.
#[derive(Debug)]
pub struct SessionTimes {
    clock: Arc<dyn Clock>,
    video: TrackClock,
    audio: Option<TrackClock>,
    /// The video ticks that are media time zero; `None` until the first key frame.
    zero: Option<i64>,
    /// The audio ticks that are media time zero.
    audio_zero: i64,
    /// Microseconds to add to the audio clock to get the video clock; what `audio_zero` is from.
    audio_offset: i64,
    /// The presentation time of the last audio sample that was placed.
    audio_last: Option<MediaTime>,
}

impl SessionTimes {
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, video_rate: u32, audio_rate: Option<u32>) -> Self {
        Self {
            clock,
            video: TrackClock::new(video_rate),
            audio: audio_rate.map(TrackClock::new),
            zero: None,
            audio_zero: 0,
            audio_offset: 0,
            audio_last: None,
        }
    }

    /// Takes a picture's arrival in; every one, also those that become no sample.
    pub fn video_arrived(&mut self, ticks: i64) -> Result<(), ClockStepped> {
        let arrival = self.arrival();
        self.video.arrived(ticks, arrival)
    }

    /// As [`SessionTimes::video_arrived`], for sound. `ticks` may be of a packet that is dropped.
    pub fn audio_arrived(&mut self, ticks: i64) -> Result<(), ClockStepped> {
        let arrival = self.arrival();
        self.audio.as_mut().map_or(Ok(()), |audio| audio.arrived(ticks, arrival))
    }

    pub fn video_report(&mut self, ntp: u64, ticks: i64) {
        self.video.report = SenderReport::read(ntp, ticks, self.clock.now());
        self.reports_changed();
    }

    pub fn audio_report(&mut self, ntp: u64, ticks: i64) {
        let now = self.clock.now();
        if let Some(audio) = &mut self.audio {
            audio.report = SenderReport::read(ntp, ticks, now);
        }
        self.reports_changed();
    }

    /// Makes this picture media time zero, unless an earlier one is.
    pub fn begin(&mut self, video_ticks: i64) {
        if self.zero.is_none() {
            self.zero = Some(video_ticks);
            self.place_audio(self.best_audio_offset());
        }
    }

    /// The times of a picture that has arrived. `None` before the zero.
    #[must_use]
    pub fn of_video(&self, ticks: i64) -> Option<SampleTimes> {
        let presentation = ticks.checked_sub(self.zero?).filter(|time| *time >= 0)?;
        Some(self.times(&self.video, ticks, MediaTime(presentation)))
    }

    /// The times of an audio packet that has arrived. `None` before the zero, and for a packet
    /// that would go back behind the one before it.
    pub fn of_audio(&mut self, ticks: i64) -> Option<SampleTimes> {
        self.zero?;
        let audio = self.audio.as_ref()?;
        let presentation = MediaTime(ticks.checked_sub(self.audio_zero)?);
        if presentation.0 < 0 || self.audio_last.is_some_and(|last| presentation <= last) {
            return None;
        }
        let times = self.times(audio, ticks, presentation);
        self.audio_last = Some(presentation);
        Some(times)
    }

    fn times(&self, track: &TrackClock, ticks: i64, presentation: MediaTime) -> SampleTimes {
        SampleTimes {
            presentation,
            received_at: self.received_at(track, ticks),
            taken_at: track.report.map(|report| report.taken_at(ticks, track.rate)),
        }
    }

    fn received_at(&self, track: &TrackClock, ticks: i64) -> WallTime {
        let arrival = self.arrival();
        let received = track.delay.get().map_or(arrival, |least| track.micros(ticks) + least);
        let ago = u64::try_from(arrival - received).unwrap_or(0);
        self.clock.now().minus(Duration::from_micros(ago))
    }

    fn arrival(&self) -> i64 {
        i64::try_from(self.clock.elapsed().as_micros()).unwrap_or(i64::MAX)
    }

    fn reports_changed(&mut self) {
        if self.zero.is_some()
            && let Some(reported) = self.offset_by_reports()
            && reported.abs_diff(self.audio_offset) > NOTICEABLE_MICROS.unsigned_abs()
        {
            tracing::debug!(micros = reported - self.audio_offset, "sound moves beside picture");
            self.place_audio(reported);
        }
    }

    fn place_audio(&mut self, offset: i64) {
        let (Some(zero), Some(audio)) = (self.zero, &self.audio) else { return };
        let zero_micros = self.video.micros(zero).saturating_sub(offset);
        self.audio_zero = MediaTime(zero_micros).rescale(1_000_000, audio.rate).0;
        self.audio_offset = offset;
    }

    fn best_audio_offset(&self) -> i64 {
        self.offset_by_reports().unwrap_or_else(|| {
            // retina counts both tracks from the common start of PLAY, so that offset is zero.
            let arrived = self.offset_by_arrival();
            arrived.filter(|offset| offset.saturating_abs() > PLAUSIBLE_MICROS).unwrap_or(0)
        })
    }

    fn offset_by_reports(&self) -> Option<i64> {
        let audio = self.audio.as_ref()?;
        let offset = audio.wall_minus_media()?.saturating_sub(self.video.wall_minus_media()?);
        let arrived = self.offset_by_arrival().unwrap_or(offset);
        (offset.abs_diff(arrived) <= PLAUSIBLE_MICROS.unsigned_abs()).then_some(offset)
    }

    fn offset_by_arrival(&self) -> Option<i64> {
        Some(self.audio.as_ref()?.delay.get()?.saturating_sub(self.video.delay.get()?))
    }
}

impl TrackClock {
    fn new(rate: u32) -> Self {
        Self { rate: rate.max(1), delay: LeastDelay::default(), report: None, last: None }
    }

    fn micros(&self, ticks: i64) -> i64 {
        MediaTime(ticks).rescale(self.rate, 1_000_000).0
    }

    fn arrived(&mut self, ticks: i64, arrival: i64) -> Result<(), ClockStepped> {
        let media = self.micros(ticks);
        if let Some((last_media, last_arrival)) = self.last {
            let step = media.saturating_sub(last_media).saturating_sub(arrival - last_arrival);
            if step.saturating_abs() > STEP_MICROS {
                return Err(ClockStepped { micros: step });
            }
        }
        self.last = Some((media, arrival));
        self.delay.arrived(arrival, media);
        Ok(())
    }

    fn wall_minus_media(&self) -> Option<i64> {
        let report = self.report?;
        Some(report.taken_at.as_micros().saturating_sub(self.micros(report.ticks)))
    }
}

#[cfg(test)]
mod tests;
