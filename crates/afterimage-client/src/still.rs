//! Stills: taking orders of a recorder, and bringing what was made.

use crate::{Client, ClientError};
use afterimage_api::dto::{StillFailure, StillJob, StillPlace};
use bytes::Bytes;
use reqwest::{Method, StatusCode};

impl Client {
    /// The next still to make; `None` when nobody wanted one for a while.
    pub async fn next_still(&self) -> Result<Option<StillJob>, ClientError> {
        let response = self.submit(Method::POST, &["stills", "next"], None::<&()>).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        self.read_json(response).await.map(Some)
    }

    pub async fn put_still(
        &self,
        id: u64,
        place: &StillPlace,
        picture: Bytes,
    ) -> Result<(), ClientError> {
        self.put_bytes(&["stills", &id.to_string()], place, picture).await
    }

    pub async fn fail_still(&self, id: u64, message: String) -> Result<(), ClientError> {
        let parts = ["stills", &id.to_string(), "failure"];
        self.submit(Method::POST, &parts, Some(&StillFailure { message })).await?;
        Ok(())
    }
}
