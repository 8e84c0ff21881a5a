//! When a stream records: weekly periods in a time zone.
//!
//! Belongs here: the pure question "on at this instant, and until when". Not here: connecting and
//! letting go (the recorder), gaps ([`crate::recording`]).
//! Invariants: a period's ends are instants: where the clocks go back, it begins at the first and
//! ends at the second of two equal times; where they go forward, a time that does not exist is the
//! instant of the change. A schedule that this machine can't read is on: rather too much footage
//! than none.

use crate::StoreError;
use afterimage_base::WallTime;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize, de};
use std::fmt;
use std::str::FromStr;

/// The most periods of a schedule.
const MOST_PERIODS: usize = 100;

/// How many days a change is looked for: a week, and what a change of the clocks adds.
const DAYS_AHEAD: i32 = 9;

/// Weekly periods in which a stream records; outside of them it rests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// An IANA time zone: `Europe/Berlin`, `UTC`.
    pub zone: String,
    pub periods: Vec<Period>,
}

/// From a time of day to another, on each of these days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The days on which it begins.
    pub days: Vec<Weekday>,
    pub from: TimeOfDay,
    /// One that is not after `from` is on the next day.
    pub to: TimeOfDay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Weekday {
    #[serde(rename = "mon")]
    Monday,
    #[serde(rename = "tue")]
    Tuesday,
    #[serde(rename = "wed")]
    Wednesday,
    #[serde(rename = "thu")]
    Thursday,
    #[serde(rename = "fri")]
    Friday,
    #[serde(rename = "sat")]
    Saturday,
    #[serde(rename = "sun")]
    Sunday,
}

/// Minutes since midnight: `00:00` to `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl Weekday {
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// `mon`
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Monday => "mon",
            Self::Tuesday => "tue",
            Self::Wednesday => "wed",
            Self::Thursday => "thu",
            Self::Friday => "fri",
            Self::Saturday => "sat",
            Self::Sunday => "sun",
        }
    }

    fn of(date: Date) -> Self {
        match date.weekday() {
            jiff::civil::Weekday::Monday => Self::Monday,
            jiff::civil::Weekday::Tuesday => Self::Tuesday,
            jiff::civil::Weekday::Wednesday => Self::Wednesday,
            jiff::civil::Weekday::Thursday => Self::Thursday,
            jiff::civil::Weekday::Friday => Self::Friday,
            jiff::civil::Weekday::Saturday => Self::Saturday,
            jiff::civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Weekday {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        Self::ALL.into_iter().find(|day| day.code() == text).ok_or_else(|| {
            StoreError::Invalid(format!(
                "`{}` is not a day of the week; write mon, tue, wed, thu, fri, sat or sun",
                short(text)
            ))
        })
    }
}

impl TimeOfDay {
    pub const MIDNIGHT: Self = Self(0);
    pub const END_OF_DAY: Self = Self(24 * 60);

    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let number = |digits: &str| -> Option<u16> {
            let is_number = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
            is_number.then(|| digits.parse().ok()).flatten()
        };
        let minutes = text.split_once(':').and_then(|(hour, minute)| {
            let (hour, minute) = (number(hour)?, number(minute)?);
            (minute < 60).then_some(hour * 60 + minute)
        });
        minutes.filter(|minutes| *minutes <= Self::END_OF_DAY.0).map(Self).ok_or_else(|| {
            StoreError::Invalid(format!(
                "`{}` is not a time of day; write 08:00, up to 24:00",
                short(text)
            ))
        })
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Schedule {
    /// A schedule that can be kept, or a sentence that says why not.
    pub fn validate(&self) -> Result<(), StoreError> {
        let refuse = |detail: String| Err(StoreError::Invalid(detail));
        if zone(&self.zone).is_none() {
            return refuse(format!(
                "`{}` is not a time zone; write one as the IANA names it: Europe/Berlin, UTC",
                short(&self.zone)
            ));
        }
        if self.periods.is_empty() {
            return refuse(
                "the schedule has no period, so nothing would ever be recorded; add one, leave the schedule out to record always, or stop the stream".into(),
            );
        }
        if self.periods.len() > MOST_PERIODS {
            return refuse(format!(
                "the schedule has {} periods; {MOST_PERIODS} are the most",
                self.periods.len()
            ));
        }
        for Period { days, from, to } in &self.periods {
            if days.is_empty() {
                return refuse(format!(
                    "the period {from} to {to} has no days; write mon, tue, wed, thu, fri, sat or sun"
                ));
            }
            if *from == TimeOfDay::END_OF_DAY {
                return refuse("a period can't begin at 24:00; write 00:00 of the next day".into());
            }
            if from == to {
                return refuse(format!(
                    "the period {from} to {to} has no length; a whole day is 00:00 to 24:00"
                ));
            }
        }
        Ok(())
    }

    /// The stream should record at this instant.
    #[must_use]
    pub fn is_on(&self, at: WallTime) -> bool {
        let Some(zone) = zone(&self.zone) else { return true };
        self.around(&zone, at, 0).iter().any(|(from, to)| *from <= at && at < *to)
    }

    /// The first instant after `at` at which it goes on or off; `None` where it never does.
    #[must_use]
    pub fn next_change(&self, at: WallTime) -> Option<WallTime> {
        let zone = zone(&self.zone)?;
        let periods = self.around(&zone, at, DAYS_AHEAD);
        let change = match periods.iter().find(|(from, to)| *from <= at && at < *to) {
            Some((_, to)) => *to,
            None => periods.iter().find(|(from, _)| *from > at)?.0,
        };
        // On for longer than a week is on for ever.
        let a_week = std::time::Duration::from_secs(8 * 86_400);
        (change.since(at) < a_week).then_some(change)
    }

    /// `[from, to)` cut where the schedule changes, in order; true where it is on.
    #[must_use]
    pub fn split(&self, from: WallTime, to: WallTime) -> Vec<(WallTime, WallTime, bool)> {
        let mut parts = Vec::new();
        let mut at = from;
        while at < to {
            let end = self.next_change(at).map_or(to, |change| change.min(to));
            parts.push((at, end, self.is_on(at)));
            at = end;
        }
        parts
    }

    /// The periods that touch the time from `at` on for so many days, as instants: in order, and
    /// those that touch each other as one.
    fn around(&self, zone: &TimeZone, at: WallTime, days: i32) -> Vec<(WallTime, WallTime)> {
        let at = at.as_micros().clamp(-WallTime::MAX.as_micros(), WallTime::MAX.as_micros());
        let Ok(at) = Timestamp::from_microsecond(at) else { return Vec::new() };
        let today = at.to_zoned(zone.clone()).date();
        let mut found = Vec::new();
        // A period of yesterday may reach into today; one of the day before, where a day is skipped.
        for offset in -2..=days {
            let Ok(date) = today.checked_add(offset.days()) else { continue };
            let day = Weekday::of(date);
            for period in self.periods.iter().filter(|period| period.days.contains(&day)) {
                found.extend(period.on(zone, date));
            }
        }
        found.sort();
        let mut joined: Vec<(WallTime, WallTime)> = Vec::new();
        for (from, to) in found {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        joined
    }
}

#[derive(Clone, Copy)]
enum End {
    Beginning,
    Finish,
}

impl Period {
    /// The instants of the period that begins on this date.
    fn on(&self, zone: &TimeZone, date: Date) -> Option<(WallTime, WallTime)> {
        let last = if self.to <= self.from { date.tomorrow().ok()? } else { date };
        let from = instant(zone, self.from.on(date)?, End::Beginning)?;
        let to = instant(zone, self.to.on(last)?, End::Finish)?;
        (from < to).then_some((from, to))
    }
}

impl TimeOfDay {
    fn on(self, date: Date) -> Option<DateTime> {
        if self == Self::END_OF_DAY {
            return Some(date.tomorrow().ok()?.at(0, 0, 0, 0));
        }
        let part = |minutes: u16| i8::try_from(minutes).ok();
        Some(date.at(part(self.0 / 60)?, part(self.0 % 60)?, 0, 0))
    }
}

/// When a clock on the wall of this zone shows that.
fn instant(zone: &TimeZone, shown: DateTime, end: End) -> Option<WallTime> {
    let possible = zone.to_ambiguous_timestamp(shown);
    let timestamp = match (possible.offset(), end) {
        // The clock never shows it: the instant at which it was set.
        (AmbiguousOffset::Gap { .. }, _) => {
            zone.following(possible.earlier().ok()?).next()?.timestamp()
        }
        (_, End::Beginning) => possible.earlier().ok()?,
        (_, End::Finish) => possible.later().ok()?,
    };
    Some(WallTime::from_micros(timestamp.as_microsecond()))
}

fn zone(name: &str) -> Option<TimeZone> {
    // `posix/…`, `right/…` and paths are no names of the IANA.
    let is_name = !name.is_empty() && !name.starts_with(['/', '.']) && !name.contains("..");
    is_name.then(|| TimeZone::get(name).ok()).flatten()
}

fn short(text: &str) -> String {
    text.chars().take(64).flat_map(char::escape_debug).collect()
}
