//! Looks again when the console was built: its files are compiled into a release binary.
//! A debug binary reads them from `ui/dist` while it runs, so there is nothing to look for.

fn main() {
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let watched = if is_release { "../../ui/dist" } else { "build.rs" };
    println!("cargo:rerun-if-changed={watched}");
}
