//! Before a camera is a stream: finding it, asking for its streams, trying one.

use crate::{Client, ClientError};
use afterimage_api::dto::{DiscoveryView, ProfileList, ProfilesQuery, TrialCreate, TrialView};
use reqwest::Method;

impl Client {
    /// Looks for cameras; takes up to three seconds.
    pub async fn discover(&self) -> Result<DiscoveryView, ClientError> {
        self.get(&["discovery"], &()).await
    }

    /// Asks an ONVIF camera for its streams.
    pub async fn profiles(&self, query: &ProfilesQuery) -> Result<ProfileList, ClientError> {
        self.send(Method::POST, &["discovery", "profiles"], query).await
    }

    /// Connects to a source and says what comes; takes up to ten seconds.
    pub async fn try_source(&self, create: &TrialCreate) -> Result<TrialView, ClientError> {
        self.send(Method::POST, &["trials"], create).await
    }
}
