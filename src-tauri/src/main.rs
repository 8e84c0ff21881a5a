//! The desktop window: finds or starts the recorder of a data directory and shows the console.
//!
//! Belongs here: what a browser can't do. Not here: anything that a browser could: that is the
//! console's, in `ui/`, and it speaks only HTTP to the recorder.
//! Invariant: the recorder outlives the window unless the person asks for its end.

mod address_book;
mod app;
mod arguments;
mod autostart;
mod dialogs;
mod directories;
mod instance;
mod launch;
mod memory;
mod menu;
mod notices;
mod page;
mod painting;
mod place;
mod policy;
mod port;
mod probe;
mod recorder;
mod reveal;
mod save;
mod session;
mod shell;
mod tray;
mod trouble;
mod watch;
mod windows;
mod wishes;

use clap::Parser;

use crate::arguments::Arguments;

fn main() -> tauri::Result<()> {
    app::run(&Arguments::parse().into())
}
