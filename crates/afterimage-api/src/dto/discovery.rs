//! Finding cameras and webcams before they become streams.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What answered on the networks of the recorder's machine, and what is plugged into it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct DiscoveryView {
    pub cameras: Vec<FoundCamera>,
    pub webcams: Vec<FoundWebcam>,
    /// Why cameras on the networks may be missing, in sentences.
    pub notes: Vec<String>,
    /// Why webcams may be missing.
    pub webcam_notes: Vec<String>,
}

/// An ONVIF camera that answered to WS-Discovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundCamera {
    /// Of its announcement: the same device has the same for ever.
    pub id: String,
    pub name: String,
    pub hardware: Option<String>,
    /// Host of its device service.
    pub host: String,
    /// Its ONVIF device service.
    pub service: String,
    /// The stream that records it already.
    pub stream: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundWebcam {
    /// What a stream's `source` would be: `webcam:/dev/video0`, `pipewire:NAME`
    pub source: String,
    pub name: String,
    pub stream: Option<String>,
}

/// Asks an ONVIF camera for its media profiles.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfilesQuery {
    /// The `service` of a found camera.
    pub service: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProfileList {
    /// The largest picture first.
    pub profiles: Vec<ProfileView>,
    /// How far the camera's clock is from ours, ahead is positive.
    pub clock_skew_micros: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProfileView {
    pub name: String,
    /// Without user and password.
    pub url: String,
    pub codec: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub frames_per_second: Option<f64>,
}
