//! Cameras that this machine has.
//!
//! Belongs here: listing V4L2 and PipeWire devices and what they send. Not here: opening them.

use crate::PipelineError;
use crate::error::failed;
use gstreamer as gst;
use gstreamer::prelude::*;
use std::path::Path;

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
    sends: Sends,
}

/// What a device can send without us changing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sends {
    raw: bool,
    jpeg: bool,
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
    let caps = device.caps();
    let has = |name: &str| {
        caps.as_ref().is_some_and(|caps| caps.iter().any(|structure| structure.name() == name))
    };
    let sends = Sends { raw: has("video/x-raw"), jpeg: has("image/jpeg") };
    Some(Device { kind, label: device.display_name().to_string(), source, sends })
}

/// Whether a webcam's pictures must be taken as JPEG: it sends no raw ones.
pub(super) fn sends_jpeg(path: Option<&Path>) -> bool {
    let wanted = path.map(|path| format!("webcam:{}", path.display()));
    let devices = devices().unwrap_or_default();
    let mut webcams = devices.iter().filter(|device| device.kind == DeviceKind::V4l2);
    let found = match wanted {
        Some(source) => webcams.find(|device| device.source == source),
        None => webcams.next(),
    };
    found.is_some_and(|device| device.sends.jpeg && !device.sends.raw)
}
