//! Lets the workspace build before the console has been built: then the window says so. Names what
//! the console may ask of the shell, so that nothing else can be asked.

use std::error::Error;
use std::path::Path;

use tauri_build::{AppManifest, Attributes};

/// `src/port.rs` has them, `capabilities/console.json` grants them.
const COMMANDS: &[&str] = &[
    "reveal",
    "notify",
    "save_begin",
    "save_piece",
    "save_end",
    "save_abandon",
    "reveal_saved",
    "wishes",
    "wish_topic",
    "wish_camera",
];

fn main() -> Result<(), Box<dyn Error>> {
    let console = Path::new("../ui/dist");
    println!("cargo:rerun-if-changed={}", console.display());
    if !console.join("index.html").exists() {
        let explained = serde_json::json!({ "build": { "frontendDist": "no-console" } });
        println!("cargo:rustc-env=TAURI_CONFIG={explained}");
    }
    let manifest = AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(Attributes::new().app_manifest(manifest))?;
    Ok(())
}
