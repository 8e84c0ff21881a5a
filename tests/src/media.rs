//! Reading back what was written, by programs that are not ours.

#![expect(clippy::disallowed_types, reason = "ffmpeg and ffprobe are the independent readers")]

use afterimage_pipeline::counter;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// A decoded picture: luma only, rows without padding.
#[derive(Debug)]
pub struct Picture<'a> {
    pub width: usize,
    pub height: usize,
    pub luma: &'a [u8],
}

/// What ffprobe says of a file's streams and format.
///
/// # Panics
/// When ffprobe refuses the file or warns about it.
#[must_use]
pub fn probe(file: &Path) -> Value {
    ffprobe(file, &["-show_streams", "-show_format"])
}

/// Any question to ffprobe, answered as JSON.
///
/// # Panics
/// When ffprobe refuses the file or warns about it.
#[must_use]
pub fn ffprobe(file: &Path, questions: &[&str]) -> Value {
    let output = Command::new("ffprobe")
        .args(["-v", "warning", "-of", "json"])
        .args(questions)
        .arg(file)
        .output()
        .expect("ffprobe is installed by the set-up");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ffprobe refuses {}: {complaints}", file.display());
    assert_eq!(complaints, "", "ffprobe complains about {}", file.display());
    serde_json::from_slice(&output.stdout).expect("ffprobe prints JSON")
}

/// The counters of all pictures of the simulated clock, as ffmpeg shows them.
///
/// # Panics
/// When ffmpeg finds an error, or a picture shows no counter.
#[must_use]
pub fn counters(file: &Path) -> Vec<u32> {
    let stream = &probe(file)["streams"][0];
    let side = |name: &str| usize::try_from(stream[name].as_u64().expect("a size")).expect("small");
    let (width, height) = (side("width"), side("height"));
    let mut found = Vec::new();
    decode_luma(file, width, height, |picture| {
        let value = counter::read(picture.luma, width, height, width);
        found.push(value.expect("every frame of the clock shows its counter"));
    });
    found
}

/// Decodes all pictures of a file with ffmpeg, which must find no error, and shows each.
///
/// # Panics
/// When ffmpeg finds an error.
pub fn decode_luma(file: &Path, width: usize, height: usize, mut show: impl FnMut(&Picture<'_>)) {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-xerror", "-i"])
        .arg(file)
        .args([
            "-map",
            "0:v:0",
            "-fps_mode",
            "passthrough",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "gray",
            "-",
        ])
        .output()
        .expect("ffmpeg is installed by the set-up");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ffmpeg can't decode {}: {complaints}", file.display());
    assert_eq!(complaints, "", "ffmpeg complains about {}", file.display());
    for luma in output.stdout.chunks_exact(width * height) {
        show(&Picture { width, height, luma });
    }
}
