//! Frames of real footage, decoded by ffmpeg, for the tests of this folder.
#![expect(clippy::disallowed_types, reason = "ffmpeg is the independent program that decodes")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Files that are not in the repository.
pub fn mirror() -> PathBuf {
    root().join(std::env::var_os("AFTERIMAGE_MIRROR").unwrap_or_else(|| "../shared".into()))
}

/// `path` if it is a file; otherwise one line that says which test is skipped, and why.
pub fn or_skip(test: &str, path: PathBuf) -> Option<PathBuf> {
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped {test}: there is no {}", path.display());
    None
}

/// Frames `numbers` of a video, rising, as interleaved RGB of `width`×`height` each.
pub fn frames(video: &Path, numbers: &[u32], width: u32, height: u32) -> Vec<Vec<u8>> {
    let wanted: Vec<String> = numbers.iter().map(|number| format!("eq(n\\,{number})")).collect();
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(video)
        .args(["-vf", &format!("select={}", wanted.join("+")), "-fps_mode", "passthrough"])
        .args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .output()
        .expect("ffmpeg runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let frames: Vec<Vec<u8>> =
        output.stdout.chunks((width * height * 3) as usize).map(<[u8]>::to_vec).collect();
    assert_eq!(frames.len(), numbers.len(), "ffmpeg finds every frame asked for");
    frames
}
