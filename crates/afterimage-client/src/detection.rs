//! What models have seen.

use crate::{Client, ClientError};
use afterimage_api::dto::{DetectionList, DetectionPost, DetectionQuery};
use afterimage_base::StreamName;
use reqwest::Method;

impl Client {
    pub async fn detections(
        &self,
        name: &StreamName,
        query: &DetectionQuery,
    ) -> Result<DetectionList, ClientError> {
        self.get(&["streams", name.as_str(), "detections"], query).await
    }

    /// Posting the same frames again replaces what was there.
    pub async fn post_detections(
        &self,
        name: &StreamName,
        post: &DetectionPost,
    ) -> Result<(), ClientError> {
        let parts = ["streams", name.as_str(), "detections"];
        self.submit(Method::POST, &parts, Some(post)).await?;
        Ok(())
    }
}
