//! Sender reports: how the camera's wall clock stands to its RTP clock.
//!
//! Belongs here: reading NTP time (RFC 3550 section 6.4.1, RFC 5905 section 6) and judging whether
//! it is a time at all. Not here: what it is used for ([`crate::times`]).

use afterimage_base::{MediaTime, WallTime};
use std::time::Duration;

/// Seconds from 1900, where NTP begins, to 1970.
const NTP_TO_UNIX_SECONDS: i64 = 2_208_988_800;

/// A camera that believes in an earlier year has no clock, only an uptime.
const EARLIEST_SANE: WallTime = WallTime::from_millis(1_262_304_000_000); // 2010-01-01

/// A camera that is further ahead of us than this has no clock either.
const LATEST_SANE_AHEAD: Duration = Duration::from_secs(86_400);

/// One sender report that can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderReport {
    /// The camera's wall clock, when its RTP clock stood at `ticks`.
    pub taken_at: WallTime,
    pub ticks: i64,
}

impl SenderReport {
    /// `ntp` is the 64-bit timestamp as sent. `None` for a camera without a sane clock.
    #[must_use]
    pub fn read(ntp: u64, ticks: i64, now: WallTime) -> Option<Self> {
        let taken_at = wall_time(ntp);
        let sane = ntp != 0 && taken_at >= EARLIEST_SANE && taken_at <= now.plus(LATEST_SANE_AHEAD);
        sane.then_some(Self { taken_at, ticks })
    }

    /// The camera's wall clock at another instant of the same RTP clock.
    #[must_use]
    pub fn taken_at(&self, ticks: i64, rate: u32) -> WallTime {
        let micros = MediaTime(ticks).micros_since(MediaTime(self.ticks), rate);
        WallTime::from_micros(self.taken_at.as_micros().saturating_add(micros))
    }
}

fn wall_time(ntp: u64) -> WallTime {
    let mut seconds = i64::from(u32::try_from(ntp >> 32).unwrap_or(u32::MAX));
    if seconds < 1 << 31 {
        // The second era begins in February 2036 (RFC 4330 section 3).
        seconds += 1 << 32;
    }
    let micros = i64::try_from(((ntp & 0xffff_ffff) * 1_000_000) >> 32).unwrap_or(0);
    WallTime::from_micros((seconds - NTP_TO_UNIX_SECONDS) * 1_000_000 + micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> WallTime {
        text.parse().expect("RFC 3339")
    }

    fn ntp(time: WallTime) -> u64 {
        let micros = time.as_micros();
        let seconds = micros.div_euclid(1_000_000) + NTP_TO_UNIX_SECONDS;
        let fraction =
            (u64::try_from(micros.rem_euclid(1_000_000)).expect("positive") << 32) / 1_000_000;
        (u64::try_from(seconds & 0xffff_ffff).expect("32 bits") << 32) + fraction + 1
    }

    #[test]
    fn a_report_places_every_later_sample() {
        let now = at("2026-03-01T12:00:00Z");
        let report = SenderReport::read(ntp(now), 900_000, now).expect("a sane clock");
        assert_eq!(report.taken_at, now);
        assert_eq!(report.taken_at(990_000, 90_000), at("2026-03-01T12:00:01Z"));
        assert_eq!(report.taken_at(810_000, 90_000), at("2026-03-01T11:59:59Z"));
    }

    #[test]
    fn an_uptime_is_no_wall_clock() {
        let now = at("2026-03-01T12:00:00Z");
        assert_eq!(SenderReport::read(ntp(at("1970-01-01T00:10:00Z")), 0, now), None);
        assert_eq!(SenderReport::read(0, 0, now), None, "RFC 3550 allows zero for `no clock`");
        assert_eq!(SenderReport::read(ntp(at("2026-03-03T12:00:00Z")), 0, now), None);
    }

    #[test]
    fn the_archive_outlives_the_first_era() {
        let later = at("2037-01-01T00:00:00Z");
        let report = SenderReport::read(ntp(later), 0, later).expect("sane in its own time");
        assert_eq!(report.taken_at, later, "NTP seconds begin again at zero in 2036");
    }
}
