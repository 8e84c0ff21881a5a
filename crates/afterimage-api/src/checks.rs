//! Verifying the archive: one job at a time, on its own thread, while recording goes on.
//!
//! Belongs here: starting, watching and cancelling it. Not here: what is verified
//! (`afterimage_store`).
//! Invariant: two checks never run at once; what one found stays readable until the next begins.

use crate::dto::{CheckCreate, CheckState, CheckView, FindingView};
use crate::{Api, ApiError, Caller, Right};
use afterimage_base::{ErrorKind, StreamName, WallTime};
use afterimage_store::{CheckOptions, CheckProgress, CheckReport, Finding, Store, StoreError};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many findings are told; a lost disk has one for each of its files.
const FINDINGS_LIMIT: usize = 1_000;

/// What is to be verified.
#[derive(Clone, Debug)]
pub struct CheckWanted {
    pub stream: Option<StreamName>,
    pub is_quick: bool,
    pub repair: bool,
}

impl CheckCreate {
    pub fn parse(self) -> Result<CheckWanted, ApiError> {
        let stream = self.stream.map(|name| name.parse()).transpose()?;
        Ok(CheckWanted { stream, is_quick: self.quick, repair: self.repair })
    }
}

/// How far a check has come, and what it found.
#[derive(Clone, Debug)]
pub struct CheckStatus {
    pub state: CheckState,
    pub repair: bool,
    pub started: Option<WallTime>,
    pub ended: Option<WallTime>,
    pub progress: CheckProgress,
    pub report: CheckReport,
    pub failure: Option<String>,
}

impl CheckStatus {
    const fn idle() -> Self {
        Self {
            state: CheckState::Idle,
            repair: false,
            started: None,
            ended: None,
            progress: CheckProgress { segments: 0, bytes: 0, total_bytes: 0 },
            report: CheckReport {
                segments: 0,
                fragments: 0,
                bytes: 0,
                findings: Vec::new(),
                is_complete: false,
            },
            failure: None,
        }
    }
}

/// The recorder's one check.
pub(crate) struct CheckJob {
    now: Mutex<Running>,
}

struct Running {
    status: CheckStatus,
    is_cancelled: bool,
}

impl Default for CheckJob {
    fn default() -> Self {
        Self { now: Mutex::new(Running { status: CheckStatus::idle(), is_cancelled: false }) }
    }
}

impl CheckJob {
    /// Whole after any panic: each field is replaced at once.
    fn now(&self) -> MutexGuard<'_, Running> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, repair: bool, now: WallTime) -> Result<CheckStatus, ApiError> {
        let mut running = self.now();
        if running.status.state == CheckState::Running {
            return Err(ApiError::new(
                ErrorKind::InUse,
                "a check runs already; wait until it is done, or cancel it",
            ));
        }
        running.is_cancelled = false;
        running.status = CheckStatus {
            state: CheckState::Running,
            repair,
            started: Some(now),
            ..CheckStatus::idle()
        };
        Ok(running.status.clone())
    }

    fn advance(&self, progress: &CheckProgress) -> ControlFlow<()> {
        let mut running = self.now();
        running.status.progress = *progress;
        if running.is_cancelled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn end(&self, outcome: Result<CheckReport, StoreError>, now: WallTime) {
        let mut running = self.now();
        let is_cancelled = running.is_cancelled;
        let status = &mut running.status;
        status.ended = Some(now);
        match outcome {
            Ok(report) => {
                status.state = match report.is_complete {
                    true => CheckState::Done,
                    false if is_cancelled => CheckState::Cancelled,
                    false => CheckState::Failed,
                };
                status.report = report;
            }
            Err(error) => {
                tracing::error!(%error, "the check of the archive broke off");
                status.state = CheckState::Failed;
                status.failure = Some(error.to_string());
            }
        }
    }
}

impl Api {
    /// Begins to verify the archive; [`Api::check_status`] tells how far it is.
    pub async fn start_check(
        &self,
        caller: Caller,
        wanted: CheckWanted,
    ) -> Result<CheckStatus, ApiError> {
        caller.require(if wanted.repair { Right::Administer } else { Right::Operate })?;
        let CheckWanted { stream, is_quick, repair } = wanted;
        let stream = match stream {
            None => None,
            Some(name) => Some(self.of_stream(&name, |_, id| Ok(id)).await?),
        };
        let options = CheckOptions { stream, headers_only: is_quick, repair };
        let status = self.check.begin(repair, self.now())?;
        let (api, store) = (self.clone(), self.recorder.store().clone());
        // Nobody waits for it: it ends by itself, or when it is cancelled.
        drop(tokio::task::spawn_blocking(move || run(&api, &store, &options)));
        Ok(status)
    }

    pub fn check_status(&self, caller: Caller) -> Result<CheckStatus, ApiError> {
        caller.require(Right::View)?;
        Ok(self.check.now().status.clone())
    }

    /// Breaks a running check off after the segment that it is at; without one nothing happens.
    pub fn cancel_check(&self, caller: Caller) -> Result<(), ApiError> {
        caller.require(Right::Operate)?;
        self.check.now().is_cancelled = true;
        Ok(())
    }
}

fn run(api: &Api, store: &Store, options: &CheckOptions) {
    // A panic in the middle must not leave a check that seems to run for ever.
    let ended = Ended { job: Arc::clone(&api.check) };
    let outcome = store.check(options, &mut |progress| api.check.advance(progress));
    api.check.end(outcome, api.now());
    drop(ended);
}

struct Ended {
    job: Arc<CheckJob>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        let status = &mut self.job.now().status;
        if status.state == CheckState::Running {
            status.state = CheckState::Failed;
            status.failure = Some("the check stopped in the middle; the log says why".to_owned());
        }
    }
}

impl From<CheckStatus> for CheckView {
    fn from(status: CheckStatus) -> Self {
        let CheckStatus { state, repair, started, ended, progress, report, failure } = status;
        let repaired = report.findings.iter().filter(|finding| finding.is_repaired).count();
        Self {
            state,
            repair,
            started,
            ended,
            segments: progress.segments.max(report.segments),
            fragments: report.fragments,
            bytes: progress.bytes.max(report.bytes),
            total_bytes: progress.total_bytes,
            found: report.findings.len() as u64,
            repaired: repaired as u64,
            findings: report.findings.into_iter().take(FINDINGS_LIMIT).map(finding_view).collect(),
            failure,
        }
    }
}

fn finding_view(finding: Finding) -> FindingView {
    FindingView {
        kind: finding.kind.code().to_owned(),
        path: finding.path.display().to_string(),
        detail: finding.detail,
        repaired: finding.is_repaired,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_check_runs_at_a_time() {
        let job = CheckJob::default();
        job.begin(false, WallTime::EPOCH).expect("none runs");
        let error = job.begin(false, WallTime::EPOCH).expect_err("one runs");
        assert_eq!(error.kind, ErrorKind::InUse, "409: {error}");
        job.end(Ok(CheckReport { is_complete: true, ..CheckReport::default() }), WallTime::EPOCH);
        assert_eq!(job.now().status.state, CheckState::Done);
        assert!(job.begin(true, WallTime::EPOCH).is_ok(), "the next one may");
    }

    #[test]
    fn a_cancelled_check_says_so_and_the_next_is_not() {
        let job = CheckJob::default();
        job.begin(false, WallTime::EPOCH).expect("none runs");
        assert!(job.advance(&CheckProgress::default()).is_continue(), "nobody cancelled");
        job.now().is_cancelled = true;
        assert!(job.advance(&CheckProgress::default()).is_break(), "it ends at the next segment");
        job.end(Ok(CheckReport::default()), WallTime::EPOCH);
        assert_eq!(job.now().status.state, CheckState::Cancelled);
        job.begin(false, WallTime::EPOCH).expect("none runs");
        assert!(job.advance(&CheckProgress::default()).is_continue(), "the mark is gone");
    }

    #[test]
    fn a_check_that_panics_has_failed() {
        let job = Arc::new(CheckJob::default());
        job.begin(false, WallTime::EPOCH).expect("none runs");
        drop(Ended { job: Arc::clone(&job) });
        assert_eq!(job.now().status.state, CheckState::Failed, "it does not seem to run for ever");
    }
}
