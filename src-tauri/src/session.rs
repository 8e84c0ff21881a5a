//! What the person's desktop session does for us, asked over its message bus.
//!
//! Belongs here: notifications, whether there is a tray, a file manager. Not here: what is told
//! ([`crate::notices`]) and which files may be shown ([`crate::reveal`]).
//! Invariant: a session without a bus costs a sentence and never a window.

use std::collections::HashMap;
use std::path::Path;

use gtk::gio;
use gtk::gio::prelude::*;
use gtk::glib::{self, ToVariant, Variant, VariantTy};

/// Whoever shows notifications answers at once; what takes longer hangs.
const PATIENCE_MS: i32 = 2_000;

/// Tells somebody who looks elsewhere, as
/// <https://specifications.freedesktop.org/notification-spec> says.
pub fn notify(title: &str, body: &str) -> Result<(), glib::Error> {
    let hints = HashMap::from([("desktop-entry", "afterimage".to_variant())]);
    let (replaces, actions, usual_time) = (0_u32, Vec::<String>::new(), -1_i32);
    let words =
        ("Afterimage", replaces, "afterimage", title, escaped(body), actions, hints, usual_time)
            .to_variant();
    let service = "org.freedesktop.Notifications";
    ask(service, "/org/freedesktop/Notifications", service, "Notify", &words)?;
    Ok(())
}

/// Whether something shows the icons of programs: only then can a window be closed to one.
pub fn has_tray() -> bool {
    let watcher = "org.kde.StatusNotifierWatcher";
    let property = (watcher, "IsStatusNotifierHostRegistered").to_variant();
    ask(watcher, "/StatusNotifierWatcher", "org.freedesktop.DBus.Properties", "Get", &property)
        .ok()
        .and_then(|answer| answer.get::<(Variant,)>())
        .and_then(|(value,)| value.get::<bool>())
        .unwrap_or(false)
}

/// Shows a file in the file manager; one that can't point at files opens its folder.
pub fn show_in_folder(path: &Path) -> Result<(), glib::Error> {
    let address = gio::File::for_path(path).uri().to_string();
    let manager = "org.freedesktop.FileManager1";
    let items = (vec![address.clone()], "").to_variant();
    if ask(manager, "/org/freedesktop/FileManager1", manager, "ShowItems", &items).is_ok() {
        return Ok(());
    }
    let folder = if path.is_dir() { Some(path) } else { path.parent() };
    let address = folder.map_or(address, |folder| gio::File::for_path(folder).uri().to_string());
    gio::AppInfo::launch_default_for_uri(&address, gio::AppLaunchContext::NONE)
}

fn ask(
    service: &str,
    object: &str,
    interface: &str,
    method: &str,
    words: &Variant,
) -> Result<Variant, glib::Error> {
    gio::bus_get_sync(gio::BusType::Session, gio::Cancellable::NONE)?.call_sync(
        Some(service),
        object,
        interface,
        method,
        Some(words),
        None::<&VariantTy>,
        gio::DBusCallFlags::NONE,
        PATIENCE_MS,
        gio::Cancellable::NONE,
    )
}

/// The body is markup to whoever shows it, and a camera's name is not.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
