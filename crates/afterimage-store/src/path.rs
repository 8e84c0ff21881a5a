//! Where files lie under the data directory.
//!
//! Invariant: a segment's path follows from stream, start and variant, and tells all three.

use crate::stream::StreamId;
use afterimage_base::WallTime;
use std::path::{Path, PathBuf};

pub const MEDIA: &str = "media";

/// `media/<stream>`.
pub fn stream_directory(stream: StreamId) -> PathBuf {
    Path::new(MEDIA).join(stream.to_string())
}

/// `media/<stream>/2026/11/23`.
pub fn day_directory(stream: StreamId, start: WallTime) -> PathBuf {
    let mut path = stream_directory(stream);
    path.extend([start.format("%Y"), start.format("%m"), start.format("%d")]);
    path
}

/// `media/<stream>/2026/11/23/20261123T011500.000Z.mp4`, with `-n` before the dot for the n-th
/// further file of the same millisecond.
pub fn segment_path(stream: StreamId, start: WallTime, variant: u32) -> PathBuf {
    let name = match variant {
        0 => format!("{}.mp4", start.compact()),
        n => format!("{}-{n}.mp4", start.compact()),
    };
    day_directory(stream, start).join(name)
}

/// Start (to the millisecond) and variant of a segment's file name; `None` for other names.
pub fn parse_segment_name(name: &str) -> Option<(WallTime, u32)> {
    let stem = name.strip_suffix(".mp4")?;
    let (start, variant) = match stem.split_once('-') {
        Some((start, variant)) => (start, variant.parse().ok().filter(|n| *n > 0)?),
        None => (stem, 0),
    };
    if start.len() != 20 || !start.is_ascii() {
        return None;
    }
    let part = |from, to| &start[from..to];
    let text = format!(
        "{}-{}-{}T{}:{}:{}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(9, 11),
        part(11, 13),
        part(13, 20)
    );
    let time: WallTime = text.parse().ok()?;
    (time.compact() == start).then_some((time, variant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_path_tells_what_it_was_made_of() {
        let start: WallTime = "2026-11-23T01:15:00.250Z".parse().expect("RFC 3339");
        for variant in [0, 1, 17] {
            let path = segment_path(StreamId(Uuid::nil()), start, variant);
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            assert_eq!(parse_segment_name(name), Some((start, variant)), "{name}");
        }
        for wrong in ["", "x.mp4", "20261323T011500.250Z.mp4", "20261123T011500.250Z-0.mp4", "20261123T011500.250Z.mkv"] {
            assert_eq!(parse_segment_name(wrong), None, "{wrong:?} is not a name that we write");
        }
    }
}
