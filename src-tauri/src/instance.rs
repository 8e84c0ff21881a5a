//! One program per data directory: a second start asks the first to come to the front.
//!
//! Belongs here: the socket between the two. Not here: what the first one does then.
//! Invariant: where the socket can't be had, the window opens all the same.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::shell::First;

const PATIENCE: Duration = Duration::from_secs(2);
const LONGEST: u64 = 1024;

pub enum Instance {
    /// We are the first; others knock here.
    First(UnixListener),
    /// The first was asked.
    Second,
    /// Nobody can tell.
    Alone(io::Error),
}

/// Where the first of this data directory listens, in a folder that is ours alone.
pub fn place(folder: &Path, data: &Path) -> PathBuf {
    let data = fs::canonicalize(data).unwrap_or_else(|_| data.to_owned());
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    folder.join(format!("window-{:016x}.socket", hasher.finish()))
}

/// Is the first at this place, or asks the first.
pub fn claim(place: &Path, first: &First) -> Instance {
    if let Ok(mut other) = UnixStream::connect(place)
        && other.write_all(words(first).as_bytes()).is_ok()
    {
        return Instance::Second;
    }
    // Nobody listens there any more.
    let _ = fs::remove_file(place);
    let folder = place.parent().expect("a socket lies in a folder");
    match fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .and_then(|()| UnixListener::bind(place))
    {
        Ok(listener) => Instance::First(listener),
        Err(error) => Instance::Alone(error),
    }
}

/// Tells what each later start asks for.
pub fn listen(listener: UnixListener, told: impl Fn(First) + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("second starts".into()).spawn(move || {
        for other in listener.incoming().flatten() {
            let mut text = String::new();
            let _ = other.set_read_timeout(Some(PATIENCE));
            if other.take(LONGEST).read_to_string(&mut text).is_ok()
                && let Some(first) = parsed(&text)
            {
                told(first);
            }
        }
    })?;
    Ok(())
}

fn words(first: &First) -> String {
    match first {
        First::ThisComputer => "open".into(),
        First::Elsewhere(name) => format!("recorder {name}"),
        First::Nothing => "hidden".into(),
    }
}

fn parsed(text: &str) -> Option<First> {
    match text {
        "open" => Some(First::ThisComputer),
        "hidden" => Some(First::Nothing),
        _ => text.strip_prefix("recorder ").map(|name| First::Elsewhere(name.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_second_start_asks_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let at = place(folder.path(), Path::new("/data"));
        let Instance::First(listener) = claim(&at, &First::ThisComputer) else {
            panic!("nobody was there before");
        };
        let (tell, told) = mpsc::sync_channel(4);
        listen(listener, move |first| tell.send(first).unwrap()).unwrap();
        for first in [First::ThisComputer, First::Elsewhere("Old barn".into()), First::Nothing] {
            assert!(matches!(claim(&at, &first), Instance::Second), "the first is there");
            assert_eq!(told.recv().unwrap(), first, "and hears what was asked for");
        }
        let other = place(folder.path(), Path::new("/elsewhere"));
        assert!(matches!(claim(&other, &First::ThisComputer), Instance::First(_)), "its own data");
    }

    #[test]
    fn a_socket_left_behind_is_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let at = place(folder.path(), Path::new("/data"));
        drop(UnixListener::bind(&at).unwrap());
        assert!(at.exists(), "a killed window leaves it");
        assert!(matches!(claim(&at, &First::Nothing), Instance::First(_)), "the next one takes it");
    }
}
