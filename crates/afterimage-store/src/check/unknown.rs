//! Segment files that the index does not know, and taking them in.

use super::{Check, FindingKind};
use crate::file_system::Access;
use crate::live::LiveStream;
use crate::path;
use crate::record::{Segment, SegmentId};
use crate::store::Shared;
use crate::{StoreError, scan};
use afterimage_base::WallTime;
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

const MILLISECOND: Duration = Duration::from_millis(1);

impl Check<'_> {
    /// Segment files of the stream that the index does not know.
    pub(super) fn unknown_files(&mut self, live: &LiveStream) -> Result<(), StoreError> {
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
}

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
