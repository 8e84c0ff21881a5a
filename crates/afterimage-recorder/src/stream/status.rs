//! What a stream is doing right now, as one snapshot.

use crate::capture::Choice;
use crate::source::Transport;
use afterimage_base::WallTime;
use afterimage_media::Track;
use afterimage_store::GapReason;
use tokio::sync::watch;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Media arrives and is kept.
    Recording,
    /// The first connection is being made.
    Connecting,
    /// It failed and will be tried again.
    Retrying,
    /// Waiting for a producer to push.
    Waiting,
    /// Outside its schedule.
    Resting,
    /// Stopped by an operator.
    Stopped,
    /// This recorder does not record.
    #[default]
    Offline,
}

/// Why a stream that should record does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub reason: GapReason,
    /// A sentence for the operator, without secrets.
    pub detail: String,
    pub since: WallTime,
    pub retry_at: Option<WallTime>,
}

/// How the stream is pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureChosen {
    pub choice: Choice,
    pub transport: Transport,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Of the newest fragment.
    pub frames_per_second: f64,
    pub bits_per_second: f64,
    /// Since the recorder started.
    pub skipped: u64,
    pub connections: u64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamStatus {
    pub state: State,
    pub fault: Option<Fault>,
    pub capture: Option<CaptureChosen>,
    pub tracks: Vec<Track>,
    pub figures: Figures,
}

/// The writing end of a stream's status: every change is one small named act.
#[derive(Debug)]
pub(crate) struct StatusBoard(watch::Sender<StreamStatus>);

impl StatusBoard {
    pub(crate) fn new() -> (Self, watch::Receiver<StreamStatus>) {
        let (sender, receiver) = watch::channel(StreamStatus::default());
        (Self(sender), receiver)
    }

    pub(crate) fn edit(&self, change: impl FnOnce(&mut StreamStatus)) {
        self.0.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }

    /// The stream does not record and nothing is wrong with that.
    pub(crate) fn idle(&self, state: State) {
        self.edit(|status| {
            status.state = state;
            status.fault = None;
            status.figures.frames_per_second = 0.0;
            status.figures.bits_per_second = 0.0;
        });
    }

    pub(crate) fn recording(&self) {
        self.edit(|status| {
            status.state = State::Recording;
            status.fault = None;
        });
    }

    /// A fault keeps its beginning while its reason stays the same.
    pub(crate) fn failed(&self, fault: Fault) {
        self.edit(|status| {
            let since = match &status.fault {
                Some(earlier) if earlier.reason == fault.reason => earlier.since,
                _ => fault.since,
            };
            status.state = State::Retrying;
            status.fault = Some(Fault { since, ..fault });
        });
    }
}
