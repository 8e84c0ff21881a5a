//! `check`: does the archive hold what it says it holds?
//!
//! Belongs here: files against the index, fragments against their checksums and chain, files that
//! nobody knows; with `repair`, what can be put right. Not here: making the index anew
//! ([`crate::rebuild`]).
//! Runs beside recording: what is appended or deleted meanwhile is not reported.

use crate::file_system::{Access, StoreFile, read_range};
use crate::index::Index;
use crate::live::LiveStream;
use crate::path;
use crate::record::{Segment, SegmentId};
use crate::store::{Shared, Store};
use crate::stream::StreamId;
use crate::{StoreError, scan};
use afterimage_base::WallTime;
use afterimage_media::verify_fragment;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Segments read from the index at a time.
const BATCH: usize = 64;

/// What `check` does.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// Only this stream.
    pub stream: Option<StreamId>,
    /// Reads headers only: finds what is missing or cut, not flipped bits.
    pub headers_only: bool,
    /// Puts right what can be: damaged fragments become gaps, unknown segments are taken in,
    /// garbage behind the last fragment is cut off.
    pub repair: bool,
}

/// How far `check` or `rebuild` has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckProgress {
    pub segments: u64,
    pub bytes: u64,
    /// Bytes that there are in all, as the index knows them; 0 where there is no index.
    pub total_bytes: u64,
}

/// What is wrong with one file or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub kind: FindingKind,
    /// Relative to the data directory.
    pub path: PathBuf,
    /// For a person: which fragment, what was found.
    pub detail: String,
    pub is_repaired: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// The index knows a file that is not there.
    MissingFile,
    /// A file ends before its last fragment does.
    ShortFile,
    /// The front of the file is not readable: its fragments can't be played.
    DamagedHead,
    /// A fragment's bytes are not what was written.
    DamagedFragment,
    /// The index and the file tell different things of a fragment.
    Disagreement,
    /// A fragment does not carry the hash of the one before it.
    BrokenChain,
    /// Bytes behind the last fragment.
    GarbageTail,
    /// A segment file that the index does not know.
    UnknownFile,
}

impl FindingKind {
    /// The code that APIs and `--json` print; stable.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingFile => "missing_file",
            Self::ShortFile => "short_file",
            Self::DamagedHead => "damaged_head",
            Self::DamagedFragment => "damaged_fragment",
            Self::Disagreement => "disagreement",
            Self::BrokenChain => "broken_chain",
            Self::GarbageTail => "garbage_tail",
            Self::UnknownFile => "unknown_file",
        }
    }
}

/// What `check` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    pub segments: u64,
    pub fragments: u64,
    pub bytes: u64,
    pub findings: Vec<Finding>,
    /// False: the caller broke it off.
    pub is_complete: bool,
}

impl Store {
    /// Verifies presence, structure, checksums and agreement with the index. `progress` is called
    /// after each segment and can end it.
    pub fn check(
        &self,
        options: &CheckOptions,
        progress: &mut dyn FnMut(&CheckProgress) -> ControlFlow<()>,
    ) -> Result<CheckReport, StoreError> {
        let shared = &self.shared;
        shared.check_open()?;
        let mut check = Check { shared, options, report: CheckReport::default() };
        let mut so_far = CheckProgress::default();
        let lives: Vec<Arc<LiveStream>> = shared
            .all_live()
            .into_iter()
            .filter(|live| options.stream.is_none_or(|only| only == live.id))
            .collect();
        for live in &lives {
            so_far.total_bytes += shared.index.stream_bytes(live.key)?;
        }
        for live in &lives {
            let mut after = SegmentId::new(live.key, 0);
            let mut chain: Option<(u64, [u8; 32])> = None;
            loop {
                let segments = shared.segments_after(live, after, BATCH)?;
                let Some(last) = segments.last() else { break };
                after = last.id;
                for segment in &segments {
                    check.segment(live, segment, &mut chain)?;
                    so_far.segments += 1;
                    so_far.bytes += segment.length();
                    if progress(&so_far).is_break() {
                        return Ok(check.report);
                    }
                }
            }
            check.unknown_files(live)?;
            check.totals(live)?;
        }
        check.report.is_complete = true;
        Ok(check.report)
    }
}

struct Check<'a> {
    shared: &'a Shared,
    options: &'a CheckOptions,
    report: CheckReport,
}

impl Check<'_> {
    fn segment(
        &mut self,
        live: &LiveStream,
        segment: &Segment,
        chain: &mut Option<(u64, [u8; 32])>,
    ) -> Result<(), StoreError> {
        // No lease: it is being deleted, so it can't be wrong.
        let Some(_lease) = self.shared.leases.take(segment.id) else { return Ok(()) };
        let relative = path::segment_path(live.id, segment.start(), segment.variant);
        let full = self.shared.path(&relative);
        self.report.segments += 1;
        let file = match self.shared.options.file_system.open_file(&full, Access::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if self.shared.index.segment(segment.id)?.is_some() {
                    let repaired = self.give_up(live, segment, |_| true)?;
                    self.find(FindingKind::MissingFile, &relative, String::new(), repaired);
                }
                return Ok(());
            }
            Err(error) => return Err(StoreError::io("open", &full)(error)),
        };
        let head = match scan::read_head(file.as_ref(), &full) {
            Ok(head) => head.ok_or_else(|| "it is cut short".to_owned()),
            Err(StoreError::NotASegment { detail, .. }) => Err(detail),
            Err(error) => return Err(error),
        };
        if let Err(detail) = head {
            let repaired = self.give_up(live, segment, |_| true)?;
            self.find(FindingKind::DamagedHead, &relative, detail, repaired);
            return Ok(());
        }
        let length = file.length().map_err(StoreError::io("measure", &full))?;
        if length < segment.length() {
            let repaired = self.give_up(live, segment, |end| end > length)?;
            let detail = format!("{length} of {} bytes", segment.length());
            self.find(FindingKind::ShortFile, &relative, detail, repaired);
        }
        self.fragments(live, segment, file.as_ref(), length, chain)?;
        // Behind an open segment's last fragment the next one is being written.
        let is_ended = !segment.is_open;
        if length > segment.length() && is_ended {
            let repaired = self.options.repair && self.cut(&full, segment.length());
            let detail = format!("{} bytes", length - segment.length());
            self.find(FindingKind::GarbageTail, &relative, detail, repaired);
        }
        Ok(())
    }

    fn fragments(
        &mut self,
        live: &LiveStream,
        segment: &Segment,
        file: &dyn StoreFile,
        length: u64,
        chain: &mut Option<(u64, [u8; 32])>,
    ) -> Result<(), StoreError> {
        let relative = path::segment_path(live.id, segment.start(), segment.variant);
        let full = self.shared.path(&relative);
        for (index, entry) in segment.entries.iter().enumerate() {
            let number = segment.id.first_number() + index as u64;
            if entry.is_damaged || entry.offset + entry.length > length {
                *chain = None;
                continue;
            }
            self.report.fragments += 1;
            self.report.bytes += entry.length;
            let header = if self.options.headers_only {
                match scan::read_header(file, &full, entry.offset) {
                    Ok(header) => header.ok_or_else(|| "it is cut short".to_owned()),
                    Err(StoreError::NotASegment { detail, .. }) => Err(detail),
                    Err(error) => return Err(error),
                }
            } else {
                let wanted = usize::try_from(entry.length).unwrap_or(usize::MAX);
                let bytes = read_range(file, entry.offset, wanted)
                    .map_err(StoreError::io("read", &full))?;
                verify_fragment(&bytes).map_err(|error| error.to_string())
            };
            let header = match header {
                Ok(header) => header,
                Err(detail) => {
                    let end = entry.offset + entry.length;
                    let repaired = self.give_up(live, segment, |own| own == end)?;
                    let detail = format!("fragment {number} at {}: {detail}", entry.start);
                    self.find(FindingKind::DamagedFragment, &relative, detail, repaired);
                    *chain = None;
                    continue;
                }
            };
            if header.identity.number != number || scan::entry(&header, entry.offset) != *entry {
                let detail = format!(
                    "fragment {number} at {} is fragment {} at {} in the file",
                    entry.start, header.identity.number, header.start
                );
                self.find(FindingKind::Disagreement, &relative, detail, false);
            }
            if chain.is_some_and(|(before, hash)| {
                before + 1 == number && hash != header.identity.previous_hash
            }) {
                let detail = format!("fragment {number} at {}", entry.start);
                self.find(FindingKind::BrokenChain, &relative, detail, false);
            }
            *chain = Some((number, header.hash));
        }
        Ok(())
    }

    /// With `repair`, takes the fragments whose end in the file is so out of the timeline.
    fn give_up(
        &self,
        live: &LiveStream,
        segment: &Segment,
        is_lost: impl Fn(u64) -> bool,
    ) -> Result<bool, StoreError> {
        if !self.options.repair {
            return Ok(false);
        }
        let lost: Vec<_> = segment
            .records(live.id)
            .filter(|record| is_lost(record.offset + record.length))
            .collect();
        for record in &lost {
            self.shared.mark_damaged(record)?;
        }
        Ok(true)
    }

    fn cut(&self, full: &Path, length: u64) -> bool {
        let cut = || {
            let file = self.shared.options.file_system.open_file(full, Access::Write)?;
            file.set_length(length)?;
            file.sync_data()
        };
        cut().is_ok()
    }

    /// Segment files of the stream that the index does not know.
    fn unknown_files(&mut self, live: &LiveStream) -> Result<(), StoreError> {
        let root = &self.shared.directory;
        let file_system = self.shared.options.file_system.as_ref();
        for day in path::list_days(file_system, root, live.id)? {
            let files = path::list_segments(file_system, root, &day)?;
            let Some(first) = files.first() else { continue };
            let from = first.start;
            let to = files.last().map_or(from, |last| last.start);
            let known = self.shared.known_paths(live, from, to.plus(MILLISECOND))?;
            for file in files.iter().filter(|file| !known.contains(&file.path)) {
                // Made since the index was asked, or deleted: look again before telling.
                let again =
                    self.shared.known_paths(live, file.start, file.start.plus(MILLISECOND))?;
                let full = root.join(&file.path);
                if again.contains(&file.path) || file_system.open_file(&full, Access::Read).is_err()
                {
                    continue;
                }
                // A file in the making has no acknowledged fragment yet.
                if live.state().has_writer && Some(file.start) >= live.state().latest_end {
                    continue;
                }
                let (detail, repaired) = self.take_in(live, file)?;
                self.find(FindingKind::UnknownFile, &file.path, detail, repaired);
            }
        }
        Ok(())
    }

    /// With `repair`, takes in a file whose numbers and times are free.
    fn take_in(
        &self,
        live: &LiveStream,
        file: &path::SegmentFile,
    ) -> Result<(String, bool), StoreError> {
        let full = self.shared.path(&file.path);
        let found = scan::read_file(
            self.shared.options.file_system.as_ref(),
            &full,
            !self.options.headers_only,
        );
        let found = match found {
            Ok(Some(found)) if found.belongs_to(self.shared.identity.archive, live.id) => found,
            Ok(Some(_)) => return Ok(("it belongs to another archive or stream".into(), false)),
            Ok(None) => return Ok(("nothing in it can be read".into(), false)),
            Err(StoreError::NotASegment { detail, .. }) => return Ok((detail, false)),
            Err(error) => return Err(error),
        };
        let segment = Segment {
            id: SegmentId::new(live.key, found.first_number),
            variant: file.variant,
            is_open: false,
            entries: found.entries,
        };
        let detail = format!(
            "{} fragments from {} to {}",
            segment.entries.len(),
            segment.start(),
            segment.end()
        );
        if !self.options.repair {
            return Ok((detail, false));
        }
        self.shared.between_commits(|| {
            for number in segment.id.first_number()..segment.next_number() {
                if self.shared.segment_with(live, number)?.is_some() {
                    return Ok((format!("{detail}; fragment {number} is there already"), false));
                }
            }
            if live.state().next_number < segment.next_number() {
                return Ok((format!("{detail}; its numbers were not given yet"), false));
            }
            let taken = self.shared.last_end_between(live, segment.start(), segment.end())?;
            if taken.is_some() {
                return Ok((format!("{detail}; that time is recorded already"), false));
            }
            live.state().put_segment(segment.clone());
            Ok((detail.clone(), true))
        })
    }

    /// The running totals against what they sum.
    fn totals(&mut self, live: &LiveStream) -> Result<(), StoreError> {
        if self.shared.index.totals_agree(live.key)? {
            return Ok(());
        }
        if self.options.repair {
            let doing = "count again";
            self.shared.index.write(doing, |transaction| {
                Index::recount(transaction).map_err(StoreError::index(doing))
            })?;
        }
        let place = Path::new("index.sqlite");
        let detail = format!("the totals of stream {} are not the sums", live.id);
        self.find(FindingKind::Disagreement, place, detail, self.options.repair);
        Ok(())
    }

    fn find(&mut self, kind: FindingKind, path: &Path, detail: String, is_repaired: bool) {
        self.report.findings.push(Finding { kind, path: path.to_owned(), detail, is_repaired });
    }
}

const MILLISECOND: std::time::Duration = std::time::Duration::from_millis(1);

impl Shared {
    /// Paths of the segments that begin in `[from, to)`, pending ones too.
    fn known_paths(
        &self,
        live: &LiveStream,
        from: WallTime,
        to: WallTime,
    ) -> Result<HashSet<PathBuf>, StoreError> {
        let overlay = live.state().overlay();
        let indexed = self.index.footprints(live.key, from.minus(MILLISECOND), to, usize::MAX)?;
        let mut known: HashSet<PathBuf> = indexed
            .iter()
            .map(|known| path::segment_path(live.id, known.start, known.variant))
            .collect();
        known.extend(
            overlay.values().map(|own| path::segment_path(live.id, own.start(), own.variant)),
        );
        Ok(known)
    }
}
