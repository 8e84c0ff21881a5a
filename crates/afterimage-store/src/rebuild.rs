//! `rebuild`: the index made anew from the media.
//!
//! Belongs here: what files say, as rows. Not here: reading one file ([`crate::scan`]).
//! Settings, gaps, holds, consumers and detections are not in the media. Where the old index can
//! still be read they stay; where it can't, every stream found comes back under the name it had,
//! keeping ten years so that nothing is deleted before somebody has looked, and not recording.
//! Invariant: the index changes in one transaction; a file is never changed.

use crate::check::CheckProgress;
use crate::directory::{self, Identity};
use crate::file_system::FileSystem;
use crate::index::{Index, IndexPlace};
use crate::options::StoreOptions;
use crate::path;
use crate::record::{Segment, SegmentId};
use crate::scan::{self, FileContent};
use crate::secret::SecretKey;
use crate::stream::{RETENTION_LIMITS, StreamId, StreamKey, StreamSettings};
use crate::{Store, StoreError};
use afterimage_base::{StreamName, WallTime};
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What `rebuild` made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RebuildReport {
    pub segments: u64,
    pub fragments: u64,
    pub bytes: u64,
    /// Streams that the old index did not tell of: their settings are new.
    pub new_streams: Vec<StreamName>,
    /// The old index could not be read; it lies here now.
    pub old_index: Option<PathBuf>,
    /// Files that are no readable segments of this archive.
    pub left_out: Vec<PathBuf>,
    pub damaged_fragments: u64,
}

/// One file's content and where it lies.
struct Found {
    file: path::SegmentFile,
    content: FileContent,
}

impl Store {
    /// Makes the index of the archive in `directory` anew from its media. No recorder may run.
    /// Every fragment's checksum is verified on the way.
    pub fn rebuild(
        directory: impl AsRef<Path>,
        options: &StoreOptions,
        progress: &mut dyn FnMut(&CheckProgress) -> ControlFlow<()>,
    ) -> Result<RebuildReport, StoreError> {
        let directory = directory.as_ref();
        let file_system = Arc::clone(&options.file_system);
        directory::prepare(file_system.as_ref(), directory, false)?;
        let _lock = directory::lock(file_system.as_ref(), directory, options.clock.now())?;
        let media = directory::read_media_identity(file_system.as_ref(), directory)?;
        let media = media.ok_or_else(|| StoreError::WrongDirectory {
            directory: directory.to_owned(),
            detail: "there is no media/identity.json, so this is no archive's media; mount the right disk, or restore that file".into(),
        })?;
        let mut report = RebuildReport::default();
        let index = open_index(directory, options, media.archive, &mut report)?;
        let secret = SecretKey::open(file_system.as_ref(), directory)?;
        let mut rebuild = Rebuild {
            file_system: file_system.as_ref(),
            directory,
            archive: media.archive,
            report,
            so_far: CheckProgress::default(),
        };
        let streams = rebuild.streams()?;
        let mut found = BTreeMap::new();
        for stream in streams {
            let Some(files) = rebuild.stream(stream, progress)? else {
                return Err(StoreError::Invalid("broken off; the index is as it was".into()));
            };
            found.insert(stream, files);
        }
        let now = options.clock.now();
        rebuild.write(&index, &secret, found, media.epoch, now)?;
        let identity = Identity { format: 1, archive: media.archive, created: now };
        directory::restore_identity(file_system.as_ref(), directory, &identity)?;
        Ok(rebuild.report)
    }
}

/// The old index where it is whole and this archive's, a new one otherwise.
fn open_index(
    directory: &Path,
    options: &StoreOptions,
    archive: uuid::Uuid,
    report: &mut RebuildReport,
) -> Result<Index, StoreError> {
    let open = || Index::open(&options.index, directory, Arc::clone(&options.file_system));
    let old = open().and_then(|index| {
        let is_whole = index.is_whole()? && index.archive()?.is_none_or(|own| own == archive);
        Ok(is_whole.then_some(index))
    });
    match old {
        Ok(Some(index)) => return Ok(index),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the old index can't be read"),
    }
    if let IndexPlace::Directory = options.index {
        let aside = directory.join(format!("index.sqlite.old-{}", options.clock.now().compact()));
        let path = directory.join("index.sqlite");
        options.file_system.rename(&path, &aside).map_err(StoreError::io("set aside", &path))?;
        for companion in ["index.sqlite-wal", "index.sqlite-shm"] {
            let _ = options.file_system.remove_file(&directory.join(companion));
        }
        report.old_index = Some(aside);
    }
    open()
}

struct Rebuild<'a> {
    file_system: &'a dyn FileSystem,
    directory: &'a Path,
    archive: uuid::Uuid,
    report: RebuildReport,
    so_far: CheckProgress,
}

impl Rebuild<'_> {
    fn streams(&self) -> Result<Vec<StreamId>, StoreError> {
        let media = self.directory.join(path::MEDIA);
        let entries = self.file_system.list(&media).map_err(StoreError::io("list", &media))?;
        let stream = |entry: &crate::file_system::DirectoryEntry| entry.name.parse().ok();
        Ok(entries.iter().filter(|entry| entry.is_directory).filter_map(stream).collect())
    }

    /// Reads all files of a stream; `None` where the caller breaks off.
    fn stream(
        &mut self,
        stream: StreamId,
        progress: &mut dyn FnMut(&CheckProgress) -> ControlFlow<()>,
    ) -> Result<Option<Vec<Found>>, StoreError> {
        let mut found = Vec::new();
        for day in path::list_days(self.file_system, self.directory, stream)? {
            for file in path::list_segments(self.file_system, self.directory, &day)? {
                let full = self.directory.join(&file.path);
                match scan::read_file(self.file_system, &full, true) {
                    Ok(Some(content)) if content.belongs_to(self.archive, stream) => {
                        self.so_far.segments += 1;
                        self.so_far.bytes += content.length();
                        found.push(Found { file, content });
                    }
                    Ok(_) | Err(StoreError::NotASegment { .. }) => {
                        self.report.left_out.push(file.path);
                    }
                    Err(error) => return Err(error),
                }
                if progress(&self.so_far).is_break() {
                    return Ok(None);
                }
            }
        }
        settle(&mut found);
        Ok(Some(found))
    }

    fn write(
        &mut self,
        index: &Index,
        secret: &SecretKey,
        streams: BTreeMap<StreamId, Vec<Found>>,
        epoch: i64,
        now: WallTime,
    ) -> Result<(), StoreError> {
        let known = index.streams(secret)?;
        let removals: HashSet<String> = index.removals()?.into_iter().collect();
        let mut names: HashSet<StreamName> =
            known.iter().map(|row| row.settings.name.clone()).collect();
        // The order in which streams were made decides their keys.
        let mut streams: Vec<(StreamId, Vec<Found>)> = streams.into_iter().collect();
        streams.sort_by_key(|(_, found)| found.iter().map(|found| found.content.created).min());
        let doing = "make the index anew";
        let report = &mut self.report;
        index.write(doing, |transaction| {
            Index::forget_segments(transaction)
                // Those of before may have been wrong; what is added counts from nothing.
                .and_then(|()| Index::recount(transaction, None))
                .and_then(|()| Index::set_archive(transaction, self.archive))
                .and_then(|()| Index::set_number(transaction, "epoch", epoch))
                .map_err(StoreError::index(doing))?;
            for (id, mut found) in streams {
                let row = known.iter().find(|row| row.id == id);
                found
                    .retain(|found| !removals.contains(found.file.path.to_string_lossy().as_ref()));
                if row.is_some_and(|row| row.is_deleting) || (row.is_none() && found.is_empty()) {
                    continue;
                }
                let key = match row {
                    Some(row) => row.key,
                    None => {
                        let settings = found_settings(&found, &mut names, now);
                        report.new_streams.push(settings.name.clone());
                        Index::insert_stream(transaction, id, &settings, secret)?
                    }
                };
                let mut next_number = row.map_or(1, |row| row.next_number);
                let mut last_hash = row.map_or([0; 32], |row| row.last_hash);
                let mut newest = row.map_or(WallTime::EPOCH, |row| row.settings.created);
                for found in found {
                    let segment = found.into_segment(key, &mut next_number, &mut last_hash);
                    newest = newest.max(segment.end());
                    report.segments += 1;
                    report.fragments += segment.entries.len() as u64;
                    report.bytes += segment.length();
                    let damaged = segment.entries.iter().filter(|entry| entry.is_damaged);
                    report.damaged_fragments += damaged.count() as u64;
                    Index::put_segment(transaction, &segment).map_err(StoreError::index(doing))?;
                }
                Index::set_position(transaction, key, next_number, &last_hash, newest)
                    .map_err(StoreError::index(doing))?;
            }
            Ok(())
        })
    }
}

impl Found {
    fn into_segment(
        self,
        key: StreamKey,
        next_number: &mut u64,
        last_hash: &mut [u8; 32],
    ) -> Segment {
        let segment = Segment {
            id: SegmentId::new(key, self.content.first_number),
            variant: self.file.variant,
            is_open: false,
            entries: self.content.entries,
        };
        if segment.next_number() >= *next_number {
            *next_number = segment.next_number();
            *last_hash = self.content.last_hash;
        }
        segment
    }
}

/// Orders files by number and takes from each the numbers that a later one has too: they are what
/// a failed write left.
fn settle(found: &mut Vec<Found>) {
    found.sort_by(|a, b| {
        let key = |found: &Found| {
            let content = &found.content;
            (
                content.first_number,
                content.entries.len(),
                found.file.start,
                content.created,
                found.file.variant,
            )
        };
        key(a).cmp(&key(b))
    });
    let mut later_first = u64::MAX;
    for found in found.iter_mut().rev() {
        let first = found.content.first_number;
        let keep = usize::try_from(later_first.saturating_sub(first)).unwrap_or(usize::MAX);
        found.content.entries.truncate(keep);
        if !found.content.entries.is_empty() {
            later_first = first;
        }
    }
    found.retain(|found| !found.content.entries.is_empty());
}

fn found_settings(
    found: &[Found],
    names: &mut HashSet<StreamName>,
    now: WallTime,
) -> StreamSettings {
    let newest = found.iter().max_by_key(|found| found.content.created);
    let name = newest.map_or_else(|| "recovered".into(), |found| found.content.name.to_string());
    let candidates = std::iter::once(name.clone())
        .chain((2..).map(|n| format!("{}-{n}", name.chars().take(240).collect::<String>())));
    let name = candidates
        .filter_map(|name| name.parse::<StreamName>().ok())
        .find(|name| !names.contains(name))
        .expect("there are more names than streams");
    names.insert(name.clone());
    let starts = found.iter().filter_map(|found| found.content.entries.first());
    let created = starts.map(|entry| entry.start).min().unwrap_or(now);
    StreamSettings {
        retention: *RETENTION_LIMITS.end(),
        recording: false,
        ..StreamSettings::new(name, created)
    }
}
