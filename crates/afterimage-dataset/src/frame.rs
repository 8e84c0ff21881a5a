//! One frame of a set: its identity, its time, its labels.

use crate::DatasetError;
use afterimage_base::{StreamName, WallTime};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const MAX_SIDE: u32 = 65_535;
const MAX_LABELS: usize = 10_000;
const MAX_LABEL_BYTES: usize = 100;
/// What a file system takes as one name, less what is put around it.
const MAX_FOLDER_BYTES: usize = 200;

/// A frame and what is on it. Stream, fragment and sample say which frame it is, everywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameRecord {
    pub stream: StreamName,
    pub fragment: u64,
    /// Index in decode order within the fragment.
    pub sample: u32,
    /// When it is shown.
    #[serde(with = "micros")]
    pub at: WallTime,
    pub width: u32,
    pub height: u32,
    pub annotations: Vec<Label>,
}

/// One labelled box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub label: String,
    /// How sure the model was; none where a person drew it.
    pub score: Option<f32>,
    /// Left, top, width, height as shares of the frame.
    pub bbox: [f32; 4],
}

/// `at` without loss: the text form of [`WallTime`] has milliseconds only.
mod micros {
    use afterimage_base::WallTime;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(at: &WallTime, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(at.as_micros())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<WallTime, D::Error> {
        i64::deserialize(from).map(WallTime::from_micros)
    }
}

/// Which frame: sorts by stream, then as it was recorded.
pub(crate) type Identity = (StreamName, u64, u32);

impl FrameRecord {
    /// The picture's path below `images/`: `<stream>/<time>_<fragment>_<sample>.jpg`.
    #[must_use]
    pub fn file_name(&self) -> String {
        let folder = folder_name(self.stream.as_str());
        format!("{folder}/{}_{}_{}.jpg", self.at.compact(), self.fragment, self.sample)
    }

    pub(crate) fn identity(&self) -> Identity {
        (self.stream.clone(), self.fragment, self.sample)
    }

    /// Checked, with boxes cut at the frame's edges, empty ones dropped, and in one order.
    pub(crate) fn cleaned(mut self) -> Result<Self, DatasetError> {
        let fail = |detail: String| {
            Err(DatasetError::Invalid(format!(
                "sample {} of fragment {} of `{}`: {detail}",
                self.sample, self.fragment, self.stream
            )))
        };
        if !(1..=MAX_SIDE).contains(&self.width) || !(1..=MAX_SIDE).contains(&self.height) {
            return fail(format!("{}x{} is no size of a picture", self.width, self.height));
        }
        if self.annotations.len() > MAX_LABELS {
            return fail(format!("more than {MAX_LABELS} labels on one frame"));
        }
        for label in &self.annotations {
            let is_text = (1..=MAX_LABEL_BYTES).contains(&label.label.len())
                && !label.label.chars().any(char::is_control);
            if !is_text {
                return fail(format!("a label must have 1 to {MAX_LABEL_BYTES} printable bytes"));
            }
            let is_finite = label.bbox.iter().chain(&label.score).all(|value| value.is_finite());
            if !is_finite {
                return fail(format!("`{}` has a box or score that is no number", label.label));
            }
        }
        self.annotations =
            std::mem::take(&mut self.annotations).into_iter().filter_map(Label::cut).collect();
        self.annotations.sort_by(Label::order);
        Ok(self)
    }
}

impl Label {
    fn cut(mut self) -> Option<Self> {
        let [left, top, width, height] = self.bbox;
        let (right, bottom) = ((left + width).clamp(0.0, 1.0), (top + height).clamp(0.0, 1.0));
        let (left, top) = (left.clamp(0.0, 1.0), top.clamp(0.0, 1.0));
        self.bbox = [left, top, right - left, bottom - top];
        (right > left && bottom > top).then_some(self)
    }

    /// Surest first; what is equal in that, by name and place.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let score = |label: &Self| label.score.unwrap_or(f32::INFINITY);
        let by_place = || {
            self.bbox
                .iter()
                .zip(&other.bbox)
                .map(|(a, b)| a.total_cmp(b))
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        };
        score(other)
            .total_cmp(&score(self))
            .then_with(|| self.label.cmp(&other.label))
            .then_with(by_place)
    }
}

/// A stream's name as a folder's: the same, except that `.` and `..` are places, a leading dot
/// hides, and a name longer than a file system takes is cut and told apart by its hash. `%` is in
/// no stream's name, so no two streams share a folder.
fn folder_name(stream: &str) -> String {
    if stream.len() > MAX_FOLDER_BYTES {
        let hash = Sha256::digest(stream);
        let tail: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        return format!("{}%{tail}", folder_name(&stream[..MAX_FOLDER_BYTES - 20]));
    }
    match stream.strip_prefix('.') {
        Some(rest) => format!("%2E{rest}"),
        None => stream.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(stream: &str, annotations: Vec<Label>) -> FrameRecord {
        FrameRecord {
            stream: stream.parse().expect("a stream's name"),
            fragment: 12,
            sample: 3,
            at: "2026-11-23T01:15:00.250Z".parse().expect("a time"),
            width: 640,
            height: 272,
            annotations,
        }
    }

    fn label(score: f32, bbox: [f32; 4]) -> Label {
        Label { label: "person".to_owned(), score: Some(score), bbox }
    }

    #[test]
    fn a_picture_is_named_by_what_it_is() {
        let name = record("front-door", Vec::new()).file_name();
        assert_eq!(name, "front-door/20261123T011500.250Z_12_3.jpg");
    }

    #[test]
    fn no_stream_leaves_its_folder_or_shares_it() {
        let long = ["x".repeat(256), format!("{}y", "x".repeat(255))];
        let names: Vec<String> = [".", "..", ".hidden", "a", &long[0], &long[1]]
            .iter()
            .map(|stream| record(stream, Vec::new()).file_name())
            .collect();
        for name in &names {
            let folder = name.split('/').next().expect("a folder");
            assert_eq!(name.split('/').count(), 2, "one folder: {name}");
            assert!(!folder.starts_with('.') && folder.len() < 255, "a plain name: {folder}");
        }
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len(), "each stream has its own folder");
    }

    #[test]
    fn boxes_are_cut_at_the_edge_and_what_lies_outside_is_dropped() {
        let labels = vec![label(0.5, [0.9, -0.5, 0.5, 1.0]), label(0.9, [1.2, 0.1, 0.1, 0.1])];
        let cleaned = record("a", labels).cleaned().expect("numbers");
        assert_eq!(cleaned.annotations.len(), 1, "the second is beside the picture");
        let [left, top, width, height] = cleaned.annotations[0].bbox;
        assert_eq!((left, top, height), (0.9, 0.0, 0.5));
        assert!((width - 0.1).abs() < 1e-6, "cut at the right edge");
    }

    #[test]
    fn what_is_no_number_or_no_text_is_refused() {
        let unnamed = Label { label: "a\nb".to_owned(), score: None, bbox: [0.1; 4] };
        for wrong in
            [label(f32::NAN, [0.1; 4]), label(0.5, [0.1, f32::INFINITY, 0.1, 0.1]), unnamed]
        {
            assert!(record("a", vec![wrong.clone()]).cleaned().is_err(), "{wrong:?}");
        }
    }
}
