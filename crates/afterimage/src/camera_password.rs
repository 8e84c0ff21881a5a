//! The password of a camera: from the environment, or from the person at the terminal.
//!
//! Belongs here: asking for it without showing it. Not here: what it is for.
//! Invariant: it is never an argument, because every user of a machine can read arguments.

use crate::failure::Failure;
use afterimage_base::{ErrorKind, Secret};
use rustix::termios::{LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use std::io::{self, BufRead, Write};

pub const VARIABLE: &str = "AFTERIMAGE_CAMERA_PASSWORD";

/// The password of this user.
pub async fn of(user: &str) -> Result<Secret, Failure> {
    if let Ok(password) = std::env::var(VARIABLE) {
        return Ok(Secret::new(password));
    }
    if !isatty(io::stdin()) {
        return Err(Failure::input(format!("set {VARIABLE} to the password of {user}")));
    }
    let user = user.to_owned();
    let asked = tokio::task::spawn_blocking(move || ask(&user)).await;
    asked.map_err(|error| Failure::new(ErrorKind::Internal, error))?.map_err(|error| {
        Failure::input(format!("the password can't be read from the terminal: {error}"))
    })
}

fn ask(user: &str) -> io::Result<Secret> {
    eprint!("Password of {user}: ");
    io::stderr().flush()?;
    let silence = Silence::begin()?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    drop(silence);
    eprintln!();
    read?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}

/// The terminal does not show what is typed while this lives.
struct Silence {
    before: Termios,
}

impl Silence {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self { before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A terminal that went away shows nothing anyway.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}
