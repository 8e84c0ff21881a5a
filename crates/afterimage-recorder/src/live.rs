//! The live tail: what a stream sends right now, for whoever watches.
//!
//! Belongs here: the current GOP and the fan-out of chunks. Not here: fragments on disk.
//! Invariant: a slow watcher never slows the stream; it drops to the next key frame instead.

use crate::stream::StreamStatus;
use afterimage_media::{InitSegment, LiveChunk};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::{Notify, broadcast, watch};

/// Chunks a watcher may be behind: about five seconds of 25 frames and 50 audio packets a second.
/// When it is full the oldest are dropped, and that watcher goes on at the next key frame.
const BACKLOG_CHUNKS: usize = 384;

/// One stream's tail. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LiveTail {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    tail: Mutex<Tail>,
    watchers: AtomicUsize,
    watchers_changed: Notify,
}

#[derive(Debug)]
struct Tail {
    gop: Vec<LiveChunk>,
    chunks: broadcast::Sender<LiveChunk>,
}

#[derive(Clone, Debug)]
pub enum LiveEvent {
    Init(Arc<InitSegment>),
    Chunk(LiveChunk),
    State(StreamStatus),
}

impl LiveTail {
    #[must_use]
    pub fn new() -> Self {
        let (chunks, _) = broadcast::channel(BACKLOG_CHUNKS);
        Self {
            shared: Arc::new(Shared {
                tail: Mutex::new(Tail { gop: Vec::new(), chunks }),
                watchers: AtomicUsize::new(0),
                watchers_changed: Notify::new(),
            }),
        }
    }

    /// Hands a chunk to all watchers and keeps it while its GOP is the newest.
    pub fn push(&self, chunk: LiveChunk) {
        let mut tail = self.lock();
        let is_video =
            chunk.init.tracks.get(chunk.track).is_some_and(afterimage_media::Track::is_video);
        if chunk.is_sync && is_video {
            tail.gop.clear();
        }
        tail.gop.push(chunk.clone());
        // Nobody listening is no error: the last watcher may just have left.
        drop(tail.chunks.send(chunk));
    }

    /// The session ended: its GOP must not greet the next watcher as if it were now.
    pub fn clear(&self) {
        self.lock().gop.clear();
    }

    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.shared.watchers.load(Ordering::Acquire) > 0
    }

    /// Resolves when the first watcher came or the last one left.
    pub async fn watched_changed(&self) {
        self.shared.watchers_changed.notified().await;
    }

    pub(crate) fn subscribe(&self, status: watch::Receiver<StreamStatus>) -> LiveSubscription {
        let tail = self.lock();
        let (backlog, chunks) = (tail.gop.clone(), tail.chunks.subscribe());
        drop(tail);
        if self.shared.watchers.fetch_add(1, Ordering::AcqRel) == 0 {
            self.shared.watchers_changed.notify_one();
        }
        LiveSubscription {
            tail: self.clone(),
            backlog: backlog.into(),
            chunks,
            status,
            init: None,
            pending: None,
            needs_key_frame: true,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.shared.tail.lock().expect("nothing panics while this is held")
    }
}

impl Default for LiveTail {
    fn default() -> Self {
        Self::new()
    }
}

/// One watcher. Watching ends when it is dropped.
#[derive(Debug)]
pub struct LiveSubscription {
    tail: LiveTail,
    backlog: std::collections::VecDeque<LiveChunk>,
    chunks: broadcast::Receiver<LiveChunk>,
    status: watch::Receiver<StreamStatus>,
    init: Option<Arc<InitSegment>>,
    pending: Option<LiveChunk>,
    needs_key_frame: bool,
}

impl LiveSubscription {
    /// The next thing to send on; `None` when the stream is gone. Cancel safe.
    pub async fn next(&mut self) -> Option<LiveEvent> {
        loop {
            if let Some(chunk) = self.pending.take() {
                return Some(LiveEvent::Chunk(chunk));
            }
            if let Some(chunk) = self.backlog.pop_front() {
                if let Some(event) = self.admit(chunk) {
                    return Some(event);
                }
                continue;
            }
            tokio::select! {
                chunk = self.chunks.recv() => match chunk {
                    Ok(chunk) => if let Some(event) = self.admit(chunk) {
                        return Some(event);
                    },
                    Err(broadcast::error::RecvError::Lagged(_)) => self.needs_key_frame = true,
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                changed = self.status.changed() => {
                    changed.ok()?;
                    let status = self.status.borrow_and_update().clone();
                    return Some(LiveEvent::State(status));
                }
            }
        }
    }

    /// An init section goes before the first chunk that needs it.
    fn admit(&mut self, chunk: LiveChunk) -> Option<LiveEvent> {
        let has_video = chunk.init.tracks.iter().any(afterimage_media::Track::is_video);
        let is_video =
            chunk.init.tracks.get(chunk.track).is_some_and(afterimage_media::Track::is_video);
        if self.needs_key_frame {
            if has_video && !(is_video && chunk.is_sync) {
                return None;
            }
            self.needs_key_frame = false;
        }
        if self.init.as_ref() == Some(&chunk.init) {
            return Some(LiveEvent::Chunk(chunk));
        }
        let init = Arc::clone(&chunk.init);
        self.init = Some(Arc::clone(&init));
        self.pending = Some(chunk);
        Some(LiveEvent::Init(init))
    }
}

impl Drop for LiveSubscription {
    fn drop(&mut self) {
        if self.tail.shared.watchers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.tail.shared.watchers_changed.notify_one();
        }
    }
}
