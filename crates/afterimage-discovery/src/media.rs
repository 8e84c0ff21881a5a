//! The media services: profiles, and the address of each one's stream.
//!
//! Formats: ONVIF Media Service Specification (`GetProfiles`, `GetStreamUri`), and Media2, which
//! alone knows H.265.

use crate::conversation::Question;
use crate::device::{MEDIA, MEDIA2};
use crate::xml::{self, Space};
use roxmltree::Node;

/// More are not asked about.
const PROFILES_LIMIT: usize = 32;
const TOKEN_LONGEST: usize = 256;

/// A profile without its address.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draft {
    pub token: String,
    pub name: String,
    pub codec: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub frames_per_second: Option<f64>,
}

/// Which of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Media,
    Media2,
}

impl Version {
    const fn namespace(self) -> &'static str {
        match self {
            Self::Media => MEDIA,
            Self::Media2 => MEDIA2,
        }
    }

    fn question(self, operation: &str, inside: &str, answer: &'static str) -> Question {
        let namespace = self.namespace();
        Question {
            action: format!("{namespace}/{operation}"),
            request: format!("<{operation} xmlns=\"{namespace}\">{inside}</{operation}>"),
            answer,
        }
    }

    pub(crate) fn profiles(self) -> Question {
        let inside = match self {
            Self::Media => "",
            Self::Media2 => "<Type>VideoEncoder</Type>",
        };
        self.question("GetProfiles", inside, "GetProfilesResponse")
    }

    pub(crate) fn stream_uri(self, token: &str) -> Question {
        let token = format!("<ProfileToken>{}</ProfileToken>", xml::escape(token));
        let inside = match self {
            Self::Media => format!(
                "<StreamSetup><Stream xmlns=\"http://www.onvif.org/ver10/schema\">RTP-Unicast\
                 </Stream><Transport xmlns=\"http://www.onvif.org/ver10/schema\"><Protocol>RTSP\
                 </Protocol></Transport></StreamSetup>{token}"
            ),
            Self::Media2 => format!("<Protocol>RTSP</Protocol>{token}"),
        };
        self.question("GetStreamUri", &inside, "GetStreamUriResponse")
    }
}

/// Both services' profiles; those without video are left out.
pub(crate) fn read_profiles(answer: Node<'_, '_>) -> Vec<Draft> {
    xml::children(answer, Space::Onvif, "Profiles").filter_map(draft).take(PROFILES_LIMIT).collect()
}

fn draft(profile: Node<'_, '_>) -> Option<Draft> {
    let token = profile.attribute("token").filter(|token| token.len() <= TOKEN_LONGEST)?;
    let inside = |path: &[&'static str]| xml::descend(profile, Space::Onvif, path);
    let encoder = inside(&["VideoEncoderConfiguration"])
        .or_else(|| inside(&["Configurations", "VideoEncoder"]))?;
    let text =
        |path: &[&'static str]| xml::descend(encoder, Space::Onvif, path).and_then(xml::text);
    let name = xml::child(profile, Space::Onvif, "Name").and_then(xml::text).unwrap_or(token);
    let rate: Option<f64> =
        text(&["RateControl", "FrameRateLimit"]).and_then(|rate| rate.parse().ok());
    Some(Draft {
        token: token.to_owned(),
        name: xml::shown(name),
        codec: text(&["Encoding"]).map(codec),
        width: text(&["Resolution", "Width"]).and_then(|side| side.parse().ok()),
        height: text(&["Resolution", "Height"]).and_then(|side| side.parse().ok()),
        frames_per_second: rate.filter(|rate| rate.is_finite() && *rate > 0.0),
    })
}

/// As the recorder names codecs; one that it does not know as the camera does.
fn codec(encoding: &str) -> String {
    match encoding.to_ascii_uppercase().as_str() {
        "H264" => "h264".to_owned(),
        "H265" | "HEVC" => "h265".to_owned(),
        "JPEG" => "mjpeg".to_owned(),
        _ => xml::shown(encoding),
    }
}

pub(crate) fn read_stream_uri(answer: Node<'_, '_>) -> Option<String> {
    let uri = xml::descend(answer, Space::Onvif, &["MediaUri", "Uri"])
        .or_else(|| xml::child(answer, Space::Onvif, "Uri"))?;
    xml::text(uri).map(str::to_owned)
}
