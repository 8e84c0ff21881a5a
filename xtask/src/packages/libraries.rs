//! Libraries that are found by pkg-config, from the metadata of the crates that look for them.
//!
//! Belongs here: which package brings which module. A crate that asks pkg-config in code of its own
//! is known by name.

use std::collections::BTreeSet;

use anyhow::Result;
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, Package};

use super::{Needed, Use};
use crate::workspace;

/// pkg-config module, Debian package.
const PACKAGES: &[(&str, &str)] = &[
    ("atk", "libatk1.0-dev"),
    ("cairo", "libcairo2-dev"),
    ("cairo-gobject", "libcairo2-dev"),
    ("dbus-1", "libdbus-1-dev"),
    ("gdk-3.0", "libgtk-3-dev"),
    ("gdk-pixbuf-2.0", "libgdk-pixbuf-2.0-dev"),
    ("gdk-x11-3.0", "libgtk-3-dev"),
    ("gio-2.0", "libglib2.0-dev"),
    ("glib-2.0", "libglib2.0-dev"),
    ("gobject-2.0", "libglib2.0-dev"),
    ("gstreamer-1.0", "libgstreamer1.0-dev"),
    ("gstreamer-app-1.0", "libgstreamer-plugins-base1.0-dev"),
    ("gstreamer-audio-1.0", "libgstreamer-plugins-base1.0-dev"),
    ("gstreamer-base-1.0", "libgstreamer1.0-dev"),
    ("gstreamer-net-1.0", "libgstreamer1.0-dev"),
    ("gstreamer-pbutils-1.0", "libgstreamer-plugins-base1.0-dev"),
    ("gstreamer-rtsp-1.0", "libgstreamer-plugins-base1.0-dev"),
    ("gstreamer-rtsp-server-1.0", "libgstrtspserver-1.0-dev"),
    ("gstreamer-sdp-1.0", "libgstreamer-plugins-base1.0-dev"),
    ("gstreamer-video-1.0", "libgstreamer-plugins-base1.0-dev"),
    ("gtk+-3.0", "libgtk-3-dev"),
    ("javascriptcoregtk-4.1", "libjavascriptcoregtk-4.1-dev"),
    ("libsoup-3.0", "libsoup-3.0-dev"),
    ("pango", "libpango1.0-dev"),
    ("webkit2gtk-4.1", "libwebkit2gtk-4.1-dev"),
];

/// Crates that call pkg-config by themselves, and the modules they ask for as we build them.
const BY_THEMSELVES: &[(&str, &[&str])] = &[
    // Names both helpers and has no build script.
    ("gdkwayland-sys", &[]),
    ("gtk", &["gtk+-3.0"]),
    ("libdbus-sys", &["dbus-1"]),
    // Compiled from its bundled source.
    ("libsqlite3-sys", &[]),
    // Its features decide, and none is on.
    ("x11", &[]),
    // Opens what is there when it runs; GTK brings it.
    ("x11-dl", &[]),
];

pub fn uses() -> Result<Vec<Use>> {
    let metadata = MetadataCommand::new()
        .current_dir(workspace::root())
        .features(CargoOpt::SomeFeatures(vec![]))
        .other_options(vec![
            "--locked".into(),
            "--filter-platform".into(),
            "x86_64-unknown-linux-gnu".into(),
        ])
        .exec()?;
    let mut uses = Vec::new();
    let mut modules = BTreeSet::new();
    for package in asking(&metadata) {
        match modules_of(package) {
            Some(own) => modules.extend(own),
            None => uses.push(Use {
                what: format!("whatever the crate {} looks for by pkg-config", package.name),
                package: None,
                needed: Needed::Run,
            }),
        }
    }
    uses.extend(modules.into_iter().map(|module| {
        Use {
            package: PACKAGES
                .iter()
                .find(|(own, _)| *own == module)
                .map(|(_, package)| (*package).to_owned()),
            what: format!("pkg-config module {module}"),
            needed: Needed::Run,
        }
    }));
    Ok(uses)
}

/// The packages of the build, as its features are, that ask pkg-config for something.
fn asking(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    let nodes = metadata.resolve.as_ref().map(|resolve| resolve.nodes.as_slice());
    nodes.unwrap_or_default().iter().filter_map(|node| {
        let asks = node.deps.iter().any(|dependency| {
            ["pkg_config", "system_deps"].contains(&dependency.name.as_str())
                && dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Build)
        });
        let package = metadata.packages.iter().find(|package| package.id == node.id);
        package.filter(|_| asks)
    })
}

/// `[package.metadata.system-deps]`, or what is known of the crate.
fn modules_of(package: &Package) -> Option<Vec<String>> {
    if let Some(declared) = package.metadata.get("system-deps").and_then(|value| value.as_object())
    {
        return Some(
            declared
                .iter()
                .map(|(key, value)| {
                    value.get("name").and_then(|name| name.as_str()).unwrap_or(key).to_owned()
                })
                .collect(),
        );
    }
    BY_THEMSELVES
        .iter()
        .find(|(name, _)| package.name.as_str() == *name)
        .map(|(_, modules)| modules.iter().map(|module| (*module).to_owned()).collect())
}
