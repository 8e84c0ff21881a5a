//! The recipe of a set: with the archive it came from, all that is needed to make it again.

use crate::{DatasetError, DatasetPlan};
use afterimage_base::{StreamName, WallTime};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a set is made of. Two sets with equal descriptions of one archive are equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetDescription {
    pub streams: Vec<StreamName>,
    pub from: WallTime,
    pub to: WallTime,
    #[serde(with = "text")]
    pub every: Duration,
    /// The models whose detections are its labels.
    pub models: Vec<String>,
    /// Labels that are categories of the set even where no frame has one.
    pub labels: Vec<String>,
    /// Where frames were picked by hand: exactly these, whatever the interval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub picked: Vec<PickedFrame>,
}

/// The frame of a stream that was on screen at an instant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PickedFrame {
    pub stream: StreamName,
    pub at_micros: i64,
}

impl DatasetDescription {
    /// Which frames it takes; refuses a range or an interval that makes no sense.
    pub fn plan(&self) -> Result<DatasetPlan, DatasetError> {
        let Self { from, to, every, .. } = self;
        DatasetPlan::new(
            whole_millis(*from),
            whole_millis(*to),
            Duration::from_millis(millis(every)),
        )
    }

    /// In the one form that files and comparisons use: whole milliseconds, sorted, no repeats.
    pub(crate) fn cleaned(mut self) -> Result<Self, DatasetError> {
        self.plan()?;
        self.from = whole_millis(self.from);
        self.to = whole_millis(self.to);
        self.every = Duration::from_millis(millis(&self.every));
        for list in [&mut self.models, &mut self.labels] {
            list.sort();
            list.dedup();
        }
        self.streams.sort();
        self.streams.dedup();
        self.picked.sort();
        self.picked.dedup();
        if self.streams.is_empty() {
            return Err(DatasetError::Invalid("a set needs one stream at least".to_owned()));
        }
        Ok(self)
    }
}

/// Files say times in milliseconds; a recipe that was read back must equal the one written.
fn whole_millis(time: WallTime) -> WallTime {
    WallTime::from_millis(time.as_micros().div_euclid(1_000))
}

fn millis(every: &Duration) -> u64 {
    u64::try_from(every.as_millis()).unwrap_or(u64::MAX)
}

/// An interval as people write it.
mod text {
    use afterimage_base::{format_duration, parse_duration};
    use serde::{Deserialize, Deserializer, Serializer, de};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(every: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format_duration(*every))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        parse_duration(&String::deserialize(from)?).map_err(de::Error::custom)
    }
}
