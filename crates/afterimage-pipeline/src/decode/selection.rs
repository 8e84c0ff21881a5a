//! Which samples must go through the decoder, and under which times.
//!
//! Belongs here: the pure choice. Not here: GStreamer. Invariant: each presentation time is given
//! to one sample only, so a decoded picture names its sample.

use afterimage_media::FragmentSample;
use std::collections::BTreeSet;

/// The distance between pictures that the decoder is told; only order and uniqueness matter.
const TICK_NANOSECONDS: u64 = 40_000_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// In decode order.
    pub steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub index: usize,
    pub is_wanted: bool,
    pub is_sync: bool,
    pub decode_nanoseconds: u64,
    pub presentation_nanoseconds: u64,
}

impl Selection {
    /// Of each GOP with a wanted frame, everything from its key frame to the last wanted one.
    pub fn least(samples: &[FragmentSample], wanted: &[usize]) -> Self {
        let wanted: BTreeSet<usize> = wanted.iter().copied().collect();
        let mut chosen = BTreeSet::new();
        for index in &wanted {
            // A key frame needs nothing before it; others everything back to their key frame.
            let from = samples[..=*index].iter().rposition(|sample| sample.is_sync).unwrap_or(0);
            chosen.extend(from..=*index);
        }
        Self::of(samples, &chosen, &wanted)
    }

    /// Everything from the fragment's first sample to the last wanted one.
    pub fn up_to_last(samples: &[FragmentSample], wanted: &[usize]) -> Self {
        let wanted: BTreeSet<usize> = wanted.iter().copied().collect();
        let end = wanted.last().map_or(0, |last| last + 1);
        Self::of(samples, &(0..end).collect(), &wanted)
    }

    /// How many frames are wanted.
    pub fn wanted(&self) -> usize {
        self.steps.iter().filter(|step| step.is_wanted).count()
    }

    /// The samples whose pictures can be believed, given which ones came out of the decoder.
    ///
    /// A picture that did not come out may be a reference of every later one up to the next key
    /// frame; decoders fill in something for it and say nothing. Leading pictures (shown before
    /// their key frame) are no reference of what follows, and may be missing at a beginning.
    pub fn trusted(&self, is_shown: impl Fn(u64) -> bool) -> BTreeSet<usize> {
        let mut trusted = BTreeSet::new();
        let (mut is_whole, mut key_shown_at) = (true, 0);
        for step in &self.steps {
            if step.is_sync {
                (is_whole, key_shown_at) = (true, step.presentation_nanoseconds);
            }
            let is_leading = step.presentation_nanoseconds < key_shown_at;
            if is_shown(step.presentation_nanoseconds) {
                trusted.extend(is_whole.then_some(step.index));
            } else if !is_leading {
                is_whole = false;
            }
        }
        trusted
    }

    fn of(samples: &[FragmentSample], chosen: &BTreeSet<usize>, wanted: &BTreeSet<usize>) -> Self {
        // Times are made from the order alone: cameras send equal and falling ones.
        let mut shown: Vec<usize> = chosen.iter().copied().collect();
        shown.sort_by_key(|index| (samples[*index].presentation, *index));
        let mut rank = vec![0; samples.len()];
        for (place, index) in shown.iter().enumerate() {
            rank[*index] = place as u64;
        }
        let decoded = chosen.iter().enumerate().map(|(place, index)| (place as u64, *index));
        // No picture may be shown before it is decoded.
        let delay = decoded.clone().map(|(place, index)| place.saturating_sub(rank[index])).max();
        let delay = delay.unwrap_or(0);
        let steps = decoded.map(|(place, index)| Step {
            index,
            is_wanted: wanted.contains(&index),
            is_sync: samples[index].is_sync,
            decode_nanoseconds: place * TICK_NANOSECONDS,
            presentation_nanoseconds: (rank[index] + delay) * TICK_NANOSECONDS,
        });
        Self { steps: steps.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_base::MediaTime;
    use bytes::Bytes;

    /// Two GOPs in decode order: I P B B, I P.
    fn samples() -> Vec<FragmentSample> {
        let times = [(0, true), (3, false), (1, false), (2, false), (4, true), (5, false)];
        let sample = |(index, (presentation, is_sync)): (usize, (i64, bool))| FragmentSample {
            decode: MediaTime(index as i64),
            presentation: MediaTime(presentation),
            duration: MediaTime(1),
            is_sync,
            data: Bytes::new(),
        };
        times.into_iter().enumerate().map(sample).collect()
    }

    fn indexes(selection: &Selection) -> Vec<usize> {
        selection.steps.iter().map(|step| step.index).collect()
    }

    #[test]
    fn key_frames_cost_only_key_frames() {
        assert_eq!(indexes(&Selection::least(&samples(), &[4, 0])), [0, 4]);
    }

    #[test]
    fn a_late_frame_costs_its_own_gop_alone() {
        assert_eq!(indexes(&Selection::least(&samples(), &[5])), [4, 5]);
        assert_eq!(indexes(&Selection::least(&samples(), &[2])), [0, 1, 2]);
        assert_eq!(indexes(&Selection::up_to_last(&samples(), &[4])), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn after_a_missing_picture_nothing_is_believed_until_the_next_key_frame() {
        let selection = Selection::up_to_last(&samples(), &[5]);
        let lost = selection.steps[2].presentation_nanoseconds;
        let trusted: Vec<usize> = selection.trusted(|time| time != lost).into_iter().collect();
        assert_eq!(trusted, [0, 1, 4, 5], "3 may refer to 2; the second GOP stands alone");
    }

    #[test]
    fn times_follow_the_order_of_showing_and_never_precede_decoding() {
        let selection = Selection::up_to_last(&samples(), &[5]);
        let mut shown = selection.steps.clone();
        shown.sort_by_key(|step| step.presentation_nanoseconds);
        let order: Vec<usize> = shown.iter().map(|step| step.index).collect();
        assert_eq!(order, [0, 2, 3, 1, 4, 5], "B-frames are shown between their references");
        for step in &selection.steps {
            assert!(step.decode_nanoseconds <= step.presentation_nanoseconds, "{step:?}");
        }
    }
}
