//! Answers in the styles of several vendors, whole and broken.
//!
//! Belongs here: what every reader makes of `tests/fixtures`. Prefixes, namespaces and order differ
//! by vendor; none of it is a capture, each file says after whom it was written.

use crate::announcement::{Camera, announced};
use crate::soap::SoapError;
use crate::{device, media, soap};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::net::IpAddr;

const HIKVISION: &str = include_str!("../tests/fixtures/hikvision_match.xml");
const DAHUA: &str = include_str!("../tests/fixtures/dahua_match.xml");
const AXIS: &str = include_str!("../tests/fixtures/axis_match.xml");
const PRINTER: &str = include_str!("../tests/fixtures/printer_match.xml");
const HIKVISION_PROFILES: &str = include_str!("../tests/fixtures/hikvision_profiles.xml");
const DAHUA_PROFILES: &str = include_str!("../tests/fixtures/dahua_profiles.xml");
const AXIS_PROFILES: &str = include_str!("../tests/fixtures/axis_profiles.xml");
const SERVICES: &str = include_str!("../tests/fixtures/services.xml");
const TIME: &str = include_str!("../tests/fixtures/time.xml");
const ALL: [&str; 9] = [
    HIKVISION,
    DAHUA,
    AXIS,
    PRINTER,
    HIKVISION_PROFILES,
    DAHUA_PROFILES,
    AXIS_PROFILES,
    SERVICES,
    TIME,
];

fn heard(text: &str, sender: &str) -> Vec<Camera> {
    announced(text.as_bytes(), sender.parse().expect("an address"))
}

/// Name, hardware, service.
fn known(cameras: &[Camera]) -> (&str, Option<&str>, String) {
    let [camera] = cameras else { panic!("one camera: {cameras:?}") };
    (&camera.name, camera.hardware.as_deref(), camera.service.to_string())
}

#[test]
fn announcements_of_vendors_are_read() {
    assert_eq!(
        known(&heard(HIKVISION, "192.168.1.64")),
        (
            "HIKVISION DS-2CD2142FWD-I",
            Some("DS-2CD2142FWD-I"),
            "http://192.168.1.64/onvif/device_service".to_owned()
        ),
        "of two addresses the one that it answered from"
    );
    assert_eq!(
        known(&heard(DAHUA, "192.168.1.108")),
        ("Dahua", Some("IPC-HDW4431C-A"), "http://192.168.1.108/onvif/device_service".to_owned()),
        "lines and spaces between scopes mean nothing"
    );
    assert_eq!(
        known(&heard(AXIS, "192.168.0.90")),
        (
            "AXIS P3225-LV Mk II",
            Some("P3225-LV Mk II"),
            "http://192.168.0.90/onvif/device_service".to_owned()
        ),
        "plain before TLS, and names decoded"
    );
    assert!(heard(PRINTER, "192.168.1.30").is_empty(), "a printer is no camera");
}

#[test]
fn an_identity_does_not_change_with_the_address() {
    let here = heard(DAHUA, "192.168.1.108");
    let there = heard(&DAHUA.replace("192.168.1.108", "192.168.7.7"), "192.168.7.7");
    assert_eq!(here[0].id, there[0].id, "it is the same device");
    assert_ne!(here[0].service, there[0].service, "elsewhere");
}

#[test]
fn lies_of_announcements_come_to_nothing() {
    let service = "http://192.168.1.108/onvif/device_service";
    for lie in [
        "http://127.0.0.1:8750/api/v1/streams",
        "http://localhost/",
        "http://8.8.8.8/onvif/device_service",
        "http://169.254.169.254/latest/meta-data",
        "http://evil.example/onvif",
        "file:///etc/passwd",
        "rtsp://192.168.1.108/",
        "javascript:alert(1)",
        "http://admin:pw@192.168.1.108/",
        "",
    ] {
        let cameras = heard(&DAHUA.replace(service, lie), "192.168.1.108");
        assert!(cameras.is_empty(), "{lie:?} is no service of this camera");
    }
    let both = format!("http://127.0.0.1/ {service}");
    let cameras = heard(&DAHUA.replace(service, &both), "192.168.1.108");
    assert_eq!(known(&cameras).2, service, "what is true beside a lie is used");
    for namespace in ["ws/2005/04/discovery", "2003/05/soap-envelope"] {
        let other = DAHUA.replace(namespace, "1999/01/something-else");
        assert!(heard(&other, "192.168.1.108").is_empty(), "another namespace, another language");
    }
    let flood = "<d:ProbeMatch>".to_owned()
        + DAHUA
            .split("<d:ProbeMatch>")
            .nth(1)
            .and_then(|rest| rest.split("</d:ProbeMatches>").next())
            .expect("one");
    let many =
        DAHUA.replace("</d:ProbeMatches>", &format!("{}</d:ProbeMatches>", flood.repeat(60)));
    assert!(heard(&many, "192.168.1.108").len() <= 64, "one datagram is no crowd");
    let bell = DAHUA.replace("name/Dahua", "name/%1B%5D0;owned%07");
    assert!(
        !heard(&bell, "192.168.1.108")[0].name.contains(char::is_control),
        "a name that would speak to the terminal"
    );
}

#[test]
fn profiles_of_vendors_are_read() {
    let read =
        |text| soap::read(text, "GetProfilesResponse", media::read_profiles).expect("profiles");
    let hikvision = read(HIKVISION_PROFILES);
    let main = &hikvision[0];
    assert_eq!((&*main.token, &*main.name), ("Profile_1", "mainStream"));
    assert_eq!(
        (main.codec.as_deref(), main.width, main.height, main.frames_per_second),
        (Some("h264"), Some(2688), Some(1520), Some(20.0)),
        "of its encoder, not of its sensor"
    );
    assert_eq!(hikvision[1].codec.as_deref(), Some("mjpeg"), "as the recorder calls it");
    assert_eq!(read(DAHUA_PROFILES).len(), 1, "a profile without video is no stream");
    let axis = &read(AXIS_PROFILES)[0];
    assert_eq!(
        (axis.codec.as_deref(), axis.width, axis.frames_per_second),
        (Some("h265"), Some(1920), Some(29.97)),
        "the second media service nests it otherwise"
    );
}

#[test]
fn services_and_time_are_read() {
    let services =
        soap::read(SERVICES, "GetServicesResponse", device::read_services).expect("services");
    assert_eq!(services.media2.as_deref(), Some("http://192.168.0.90/onvif/media2_service"));
    assert_eq!(services.media.as_deref(), Some("http://192.168.0.90/onvif/media_service"));
    let read = |text: &str| soap::read(text, "GetSystemDateAndTimeResponse", device::read_time);
    let time = read(TIME).expect("an answer").expect("a time");
    assert_eq!(time.to_string(), "2026-03-01T04:05:06.000Z", "UTC, whatever the camera's zone");
    let never = read(&TIME.replace("<tt:Month>3<", "<tt:Month>13<")).expect("an answer");
    assert_eq!(never, None, "there is no such month");
}

/// Every reader, on a text that may be anything.
fn read_by_all(text: &str) -> Option<SoapError> {
    let sender = IpAddr::from([192, 168, 1, 64]);
    for camera in announced(text.as_bytes(), sender) {
        assert!(camera.name.chars().count() <= 128, "what is shown is short: {camera:?}");
    }
    let failures = [
        soap::read(text, "GetProfilesResponse", media::read_profiles).err(),
        soap::read(text, "GetStreamUriResponse", media::read_stream_uri).err(),
        soap::read(text, "GetServicesResponse", device::read_services).err(),
        soap::read(text, "GetCapabilitiesResponse", device::read_capabilities).err(),
        soap::read(text, "GetSystemDateAndTimeResponse", device::read_time).err(),
    ];
    failures.into_iter().flatten().next()
}

proptest! {
    /// Cut, overwritten, doubled: an answer that was damaged, or made by somebody who means harm.
    #[test]
    fn no_answer_makes_a_reader_panic(
        text in select(&ALL[..]),
        wounds in prop::collection::vec((any::<Index>(), any::<Index>(), any::<Vec<u8>>()), 0..6),
    ) {
        let mut bytes = text.as_bytes().to_vec();
        for (from, to, with) in wounds {
            if bytes.is_empty() {
                break;
            }
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let range = from.min(to)..from.max(to);
            bytes.splice(range, with);
        }
        read_by_all(&String::from_utf8_lossy(&bytes));
    }

    /// Well-formed, with other words inside: what gets past the parser.
    #[test]
    fn no_word_makes_a_reader_panic(
        text in select(&ALL[..]),
        at in any::<Index>(),
        word in "\\PC{0,40}",
    ) {
        let words: Vec<&str> = text.split(['<', '>', '"']).filter(|word| word.len() > 2).collect();
        let old = words[at.index(words.len())];
        read_by_all(&text.replace(old, &crate::xml::escape(&word)));
    }

    #[test]
    fn noise_is_no_answer(noise in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let text = String::from_utf8_lossy(&noise);
        prop_assert!(read_by_all(&text).is_some(), "nobody speaks like this");
    }
}
