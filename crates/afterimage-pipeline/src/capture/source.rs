//! What can be captured.

use crate::PipelineError;
use crate::camera::ClockPattern;
use afterimage_base::SourceUrl;
use std::fmt;
use std::path::PathBuf;

#[derive(Clone, Debug)]
pub enum Source {
    /// `rtsp://` and `rtsps://`.
    Rtsp(SourceUrl, RtspOptions),
    /// A V4L2 device: `/dev/videoN`, or the first one.
    Webcam(Option<PathBuf>),
    /// A PipeWire node by its name.
    PipeWire(String),
    /// Made by this process, encoded like a webcam's picture.
    TestPattern(ClockPattern),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtspOptions {
    pub transport: Transport,
    /// Accept a certificate that nobody vouches for, as most cameras have; `rtsps://` only.
    pub accept_any_certificate: bool,
}

/// How RTP packets travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    #[default]
    Tcp,
    Udp,
    UdpMulticast,
}

impl Source {
    /// Refuses what could name something else than a camera.
    pub(super) fn check(&self) -> Result<(), PipelineError> {
        match self {
            Self::Webcam(Some(path)) => {
                let is_device =
                    path.to_str().and_then(|path| path.strip_prefix("/dev/video")).is_some_and(
                        |number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()),
                    );
                if is_device {
                    return Ok(());
                }
                let path = path.display();
                Err(PipelineError::Setting(format!(
                    "`{path}` is no webcam; write webcam:/dev/video0"
                )))
            }
            Self::PipeWire(name) if name.trim().is_empty() => Err(PipelineError::Setting(
                "a PipeWire source needs the node's name: pipewire:NAME".to_owned(),
            )),
            Self::Rtsp(url, _) => match url.address.split_once("://") {
                Some(("rtsp" | "rtsps", _)) => Ok(()),
                _ => Err(PipelineError::Setting(format!("`{url}` is not rtsp:// or rtsps://"))),
            },
            _ => Ok(()),
        }
    }
}

/// As an operator reads it in an error; no secret is in it.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rtsp(url, _) => write!(f, "{url}"),
            Self::Webcam(None) => f.write_str("the webcam"),
            Self::Webcam(Some(path)) => write!(f, "webcam {}", path.display()),
            Self::PipeWire(name) => write!(f, "PipeWire source {name}"),
            Self::TestPattern(_) => f.write_str("the test pattern"),
        }
    }
}
