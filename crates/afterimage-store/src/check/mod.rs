//! `check`: does the archive hold what it says it holds?
//!
//! Belongs here: walking over all of it, and the running totals; with `repair`, putting right what
//! can be. Not here: a segment's file against the index ([`segment`]), files that the index does
//! not know ([`unknown`]), making the index anew ([`crate::rebuild`]).
//! Runs beside recording: what is appended or deleted meanwhile is not reported.

mod report;
mod segment;
mod unknown;

pub use report::{CheckOptions, CheckProgress, CheckReport, Finding, FindingKind};

use crate::StoreError;
use crate::index::Index;
use crate::live::LiveStream;
use crate::record::SegmentId;
use crate::store::{Shared, Store};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// Segments read from the index at a time.
const BATCH: usize = 64;

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
    /// The running totals against what they sum.
    fn totals(&mut self, live: &LiveStream) -> Result<(), StoreError> {
        if self.shared.index.totals_agree(live.key)? {
            return Ok(());
        }
        if self.options.repair {
            let doing = "count again";
            self.shared.index.write(doing, |transaction| {
                Index::recount(transaction, Some(live.key)).map_err(StoreError::index(doing))
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
