//! Streams: list, create, show, update, delete.

use crate::{Client, ClientError};
use afterimage_api::dto::{ConfirmQuery, StreamCreate, StreamList, StreamUpdate, StreamView};
use afterimage_base::StreamName;
use reqwest::Method;

impl Client {
    pub async fn streams(&self) -> Result<StreamList, ClientError> {
        self.get(&["streams"], &()).await
    }

    pub async fn stream(&self, name: &StreamName) -> Result<StreamView, ClientError> {
        self.get(&["streams", name.as_str()], &()).await
    }

    pub async fn create_stream(&self, create: &StreamCreate) -> Result<StreamView, ClientError> {
        self.send(Method::POST, &["streams"], create).await
    }

    /// What deletes footage is refused without `confirm`.
    pub async fn update_stream(
        &self,
        name: &StreamName,
        update: &StreamUpdate,
        confirm: ConfirmQuery,
    ) -> Result<StreamView, ClientError> {
        self.send_with(Method::PATCH, &["streams", name.as_str()], &confirm, update).await
    }

    /// Stops the stream and deletes its footage.
    pub async fn delete_stream(&self, name: &StreamName) -> Result<(), ClientError> {
        self.submit(Method::DELETE, &["streams", name.as_str()], None::<&()>).await?;
        Ok(())
    }
}
