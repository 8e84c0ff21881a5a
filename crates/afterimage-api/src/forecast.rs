//! Whether the promises fit: what streams need to keep their retention, beside what there is.
//!
//! Belongs here: the arithmetic, pure. Not here: asking the archive ([`crate::storage`]).
//! A stream at rate r that keeps footage for R needs r × R, or its own limit where that is less.
//! Where all together need more than there is, retention lets every stream keep the same share of
//! what it was promised (`docs/design/storage.md`), so one share tells how long footage lasts.

use crate::dto::Forecast;
use afterimage_base::WallTime;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY_SECONDS: f64 = 86_400.0;

/// What one stream holds, gains and was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLoad {
    pub bytes: u64,
    /// What it gains; 0 for one that does not record.
    pub bytes_per_hour: u64,
    pub retention: Duration,
    pub retain_bytes: Option<u64>,
}

/// The volume, and what of it the archive may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub free_bytes: u64,
    pub recorded_bytes: u64,
    /// Kept free.
    pub reserve_bytes: u64,
    pub retain_bytes: Option<u64>,
}

impl Room {
    /// The volume without its reserve and what is not ours, or the limit.
    fn available(&self) -> u64 {
        let volume = self.free_bytes.saturating_add(self.recorded_bytes);
        volume.saturating_sub(self.reserve_bytes).min(self.retain_bytes.unwrap_or(u64::MAX))
    }
}

impl StreamLoad {
    /// What its promise takes once it holds all of it. One that gains nothing keeps what it has.
    #[must_use]
    pub fn promised_bytes(&self) -> u64 {
        if self.bytes_per_hour == 0 {
            return self.bytes;
        }
        let needed =
            u128::from(self.bytes_per_hour) * self.retention.as_millis() / HOUR.as_millis();
        u64::try_from(needed).unwrap_or(u64::MAX).min(self.retain_bytes.unwrap_or(u64::MAX))
    }

    /// When it holds all of its promise, in hours from now.
    fn full_in_hours(&self) -> f64 {
        hours(self.promised_bytes().saturating_sub(self.bytes), self.bytes_per_hour)
    }

    /// For how long its promise lasts at its rate, in days.
    fn promised_days(&self) -> f64 {
        match self.retain_bytes {
            Some(limit) if self.promised_bytes() == limit => {
                hours(limit, self.bytes_per_hour) / 24.0
            }
            _ => self.retention.as_secs_f64() / DAY_SECONDS,
        }
    }
}

/// Whether the promises fit, and if not, when footage begins to go early and how long it lasts then.
#[must_use]
pub fn forecast(streams: &[StreamLoad], room: &Room, now: WallTime) -> Forecast {
    let needed =
        streams.iter().fold(0_u64, |sum, stream| sum.saturating_add(stream.promised_bytes()));
    let available = room.available();
    let short = needed.saturating_sub(available);
    if short == 0 {
        return Forecast {
            needed_bytes: needed,
            available_bytes: available,
            ..Forecast::default()
        };
    }
    let share = ratio(available, needed);
    // All keep the same share, so who was promised most loses most.
    let longest = streams
        .iter()
        .filter(|stream| stream.bytes_per_hour > 0)
        .map(StreamLoad::promised_days)
        .fold(0.0, f64::max);
    Forecast {
        needed_bytes: needed,
        available_bytes: available,
        short_bytes: short,
        full_at: Some(now.plus(full_in(streams, available))),
        days_kept_when_full: Some(share * longest),
    }
}

/// When what all hold reaches `available`: each grows at its rate until its promise is there.
fn full_in(streams: &[StreamLoad], available: u64) -> Duration {
    let mut growing: Vec<&StreamLoad> =
        streams.iter().filter(|stream| stream.full_in_hours() > 0.0).collect();
    growing.sort_by(|a, b| a.full_in_hours().total_cmp(&b.full_in_hours()));
    let held = streams.iter().fold(0_u64, |sum, stream| sum.saturating_add(stream.bytes));
    let mut room = available.saturating_sub(held);
    let mut rate =
        growing.iter().fold(0_u64, |sum, stream| sum.saturating_add(stream.bytes_per_hour));
    let mut at = 0.0;
    for stream in growing {
        let step = stream.full_in_hours() - at;
        let needs = hours(room, rate);
        if needs <= step {
            return seconds((at + needs) * 3_600.0);
        }
        room = room.saturating_sub(grown(rate, step));
        rate = rate.saturating_sub(stream.bytes_per_hour);
        at += step;
    }
    seconds(at * 3_600.0)
}

#[expect(clippy::cast_precision_loss, reason = "an estimate; its input is one")]
fn hours(bytes: u64, bytes_per_hour: u64) -> f64 {
    if bytes == 0 { 0.0 } else { bytes as f64 / (bytes_per_hour.max(1) as f64) }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate; its input is one")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both are positive, and an estimate saturates"
)]
fn grown(bytes_per_hour: u64, hours: f64) -> u64 {
    (bytes_per_hour as f64 * hours) as u64
}

/// At most a thousand years: further ahead is no forecast.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.clamp(0.0, 1_000.0 * 365.0 * DAY_SECONDS))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const GB: u64 = 1_000_000_000;

    fn now() -> WallTime {
        "2026-03-01T12:00:00Z".parse().expect("RFC 3339")
    }

    fn stream(bytes: u64, bytes_per_hour: u64, days: u32) -> StreamLoad {
        StreamLoad { bytes, bytes_per_hour, retention: DAY * days, retain_bytes: None }
    }

    fn room(free_bytes: u64, recorded_bytes: u64) -> Room {
        Room { free_bytes, recorded_bytes, reserve_bytes: 0, retain_bytes: None }
    }

    #[test]
    fn promises_that_fit_need_no_date() {
        let told = forecast(&[stream(0, GB, 10)], &room(240 * GB, 0), now());
        assert_eq!(told.needed_bytes, 240 * GB, "ten days of one gigabyte an hour");
        assert_eq!(told.short_bytes, 0, "exactly enough is enough");
        assert_eq!((told.full_at, told.days_kept_when_full), (None, None), "nothing goes early");
    }

    #[test]
    fn an_archive_without_streams_needs_nothing() {
        let told = forecast(&[], &room(0, 0), now());
        assert_eq!((told.needed_bytes, told.short_bytes), (0, 0), "nothing was promised");
    }

    #[test]
    fn what_does_not_fit_is_full_when_the_rate_says() {
        let told = forecast(&[stream(20 * GB, GB, 10)], &room(100 * GB, 20 * GB), now());
        assert_eq!(told.short_bytes, 120 * GB, "240 are promised and 120 are there");
        assert_eq!(told.full_at, Some(now().plus(HOUR * 100)), "100 GB at 1 GB an hour");
        let days = told.days_kept_when_full.expect("it does not fit");
        assert!((days - 5.0).abs() < 1e-9, "half of ten days: {days}");
    }

    #[test]
    fn a_stream_that_holds_its_promise_stops_growing() {
        // One is full after 24 hours, the other grows on alone.
        let streams = [stream(0, GB, 1), stream(0, GB, 10)];
        let told = forecast(&streams, &room(100 * GB, 0), now());
        assert_eq!(told.full_at, Some(now().plus(HOUR * 76)), "48 GB in 24 h, 52 GB in 52 h");
    }

    #[test]
    fn limits_and_the_reserve_count() {
        let limited = StreamLoad { retain_bytes: Some(50 * GB), ..stream(0, GB, 10) };
        assert_eq!(limited.promised_bytes(), 50 * GB, "its own limit is less than its age needs");
        let room = Room { reserve_bytes: 30 * GB, ..room(100 * GB, 0) };
        assert_eq!(
            forecast(&[limited], &room, now()).available_bytes,
            70 * GB,
            "the reserve stays"
        );
        let room = Room { retain_bytes: Some(40 * GB), ..room };
        let told = forecast(&[limited], &room, now());
        assert_eq!((told.available_bytes, told.short_bytes), (40 * GB, 10 * GB), "the limit rules");
        let days = told.days_kept_when_full.expect("it does not fit");
        assert!((days - 40.0 / 24.0).abs() < 1e-9, "what 40 GB last at 1 GB an hour: {days}");
    }

    #[test]
    fn a_full_volume_is_full_now() {
        let told = forecast(&[stream(10 * GB, GB, 10)], &room(0, 10 * GB), now());
        assert_eq!(told.full_at, Some(now()), "there is no room at all");
    }

    #[test]
    fn a_stream_at_rest_keeps_what_it_has() {
        let told = forecast(&[stream(10 * GB, 0, 3_650)], &room(0, 10 * GB), now());
        assert_eq!((told.needed_bytes, told.short_bytes), (10 * GB, 0), "it gains nothing");
    }

    #[test]
    fn absurd_numbers_saturate() {
        let told = forecast(
            &[stream(u64::MAX, u64::MAX, 3_650), stream(u64::MAX, 1, 3_650)],
            &room(u64::MAX, u64::MAX),
            now(),
        );
        assert_eq!(told.needed_bytes, u64::MAX, "no wrap, no panic");
    }
}
