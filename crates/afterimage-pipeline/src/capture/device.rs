//! Cameras that this machine has.
//!
//! Belongs here: listing V4L2 and PipeWire devices and what they send. Not here: opening them.

use super::mode::{self, Mode};
use crate::PipelineError;
use crate::error::failed;
use gstreamer as gst;
use gstreamer::prelude::*;

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
    let monitor = gst::DeviceMonitor::new();
    // A machine without any provider of devices has none of them.
    if monitor.add_filter(Some("Video/Source"), None).is_none() {
        return Ok(Vec::new());
    }
    monitor.start().map_err(failed)?;
    let devices = monitor.devices();
    monitor.stop();
    Ok(devices.iter().filter_map(describe).collect())
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

/// How the device with this source is best taken; `None` where it is not listed or does not say.
/// Without a source, the first webcam is meant.
pub(super) fn best_mode(kind: DeviceKind, source: Option<&str>) -> Option<Mode> {
    let devices = devices().unwrap_or_default();
    let is_meant = |device: &&Device| {
        device.kind == kind && source.is_none_or(|source| source == device.source)
    };
    mode::best(&devices.iter().find(is_meant)?.modes)
}
