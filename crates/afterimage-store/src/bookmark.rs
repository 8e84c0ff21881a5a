//! Bookmarks: moments that somebody marked with a title.

use crate::{Store, StoreError, StreamId};
use afterimage_base::WallTime;

/// What is marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBookmark {
    /// `None`: of all streams.
    pub stream: Option<StreamId>,
    pub at: WallTime,
    /// `None`: an instant.
    pub to: Option<WallTime>,
    pub title: String,
    pub author: String,
}

/// A moment that somebody marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bookmark {
    pub id: i64,
    pub stream: Option<StreamId>,
    pub at: WallTime,
    pub to: Option<WallTime>,
    pub title: String,
    pub author: String,
    pub created: WallTime,
}

/// The longest title, in characters.
const LONGEST_TITLE: usize = 500;

impl Store {
    /// Keeps a bookmark; durable when this returns.
    pub fn put_bookmark(&self, new: NewBookmark) -> Result<Bookmark, StoreError> {
        self.shared.check_open()?;
        if new.title.trim().is_empty() || new.title.chars().count() > LONGEST_TITLE {
            return Err(StoreError::Invalid(format!(
                "a bookmark needs a title of 1 to {LONGEST_TITLE} characters"
            )));
        }
        if new.to.is_some_and(|to| to <= new.at) {
            return Err(StoreError::Invalid(
                "a bookmark's range must end after it begins; leave its end out for an instant"
                    .into(),
            ));
        }
        let key = new.stream.map(|stream| self.key_of(stream)).transpose()?;
        let NewBookmark { stream, at, to, title, author } = new;
        let created = self.now();
        let mut bookmark = Bookmark { id: 0, stream, at, to, title, author, created };
        bookmark.id = self.index().put_bookmark(key, &bookmark)?;
        Ok(bookmark)
    }

    /// Bookmarks that touch `[from, to)`, in order of time: of these streams and of all streams,
    /// or all there are where none is named.
    pub fn bookmarks(
        &self,
        streams: &[StreamId],
        from: WallTime,
        to: WallTime,
    ) -> Result<Vec<Bookmark>, StoreError> {
        self.shared.check_open()?;
        for stream in streams {
            self.key_of(*stream)?;
        }
        let lives = self.shared.all_live();
        let id_of = |key| lives.iter().find(|live| live.key == key).map(|live| live.id);
        let rows = self.index().bookmarks(from, to)?;
        let named = rows.into_iter().filter_map(|(key, bookmark)| match key {
            None => Some(bookmark),
            // One whose stream is gone is on its way out.
            Some(key) => id_of(key).map(|id| Bookmark { stream: Some(id), ..bookmark }),
        });
        let is_wanted = |bookmark: &Bookmark| {
            streams.is_empty() || bookmark.stream.is_none_or(|stream| streams.contains(&stream))
        };
        Ok(named.filter(is_wanted).collect())
    }

    pub fn delete_bookmark(&self, id: i64) -> Result<(), StoreError> {
        self.shared.check_open()?;
        let found = self.index().delete_bookmark(id)?;
        found.then_some(()).ok_or_else(|| StoreError::NotFound { what: format!("bookmark {id}") })
    }
}
