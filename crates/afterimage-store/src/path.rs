//! Where files lie under the data directory.
//!
//! Invariant: a segment's path follows from stream, start and variant, and tells all three.

use crate::StoreError;
use crate::file_system::FileSystem;
use crate::stream::StreamId;
use afterimage_base::WallTime;
use std::io;
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

/// A file that is named like a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentFile {
    /// Relative to the data directory.
    pub path: PathBuf,
    /// To the millisecond.
    pub start: WallTime,
    pub variant: u32,
}

/// The day directories of a stream, oldest first, relative to the data directory.
pub fn list_days(
    file_system: &dyn FileSystem,
    root: &Path,
    stream: StreamId,
) -> Result<Vec<PathBuf>, StoreError> {
    list_days_after(file_system, root, stream, "")
}

/// The same from the day of `from` on; years and months before it are not even listed.
pub fn list_days_from(
    file_system: &dyn FileSystem,
    root: &Path,
    stream: StreamId,
    from: WallTime,
) -> Result<Vec<PathBuf>, StoreError> {
    list_days_after(file_system, root, stream, &from.format("%Y%m%d"))
}

fn list_days_after(
    file_system: &dyn FileSystem,
    root: &Path,
    stream: StreamId,
    first: &str,
) -> Result<Vec<PathBuf>, StoreError> {
    let mut level = vec![(stream_directory(stream), String::new())];
    for _ in ["year", "month", "day"] {
        let mut below = Vec::new();
        for (directory, date) in &level {
            for name in list_directory(file_system, root, directory)? {
                let date = format!("{date}{name}");
                if date.as_str() >= first.get(..date.len()).unwrap_or(first) {
                    below.push((directory.join(name), date));
                }
            }
        }
        level = below;
    }
    Ok(level.into_iter().map(|(directory, _)| directory).collect())
}

/// The segment files of a directory, by start.
pub fn list_segments(
    file_system: &dyn FileSystem,
    root: &Path,
    directory: &Path,
) -> Result<Vec<SegmentFile>, StoreError> {
    let names = list_directory(file_system, root, directory)?;
    let segment = |name: &String| {
        let (start, variant) = parse_segment_name(name)?;
        Some(SegmentFile { path: directory.join(name), start, variant })
    };
    let mut files: Vec<SegmentFile> = names.iter().filter_map(segment).collect();
    files.sort_by_key(|file| (file.start, file.variant));
    Ok(files)
}

/// The names in a directory; none where there is no such directory.
fn list_directory(
    file_system: &dyn FileSystem,
    root: &Path,
    relative: &Path,
) -> Result<Vec<String>, StoreError> {
    let full = root.join(relative);
    match file_system.list(&full) {
        Ok(entries) => Ok(entries.into_iter().map(|entry| entry.name).collect()),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(StoreError::io("list", &full)(error)),
    }
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
        for wrong in [
            "",
            "x.mp4",
            "20261323T011500.250Z.mp4",
            "20261123T011500.250Z-0.mp4",
            "20261123T011500.250Z.mkv",
        ] {
            assert_eq!(parse_segment_name(wrong), None, "{wrong:?} is not a name that we write");
        }
    }
}
