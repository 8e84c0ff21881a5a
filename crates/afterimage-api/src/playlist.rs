//! A range of time as an HLS playlist of its fragments.
//!
//! Belongs here: which fragments a playlist names, and whether it grows. Not here: tags
//! (`afterimage_playback`).
//! Invariant: a playlist that grows keeps its beginning; only retention takes from its front.

use crate::footage::footage_of;
use crate::{Api, ApiError, Caller, Right, TimeRange};
use afterimage_base::{StreamName, WallTime};
use afterimage_media::{InitSegment, TrackKind};
use afterimage_playback::{
    PlaylistFragment, PlaylistKind, Variant, media_playlist, multivariant_playlist,
};
use afterimage_store::{FragmentRecord, SegmentId, Store};
use std::sync::Arc;

/// The newest fragments tell what a stream needs of a network.
const RATED_FRAGMENTS: usize = 16;

/// What an HLS player asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaylistWanted {
    pub range: TimeRange,
    /// `from` counts from now, so that the same words mean another range when they are said again.
    pub moves: bool,
}

impl Api {
    /// An HLS playlist of a range; one whose end lies ahead grows until then. Where its beginning
    /// would move with every question, the answer is a playlist of one playlist with the
    /// beginning written out: players ask for the outer one once.
    pub async fn playlist(
        &self,
        caller: Caller,
        name: &StreamName,
        wanted: PlaylistWanted,
    ) -> Result<String, ApiError> {
        caller.require(Right::View)?;
        let (stream, now) = (name.clone(), self.now());
        let PlaylistWanted { range, moves } = wanted;
        self.of_stream(name, move |store, id| {
            let records = footage_of(store, id, &stream, range, now)?.records;
            if range.to <= now {
                return playlist_of(store, &records, PlaylistKind::Complete);
            }
            if moves {
                return written_out(store, &records, range);
            }
            playlist_of(store, &records, PlaylistKind::Growing)
        })
        .await
    }
}

fn playlist_of(
    store: &Store,
    records: &[FragmentRecord],
    kind: PlaylistKind,
) -> Result<String, ApiError> {
    let mut fragments = Vec::with_capacity(records.len());
    let mut known: Option<(SegmentId, Arc<InitSegment>)> = None;
    for record in records {
        let mut is_new_format = false;
        if known.as_ref().is_none_or(|(segment, _)| *segment != record.segment) {
            let init = store.init_of(record.segment)?;
            is_new_format = known.is_some_and(|(_, before)| before.tracks != init.tracks);
            known = Some((record.segment, init));
        }
        fragments.push(PlaylistFragment {
            number: record.number,
            start: record.start,
            duration: record.duration,
            is_independent: record.is_independent,
            is_new_format,
            uri: format!("../fragments/{}.m4s", record.number),
            init_uri: format!("../init/{}.mp4", record.segment.0),
        });
    }
    Ok(media_playlist(&fragments, kind))
}

fn written_out(
    store: &Store,
    records: &[FragmentRecord],
    range: TimeRange,
) -> Result<String, ApiError> {
    let newest = &records[records.len().saturating_sub(RATED_FRAGMENTS)..];
    let init = match records.last() {
        Some(last) => store.init_of(last.segment)?,
        None => return Err(ApiError::internal("a playlist of nothing")),
    };
    let size = init.tracks.iter().find_map(|track| match &track.kind {
        TrackKind::Video(video) => Some((video.width, video.height)),
        TrackKind::Audio(_) => None,
    });
    let rate = |record: &FragmentRecord| {
        let micros = record.duration.as_micros().max(1);
        u64::try_from(u128::from(record.length) * 8_000_000 / micros).unwrap_or(u64::MAX)
    };
    let to = if range.to == WallTime::MAX {
        "live".to_owned()
    } else {
        range.to.as_micros().to_string()
    };
    Ok(multivariant_playlist(&Variant {
        bits_per_second: newest.iter().map(rate).max().unwrap_or_default(),
        codecs: init.codecs(),
        size,
        uri: format!("index.m3u8?from={}&to={to}", range.from.as_micros()),
    }))
}
