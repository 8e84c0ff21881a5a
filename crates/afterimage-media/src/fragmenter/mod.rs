//! The fragmenter: samples of one stream in, fragments with final times out.
//!
//! Belongs here: what a fragment is made of and where it is cut. Not here: bytes of boxes
//! ([`crate::fmp4`]), clocks: time comes with the samples.
//! Invariants: no sample that was accepted is lost or doubled; fragments never overlap on the
//! timeline and, while media time is continuous, follow each other exactly; media times in the
//! output never go back, whatever the camera's do. `docs/design/time.md` has the reasons.

mod assemble;
mod continuity;
mod decode_times;
mod intake;
mod live;
mod queue;
mod timeline;

use crate::{Fmp4Error, Fragment, InitSegment, Sample, Track, codec};
use afterimage_base::WallTime;
use bytes::Bytes;
use continuity::Continuity;
use live::Live;
use queue::{Queued, TrackQueue};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use timeline::Timeline;

/// A fragment of sound alone is cut at this length: it has no GOPs to follow.
const AUDIO_FRAGMENT: Duration = Duration::from_secs(2);
/// No fragment holds more than this and one sample, so memory and box sizes stay bounded.
const MAX_FRAGMENT_BYTES: usize = 64 << 20;
const MAX_FRAGMENT_SAMPLES: usize = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmenterOptions {
    /// GOPs shorter than this are joined.
    pub shortest: Duration,
    /// GOPs longer than this are cut; the later parts are not independent.
    pub longest: Duration,
}

impl Default for FragmenterOptions {
    fn default() -> Self {
        Self { shortest: Duration::from_secs(1), longest: Duration::from_secs(20) }
    }
}

/// What comes out of the fragmenter, in order.
#[derive(Clone, Debug)]
pub enum Cut {
    Fragment(Fragment),
    /// One sample, only while live view is on.
    Chunk(LiveChunk),
    /// Nothing is recorded from `from` to `to`: the camera's timestamps or our clock jumped.
    Jump {
        from: WallTime,
        to: WallTime,
    },
    /// Something could not be used; the sentence is for the operator.
    Skipped {
        detail: String,
    },
}

/// One sample for live view, as `moof` + `mdat`.
#[derive(Clone, Debug)]
pub struct LiveChunk {
    pub init: Arc<InitSegment>,
    pub track: usize,
    pub is_sync: bool,
    /// When it is shown, on the timeline.
    pub at: WallTime,
    pub bytes: Bytes,
}

/// Cuts the samples of one stream into fragments.
///
/// It may live as long as its stream: [`Fragmenter::finish`] ends a capture session, and the next
/// one goes on behind it, on the timeline and in media time.
#[derive(Debug)]
pub struct Fragmenter {
    options: FragmenterOptions,
    init: Option<Arc<InitSegment>>,
    /// The track that decides where fragments begin: the first video track, else the first.
    reference: usize,
    queues: Vec<TrackQueue>,
    /// What came while its place was not known: before the key frame, or far from the rest.
    held: VecDeque<Sample>,
    held_bytes: usize,
    told_of_strays: bool,
    continuity: Continuity,
    timeline: Timeline,
    epoch: Option<Epoch>,
    /// Where the next epoch may begin in media time, microseconds.
    media_end: i64,
    /// The reference sample in the queue that begins the next fragment, once it came.
    next_cut: Option<usize>,
    live: Option<Live>,
}

/// A run in which the camera's media time is continuous.
#[derive(Clone, Copy, Debug)]
struct Epoch {
    /// Added to the camera's media time to get ours, microseconds.
    shift: i64,
    /// Its first key frame, in ticks of the reference track; nothing earlier belongs to it.
    start: i64,
    /// Where the fragment in work begins, in ticks of the reference track.
    fragment_start: i64,
    /// It goes on with a GOP that was cut.
    is_continuation: bool,
}

impl Fragmenter {
    #[must_use]
    pub fn new(options: FragmenterOptions) -> Self {
        Self {
            options,
            init: None,
            reference: 0,
            queues: Vec::new(),
            held: VecDeque::new(),
            held_bytes: 0,
            told_of_strays: false,
            continuity: Continuity::default(),
            timeline: Timeline::default(),
            epoch: None,
            media_end: 0,
            next_cut: None,
            live: None,
        }
    }

    /// Nothing will begin before `end`: where the recording of this stream ended earlier.
    pub fn start_after(&mut self, end: WallTime) {
        self.timeline.start_after(end);
    }

    /// Media times go on behind `media_end` microseconds: where those of an earlier run ended.
    /// Players that meet both runs in one playlist must not see time go back.
    pub fn media_after(&mut self, media_end: i64) {
        self.media_end = self.media_end.max(media_end);
    }

    /// The tracks of the session, at its begin and whenever the camera changes them.
    ///
    /// # Errors
    /// [`Fmp4Error::Tracks`] where they can't be recorded; what was recorded before is returned
    /// by the next [`Fragmenter::finish`].
    pub fn tracks(&mut self, tracks: Vec<Track>) -> Result<Vec<Cut>, Fmp4Error> {
        if self.init.as_ref().is_some_and(|init| init.tracks == tracks) {
            return Ok(Vec::new());
        }
        let init = InitSegment::new(tracks)?;
        let mut cuts = Vec::new();
        self.end_epoch(&mut cuts);
        self.release_held();
        self.reference = init.tracks.iter().position(Track::is_video).unwrap_or_default();
        self.queues = init.tracks.iter().map(TrackQueue::new).collect();
        let reference = &init.tracks[self.reference];
        self.continuity = Continuity::new(reference.timescale, codec::reorder_depth(reference));
        self.init = Some(Arc::new(init));
        if self.live.is_some() {
            self.live = Some(Live::new(&self.queues));
        }
        Ok(cuts)
    }

    /// Takes the next sample. Before [`Fragmenter::tracks`] was called, samples are refused.
    #[must_use = "fragments are in what it returns"]
    pub fn push(&mut self, sample: Sample) -> Vec<Cut> {
        let mut cuts = Vec::new();
        self.take_in(sample, &mut cuts);
        self.cut_what_is_settled(&mut cuts);
        cuts
    }

    /// Ends the session: what is there becomes the last fragment. The next session's media times
    /// may count from another zero.
    #[must_use = "the last fragment is in what it returns"]
    pub fn finish(&mut self) -> Vec<Cut> {
        let mut cuts = Vec::new();
        self.end_epoch(&mut cuts);
        self.release_held();
        self.continuity.restart();
        self.timeline.end_session();
        self.told_of_strays = false;
        cuts
    }

    /// Begins or ends the making of live chunks. Returns those of the newest GOP so far: whoever
    /// begins to watch sees a picture at once.
    #[must_use = "the GOP so far is in what it returns"]
    pub fn set_live(&mut self, on: bool) -> Vec<LiveChunk> {
        self.live = on.then(|| Live::new(&self.queues));
        let (Some(live), Some(init)) = (&mut self.live, &self.init) else { return Vec::new() };
        let Some(reference) = self.queues.get(self.reference) else { return Vec::new() };
        let key_frame = reference.samples.iter().rfind(|sample| sample.is_sync);
        let Some(since) = key_frame.map(|sample| reference.micros(sample.presentation)) else {
            return Vec::new();
        };
        let timeline = &self.timeline;
        let mut chunks = Vec::new();
        // The picture first: sound before the key frame would be nobody's.
        let others = (0..self.queues.len()).filter(|track| *track != self.reference);
        for track in std::iter::once(self.reference).chain(others) {
            let queue = &self.queues[track];
            // In its own track decode order counts: behind it come frames that are shown before it.
            let is_older = |sample: &&Queued| queue.micros(sample.presentation) < since;
            let older = queue.samples.iter().take_while(is_older).count();
            let first = match track == self.reference {
                true => queue.samples.iter().rposition(|sample| sample.is_sync).unwrap_or(older),
                false => older,
            };
            for sample in queue.samples.iter().skip(first) {
                let at = timeline.at(queue.micros(sample.presentation));
                chunks.push(live.chunk(init, track, queue, sample, at));
            }
        }
        chunks
    }

    fn release_held(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
    }
}
