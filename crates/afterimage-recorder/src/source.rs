//! Where a stream's media comes from, as people write it.
//!
//! Belongs here: the text form and what it allows. A source is parsed once, at the border; it can
//! name a camera, a device or nothing, never a program, a pipeline or a file.

use afterimage_base::{Secret, SourceUrl, SourceUrlError};
use std::fmt;
use std::str::FromStr;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Rtsp(SourceUrl),
    Rtsps(SourceUrl),
    /// A V4L2 device such as `/dev/video0`, or whichever is found first.
    Webcam(Option<String>),
    /// A PipeWire node by name.
    PipeWire(String),
    /// The test pattern: no camera needed.
    Test,
    /// Nothing to pull: a producer will push.
    Pushed,
}

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error(
        "`{0}` is no source; use rtsp://…, rtsps://…, webcam, webcam:/dev/video0, pipewire:NAME or test:"
    )]
    Unknown(String),
    #[error(transparent)]
    Address(#[from] SourceUrlError),
    #[error("`{0}` is no webcam; use webcam:/dev/video0 with the device's number, or just webcam")]
    Webcam(String),
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("rtsp://") {
            return Ok(Self::Rtsp(SourceUrl::parse(text)?));
        }
        if lower.starts_with("rtsps://") {
            return Ok(Self::Rtsps(SourceUrl::parse(text)?));
        }
        match text.split_once(':') {
            None if text == "webcam" => Ok(Self::Webcam(None)),
            Some(("webcam", device)) if is_video_device(device) => {
                Ok(Self::Webcam(Some(device.to_owned())))
            }
            Some(("webcam", device)) => Err(SourceError::Webcam(device.to_owned())),
            Some(("pipewire", node)) if is_node_name(node) => Ok(Self::PipeWire(node.to_owned())),
            Some(("test", "")) => Ok(Self::Test),
            _ => Err(SourceError::Unknown(hide_credentials(text))),
        }
    }
}

fn is_video_device(device: &str) -> bool {
    device
        .strip_prefix("/dev/video")
        .is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

fn is_node_name(node: &str) -> bool {
    (1..=256).contains(&node.len()) && !node.chars().any(char::is_control)
}

fn hide_credentials(text: &str) -> String {
    text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, rest)| format!("•••@{rest}"))
}

impl Source {
    /// The text as it was written, password included: for the encrypted settings only.
    #[must_use]
    pub fn to_stored(&self) -> Option<Secret> {
        match self {
            Self::Rtsp(url) | Self::Rtsps(url) => Some(Secret::new(url.expose())),
            Self::Pushed => None,
            _ => Some(Secret::new(self.to_string())),
        }
    }

    /// What [`Source::to_stored`] wrote.
    pub fn from_stored(text: Option<&str>) -> Result<Self, SourceError> {
        text.map_or(Ok(Self::Pushed), str::parse)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rtsp(url) | Self::Rtsps(url) => url.fmt(f),
            Self::Webcam(None) => f.write_str("webcam"),
            Self::Webcam(Some(device)) => write!(f, "webcam:{device}"),
            Self::PipeWire(node) => write!(f, "pipewire:{node}"),
            Self::Test => f.write_str("test:"),
            Self::Pushed => f.write_str("pushed"),
        }
    }
}

/// Which crate pulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Retina,
    Gstreamer,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    #[default]
    Tcp,
    Udp,
}

#[derive(Debug, thiserror::Error)]
#[error("`{given}` is not one of {allowed}")]
pub struct ChoiceError {
    given: String,
    allowed: &'static str,
}

impl FromStr for Backend {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        match text {
            "retina" => Ok(Self::Retina),
            "gstreamer" => Ok(Self::Gstreamer),
            _ => Err(ChoiceError { given: text.to_owned(), allowed: "retina, gstreamer" }),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retina => "retina",
            Self::Gstreamer => "gstreamer",
        })
    }
}

impl FromStr for Transport {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        match text {
            "tcp" => Ok(Self::Tcp),
            "udp" => Ok(Self::Udp),
            _ => Err(ChoiceError { given: text.to_owned(), allowed: "tcp, udp" }),
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_and_writes_it_back() {
        for text in [
            "rtsp://admin:secret@10.0.0.9/1",
            "rtsps://cam/1",
            "webcam",
            "webcam:/dev/video2",
            "pipewire:fakecam",
            "test:",
        ] {
            let source: Source = text.parse().expect(text);
            assert_eq!(
                source.to_stored().as_ref().map(Secret::expose),
                Some(text),
                "what is stored is what was given"
            );
            assert!(!source.to_string().contains("secret"), "what is printed hides the password");
        }
    }

    #[test]
    fn refuses_paths_programs_and_unknown_schemes() {
        for text in
            ["", "webcam:/etc/passwd", "webcam:/dev/video0;ls", "file:///tmp/a.mp4", "http://x/"]
        {
            assert!(text.parse::<Source>().is_err(), "{text:?} must not name a source");
        }
        let error = "http://u:hidden@cam/".parse::<Source>().expect_err("no such scheme");
        assert!(!error.to_string().contains("hidden"), "an error must not print a password");
    }
}
