//! Wall time and media time, two types so that mixing them does not compile.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An instant on a wall clock: microseconds since 1970-01-01T00:00:00Z.
///
/// Prints as RFC 3339 in UTC with milliseconds; serialises the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(i64);

/// A position in a track: ticks of that track's timescale since the capture session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaTime(pub i64);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is not a time; write RFC 3339 (2026-03-01T12:00:00Z), `now`, or how long ago (-90m, -2d)"
)]
pub struct TimeError(String);

impl WallTime {
    pub const EPOCH: Self = Self(0);
    /// The last instant that every part of the system can write.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis * 1_000)
    }

    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    #[must_use]
    pub fn from_system(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self(micros(since)),
            Err(before) => Self(-micros(before.duration())),
        }
    }

    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }

    /// How long after `earlier` this is; zero if it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `20261123T011500.000Z`: sorts as text, fits a file name.
    #[must_use]
    pub fn compact(self) -> String {
        self.format("%Y%m%dT%H%M%S%.3fZ")
    }

    /// Formats by `strftime` in UTC.
    #[must_use]
    pub fn format(self, pattern: &str) -> String {
        self.timestamp().strftime(pattern).to_string()
    }

    fn timestamp(self) -> jiff::Timestamp {
        let clamped = self.0.clamp(-Self::MAX.0, Self::MAX.0);
        jiff::Timestamp::from_microsecond(clamped).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

impl FromStr for WallTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let timestamp: jiff::Timestamp =
            text.parse().map_err(|_| TimeError(text.chars().take(64).collect()))?;
        Ok(Self(timestamp.as_microsecond()))
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Reads an instant as the command line and the API take it: RFC 3339, `now`, `-90m`, or whole
/// microseconds since 1970.
pub fn parse_instant(text: &str, now: WallTime) -> Result<WallTime, TimeError> {
    let fail = || TimeError(text.chars().take(64).collect());
    match text.strip_prefix('-') {
        _ if text == "now" => Ok(now),
        Some(ago) => Ok(now.minus(crate::parse_duration(ago).map_err(|_| fail())?)),
        None if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().map(WallTime).map_err(|_| fail())
        }
        None => text.parse(),
    }
}

impl MediaTime {
    /// This time in another timescale, rounded to the nearest tick.
    #[must_use]
    pub fn rescale(self, from: u32, to: u32) -> Self {
        let (from, to) = (i128::from(from.max(1)), i128::from(to));
        let scaled = (i128::from(self.0) * to * 2 + from).div_euclid(from * 2);
        Self(i64::try_from(scaled).unwrap_or(if self.0 < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Microseconds from `earlier` to this, both in ticks of `timescale`.
    #[must_use]
    pub fn micros_since(self, earlier: Self, timescale: u32) -> i64 {
        Self(self.0.saturating_sub(earlier.0)).rescale(timescale, 1_000_000).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_and_writes_the_same() {
        let text = "2026-11-23T01:15:00.250Z";
        let time: WallTime = text.parse().expect("RFC 3339");
        assert_eq!(time.to_string(), text);
        assert_eq!(time.compact(), "20261123T011500.250Z");
    }

    #[test]
    fn relative_instants_count_back_from_now() {
        let now: WallTime = "2026-03-01T12:00:00Z".parse().expect("RFC 3339");
        assert_eq!(parse_instant("now", now), Ok(now));
        assert_eq!(parse_instant("-90m", now), Ok(now.minus(Duration::from_secs(5_400))));
        assert!(parse_instant("yesterday", now).is_err(), "words are not times here");
    }

    #[test]
    fn a_plain_integer_is_microseconds_since_1970() {
        let now = WallTime::EPOCH;
        let micros = parse_instant("1772366400000250", now).map(WallTime::as_micros);
        assert_eq!(micros, Ok(1_772_366_400_000_250), "exact, where RFC 3339 shows milliseconds");
        for wrong in ["", "1e9", "+5", "99999999999999999999"] {
            assert!(parse_instant(wrong, now).is_err(), "{wrong:?} is no instant");
        }
    }

    #[test]
    fn rescaling_rounds_to_the_nearest_tick() {
        assert_eq!(MediaTime(1).rescale(3, 90_000), MediaTime(30_000));
        assert_eq!(MediaTime(-1).rescale(2, 1), MediaTime(0), "half rounds up");
        assert_eq!(MediaTime(90_000).micros_since(MediaTime(0), 90_000), 1_000_000);
    }
}
