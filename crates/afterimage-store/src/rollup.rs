//! Adding up long times: hours and days that are over from roll-ups, the rest from what they are
//! made of.
//!
//! Belongs here: which hours are settled, making their rows, tallies of any range. Not here: the
//! rows ([`crate::index`]), what is asked ([`crate::activity`], [`crate::share`]).
//! Invariant: an answer is the same with and without rows. An hour is settled when it is over,
//! visible and nothing in memory touches it; only then is its row made or used.

use crate::StoreError;
use crate::index::RollUpWidth::{self, Day, Hour};
use crate::live::LiveStream;
use crate::store::{Shared, Store, guard};
use crate::stream::{StreamId, StreamKey};
use crate::tally::{SeenCounts, Tally, cut};
use afterimage_base::WallTime;
use std::collections::BTreeMap;

pub(crate) const HOUR: i64 = Hour.micros();
const DAY: i64 = Day.micros();
const MINUTE: i64 = 60_000_000;

/// Days looked at and days made in one step, so that a step costs milliseconds.
const DAYS_AT_ONCE: i64 = 64;
const MADE_AT_ONCE: i64 = 4;

/// Streams looked at in one step.
const STREAMS_AT_ONCE: usize = 4;

/// Where the making of rows has come to.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    last: Option<StreamKey>,
    next_days: BTreeMap<StreamKey, i64>,
}

/// Which hours of a stream no longer change by what is in memory.
#[derive(Debug)]
struct Settled {
    from: i64,
    to: i64,
    /// What the index does not have as it is.
    pending: Vec<(i64, i64)>,
}

impl Settled {
    fn holds(&self, from: i64, to: i64) -> bool {
        from >= self.from
            && to <= self.to
            && !self.pending.iter().any(|(start, end)| *start < to && *end > from)
    }
}

impl Store {
    /// Makes all roll-ups that can be made. The store's thread makes them by and by; without them
    /// every answer is the same and takes longer.
    pub fn roll_up(&self) -> Result<(), StoreError> {
        self.shared.check_open()?;
        for live in self.shared.all_live() {
            while self.roll_up_stream(&live)? {}
        }
        Ok(())
    }

    pub(crate) fn tally(
        &self,
        stream: StreamId,
        from: WallTime,
        to: WallTime,
        now: WallTime,
    ) -> Result<Tally, StoreError> {
        let live = self.shared.live(stream)?;
        let mut sum = Tally::default();
        for (_, piece) in self.pieces(&live, from, to, now, DAY)? {
            sum.append(&piece);
        }
        Ok(sum)
    }

    /// Tallies of pieces that cover what can hold anything of `[from, to)`, in order, by their
    /// start. No piece is longer than `longest` (an hour or more) or crosses a multiple of it.
    pub(crate) fn pieces(
        &self,
        live: &LiveStream,
        from: WallTime,
        to: WallTime,
        now: WallTime,
        longest: i64,
    ) -> Result<Vec<(i64, Tally)>, StoreError> {
        // The state first: what is committed meanwhile is then seen as pending.
        let settled = self.shared.settled(live, now);
        let (from, to) = self.shared.extent(live, from, to, now)?;
        let mut rows = Rows::read(&self.shared, live.key, from, to, longest >= DAY)?;
        let mut pieces = Vec::new();
        let mut cuts: Vec<i64> = Vec::new();
        let mut at = from;
        while at < to {
            let found = rows.at(&self.shared, live.key, at, to, &settled)?;
            match found {
                Some(tally) => {
                    self.direct(live, &mut cuts, now, &mut pieces)?;
                    let end = at + tally.span;
                    pieces.push((at, tally));
                    at = end;
                }
                None => {
                    let end = (at.div_euclid(HOUR) + 1).saturating_mul(HOUR).min(to);
                    if cuts.is_empty() {
                        cuts.push(at);
                    }
                    cuts.push(end);
                    at = end;
                }
            }
        }
        self.direct(live, &mut cuts, now, &mut pieces)?;
        Ok(pieces)
    }

    /// Appends what lies between the cuts, from what it is made of, and takes the cuts.
    fn direct(
        &self,
        live: &LiveStream,
        cuts: &mut Vec<i64>,
        now: WallTime,
        pieces: &mut Vec<(i64, Tally)>,
    ) -> Result<(), StoreError> {
        let cuts = std::mem::take(cuts);
        let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else { return Ok(()) };
        let (from, to) = (WallTime::from_micros(*first), WallTime::from_micros(*last));
        let mut tallies = cut(&self.timeline(live.id, from, to, now)?, &cuts);
        let visible = self.shared.visibility(live, now).from;
        for (hour, seen) in self.index().seen_counts(live.key, from.max(visible), to, HOUR)? {
            let piece = cuts.partition_point(|cut| *cut <= hour.saturating_mul(HOUR).max(*first));
            if let Some(tally) = tallies.get_mut(piece.saturating_sub(1)) {
                tally.seen.add(seen);
            }
        }
        pieces.extend(cuts.into_iter().zip(tallies));
        Ok(())
    }

    /// What was seen in each part of `width` (less than an hour) of `[from, to)`, by the number of
    /// the part since 1970.
    pub(crate) fn seen(
        &self,
        live: &LiveStream,
        from: WallTime,
        to: WallTime,
        now: WallTime,
        width: i64,
    ) -> Result<BTreeMap<i64, SeenCounts>, StoreError> {
        let settled = self.shared.settled(live, now);
        let visible = self.shared.visibility(live, now).from;
        let (from, to) = (from.max(visible).as_micros(), to.as_micros());
        let mut hours = BTreeMap::new();
        if width >= MINUTE {
            hours = self.index().minutes(live.key, from, to)?;
            hours.retain(|start, _| start + HOUR <= to && settled.holds(*start, start + HOUR));
        }
        let mut seen: BTreeMap<i64, SeenCounts> = BTreeMap::new();
        let mut at = from;
        for (hour, minutes) in hours
            .into_iter()
            .map(Some)
            .chain([None])
            .map(|hour| hour.map_or((to, Vec::new()), |(start, minutes)| (start, minutes)))
        {
            if at < hour {
                let (from, to) = (WallTime::from_micros(at), WallTime::from_micros(hour));
                for (part, counts) in self.index().seen_counts(live.key, from, to, width)? {
                    seen.entry(part).or_default().add(counts);
                }
            }
            for (minute, counts) in (0..).zip(minutes) {
                if counts != SeenCounts::default() {
                    let part = (hour + minute * MINUTE).div_euclid(width);
                    seen.entry(part).or_default().add(counts);
                }
            }
            at = hour + HOUR;
        }
        Ok(seen)
    }
}

/// Rows of a range: days where asked for, and hours.
struct Rows {
    days: BTreeMap<i64, Tally>,
    hours: BTreeMap<i64, Tally>,
    /// Hours are read up to here.
    hours_to: i64,
    use_days: bool,
}

impl Rows {
    fn read(
        shared: &Shared,
        stream: StreamKey,
        from: i64,
        to: i64,
        use_days: bool,
    ) -> Result<Self, StoreError> {
        let read = |width: RollUpWidth, is_wanted: bool| match is_wanted {
            true => shared.index.rollups(stream, width, from, to),
            false => Ok(BTreeMap::new()),
        };
        let hours_to = if use_days { i64::MIN } else { to };
        Ok(Self { days: read(Day, use_days)?, hours: read(Hour, !use_days)?, hours_to, use_days })
    }

    /// The longest usable row that begins at `at` and ends at `to` or before.
    fn at(
        &mut self,
        shared: &Shared,
        stream: StreamKey,
        at: i64,
        to: i64,
        settled: &Settled,
    ) -> Result<Option<Tally>, StoreError> {
        let is_usable = |width: i64| {
            at.rem_euclid(width) == 0 && at + width <= to && settled.holds(at, at + width)
        };
        if self.use_days
            && is_usable(DAY)
            && let Some(day) = self.days.remove(&at)
        {
            return Ok(Some(day));
        }
        if !is_usable(HOUR) {
            return Ok(None);
        }
        if at >= self.hours_to {
            // The rest of a day that has no row.
            self.hours_to = (at.div_euclid(DAY) + 1) * DAY;
            self.hours = shared.index.rollups(stream, Hour, at, self.hours_to)?;
        }
        Ok(self.hours.remove(&at))
    }
}

impl Shared {
    fn settled(&self, live: &LiveStream, now: WallTime) -> Settled {
        let visible = self.visibility(live, now).from;
        let state = live.state();
        let open_gap = state.open_gap.as_ref().map_or(WallTime::MAX, |gap| gap.from);
        let to = state.accounted_to.min(now).min(open_gap);
        let segments = state.overlay();
        let segments = segments.values().map(|own| (own.start(), own.end()));
        let gaps = state.new_gaps().iter().map(|gap| (gap.from, gap.to));
        let micros = |(from, to): (WallTime, WallTime)| (from.as_micros(), to.as_micros());
        Settled {
            from: visible.as_micros(),
            to: to.as_micros(),
            pending: segments.chain(gaps).map(micros).collect(),
        }
    }

    /// The part of a range that can hold anything.
    fn extent(
        &self,
        live: &LiveStream,
        from: WallTime,
        to: WallTime,
        now: WallTime,
    ) -> Result<(i64, i64), StoreError> {
        let (begin, end) = {
            let state = live.state();
            let segments = state.overlay();
            let begin = segments.values().map(|own| own.start()).min();
            let end = state.latest_end.map_or(now, |end| end.max(now));
            (begin.map_or(state.settings.created, |b| b.min(state.settings.created)), end)
        };
        let begin = self.index.first_start(live.key)?.map_or(begin, |first| first.min(begin));
        Ok((from.max(begin).as_micros(), to.min(end).as_micros()))
    }
}

impl Store {
    /// A part of what [`Store::roll_up`] does: milliseconds. False when all streams were looked at.
    pub(crate) fn roll_up_step(&self) -> Result<bool, StoreError> {
        let lives = self.shared.all_live();
        let last = guard(&self.shared.sweep).last;
        let next = lives.partition_point(|live| Some(live.key) <= last);
        for live in lives.iter().skip(next).take(STREAMS_AT_ONCE) {
            let outcome = self.roll_up_stream(live);
            if matches!(outcome, Ok(true)) {
                return Ok(true);
            }
            // Also past one that fails: the others have their turn.
            guard(&self.shared.sweep).last = Some(live.key);
            outcome?;
        }
        let is_over = next + STREAMS_AT_ONCE >= lives.len();
        if is_over {
            guard(&self.shared.sweep).last = None;
        }
        Ok(!is_over)
    }

    /// Makes rows of some days; false when all days of the stream were looked at.
    fn roll_up_stream(&self, live: &LiveStream) -> Result<bool, StoreError> {
        let now = self.now();
        let settled = self.shared.settled(live, now);
        let (begin, _) = self.shared.extent(live, WallTime::from_micros(i64::MIN), now, now)?;
        let begin = begin.max(settled.from).div_euclid(DAY) * DAY;
        let next = guard(&self.shared.sweep).next_days.get(&live.key).copied();
        let mut day = next.unwrap_or(begin).max(begin);
        let end = day.saturating_add(DAYS_AT_ONCE * DAY);
        let known = self.index().rollups(live.key, Day, day, end)?;
        let mut made = 0;
        while day < end && day < settled.to && made < MADE_AT_ONCE {
            if !known.contains_key(&day) {
                self.roll_up_day(live, day, now)?;
                made += 1;
            }
            day += DAY;
        }
        let is_done = day >= settled.to;
        let next = if is_done { begin } else { day };
        guard(&self.shared.sweep).next_days.insert(live.key, next);
        Ok(!is_done)
    }

    /// Makes rows of the hours of one day that are settled, and of the day if all are.
    fn roll_up_day(&self, live: &LiveStream, day: i64, now: WallTime) -> Result<(), StoreError> {
        let changes = self.index().changes();
        let settled = self.shared.settled(live, now);
        let known = self.index().rollups(live.key, Hour, day, day + DAY)?;
        let is_wanted = |hour: &i64| !known.contains_key(hour) && settled.holds(*hour, hour + HOUR);
        let wanted: Vec<i64> =
            (0..24).map(|hour| day + hour * HOUR).filter(|hour| is_wanted(hour)).collect();
        let mut rows = Vec::new();
        let mut whole = known;
        for run in wanted.chunk_by(|a, b| *b == a + HOUR) {
            for (hour, tally, minutes) in self.hours(live, run, now)? {
                whole.insert(hour, tally.clone());
                rows.push((hour, Hour, tally, minutes));
            }
        }
        if whole.len() == 24 && settled.holds(day, day + DAY) {
            let mut sum = Tally::default();
            whole.values().for_each(|tally| sum.append(tally));
            rows.push((day, Day, sum, Vec::new()));
        }
        if !rows.is_empty() {
            // What was written meanwhile may be of these hours: the next round makes them.
            self.index().put_rollups(live.key, changes, &rows)?;
        }
        Ok(())
    }

    /// What hours that follow each other hold, from what they are made of.
    fn hours(
        &self,
        live: &LiveStream,
        run: &[i64],
        now: WallTime,
    ) -> Result<Vec<(i64, Tally, Vec<SeenCounts>)>, StoreError> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return Ok(Vec::new()) };
        let (from, to) = (WallTime::from_micros(*first), WallTime::from_micros(last + HOUR));
        let cuts: Vec<i64> = run.iter().copied().chain([last + HOUR]).collect();
        let timeline = self.timeline(live.id, from, to, now)?;
        let seen = self.index().seen_counts(live.key, from, to, MINUTE)?;
        let hours = run.iter().zip(cut(&timeline, &cuts)).map(|(hour, mut tally)| {
            let first = hour.div_euclid(MINUTE);
            let minute = |minute| seen.get(&minute).copied().unwrap_or_default();
            let minutes: Vec<SeenCounts> = (first..first + 60).map(minute).collect();
            minutes.iter().for_each(|minute| tally.seen.add(*minute));
            (*hour, tally, minutes)
        });
        Ok(hours.collect())
    }
}
