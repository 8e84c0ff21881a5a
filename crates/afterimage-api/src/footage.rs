//! Which fragments a range of time is made of, and why there are none.

use crate::fragments::first_fragments;
use crate::{ApiError, TimeRange};
use afterimage_base::{StreamName, WallTime};
use afterimage_store::{FragmentRecord, Store, StoreError, StreamId};

/// A file or playlist of more is not what anybody plays: over two days of two-second fragments.
pub(crate) const FRAGMENTS_LIMIT: usize = 100_000;

/// What plays in a range: begins with a fragment that can be decoded alone.
pub(crate) struct Footage {
    /// In order of time; not empty.
    pub records: Vec<FragmentRecord>,
}

impl Footage {
    /// Reads one of its fragments whole: what fails its checksum becomes a gap in the archive.
    pub fn is_found_damaged(&self, store: &Store, number: u64) -> bool {
        let record = self.records.iter().find(|record| record.number == number);
        record.is_some_and(|record| {
            matches!(store.read_fragment_bytes(record), Err(StoreError::Damaged { .. }))
        })
    }
}

pub(crate) fn footage_of(
    store: &Store,
    id: StreamId,
    stream: &StreamName,
    range: TimeRange,
    now: WallTime,
) -> Result<Footage, ApiError> {
    let mut records = first_fragments(store, id, range, FRAGMENTS_LIMIT + 1)?;
    if records.len() > FRAGMENTS_LIMIT {
        return Err(ApiError::invalid(format!(
            "from {} to {} there are more than {FRAGMENTS_LIMIT} fragments; ask for shorter parts",
            range.from, range.to
        )));
    }
    begin_decodable(store, id, &mut records)?;
    if records.is_empty() {
        return Err(ApiError::not_found(why_nothing(store, id, stream, range, now)?));
    }
    Ok(Footage { records })
}

/// Takes in the beginning of a long GOP that the range cuts; drops parts whose beginning is gone.
fn begin_decodable(
    store: &Store,
    id: StreamId,
    records: &mut Vec<FragmentRecord>,
) -> Result<(), ApiError> {
    let mut earlier = Vec::new();
    let mut first = records.first().copied();
    while let Some(part) = first.filter(|first| !first.is_independent) {
        first = store.fragment(id, part.number.saturating_sub(1))?;
        earlier.extend(first);
    }
    if first.is_none() {
        records.retain({
            let mut begun = false;
            move |record| {
                begun |= record.is_independent;
                begun
            }
        });
        return Ok(());
    }
    earlier.reverse();
    records.splice(0..0, earlier);
    Ok(())
}

pub(crate) fn why_nothing(
    store: &Store,
    id: StreamId,
    stream: &StreamName,
    range: TimeRange,
    now: WallTime,
) -> Result<String, ApiError> {
    let gaps = store.timeline(id, range.from, range.to, now)?.gaps;
    let why = match gaps.iter().max_by_key(|gap| gap.to.since(gap.from)) {
        Some(gap) if gap.detail.is_empty() => format!(": {}", gap.reason.code()),
        Some(gap) => format!(": {} ({})", gap.reason.code(), gap.detail),
        None => String::new(),
    };
    let next = store.first_fragment_from(id, range.to)?;
    let previous = match &next {
        Some(next) => store.fragment(id, next.number.saturating_sub(1))?,
        None => store.last_fragment(id)?,
    };
    let before = previous.filter(|previous| previous.end() <= range.from);
    let nearest = match (before, next) {
        (Some(before), Some(next)) => {
            format!(
                "the nearest footage ends at {} and begins again at {}",
                before.end(),
                next.start
            )
        }
        (Some(before), None) => format!("the nearest footage ends at {}", before.end()),
        (None, Some(next)) => format!("the nearest footage begins at {}", next.start),
        (None, None) => "nothing is recorded of it yet".to_owned(),
    };
    Ok(format!(
        "nothing of `{stream}` was recorded from {} to {}{why}; {nearest}",
        range.from, range.to
    ))
}
