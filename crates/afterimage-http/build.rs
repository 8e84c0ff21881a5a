//! Looks again when the console was built: its files are compiled into the binary.

use std::path::Path;

fn main() {
    // Cargo takes a path that is not there as changed every time. Until the console is built, its
    // folder's parent is watched: the folder appears in it.
    let dist = "../../ui/dist";
    let watched = if Path::new(dist).exists() { dist } else { "../../ui" };
    println!("cargo:rerun-if-changed={watched}");
}
