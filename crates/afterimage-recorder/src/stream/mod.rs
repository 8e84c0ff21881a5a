//! One stream: a task that owns its state, and the handle that others hold.
//!
//! ```text
//! camera ─▶ Capture ─▶ session (fragmenter) ─┬─▶ archivist (store, ledger) ─▶ newest fragment
//!                                            └─▶ live tail
//! ```
//! Belongs here: wish in, status out. Not here: which streams there are ([`crate::Recorder`]).

mod archivist;
mod rest;
mod session;
mod status;
mod task;

pub use status::{CaptureChosen, Fault, Figures, State, StreamStatus};

use crate::capture::CaptureFactory;
use crate::full_volume::FullVolume;
use crate::live::LiveTail;
use crate::notices::Notices;
use crate::source::{Backend, Source, Transport};
use afterimage_base::{Clock, StreamName};
use afterimage_store::{Schedule, Store, StreamId};
use status::StatusBoard;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What the operator wants of a stream's recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub source: Source,
    pub capture: Option<Backend>,
    pub transport: Transport,
    pub schedule: Option<Schedule>,
    pub enabled: bool,
}

/// What a stream's task works with.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub captures: Arc<dyn CaptureFactory>,
    pub notices: Notices,
    pub full_volume: FullVolume,
}

/// Holds a running stream. Dropping it does not stop the stream; [`StreamHandle::stop`] does.
pub(crate) struct StreamHandle {
    pub id: StreamId,
    pub status: watch::Receiver<StreamStatus>,
    pub live: LiveTail,
    /// The newest durable fragment; changes with every one.
    pub newest: watch::Receiver<Option<u64>>,
    wish: watch::Sender<Wish>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl StreamHandle {
    /// Starts the stream's task.
    pub(crate) fn start(id: StreamId, name: &StreamName, wish: Wish, around: Surroundings) -> Self {
        let mut handle = Self::resting(id, wish);
        let (board, status) = StatusBoard::new();
        let (newest_sender, newest) = watch::channel(None);
        handle.status = status;
        handle.newest = newest;
        let task = task::StreamTask {
            id,
            name: name.clone(),
            around,
            board,
            live: handle.live.clone(),
            newest: newest_sender,
            wish: handle.wish.subscribe(),
            stop: handle.stop.clone(),
        };
        handle.task = Some(tokio::spawn(task.run()));
        handle
    }

    /// A stream of a recorder that only serves what is there.
    pub(crate) fn resting(id: StreamId, wish: Wish) -> Self {
        let (_, status) = StatusBoard::new();
        let (_, newest) = watch::channel(None);
        Self {
            id,
            status,
            live: LiveTail::new(),
            newest,
            wish: watch::channel(wish).0,
            stop: CancellationToken::new(),
            task: None,
        }
    }

    /// The task notices by itself; a changed source ends the session and begins another.
    pub(crate) fn change(&self, wish: Wish) {
        self.wish.send_if_modified(|current| {
            let differs = *current != wish;
            *current = wish;
            differs
        });
    }

    /// Tells the task to flush what it holds and end; [`StreamHandle::ended`] waits for it.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Resolves when everything recorded is durable.
    pub(crate) async fn ended(&mut self) {
        if let Some(task) = self.task.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "a stream's task did not end in good order");
        }
    }
}
