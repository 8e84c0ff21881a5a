//! Holds, bookmarks and events: what is kept, marked and noticed.

use crate::{Client, ClientError};
use afterimage_api::dto::{
    BookmarkCreate, BookmarkList, BookmarkQuery, BookmarkView, EventList, EventQuery, EventsSeen,
    HoldCreate, HoldList, HoldQuery, HoldView,
};
use afterimage_base::StreamName;
use reqwest::Method;

impl Client {
    pub async fn holds(&self, query: &HoldQuery) -> Result<HoldList, ClientError> {
        self.get(&["holds"], query).await
    }

    /// Keeps a range of the stream whatever its age.
    pub async fn create_hold(
        &self,
        name: &StreamName,
        create: &HoldCreate,
    ) -> Result<HoldView, ClientError> {
        self.send(Method::POST, &["streams", name.as_str(), "holds"], create).await
    }

    /// Gives a held range back to retention.
    pub async fn release_hold(&self, name: &StreamName, id: i64) -> Result<(), ClientError> {
        let parts = ["streams", name.as_str(), "holds", &id.to_string()];
        self.submit(Method::DELETE, &parts, None::<&()>).await?;
        Ok(())
    }

    pub async fn bookmarks(&self, query: &BookmarkQuery) -> Result<BookmarkList, ClientError> {
        self.get(&["bookmarks"], query).await
    }

    pub async fn create_bookmark(
        &self,
        create: &BookmarkCreate,
    ) -> Result<BookmarkView, ClientError> {
        self.send(Method::POST, &["bookmarks"], create).await
    }

    pub async fn delete_bookmark(&self, id: i64) -> Result<(), ClientError> {
        self.submit(Method::DELETE, &["bookmarks", &id.to_string()], None::<&()>).await?;
        Ok(())
    }

    /// The newest first.
    pub async fn events(&self, query: &EventQuery) -> Result<EventList, ClientError> {
        self.get(&["events"], query).await
    }

    pub async fn mark_events(&self, seen: &EventsSeen) -> Result<(), ClientError> {
        self.submit(Method::POST, &["events", "seen"], Some(seen)).await?;
        Ok(())
    }
}
