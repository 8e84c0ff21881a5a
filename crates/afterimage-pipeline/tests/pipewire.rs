//! A PipeWire virtual webcam, found and recorded.
//!
//! The test starts itself again inside a private session bus, with PipeWire and WirePlumber of its
//! own, so it needs nothing of the desktop it runs on and leaves nothing behind.
#![expect(clippy::disallowed_types, reason = "starts the services that a desktop has")]

mod rig;

use afterimage_pipeline::capture::{self, Device, DeviceKind, Source};
use gstreamer as gst;
use gstreamer::prelude::*;
use rig::{PATIENCE, clock, take};
use std::process::{Child, Command, Stdio};

/// Which part of the test this process plays; the test proper where it is not set.
const ROLE: &str = "AFTERIMAGE_TEST_PIPEWIRE_ROLE";

#[test]
fn a_virtual_webcam_is_found_and_recorded() {
    match std::env::var(ROLE).as_deref() {
        Ok("desktop") => return desktop(),
        Ok("webcam") => return webcam(),
        _ => {}
    }
    for program in ["dbus-run-session", "pipewire", "wireplumber"] {
        let found = Command::new("which").arg(program).stdout(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            println!("skipped: {program} is not installed (apt install pipewire wireplumber dbus)");
            return;
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let this = std::env::current_exe().expect("this test");
    let mut bus = Command::new("timeout");
    bus.args(["--kill-after=5", "90", "dbus-run-session", "--"]).arg(this).args(THIS_TEST);
    for variable in ["XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"] {
        bus.env(variable, folder.path());
    }
    let output = bus.env(ROLE, "desktop").output().expect("dbus-run-session starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "inside the session:\n{text}\n{errors}");
}

/// Ends a service when the test ends, however it ends.
struct Service(Child);

impl Service {
    fn start(program: &mut Command) -> Self {
        Self(program.stdin(Stdio::null()).spawn().expect("the service starts"))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Arguments that make this binary run this test alone.
const THIS_TEST: [&str; 3] = ["--exact", "a_virtual_webcam_is_found_and_recorded", "--nocapture"];

/// Inside the private session: starts the services, finds the webcam and records it.
fn desktop() {
    let _server = Service::start(&mut Command::new("pipewire"));
    let _policy = Service::start(&mut Command::new("wireplumber"));
    let this = std::env::current_exe().expect("this test");
    let _webcam = Service::start(Command::new(this).args(THIS_TEST).env(ROLE, "webcam"));
    let device = listed("pipewire:fakecam");
    assert_eq!((device.kind, &*device.label), (DeviceKind::PipeWire, "Fake"), "{device:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let taken = runtime.expect("a runtime").block_on(async {
        let source = Source::PipeWire("fakecam".to_owned());
        let mut capture = capture::open(&source, clock()).expect("it opens");
        let taken = take(&mut capture, 40).await;
        let listed = capture::devices().expect("devices can be listed");
        let sources: Vec<&str> = listed.iter().map(|device| &*device.source).collect();
        assert_eq!(sources, ["pipewire:fakecam"], "who records is no camera");
        taken
    });
    let taken = taken.unwrap_or_else(|error| panic!("the webcam is recorded: {error}"));
    let track = taken.video_track();
    assert_eq!(track.codec, afterimage_media::Codec::H264, "raw pictures are encoded");
    let video = taken.of_kind(true);
    assert!(video[0].is_sync, "it begins with a key frame");
    let length = video[39].presentation.micros_since(video[0].presentation, track.timescale);
    assert!((1_000_000..3_000_000).contains(&length), "40 frames at 25 a second take {length} µs");
}

/// Waits until the device is listed: the services need a moment to find it.
fn listed(source: &str) -> Device {
    let begun = std::time::Instant::now();
    loop {
        let devices = capture::devices().expect("devices can be listed");
        match devices.iter().find(|device| device.source == source) {
            Some(device) => return device.clone(),
            None => assert!(begun.elapsed() < PATIENCE, "{source} is not in {devices:?}"),
        }
    }
}

/// A process of its own, as webcams' drivers are: a PipeWire node that shows a ball until killed.
fn webcam() {
    afterimage_pipeline::init().expect("GStreamer starts");
    let description = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,\
        height=240,framerate=25/1 ! pipewiresink mode=provide stream-properties=\"props,\
        media.class=Video/Source,node.name=fakecam,node.description=Fake\"";
    let begun = std::time::Instant::now();
    // The server's socket appears when it is ready; until then the sink can't connect.
    while begun.elapsed() < PATIENCE {
        let pipeline = gst::parse::launch(description).expect("the elements are installed");
        let bus = pipeline.bus().expect("a pipeline has a bus");
        if pipeline.set_state(gst::State::Playing).is_ok() {
            // Until it is killed, or the server has gone; never longer than the test may take.
            bus.timed_pop_filtered(gst::ClockTime::from_seconds(90), &[gst::MessageType::Error]);
        }
        let _ = pipeline.set_state(gst::State::Null);
    }
}
