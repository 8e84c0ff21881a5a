//! Cameras that this machine has.
//!
//! Belongs here: listing V4L2 and PipeWire devices and what they send. Not here: opening them.

use super::mode::{self, Mode};
use crate::PipelineError;
use gstreamer as gst;
use gstreamer::prelude::*;
use std::path::Path;
use std::sync::OnceLock;

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

fn describe(device: &gst::Device) -> Option<Device> {
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
