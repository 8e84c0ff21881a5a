//! Bookmarks: instants and ranges that a person marked.

use crate::dto::{BookmarkCreate, BookmarkList, BookmarkQuery, BookmarkView};
use crate::input::word;
use crate::{Api, ApiError, Caller, Right, TimeRange};
use afterimage_base::{StreamName, WallTime};
use afterimage_store::{Bookmark, NewBookmark, Store, StreamId};
use std::time::Duration;

const TEN_YEARS: Duration = Duration::from_secs(3_650 * 86_400);

/// Bookmarks of a range: of one stream and of all together, or of any.
#[derive(Clone, Debug)]
pub struct BookmarksWanted {
    pub range: TimeRange,
    pub stream: Option<StreamName>,
}

/// A mark as a person wants it.
#[derive(Clone, Debug)]
pub struct BookmarkDraft {
    pub stream: Option<StreamName>,
    pub at: WallTime,
    pub to: Option<WallTime>,
    pub title: String,
}

#[derive(Clone, Debug)]
pub struct BookmarkReport {
    pub stream: Option<StreamName>,
    pub bookmark: Bookmark,
}

impl BookmarkQuery {
    pub fn parse(self, now: WallTime) -> Result<BookmarksWanted, ApiError> {
        let (from, to) = (self.from.as_deref(), self.to.as_deref());
        let range = TimeRange::parse_back(from, to, TEN_YEARS, now)?;
        Ok(BookmarksWanted { range, stream: self.stream.map(|name| name.parse()).transpose()? })
    }
}

impl BookmarkCreate {
    pub fn parse(self) -> Result<BookmarkDraft, ApiError> {
        let instant = |micros: i64| {
            let is_instant = (0..=WallTime::MAX.as_micros()).contains(&micros);
            is_instant.then(|| WallTime::from_micros(micros)).ok_or_else(|| {
                ApiError::invalid(format!("{micros} microseconds since 1970 is no instant"))
            })
        };
        let (at, to) = (instant(self.at_micros)?, self.to_micros.map(instant).transpose()?);
        if let Some(to) = to.filter(|to| *to <= at) {
            return Err(ApiError::invalid(format!(
                "the bookmark begins at {at} and ends at {to}; give a later end, or none for an instant"
            )));
        }
        let stream = self.stream.map(|name| name.parse()).transpose()?;
        Ok(BookmarkDraft { stream, at, to, title: word("title", self.title)? })
    }
}

impl Api {
    /// In order of time.
    pub async fn bookmarks(
        &self,
        caller: Caller,
        wanted: BookmarksWanted,
    ) -> Result<Vec<BookmarkReport>, ApiError> {
        caller.require(Right::View)?;
        self.blocking(move |store| {
            let only = id_of(store, wanted.stream.as_ref())?;
            let TimeRange { from, to } = wanted.range;
            let bookmarks = store.bookmarks(only.as_slice(), from, to)?;
            Ok(bookmarks.into_iter().map(|bookmark| report(store, bookmark)).collect())
        })
        .await
    }

    /// Marks an instant or a range in the caller's name.
    pub async fn create_bookmark(
        &self,
        caller: Caller,
        draft: BookmarkDraft,
    ) -> Result<BookmarkReport, ApiError> {
        caller.require(Right::Operate)?;
        self.blocking(move |store| {
            let stream = id_of(store, draft.stream.as_ref())?;
            let bookmark = store.put_bookmark(NewBookmark {
                stream,
                at: draft.at,
                to: draft.to,
                title: draft.title,
                author: caller.name().to_owned(),
            })?;
            Ok(BookmarkReport { stream: draft.stream, bookmark })
        })
        .await
    }

    pub async fn delete_bookmark(&self, caller: Caller, id: i64) -> Result<(), ApiError> {
        caller.require(Right::Operate)?;
        self.blocking(move |store| Ok(store.delete_bookmark(id)?)).await
    }
}

fn id_of(store: &Store, name: Option<&StreamName>) -> Result<Option<StreamId>, ApiError> {
    Ok(name.map(|name| store.stream(name)).transpose()?.map(|stream| stream.id))
}

fn report(store: &Store, bookmark: Bookmark) -> BookmarkReport {
    let stream = bookmark.stream.and_then(|id| store.stream_by_id(id).ok());
    BookmarkReport { stream: stream.map(|stream| stream.settings.name), bookmark }
}

impl From<BookmarkReport> for BookmarkView {
    fn from(report: BookmarkReport) -> Self {
        let BookmarkReport { stream, bookmark } = report;
        Self {
            id: bookmark.id,
            stream: stream.map(String::from),
            at_micros: bookmark.at.as_micros(),
            to_micros: bookmark.to.map(WallTime::as_micros),
            title: bookmark.title,
            author: bookmark.author,
            created: bookmark.created,
        }
    }
}

impl From<Vec<BookmarkReport>> for BookmarkList {
    fn from(reports: Vec<BookmarkReport>) -> Self {
        Self { bookmarks: reports.into_iter().map(BookmarkView::from).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bookmark_has_a_title_and_ends_after_it_begins() {
        let draft = |at_micros, to_micros, title: &str| {
            let (stream, title) = (Some("door".to_owned()), title.to_owned());
            BookmarkCreate { stream, at_micros, to_micros, title }.parse()
        };
        assert!(draft(5, None, "delivery").is_ok() && draft(5, Some(6), "delivery").is_ok());
        for (at, to, title) in
            [(5, Some(5), "x"), (-1, None, "x"), (i64::MAX, None, "x"), (5, None, "")]
        {
            assert!(draft(at, to, title).is_err(), "{at} {to:?} `{title}`");
        }
    }
}
