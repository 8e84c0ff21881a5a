//! Lets the workspace build before the console has been built: then the window says so.

use std::path::Path;

fn main() {
    let console = Path::new("../ui/dist");
    println!("cargo:rerun-if-changed={}", console.display());
    if !console.join("index.html").exists() {
        let explained = serde_json::json!({ "build": { "frontendDist": "no-console" } });
        println!("cargo:rustc-env=TAURI_CONFIG={explained}");
    }
    tauri_build::build();
}
