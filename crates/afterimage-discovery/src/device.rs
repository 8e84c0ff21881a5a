//! The device service: what time it is there, and where the media services are.
//!
//! Formats: ONVIF Core Specification, sections 8.1 and 8.3.

use crate::conversation::Question;
use crate::xml::{self, Space};
use afterimage_base::WallTime;
use roxmltree::Node;

const DEVICE: &str = "http://www.onvif.org/ver10/device/wsdl";
pub(crate) const MEDIA: &str = "http://www.onvif.org/ver10/media/wsdl";
pub(crate) const MEDIA2: &str = "http://www.onvif.org/ver20/media/wsdl";

fn question(operation: &str, inside: &str, answer: &'static str) -> Question {
    Question {
        action: format!("{DEVICE}/{operation}"),
        request: format!("<{operation} xmlns=\"{DEVICE}\">{inside}</{operation}>"),
        answer,
    }
}

/// Everybody may ask this one.
pub(crate) fn time() -> Question {
    question("GetSystemDateAndTime", "", "GetSystemDateAndTimeResponse")
}

/// The camera's time in UTC, to the second; `None` where it tells none, or none that is one.
pub(crate) fn read_time(answer: Node<'_, '_>) -> Option<WallTime> {
    let now = xml::descend(answer, Space::Onvif, &["SystemDateAndTime", "UTCDateTime"])?;
    let number = |path: [&'static str; 2]| -> Option<u16> {
        xml::descend(now, Space::Onvif, &path).and_then(xml::text)?.parse().ok()
    };
    let (year, month, day) =
        (number(["Date", "Year"])?, number(["Date", "Month"])?, number(["Date", "Day"])?);
    let (hour, minute, second) =
        (number(["Time", "Hour"])?, number(["Time", "Minute"])?, number(["Time", "Second"])?);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").parse().ok()
}

pub(crate) fn services() -> Question {
    let inside = "<IncludeCapability>false</IncludeCapability>";
    question("GetServices", inside, "GetServicesResponse")
}

/// Where the media services are, as the camera says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MediaServices {
    pub media: Option<String>,
    pub media2: Option<String>,
}

impl MediaServices {
    pub(crate) const fn is_empty(&self) -> bool {
        self.media.is_none() && self.media2.is_none()
    }
}

pub(crate) fn read_services(answer: Node<'_, '_>) -> MediaServices {
    let of = |namespace: &str| {
        xml::children(answer, Space::Onvif, "Service")
            .find(|service| {
                xml::child(*service, Space::Onvif, "Namespace").and_then(xml::text)
                    == Some(namespace)
            })
            .and_then(|service| xml::child(service, Space::Onvif, "XAddr"))
            .and_then(xml::text)
            .map(str::to_owned)
    };
    MediaServices { media: of(MEDIA), media2: of(MEDIA2) }
}

/// For cameras that are older than `GetServices`.
pub(crate) fn capabilities() -> Question {
    question("GetCapabilities", "<Category>Media</Category>", "GetCapabilitiesResponse")
}

pub(crate) fn read_capabilities(answer: Node<'_, '_>) -> MediaServices {
    let media = xml::descend(answer, Space::Onvif, &["Capabilities", "Media", "XAddr"]);
    MediaServices { media: media.and_then(xml::text).map(str::to_owned), media2: None }
}
