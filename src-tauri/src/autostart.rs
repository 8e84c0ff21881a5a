//! Starting at login: a file in the session's `autostart` folder, as
//! <https://specifications.freedesktop.org/autostart-spec> says.
//!
//! Not here: who asks for it ([`crate::menu`]).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::directories;

/// Whether the window's program is started at login.
pub fn is_on() -> bool {
    fs::read_to_string(file()).is_ok_and(|text| starts(&text))
}

/// From the next login on, or no longer.
pub fn set(on: bool, program: &Path, data: Option<&Path>, is_demo: bool) -> io::Result<()> {
    let file = file();
    if on {
        fs::create_dir_all(file.parent().expect("it lies in a folder"))?;
        return fs::write(file, entry(program, data, is_demo));
    }
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn file() -> PathBuf {
    directories::config().join("autostart/afterimage.desktop")
}

/// The desktop's own settings switch an entry off by one of these lines.
fn starts(text: &str) -> bool {
    !text
        .lines()
        .map(str::trim)
        .any(|line| matches!(line, "Hidden=true" | "X-GNOME-Autostart-enabled=false"))
}

fn entry(program: &Path, data: Option<&Path>, is_demo: bool) -> String {
    let mut command = format!("{} --hidden", quoted(&program.to_string_lossy()));
    if is_demo {
        command.push_str(" --demo");
    }
    if let Some(data) = data {
        command = format!("{command} --data {}", quoted(&data.to_string_lossy()));
    }
    format!(
        "[Desktop Entry]\nType=Application\nName=Afterimage\n\
         Comment=Keeps recording, and tells when a camera is down\n\
         Exec={command}\nIcon=afterimage\nTerminal=false\n"
    )
}

/// An argument as the Desktop Entry Specification quotes it: first for the command, then for the
/// file, in which a backslash is escaped once more.
fn quoted(argument: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in argument.chars() {
        match letter {
            '\\' => quoted.push_str(r"\\\\"),
            '"' | '`' | '$' => {
                quoted.push_str(r"\\");
                quoted.push(letter);
            }
            '%' => quoted.push_str("%%"),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_starts_this_program_without_a_window() {
        let program = Path::new("/opt/af ter/afterimage-desktop");
        let entry = entry(program, Some(Path::new("/d/$x%")), true);
        let command = entry.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap();
        let expected = r#""/opt/af ter/afterimage-desktop" --hidden --demo --data "/d/\\$x%%""#;
        assert_eq!(command, expected, "the specification quotes it like this");
    }

    #[test]
    fn an_entry_switched_off_by_the_desktop_counts_as_off() {
        let on = entry(Path::new("/bin/afterimage-desktop"), None, false);
        assert!(starts(&on), "what we write starts it");
        assert!(!starts(&format!("{on}Hidden=true\n")), "the specification's way to switch it off");
        assert!(!starts(&format!("{on}X-GNOME-Autostart-enabled=false\n")), "and GNOME's");
    }
}
