//! Cameras that this machine has.
//!
//! Belongs here: listing V4L2 and PipeWire devices and what they send. Not here: opening them.
//! Invariant: one list is made at a time, so that a driver that hangs holds one thread, not many.

use super::mode::{self, Mode};
use crate::PipelineError;
use gstreamer as gst;
use gstreamer::prelude::*;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    V4l2,
    PipeWire,
}

/// A camera that can be captured now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub kind: DeviceKind,
    /// As a person knows it.
    pub label: String,
    /// As a stream's source is written: `webcam:/dev/video0` or `pipewire:NAME`.
    pub source: String,
    modes: Vec<Mode>,
}

/// The cameras of this machine; empty where there is none.
pub fn devices() -> Result<Vec<Device>, PipelineError> {
    crate::init()?;
    let mut devices = webcams();
    let seen: Vec<String> = devices.iter().map(|device| device.source.clone()).collect();
    let others = pipewire().map(DeviceProviderExtManual::devices).into_iter().flatten();
    devices.extend(others.filter_map(|d| describe(&d)).filter(|d| !seen.contains(&d.source)));
    Ok(devices)
}

/// The same, for at most this long: a driver that hangs is a sentence, not a wait. Blocks.
pub fn devices_within(limit: Duration) -> Result<Vec<Device>, PipelineError> {
    static IS_LISTING: AtomicBool = AtomicBool::new(false);
    let hangs = || {
        let seconds = limit.as_secs_f32();
        PipelineError::Failed(format!(
            "the cameras of this machine can't be listed within {seconds:.1} s; a driver or the \
             PipeWire server hangs"
        ))
    };
    if IS_LISTING.swap(true, Ordering::AcqRel) {
        return Err(hangs());
    }
    // Room for one: whoever lists never waits for one who no longer listens.
    let (send, receive) = sync_channel(1);
    let list = move || {
        let found = devices();
        IS_LISTING.store(false, Ordering::Release);
        drop(send.send(found));
    };
    if let Err(error) = std::thread::Builder::new().name("devices".to_owned()).spawn(list) {
        IS_LISTING.store(false, Ordering::Release);
        return Err(PipelineError::Failed(format!("no thread to list cameras on: {error}")));
    }
    receive.recv_timeout(limit).map_err(|_| hangs())?
}

/// V4L2 alone, which opening a webcam needs.
fn webcams() -> Vec<Device> {
    let provider = gst::DeviceProviderFactory::by_name("v4l2deviceprovider");
    let found = provider.iter().flat_map(DeviceProviderExtManual::devices);
    found.filter_map(|device| describe(&device)).collect()
}

/// PipeWire's list, started once, where its server's socket exists, and never stopped: with 0.3.65,
/// starting and stopping it again and again corrupts memory and aborts the process.
fn pipewire() -> Option<&'static gst::DeviceProvider> {
    static PROVIDER: OnceLock<Option<gst::DeviceProvider>> = OnceLock::new();
    let folder =
        std::env::var_os("PIPEWIRE_RUNTIME_DIR").or(std::env::var_os("XDG_RUNTIME_DIR"))?;
    if !Path::new(&folder).join("pipewire-0").exists() {
        return None;
    }
    let start = || {
        let provider = gst::DeviceProviderFactory::by_name("pipewiredeviceprovider")?;
        provider.start().is_ok().then_some(provider)
    };
    PROVIDER.get_or_init(start).as_ref()
}

/// `None` for what is no camera: PipeWire lists those who record, too, us among them.
fn describe(device: &gst::Device) -> Option<Device> {
    if !device.has_classes("Video/Source") {
        return None;
    }
    let properties = device.properties()?;
    let text = |name: &str| properties.get::<String>(name).ok();
    let api = text("device.api").unwrap_or_default();
    let path = text("api.v4l2.path").or_else(|| text("device.path"));
    let (kind, source) = match path {
        Some(path) if api == "v4l2" || path.starts_with("/dev/video") => {
            (DeviceKind::V4l2, format!("webcam:{path}"))
        }
        _ => (DeviceKind::PipeWire, format!("pipewire:{}", text("node.name")?)),
    };
    let modes = device.caps().map_or_else(Vec::new, |caps| mode::of(&caps));
    Some(Device { kind, label: device.display_name().to_string(), source, modes })
}

/// How a webcam is best taken: the one with this source, or the first; `None` where it is not
/// listed or does not say.
pub(super) fn best_mode(source: Option<&str>) -> Option<Mode> {
    let webcams = webcams();
    let is_meant = |device: &&Device| source.is_none_or(|source| source == device.source);
    mode::best(&webcams.iter().find(is_meant)?.modes)
}
