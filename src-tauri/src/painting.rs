//! How the web view paints: by the graphics processor where there is one.
//!
//! WebKitGTK composes by OpenGL, which a machine without a graphics processor does in software, and
//! slowly: with two cameras on a busy two-core machine 2 pictures a second were painted, and 22
//! when the web view painted by itself.

use tauri::WebviewWindow;

#[cfg(target_os = "linux")]
pub fn choose(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

    if has_graphics_processor() {
        return Ok(());
    }
    window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// Whether the kernel offers one: its render nodes are `/dev/dri/renderD128` and on.
#[cfg(target_os = "linux")]
fn has_graphics_processor() -> bool {
    let Ok(devices) = std::fs::read_dir("/dev/dri") else { return false };
    devices.flatten().any(|device| device.file_name().to_string_lossy().starts_with("renderD"))
}

#[cfg(not(target_os = "linux"))]
pub fn choose(_window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}
