//! The one table of GStreamer elements: what we use and which Debian package brings it.
//!
//! Belongs here: element names, packages, whether we can do without. Not here: how elements are
//! wired ([`crate::plan`] and its users). Invariant: no element is made except through [`make`],
//! which refuses names that are not in the table.

use crate::PipelineError;
use gstreamer as gst;

/// Whether the product can do without an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Something stops working without it; set-up installs it.
    Required,
    /// Used where it is present (hardware), and something else where it is not.
    Optional,
}

/// One element that some pipeline of ours may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    pub name: &'static str,
    pub package: &'static str,
    pub need: Need,
}

const BASE: &str = "gstreamer1.0-plugins-base";
const GOOD: &str = "gstreamer1.0-plugins-good";
const BAD: &str = "gstreamer1.0-plugins-bad";
const UGLY: &str = "gstreamer1.0-plugins-ugly";
const LIBAV: &str = "gstreamer1.0-libav";
const PIPEWIRE: &str = "gstreamer1.0-pipewire";
const CORE: &str = "libgstreamer1.0-0";

const fn required(name: &'static str, package: &'static str) -> Element {
    Element { name, package, need: Need::Required }
}

const fn optional(name: &'static str, package: &'static str) -> Element {
    Element { name, package, need: Need::Optional }
}

const ELEMENTS: &[Element] = &[
    required("appsink", BASE),
    required("appsrc", BASE),
    required("audioconvert", BASE),
    required("audioresample", BASE),
    required("audiotestsrc", BASE),
    required("opusenc", BASE),
    required("videoconvert", BASE),
    required("capsfilter", CORE),
    required("filesrc", CORE),
    required("queue", CORE),
    required("aacparse", GOOD),
    required("alawdec", GOOD),
    required("jpegdec", GOOD),
    required("jpegenc", GOOD),
    required("matroskademux", GOOD),
    required("mulawdec", GOOD),
    required("mulawenc", GOOD),
    required("qtdemux", GOOD),
    required("rtph264depay", GOOD),
    required("rtph264pay", GOOD),
    required("rtph265depay", GOOD),
    required("rtph265pay", GOOD),
    required("rtpjpegdepay", GOOD),
    required("rtpjpegpay", GOOD),
    required("rtpmp4adepay", GOOD),
    required("rtpmp4gdepay", GOOD),
    required("rtpmp4gpay", GOOD),
    required("rtpL16depay", GOOD),
    required("rtpopusdepay", GOOD),
    required("rtpopuspay", GOOD),
    required("rtppcmadepay", GOOD),
    required("rtppcmudepay", GOOD),
    required("rtppcmupay", GOOD),
    required("rtspsrc", GOOD),
    required("v4l2src", GOOD),
    required("h264parse", BAD),
    required("h264timestamper", BAD),
    required("h265parse", BAD),
    required("h265timestamper", BAD),
    required("opusparse", BAD),
    required("x265enc", BAD),
    required("x264enc", UGLY),
    required("avdec_h264", LIBAV),
    required("avdec_h265", LIBAV),
    required("avenc_aac", LIBAV),
    required("pipewiresink", PIPEWIRE),
    required("pipewiresrc", PIPEWIRE),
    optional("nvh264enc", BAD),
    optional("openh264enc", BAD),
    optional("v4l2h264enc", GOOD),
    optional("vah264enc", BAD),
    optional("vah264lpenc", BAD),
    optional("vaapih264enc", "gstreamer1.0-vaapi"),
];

/// Every element that the project may use, for checks of what set-up installs.
#[must_use]
pub fn elements() -> &'static [Element] {
    ELEMENTS
}

/// The elements that are needed and not installed, each with the package that brings it.
#[must_use]
pub fn missing_elements() -> Vec<(&'static str, &'static str)> {
    let started = crate::init().is_ok();
    ELEMENTS
        .iter()
        .filter(|element| element.need == Need::Required)
        .filter(|element| !started || gst::ElementFactory::find(element.name).is_none())
        .map(|element| (element.name, element.package))
        .collect()
}

/// Whether an element of the table is installed.
pub(crate) fn is_present(name: &str) -> bool {
    gst::ElementFactory::find(name).is_some()
}

/// Fails with the package to install where an element of the table is not present.
pub(crate) fn require(name: &'static str) -> Result<(), PipelineError> {
    let entry = entry(name);
    if is_present(entry.name) { Ok(()) } else { Err(missing(name)) }
}

/// Makes an element of the table.
pub(crate) fn make(name: &'static str) -> Result<gst::Element, PipelineError> {
    let entry = entry(name);
    gst::ElementFactory::make(entry.name).build().map_err(|_| missing(name))
}

fn missing(name: &'static str) -> PipelineError {
    PipelineError::MissingElement { element: name, package: entry(name).package }
}

fn entry(name: &str) -> &'static Element {
    ELEMENTS
        .iter()
        .find(|element| element.name == name)
        .expect("every element that a plan names is in the table")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_element_is_listed_twice() {
        for (index, element) in ELEMENTS.iter().enumerate() {
            let again = ELEMENTS[index + 1..].iter().any(|other| other.name == element.name);
            assert!(!again, "{} has two rows, so its package is ambiguous", element.name);
        }
    }

    #[test]
    fn every_row_is_used() {
        let mut sources = String::new();
        let mut folders =
            vec!["src", "tests"].into_iter().map(|it| root().join(it)).collect::<Vec<_>>();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder of this crate") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("elements.rs") {
                    sources.push_str(&std::fs::read_to_string(path).expect("text"));
                }
            }
        }
        for element in ELEMENTS {
            assert!(
                sources.contains(element.name),
                "nothing uses {}; remove its row",
                element.name
            );
        }
    }

    fn root() -> std::path::PathBuf {
        env!("CARGO_MANIFEST_DIR").into()
    }

    #[test]
    fn a_missing_element_names_its_package() {
        assert_eq!(
            missing("x264enc").to_string(),
            "GStreamer element x264enc is missing: apt install gstreamer1.0-plugins-ugly",
            "the operator must be able to paste what the error says"
        );
    }
}
