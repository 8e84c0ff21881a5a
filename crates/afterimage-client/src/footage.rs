//! What is recorded: the timeline, and fragments with their init sections.

use crate::{Client, ClientError};
use afterimage_api::dto::{ClipQuery, FragmentList, FragmentQuery, TimelineQuery, TimelineView};
use afterimage_base::StreamName;
use bytes::Bytes;

impl Client {
    pub async fn timeline(
        &self,
        name: &StreamName,
        query: &TimelineQuery,
    ) -> Result<TimelineView, ClientError> {
        self.get(&["streams", name.as_str(), "timeline"], query).await
    }

    pub async fn fragments(
        &self,
        name: &StreamName,
        query: &FragmentQuery,
    ) -> Result<FragmentList, ClientError> {
        self.get(&["streams", name.as_str(), "fragments"], query).await
    }

    /// One fragment as it was recorded: `prft`, `uuid`, `moof`, `mdat`.
    pub async fn fragment(&self, name: &StreamName, number: u64) -> Result<Bytes, ClientError> {
        self.bytes(&["streams", name.as_str(), "fragments", &number.to_string()], &()).await
    }

    /// The init section of a segment's fragments.
    pub async fn init(&self, name: &StreamName, segment: i64) -> Result<Bytes, ClientError> {
        self.bytes(&["streams", name.as_str(), "init", &segment.to_string()], &()).await
    }

    /// The HLS playlist of a range; its addresses are relative to its own.
    pub async fn playlist(
        &self,
        name: &StreamName,
        query: &ClipQuery,
    ) -> Result<String, ClientError> {
        let bytes = self.bytes(&["streams", name.as_str(), "hls", "index.m3u8"], query).await?;
        String::from_utf8(bytes.into())
            .map_err(|error| ClientError::nonsense(self.address(), &error))
    }

    async fn bytes(
        &self,
        parts: &[&str],
        query: &impl serde::Serialize,
    ) -> Result<Bytes, ClientError> {
        let response = self.fetch(parts, query).await?;
        response.bytes().await.map_err(|error| self.lost(&error))
    }
}
