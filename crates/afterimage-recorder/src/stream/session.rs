//! One capture session: from opening the camera to the first failure or the first word to end.
//!
//! Belongs here: samples through the fragmenter, to the archive and to those who watch.
//! Invariant: whatever ends a session, the samples that arrived are flushed to the archive.

use super::Surroundings;
use super::archivist::Archivist;
use super::status::StatusBoard;
use crate::capture::CapturePlan;
use crate::live::LiveTail;
use afterimage_media::{
    Capture, CaptureError, CaptureEvent, CaptureFailure, Cut, Fragment, Fragmenter,
};
use tokio::sync::watch;

pub(super) struct Session<'a> {
    pub around: &'a Surroundings,
    pub board: &'a StatusBoard,
    pub live: &'a LiveTail,
    pub newest: &'a watch::Sender<Option<u64>>,
    pub fragmenter: &'a mut Fragmenter,
    pub archivist: &'a mut Archivist,
    pub is_watched: bool,
}

pub(super) enum SessionEnd {
    /// The operator changed his mind, or the recorder stops.
    Told,
    Failed(CaptureError),
}

impl Session<'_> {
    pub(super) async fn run(
        mut self,
        plan: CapturePlan,
        told: impl Future<Output = ()>,
    ) -> SessionEnd {
        tokio::pin!(told);
        let opened = tokio::select! {
            () = &mut told => return SessionEnd::Told,
            opened = self.around.captures.open(plan) => opened,
        };
        let mut capture = match opened {
            Ok(capture) => capture,
            Err(error) => return SessionEnd::Failed(error),
        };
        self.board.edit(|status| status.figures.connections += 1);
        self.follow_watchers(capture.as_mut());
        let end = loop {
            let event = tokio::select! {
                () = &mut told => break SessionEnd::Told,
                () = self.live.watched_changed() => {
                    self.follow_watchers(capture.as_mut());
                    continue;
                }
                () = self.archivist.again_due() => {
                    self.try_again().await;
                    continue;
                }
                event = capture.next() => event,
            };
            match event {
                Ok(event) => {
                    if let Err(error) = self.take(event).await {
                        break SessionEnd::Failed(error);
                    }
                }
                Err(error) => break SessionEnd::Failed(error),
            }
        };
        for cut in self.fragmenter.finish() {
            self.place(cut).await;
        }
        drop(self.fragmenter.set_live(false));
        self.live.clear();
        self.archivist.end_session().await;
        end
    }

    fn follow_watchers(&mut self, capture: &mut dyn Capture) {
        let watched = self.live.is_watched();
        if watched == self.is_watched {
            return;
        }
        self.is_watched = watched;
        capture.set_watched(watched);
        self.live.clear();
        for chunk in self.fragmenter.set_live(watched) {
            self.live.push(chunk);
        }
    }

    async fn take(&mut self, event: CaptureEvent) -> Result<(), CaptureError> {
        let cuts = match event {
            CaptureEvent::Tracks(tracks) => {
                self.board.edit(|status| status.tracks.clone_from(&tracks));
                self.fragmenter.tracks(tracks).map_err(|error| {
                    CaptureError::new(
                        CaptureFailure::Unsupported,
                        format!("the camera's tracks can't be kept: {error}"),
                    )
                })?
            }
            CaptureEvent::Sample(sample) => self.fragmenter.push(sample),
            CaptureEvent::Skipped { detail } => {
                self.skipped(&detail);
                Vec::new()
            }
        };
        for cut in cuts {
            self.place(cut).await;
        }
        Ok(())
    }

    async fn place(&mut self, cut: Cut) {
        match cut {
            Cut::Chunk(chunk) => self.live.push(chunk),
            Cut::Fragment(fragment) => self.keep(fragment).await,
            Cut::Jump { from, to } => self.archivist.jumped(from, to),
            Cut::Skipped { detail } => self.skipped(&detail),
        }
    }

    fn skipped(&self, detail: &str) {
        tracing::warn!(%detail, "damaged media was skipped");
        self.board.edit(|status| status.figures.skipped += 1);
    }

    async fn keep(&mut self, fragment: Fragment) {
        let seconds = fragment.duration.as_secs_f64().max(0.001);
        let frames: usize = fragment
            .init
            .tracks
            .iter()
            .zip(&fragment.samples)
            .filter(|(track, _)| track.is_video())
            .map(|(_, samples)| samples.len())
            .sum();
        let bytes: usize = fragment.samples.iter().flatten().map(|sample| sample.data.len()).sum();
        match self.archivist.append(fragment).await {
            Ok(number) => {
                self.kept(number);
                self.board.edit(|status| {
                    status.figures.frames_per_second = frames as f64 / seconds;
                    status.figures.bits_per_second = bytes as f64 * 8.0 / seconds;
                });
            }
            Err(fault) => self.board.failed(fault),
        }
    }

    /// The fragment that found no room once more.
    async fn try_again(&mut self) {
        match self.archivist.try_again().await {
            Some(Ok(number)) => self.kept(number),
            Some(Err(fault)) => self.board.failed(fault),
            None => {}
        }
    }

    fn kept(&self, number: u64) {
        self.newest.send_replace(Some(number));
        self.board.recording();
    }
}
