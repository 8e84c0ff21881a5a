//! The loop of one stream: connect, record, fail, wait, again.
//!
//! Belongs here: what to do between sessions. Not here: a session itself ([`super::session`]).

use super::archivist::Archivist;
use super::rest::{until_schedule_changes, why_not};
use super::session::{Session, SessionEnd};
use super::status::{CaptureChosen, Fault, State, StatusBoard};
use super::{Surroundings, Wish};
use crate::backoff::Backoff;
use crate::capture::{CapturePlan, Choice};
use crate::live::LiveTail;
use crate::source::Backend;
use afterimage_base::{Clock, StreamName};
use afterimage_media::{CaptureError, CaptureFailure, Fragmenter, FragmenterOptions};
use afterimage_store::{GapReason, Schedule, StreamId};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub(crate) struct StreamTask {
    pub id: StreamId,
    /// For the log alone.
    pub name: StreamName,
    pub around: Surroundings,
    pub board: StatusBoard,
    pub live: LiveTail,
    pub newest: watch::Sender<Option<u64>>,
    pub wish: watch::Receiver<Wish>,
    pub stop: CancellationToken,
}

impl StreamTask {
    #[tracing::instrument(skip_all, fields(stream = %self.name))]
    pub(crate) async fn run(mut self) {
        let mut archivist = Archivist::new(self.id, &self.around);
        // It outlives sessions, so that the next one goes on behind the last on the timeline.
        let mut fragmenter = Fragmenter::new(FragmenterOptions::default());
        if let Some(end) = archivist.earlier_end() {
            fragmenter.start_after(end);
        }
        if let Some(end) = archivist.earlier_media_end() {
            fragmenter.media_after(end);
        }
        let mut backoff = Backoff::default();
        // What retina said of this camera.
        let mut refused: Option<String> = None;
        let mut earlier_wish = None;
        while !self.stop.is_cancelled() {
            let wish = self.wish.borrow_and_update().clone();
            // Whenever the word came, between two attempts too: what failed before is no guide.
            if earlier_wish.replace(wish.clone()).is_some_and(|earlier| earlier != wish) {
                backoff = Backoff::default();
                refused = None;
            }
            if let Some(rest) = why_not(&wish, self.around.clock.now()) {
                self.board.idle(rest.state);
                archivist.missing(rest.reason, rest.detail);
                self.until_told(wish.schedule.as_ref()).await;
                continue;
            }
            let schedule = wish.schedule.clone();
            let plan = CapturePlan {
                choice: Choice::of(&wish.source, wish.capture, refused.as_deref()),
                source: wish.source,
                transport: wish.transport,
            };
            let began = self.around.clock.elapsed();
            match self
                .session(plan.clone(), schedule.as_ref(), &mut fragmenter, &mut archivist)
                .await
            {
                SessionEnd::Told => {}
                SessionEnd::Failed(error) if may_fall_back(&plan, &error) => {
                    tracing::info!(%error, "retina can't use this camera; GStreamer takes it");
                    refused = Some(error.detail);
                }
                SessionEnd::Failed(error) => {
                    let lasted = self.around.clock.elapsed().saturating_sub(began);
                    let wait = backoff.after(error.failure, lasted, rand::random());
                    self.failed(&error, wait, &mut archivist);
                    self.wait(wait, schedule.as_ref()).await;
                }
            }
        }
        self.board.idle(State::Offline);
    }

    async fn session(
        &mut self,
        plan: CapturePlan,
        schedule: Option<&Schedule>,
        fragmenter: &mut Fragmenter,
        archivist: &mut Archivist,
    ) -> SessionEnd {
        self.board.edit(|status| {
            if status.fault.is_none() {
                status.state = State::Connecting;
            }
            status.capture =
                Some(CaptureChosen { choice: plan.choice.clone(), transport: plan.transport });
        });
        archivist.expecting("connecting to the camera");
        let session = Session {
            around: &self.around,
            board: &self.board,
            live: &self.live,
            newest: &self.newest,
            fragmenter,
            archivist,
            is_watched: false,
        };
        let clock = self.around.clock.as_ref();
        session.run(plan, until_told(&self.stop, &mut self.wish, clock, schedule)).await
    }

    fn failed(&self, error: &CaptureError, wait: Duration, archivist: &mut Archivist) {
        tracing::warn!(failure = ?error.failure, detail = %error.detail, ?wait, "capture failed");
        let now = self.around.clock.now();
        let reason = gap_reason(error.failure);
        self.board.failed(Fault {
            reason,
            detail: error.detail.clone(),
            since: now,
            retry_at: Some(now.plus(wait)),
        });
        archivist.missing(reason, &error.detail);
    }

    async fn wait(&mut self, wait: Duration, schedule: Option<&Schedule>) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.until_told(schedule) => {}
        }
    }

    async fn until_told(&mut self, schedule: Option<&Schedule>) {
        until_told(&self.stop, &mut self.wish, self.around.clock.as_ref(), schedule).await;
    }
}

/// Resolves when the wish or what the schedule says changes, or the stream is to end. A closed
/// channel says nothing: whoever drops the handle has not stopped the stream.
async fn until_told(
    stop: &CancellationToken,
    wish: &mut watch::Receiver<Wish>,
    clock: &dyn Clock,
    schedule: Option<&Schedule>,
) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = until_schedule_changes(clock, schedule) => {}
        changed = wish.changed() => if changed.is_err() {
            stop.cancelled().await;
        }
    }
}

fn may_fall_back(plan: &CapturePlan, error: &CaptureError) -> bool {
    error.failure == CaptureFailure::Unsupported
        && plan.choice.backend == Backend::Retina
        && !plan.choice.forced
}

fn gap_reason(failure: CaptureFailure) -> GapReason {
    match failure {
        CaptureFailure::Unreachable => GapReason::CameraUnreachable,
        CaptureFailure::AuthenticationFailed => GapReason::AuthenticationFailed,
        CaptureFailure::Silent => GapReason::CameraSilent,
        CaptureFailure::Ended => GapReason::CameraEnded,
        CaptureFailure::Unsupported => GapReason::Unsupported,
        CaptureFailure::Unavailable => GapReason::CaptureUnavailable,
    }
}
