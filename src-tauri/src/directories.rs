//! Where the platform keeps what a program has: the XDG base directories.
//!
//! The rule is the command line's too; a relative path in a variable counts as none, as the
//! standard says.

use std::env;
use std::path::{Path, PathBuf};

/// Archives: `~/.local/share`.
pub fn data() -> PathBuf {
    base("XDG_DATA_HOME", ".local/share")
}

/// Logs: `~/.local/state`.
pub fn state() -> PathBuf {
    base("XDG_STATE_HOME", ".local/state")
}

/// Settings of the session: `~/.config`.
pub fn config() -> PathBuf {
    base("XDG_CONFIG_HOME", ".config")
}

/// What this window keeps for itself.
pub fn own() -> PathBuf {
    state().join("afterimage")
}

fn base(variable: &str, usual: &str) -> PathBuf {
    let named = env::var_os(variable).map(PathBuf::from);
    chosen(named.as_deref(), env::home_dir().as_deref(), usual)
}

fn chosen(named: Option<&Path>, home: Option<&Path>, usual: &str) -> PathBuf {
    match named.filter(|path| path.is_absolute()) {
        Some(named) => named.to_owned(),
        None => home.unwrap_or(Path::new(".")).join(usual),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_where_the_standard_says() {
        let home = Some(Path::new("/home/ada"));
        let at = |named: Option<&str>| chosen(named.map(Path::new), home, ".local/share");
        assert_eq!(at(Some("/data")), Path::new("/data"), "the variable decides");
        let usual = Path::new("/home/ada/.local/share");
        assert_eq!(at(None), usual, "its default lies in the home directory");
        assert_eq!(at(Some("data")), usual, "the standard says to ignore a relative one");
    }
}
