//! The words of `discover` and `stream test`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum Discover {
    /// The streams of one ONVIF camera
    Profiles(DiscoverProfiles),
}

#[derive(Debug, Args)]
pub struct DiscoverProfiles {
    /// Its address, or that of its device service as `discover` shows it
    #[arg(value_name = "HOST|URL")]
    pub camera: String,
    /// Ask as this user; the password is read from AFTERIMAGE_CAMERA_PASSWORD, or asked for
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
}

#[derive(Debug, Args)]
pub struct StreamTest {
    /// rtsp://…, rtsps://…, webcam, webcam:/dev/video0, pipewire:NAME or test:
    pub source: String,
    /// RTSP over tcp or udp
    #[arg(long, value_name = "TRANSPORT")]
    pub transport: Option<String>,
    /// Force the way of capture: retina or gstreamer
    #[arg(long, value_name = "BACKEND")]
    pub capture: Option<String>,
}
