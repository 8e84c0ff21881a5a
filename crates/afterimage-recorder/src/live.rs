//! The live tail: what a stream sends right now, for whoever watches.
//!
//! Belongs here: the current GOP and the fan-out of chunks. Not here: fragments on disk.
//! Invariant: a slow watcher never slows the stream; it drops to the next key frame instead.

use crate::stream::StreamStatus;
use afterimage_base::WallTime;
use afterimage_media::{InitSegment, LiveChunk, Track};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::{Notify, broadcast, watch};

/// Chunks a watcher may be behind: about five seconds of 25 frames and 50 audio packets a second.
/// When it is full, all of it is dropped for that watcher, who goes on at the newest key frame: so a
/// slow one is behind by this at most, and up to date again after each fall.
const BACKLOG_CHUNKS: usize = 384;
/// A GOP that grows beyond this is not kept: new watchers wait for the next key frame.
const MAX_GOP_CHUNKS: usize = 8_192;
const MAX_GOP_BYTES: usize = 64 << 20;

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
    /// Begins with a key frame, or is empty.
    gop: Vec<LiveChunk>,
    gop_bytes: usize,
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
                tail: Mutex::new(Tail { gop: Vec::new(), gop_bytes: 0, chunks }),
                watchers: AtomicUsize::new(0),
                watchers_changed: Notify::new(),
            }),
        }
    }

    /// Hands a chunk to all watchers and keeps it while its GOP is the newest.
    pub fn push(&self, chunk: LiveChunk) {
        let mut tail = self.lock();
        let is_start = can_start_at(&chunk);
        let is_full = tail.gop.len() >= MAX_GOP_CHUNKS || tail.gop_bytes >= MAX_GOP_BYTES;
        if is_start || is_full {
            tail.clear_gop();
        }
        if is_start || !tail.gop.is_empty() {
            tail.gop_bytes += chunk.bytes.len();
            tail.gop.push(chunk.clone());
        }
        // Nobody listening is no error: the last watcher may just have left.
        drop(tail.chunks.send(chunk));
    }

    /// The session ended: its GOP must not greet the next watcher as if it were now.
    pub fn clear(&self) {
        self.lock().clear_gop();
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
            last_start: None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.shared.tail.lock().expect("nothing panics while this is held")
    }
}

impl Tail {
    fn clear_gop(&mut self) {
        self.gop.clear();
        self.gop_bytes = 0;
    }
}

/// A player can begin here: at a key frame, or anywhere where there is no picture.
fn can_start_at(chunk: &LiveChunk) -> bool {
    let tracks = &chunk.init.tracks;
    let is_video = |track: &Track| track.is_video();
    let is_picture = tracks.get(chunk.track).is_some_and(is_video);
    chunk.is_sync && (is_picture || !tracks.iter().any(is_video))
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
    backlog: VecDeque<LiveChunk>,
    chunks: broadcast::Receiver<LiveChunk>,
    status: watch::Receiver<StreamStatus>,
    init: Option<Arc<InitSegment>>,
    pending: Option<LiveChunk>,
    needs_key_frame: bool,
    /// The newest key frame that it was given.
    last_start: Option<WallTime>,
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
                    Err(broadcast::error::RecvError::Lagged(_)) => self.begin_anew(),
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

    /// From the newest key frame, or the next where the newest was sent before: in a GOP longer
    /// than the backlog a slow watcher would never get beyond its beginning.
    fn begin_anew(&mut self) {
        let tail = self.tail.lock();
        let (backlog, chunks) = (tail.gop.clone(), tail.chunks.subscribe());
        drop(tail);
        self.chunks = chunks;
        let is_news = backlog.first().map(|chunk| chunk.at) > self.last_start;
        self.backlog = if is_news { backlog.into() } else { VecDeque::new() };
        self.needs_key_frame = true;
    }

    /// An init section goes before the first chunk that needs it.
    fn admit(&mut self, chunk: LiveChunk) -> Option<LiveEvent> {
        if can_start_at(&chunk) {
            self.last_start = Some(chunk.at);
        } else if self.needs_key_frame {
            return None;
        }
        self.needs_key_frame = false;
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

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_media::{AudioParameters, Codec, TrackKind, VideoParameters};
    use bytes::Bytes;

    fn chunk(kind: TrackKind, is_sync: bool) -> LiveChunk {
        let decoder_config = Bytes::new();
        let track = Track { codec: Codec::H264, kind, timescale: 90_000, decoder_config };
        let init = Arc::new(InitSegment { tracks: vec![track], bytes: Bytes::new() });
        LiveChunk { init, track: 0, is_sync, at: WallTime::EPOCH, bytes: Bytes::from(vec![0; 100]) }
    }

    fn picture(is_sync: bool) -> LiveChunk {
        chunk(TrackKind::Video(VideoParameters { width: 640, height: 480 }), is_sync)
    }

    #[test]
    fn a_gop_that_never_ends_is_not_kept_for_ever() {
        let tail = LiveTail::new();
        tail.push(picture(true));
        for _ in 0..3 * MAX_GOP_CHUNKS {
            tail.push(picture(false));
        }
        assert!(tail.lock().gop.is_empty(), "memory is bounded, and half a GOP helps nobody");
        tail.push(picture(true));
        tail.push(picture(false));
        assert_eq!(tail.lock().gop.len(), 2, "the next key frame begins a GOP again");
    }

    #[test]
    fn a_gop_of_large_frames_is_bounded_by_its_bytes() {
        let tail = LiveTail::new();
        let large = Bytes::from(vec![0; MAX_GOP_BYTES / 4]);
        tail.push(picture(true));
        for _ in 0..6 {
            tail.push(LiveChunk { bytes: large.clone(), ..picture(false) });
        }
        assert!(tail.lock().gop.is_empty(), "few frames can be much as well");
    }

    #[test]
    fn sound_alone_keeps_no_past() {
        let tail = LiveTail::new();
        for _ in 0..100 {
            let sound = AudioParameters { sample_rate: 48_000, channels: 2 };
            tail.push(chunk(TrackKind::Audio(sound), true));
        }
        assert_eq!(tail.lock().gop.len(), 1, "every packet is a beginning");
    }

    #[test]
    fn frames_without_their_key_frame_are_not_kept() {
        let tail = LiveTail::new();
        tail.push(picture(false));
        assert!(tail.lock().gop.is_empty(), "a newcomer could not decode them");
    }
}
