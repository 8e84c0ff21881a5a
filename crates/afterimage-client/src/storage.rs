//! The archive: activity, shares, room, forecasts, checks.

use crate::{Client, ClientError};
use afterimage_api::dto::{
    ActivityQuery, ActivityView, CheckCreate, CheckView, ConfirmQuery, Forecast, RetentionPreview,
    ShareQuery, ShareView, StorageSettings, StorageView, StreamUpdate, WhatIfQuery,
};
use afterimage_base::StreamName;
use reqwest::Method;

impl Client {
    /// Sums over equal buckets of time.
    pub async fn activity(
        &self,
        name: &StreamName,
        query: &ActivityQuery,
    ) -> Result<ActivityView, ClientError> {
        self.get(&["streams", name.as_str(), "activity"], query).await
    }

    /// How much of what should have been recorded is there.
    pub async fn share(&self, query: &ShareQuery) -> Result<ShareView, ClientError> {
        self.get(&["share"], query).await
    }

    pub async fn storage(&self) -> Result<StorageView, ClientError> {
        self.get(&["storage"], &()).await
    }

    /// What deletes footage is refused without `confirm`.
    pub async fn update_storage(
        &self,
        settings: &StorageSettings,
        confirm: ConfirmQuery,
    ) -> Result<StorageSettings, ClientError> {
        self.send_with(Method::PATCH, &["storage", "settings"], &confirm, settings).await
    }

    /// Says that the recorder's clock is right.
    pub async fn confirm_clock(&self) -> Result<(), ClientError> {
        self.submit(Method::POST, &["storage", "confirm-clock"], None::<&()>).await?;
        Ok(())
    }

    pub async fn what_if(&self, query: &WhatIfQuery) -> Result<Forecast, ClientError> {
        self.get(&["storage", "what-if"], query).await
    }

    /// What a change of the stream would delete.
    pub async fn preview(
        &self,
        name: &StreamName,
        update: &StreamUpdate,
    ) -> Result<RetentionPreview, ClientError> {
        self.send(Method::POST, &["streams", name.as_str(), "preview"], update).await
    }

    pub async fn start_check(&self, create: &CheckCreate) -> Result<CheckView, ClientError> {
        self.send(Method::POST, &["check"], create).await
    }

    pub async fn check(&self) -> Result<CheckView, ClientError> {
        self.get(&["check"], &()).await
    }

    pub async fn cancel_check(&self) -> Result<(), ClientError> {
        self.submit(Method::DELETE, &["check"], None::<&()>).await?;
        Ok(())
    }
}
