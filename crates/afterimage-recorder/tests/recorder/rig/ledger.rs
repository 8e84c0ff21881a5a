//! What the archive says was recorded and what is missing, as one list.

use super::Rig;
use super::cameras::frame_number;
use afterimage_base::WallTime;
use afterimage_media::read_fragment;
use afterimage_store::{FragmentRecord, TOLERANCE};
use std::time::Duration;

/// An interval in seconds since the test began: `recorded`, or the code of a gap's reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    pub from: f64,
    pub to: f64,
    pub what: String,
}

pub fn piece(from: f64, to: f64, what: &str) -> Piece {
    Piece { from, to, what: what.to_owned() }
}

impl Rig {
    /// The whole history of the stream. Panics where an instant is not explained or told twice.
    pub fn history(&self) -> Vec<Piece> {
        let (from, to) = (self.began.minus(Duration::from_secs(86_400)), WallTime::MAX);
        let timeline = self.store().timeline(self.id(), from, to, self.now()).unwrap();
        let recorded = timeline.ranges.iter().map(|range| (range.from, range.to, "recorded"));
        let missing = timeline.gaps.iter().map(|gap| (gap.from, gap.to, gap.reason.code()));
        let mut pieces: Vec<_> = recorded.chain(missing).collect();
        pieces.sort_by_key(|piece| piece.0);
        let mut explained_to = self.began;
        for (from, to, what) in &pieces {
            let hole = from.since(explained_to).max(explained_to.since(*from));
            let (hole_from, hole_to) = (self.seconds(explained_to), self.seconds(*from));
            assert!(hole <= TOLERANCE, "{hole_from}..{hole_to} before `{what}`: {pieces:?}");
            explained_to = *to;
        }
        let told = |(from, to, what)| piece(self.seconds(from), self.seconds(to), what);
        pieces.into_iter().map(told).collect()
    }

    /// What happened, in order, without times.
    pub fn outline(&self) -> Vec<String> {
        self.history().into_iter().map(|piece| piece.what).collect()
    }

    /// All fragments there are, by number.
    pub fn fragments(&self) -> Vec<FragmentRecord> {
        self.store().fragments_after(self.id(), 0, usize::MAX).unwrap()
    }

    /// The numbers of the frames in a fragment, read from its bytes.
    pub fn frames_of(&self, record: &FragmentRecord) -> Vec<u32> {
        let init = self.store().init_of(record.segment).unwrap();
        let bytes = self.store().read_fragment_bytes(record).unwrap();
        let (_, samples) = read_fragment(&init, &bytes).unwrap();
        samples[0].iter().map(|sample| frame_number(&sample.data)).collect()
    }

    /// The numbers of all frames in the archive.
    pub fn frames(&self) -> Vec<u32> {
        self.fragments().iter().flat_map(|record| self.frames_of(record)).collect()
    }

    /// Seconds since the test began, to the millisecond.
    pub fn seconds(&self, time: WallTime) -> f64 {
        let micros = time.as_micros() - self.began.as_micros();
        (micros as f64 / 1e3).round() / 1e3
    }
}
