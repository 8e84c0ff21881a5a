//! MP4 and Matroska files of an export: the archive's bytes, without decoding.
//!
//! Belongs here: which files a range becomes, and writing them. Not here: how a file is laid out
//! (`afterimage_playback`), whose turn it is ([`super::work`]).
//! Invariant: one fragment and one piece in memory; a file has its name only when it is durable.

use super::ExportWanted;
use super::description::{PART, failed, sync_folder};
use super::desk::Job;
use super::{margin, names};
use crate::clips::{PlanError, plan_clip};
use crate::dto::{ExportFile, ExportFormat};
use crate::footage::FRAGMENTS_LIMIT;
use crate::{ApiError, Clip, ClipCut, ClipFormat, ClipWanted, TimeRange};
use afterimage_base::{ErrorKind, StreamName, WallTime};
use afterimage_playback::ClipError;
use afterimage_store::{SegmentReader, Store, StreamId};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

const PIECE: usize = 1024 * 1024;
/// After so many bytes the disk has them: what waits in memory to be written would make the
/// recorder's own writes wait.
const SYNCED_EVERY: u64 = 8 * 1024 * 1024;
/// Open segments, which retention leaves alone: hours of footage, and few of a process's files.
const KEPT_SEGMENTS: usize = 128;

/// Found damaged while it was written; what has more of it fails.
const REWRITES: u32 = 16;

/// Writes the files of all streams. What is not there becomes a note; nothing at all is an error.
pub(super) fn write_all(
    store: &Store,
    job: &Job,
    wanted: &ExportWanted,
    now: WallTime,
) -> Result<(), ApiError> {
    let mut absent = Vec::new();
    for stream in &wanted.streams {
        match write_stream(store, job, stream, wanted, now) {
            Err(error) if error.kind == ErrorKind::NotFound => {
                job.note(&error.message);
                absent.push(error.message);
            }
            outcome => outcome?,
        }
    }
    if absent.len() == wanted.streams.len() {
        return Err(ApiError::not_found(absent.join(". ")));
    }
    Ok(())
}

/// One file, and one more where the camera changed its format or a file would be too long.
fn write_stream(
    store: &Store,
    job: &Job,
    stream: &StreamName,
    wanted: &ExportWanted,
    now: WallTime,
) -> Result<(), ApiError> {
    let id = store.stream(stream)?.id;
    let mut rest = Some(wanted.range);
    let (mut is_first, mut rewritten) = (true, 0);
    while let Some(range) = rest {
        let (clip, next) = match next_clip(store, id, stream, range, wanted.format, now) {
            // What follows a change of format may be gone by then.
            Err(error) if error.kind == ErrorKind::NotFound && !is_first => {
                job.note(&error.message);
                return Ok(());
            }
            found => found?,
        };
        match write_file(store, job, stream, wanted.format, &clip) {
            // A gap from now on: it is written again without it.
            Err(error) if error.kind == ErrorKind::Damaged && rewritten < REWRITES => {
                job.note(&format!("a part of `{stream}` is left out: {error}"));
                rewritten += 1;
            }
            outcome => {
                outcome?;
                (rest, is_first) = (next, false);
            }
        }
    }
    Ok(())
}

/// The longest clip from the beginning of the range, and what is left of the range.
fn next_clip(
    store: &Store,
    id: StreamId,
    stream: &StreamName,
    range: TimeRange,
    format: ExportFormat,
    now: WallTime,
) -> Result<(Clip, Option<TimeRange>), ApiError> {
    let mut end = end_of_part(store, id, range)?;
    loop {
        let wanted = ClipWanted {
            range: TimeRange { from: range.from, to: end },
            cut: ClipCut::Exact,
            format: match format {
                ExportFormat::Mkv => ClipFormat::Matroska,
                _ => ClipFormat::Mp4,
            },
        };
        match plan_clip(store, id, stream, wanted, now) {
            Ok(clip) => {
                let rest = (end < range.to).then_some(TimeRange { from: end, to: range.to });
                return Ok((clip, rest));
            }
            Err(PlanError::Clip(ClipError::FormatChanged { at }))
                if range.from < at && at < end =>
            {
                end = at;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Where a file must end at the latest: what has too many fragments becomes several.
fn end_of_part(store: &Store, id: StreamId, range: TimeRange) -> Result<WallTime, ApiError> {
    let Some(first) = store.first_fragment_from(id, range.from)? else { return Ok(range.to) };
    // Some of a long GOP may come before the first.
    let most = (FRAGMENTS_LIMIT - FRAGMENTS_LIMIT / 10) as u64;
    let beyond = store.fragments_after(id, first.number.saturating_add(most), 1)?;
    Ok(beyond.first().map_or(range.to, |beyond| beyond.start.min(range.to)))
}

fn write_file(
    store: &Store,
    job: &Job,
    stream: &StreamName,
    format: ExportFormat,
    clip: &Clip,
) -> Result<(), ApiError> {
    let _kept: Vec<SegmentReader> = clip
        .segments
        .iter()
        .take(KEPT_SEGMENTS)
        .filter_map(|segment| store.open_segment(*segment).ok())
        .collect();
    let ending = if format == ExportFormat::Mkv { "mkv" } else { "mp4" };
    let name = names::of_range(&names::stem(stream), clip.start, clip.end, ending);
    let path = job.folder.join(&name);
    let part = job.folder.join(format!("{name}{PART}"));
    let hash = write_part(store, job, clip, &part)?;
    fs::rename(&part, &path)
        .and_then(|()| sync_folder(&job.folder))
        .map_err(failed("written", &path))?;
    job.finish_file(ExportFile { name, stream: stream.to_string(), bytes: clip.length, hash })
}

fn write_part(store: &Store, job: &Job, clip: &Clip, part: &Path) -> Result<String, ApiError> {
    let mut file = File::create(part).map_err(failed("written", part))?;
    let mut hasher = blake3::Hasher::new();
    let (mut offset, mut synced) = (0, 0);
    while offset < clip.length {
        job.check_wanted()?;
        let piece = clip.source.read_at(offset, PIECE)?;
        if piece.is_empty() {
            return Err(ApiError::internal("footage is shorter than its index says"));
        }
        file.write_all(&piece).map_err(failed("written", part))?;
        hasher.update(&piece);
        offset += piece.len() as u64;
        job.advance_bytes(offset);
        if offset - synced >= SYNCED_EVERY {
            file.sync_data().map_err(failed("written", part))?;
            synced = offset;
            margin::check_goes_on(store)?;
        }
    }
    file.sync_all().map_err(failed("written", part))?;
    Ok(hasher.finalize().to_hex().to_string())
}
