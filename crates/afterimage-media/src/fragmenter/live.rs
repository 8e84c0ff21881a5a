//! Live chunks: each sample as soon as it is here.
//!
//! Belongs here: decode times without looking ahead. Not here: who watches.

use super::LiveChunk;
use super::decode_times::DecodeTimes;
use super::queue::{Queued, TrackQueue};
use crate::{FragmentSample, InitSegment, fmp4};
use afterimage_base::{MediaTime, WallTime};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Live {
    sequence: u32,
    decode_times: Vec<DecodeTimes>,
}

impl Live {
    pub fn new(queues: &[TrackQueue]) -> Self {
        let depth = |queue: &TrackQueue| DecodeTimes::new(Some(queue.decode_times.depth()));
        Self { sequence: 0, decode_times: queues.iter().map(depth).collect() }
    }

    pub fn chunk(
        &mut self,
        init: &Arc<InitSegment>,
        track: usize,
        queue: &TrackQueue,
        sample: &Queued,
        at: WallTime,
    ) -> LiveChunk {
        let times = &mut self.decode_times[track];
        let decode = match sample.decode {
            Some(decode) => times.accept(decode),
            None => {
                times.prepare(&[sample.presentation], &[], queue.estimated_duration());
                times.next(sample.presentation)
            }
        };
        if decode > sample.presentation {
            times.deepen_late();
        }
        self.sequence = self.sequence.wrapping_add(1);
        let finished = FragmentSample {
            decode: MediaTime(decode),
            presentation: MediaTime(sample.presentation),
            duration: MediaTime(queue.estimated_duration()),
            is_sync: sample.is_sync,
            data: sample.data.clone(),
        };
        let bytes = fmp4::encode_chunk(self.sequence, track, &finished);
        LiveChunk { init: Arc::clone(init), track, is_sync: sample.is_sync, at, bytes }
    }
}
