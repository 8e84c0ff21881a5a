//! A PipeWire virtual webcam, found and recorded.
//!
//! The test starts itself again inside a private session bus, with PipeWire and WirePlumber of its
//! own, so it needs nothing of the desktop it runs on and leaves nothing behind.
#![expect(clippy::disallowed_types, reason = "starts the services that a desktop has")]

mod rig;

use afterimage_pipeline::capture::{self, DeviceKind, Source};
use gstreamer as gst;
use gstreamer::prelude::*;
use rig::{PATIENCE, clock, take};
use std::process::{Child, Command, Stdio};

const INSIDE: &str = "AFTERIMAGE_TEST_PIPEWIRE_INSIDE";

#[test]
fn a_virtual_webcam_is_found_and_recorded() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
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
    bus.args(["--kill-after=5", "90", "dbus-run-session", "--"]).arg(this);
    bus.args(["--exact", "a_virtual_webcam_is_found_and_recorded", "--nocapture"]);
    for variable in ["XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"] {
        bus.env(variable, folder.path());
    }
    let output = bus.env(INSIDE, "1").output().expect("dbus-run-session starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "inside the session:\n{text}\n{errors}");
}

/// Ends a service when the test ends, however it ends.
struct Service(Child);

impl Service {
    fn start(program: &str) -> Self {
        Self(Command::new(program).stdin(Stdio::null()).spawn().expect("the service starts"))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn inside() {
    afterimage_pipeline::init().expect("GStreamer starts");
    let _server = Service::start("pipewire");
    let _policy = Service::start("wireplumber");
    let webcam = virtual_webcam();
    // Nothing tells when the node can be linked; the state of the virtual webcam does, because it
    // plays only once somebody watches.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let taken = runtime.block_on(async {
        let source = Source::PipeWire("fakecam".to_owned());
        let mut capture = capture::open(&source, clock()).expect("it opens");
        take(&mut capture, 40).await
    });
    let taken = taken.unwrap_or_else(|error| panic!("the webcam is recorded: {error}"));
    let track = taken.video_track();
    assert_eq!(track.codec, afterimage_media::Codec::H264, "raw pictures are encoded");
    let video = taken.of_kind(true);
    assert!(video[0].is_sync, "it begins with a key frame");
    let length = video[39].presentation.micros_since(video[0].presentation, track.timescale);
    assert!((1_000_000..3_000_000).contains(&length), "40 frames at 25 a second take {length} µs");
    let devices = capture::devices().expect("devices can be listed");
    println!("devices: {devices:?}");
    let found = devices.iter().find(|device| device.source == "pipewire:fakecam");
    assert_eq!(found.map(|device| device.kind), Some(DeviceKind::PipeWire), "{devices:?}");
    webcam.set_state(gst::State::Null).expect("it stops");
}

/// A PipeWire node that looks like a webcam, played by this process.
fn virtual_webcam() -> gst::Pipeline {
    let description = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,\
        height=240,framerate=25/1 ! pipewiresink mode=provide stream-properties=\"props,\
        media.class=Video/Source,node.name=fakecam,node.description=Fake\"";
    let deadline = std::time::Instant::now() + PATIENCE;
    // The server's socket appears when it is ready; until then the sink can't connect.
    loop {
        let pipeline = gst::parse::launch(description).expect("the elements are installed");
        let pipeline = pipeline.downcast::<gst::Pipeline>().expect("a pipeline");
        if pipeline.set_state(gst::State::Playing).is_ok() {
            return pipeline;
        }
        let _ = pipeline.set_state(gst::State::Null);
        assert!(std::time::Instant::now() < deadline, "PipeWire does not answer");
        std::thread::yield_now();
    }
}
