//! One segment: its file against the index, its fragments against their checksums and chain.

use super::{Check, FindingKind};
use crate::file_system::{Access, StoreFile, read_range};
use crate::live::LiveStream;
use crate::path;
use crate::record::Segment;
use crate::{StoreError, scan};
use afterimage_media::verify_fragment;
use std::path::Path;

impl Check<'_> {
    pub(super) fn segment(
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
}
