//! Programs that the tree starts, by the words with which sources start one.
//!
//! Belongs here: which package brings which program, and where sources are searched.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::{Needed, Use};
use crate::workspace::{self, root};

enum Source {
    Package(&'static str),
    /// Tests and `afterimage bench` hold ours against it; the product does without.
    Rival(&'static str),
    /// A rival that `scripts/setup bench` unpacks beside the sources and does not install.
    Unpacked,
    /// On every Debian, or comes with Rust or Node.
    Always,
}

use Source::{Always, Package, Rival, Unpacked};

const PROGRAMS: &[(&str, Source)] = &[
    ("WebKitWebDriver", Package("webkit2gtk-driver")),
    ("Xvfb", Package("xvfb")),
    ("cargo", Always),
    ("chromium", Package("chromium")),
    ("curl", Package("curl")),
    ("dbus-daemon", Package("dbus-daemon")),
    ("dbus-run-session", Package("dbus-daemon")),
    ("ffmpeg", Rival("ffmpeg")),
    ("ffprobe", Rival("ffmpeg")),
    ("gst-inspect-1.0", Package("gstreamer1.0-tools")),
    ("gst-launch-1.0", Package("gstreamer1.0-tools")),
    ("kill", Package("procps")),
    ("nginx", Unpacked),
    ("node", Always),
    ("npm", Always),
    ("pipewire", Package("pipewire-bin")),
    ("ps", Package("procps")),
    ("python3", Package("python3")),
    ("timeout", Always),
    ("which", Always),
    ("wireplumber", Package("wireplumber")),
];

/// What precedes a program's name, in the languages of the tree.
const STARTS: &[&str] =
    &["Command::new(", "spawn(", "spawnSync(", "execFile(", "execFileSync(", "subprocess.run(["];

/// Where sources are; what lies in a folder `tests` or `benches` is needed for tests only.
const FOLDERS: &[&str] = &["crates", "src-tauri", "tests", "ui", "models"];
const EXTENSIONS: &[&str] = &["rs", "mjs", "js", "ts", "py"];

pub fn uses() -> Result<Vec<Use>> {
    // A program that product and tests start is needed by the product.
    let mut needed: BTreeMap<String, Needed> = BTreeMap::new();
    for folder in FOLDERS {
        for path in workspace::sources(&root().join(folder), EXTENSIONS)? {
            for program in started(&workspace::read(&path)?) {
                let by = needed_by(&path);
                let entry = needed.entry(program).or_insert(by);
                if by == Needed::Run {
                    *entry = by;
                }
            }
        }
    }
    Ok(needed.into_iter().filter_map(|(program, needed)| one(&program, needed)).collect())
}

fn one(program: &str, needed: Needed) -> Option<Use> {
    let (package, needed) = match PROGRAMS.iter().find(|(name, _)| *name == program) {
        Some((_, Always | Unpacked)) => return None,
        Some((_, Package(package))) => (Some((*package).to_owned()), needed),
        Some((_, Rival(package))) => (Some((*package).to_owned()), Needed::Test),
        None => (None, needed),
    };
    Some(Use { what: format!("program {program}"), package, needed })
}

fn needed_by(path: &Path) -> Needed {
    let inside = path.strip_prefix(root()).unwrap_or(path);
    let tests = inside.components().any(|part| {
        ["tests", "benches", "models"].iter().any(|folder| part.as_os_str() == *folder)
    });
    if tests { Needed::Test } else { Needed::Run }
}

/// The programs that a source names where it starts one: `Command::new("ffprobe")`, and paths such
/// as `/usr/bin/chromium` wherever they stand.
fn started(source: &str) -> Vec<String> {
    let called = STARTS.iter().flat_map(|start| source.split(start).skip(1)).filter_map(literal);
    let paths = source.split("/usr/bin/").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && !"-_.".contains(c));
        &rest[..end.unwrap_or(rest.len())]
    });
    let mut programs: Vec<String> = called
        .chain(paths)
        .map(|name| name.trim_start_matches("/usr/bin/").to_owned())
        .filter(|name| !name.is_empty() && name != "env")
        .collect();
    programs.sort();
    programs.dedup();
    programs
}

/// The string that a text begins with.
fn literal(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| "\"'".contains(*c))?;
    text[1..].split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_each_language() {
        for source in [
            "Command::new(\"ffprobe\").arg(\"x\")",
            "tokio::process::Command::new( \"ffprobe\" )",
            "const child = spawn('ffprobe', ['-v'])",
            "subprocess.run([\"ffprobe\", path])",
            "executablePath: '/usr/bin/ffprobe'",
            "Command::new(\"/usr/bin/ffprobe\")",
        ] {
            assert_eq!(started(source), ["ffprobe"], "{source}");
        }
        assert!(started("tokio::spawn(run())").is_empty(), "a task is no program");
        assert!(started("Command::new(program)").is_empty(), "what has no literal is ours");
    }

    #[test]
    fn an_unknown_program_is_a_use_without_a_package() {
        let one = one("frobnicate", Needed::Test).unwrap();
        assert_eq!(one.package, None, "so that the check fails until somebody says");
    }
}
