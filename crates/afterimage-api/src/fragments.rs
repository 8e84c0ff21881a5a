//! Footage in the pieces that it is kept in.

use crate::{Api, ApiError, Caller, Right, TimeRange};
use afterimage_base::StreamName;
use afterimage_media::InitSegment;
use afterimage_store::{FragmentRecord, SegmentId, Store, StreamId};
use bytes::Bytes;
use std::sync::Arc;

/// Fragments of a range and the segments that they lie in.
#[derive(Clone, Debug)]
pub struct FragmentsFound {
    pub stream: StreamName,
    /// In order of time.
    pub fragments: Vec<FragmentRecord>,
    /// Each segment's media type, in the order of the fragments.
    pub segments: Vec<(SegmentId, String)>,
    /// The limit ended the list.
    pub more: bool,
}

/// One fragment's bytes.
#[derive(Clone, Debug)]
pub struct FragmentBytes {
    pub bytes: Bytes,
    /// Differs wherever the bytes do.
    pub tag: String,
}

impl Api {
    /// The fragments that overlap a range, at most `limit`.
    pub async fn fragments(
        &self,
        caller: Caller,
        name: &StreamName,
        range: TimeRange,
        limit: usize,
    ) -> Result<FragmentsFound, ApiError> {
        caller.require(Right::View)?;
        let stream = name.clone();
        self.of_stream(name, move |store, id| {
            let mut fragments = first_fragments(store, id, range, limit + 1)?;
            let more = fragments.len() > limit;
            fragments.truncate(limit);
            let mut segments: Vec<(SegmentId, String)> = Vec::new();
            for fragment in &fragments {
                if segments.last().is_none_or(|(last, _)| *last != fragment.segment) {
                    segments.push((fragment.segment, store.init_of(fragment.segment)?.mime()));
                }
            }
            Ok(FragmentsFound { stream, fragments, segments, more })
        })
        .await
    }

    pub async fn fragment(
        &self,
        caller: Caller,
        name: &StreamName,
        number: u64,
    ) -> Result<FragmentBytes, ApiError> {
        caller.require(Right::View)?;
        let stream = name.clone();
        self.of_stream(name, move |store, id| {
            let record = store.fragment(id, number)?.ok_or_else(|| no_fragment(&stream, number))?;
            let bytes = store.read_fragment_bytes(&record)?;
            let tag = format!("{}-{number}", record.stream);
            Ok(FragmentBytes { bytes, tag })
        })
        .await
    }

    /// The init section of a segment of this stream.
    pub async fn init(
        &self,
        caller: Caller,
        name: &StreamName,
        segment: i64,
    ) -> Result<Arc<InitSegment>, ApiError> {
        caller.require(Right::View)?;
        let segment = SegmentId(segment);
        self.of_stream(name, move |store, _| Ok(store.init_of(segment)?)).await
    }
}

/// The first `limit` fragments that overlap a range: numbers rise with time, so that a long range
/// costs no more than what is listed of it.
pub(crate) fn first_fragments(
    store: &Store,
    stream: StreamId,
    range: TimeRange,
    limit: usize,
) -> Result<Vec<FragmentRecord>, ApiError> {
    let Some(first) = store.first_fragment_from(stream, range.from)? else {
        return Ok(Vec::new());
    };
    let mut fragments = store.fragments_after(stream, first.number.saturating_sub(1), limit)?;
    fragments.retain(|fragment| fragment.start < range.to);
    Ok(fragments)
}

fn no_fragment(stream: &StreamName, number: u64) -> ApiError {
    ApiError::not_found(format!(
        "there is no fragment {number} of `{stream}` any more, or not yet; its timeline says why"
    ))
}
