//! The desktop window: finds or starts the recorder of a data directory and shows the console.
//!
//! Belongs here: what a browser can't do. Not here: anything that a browser could: that is the
//! console's, in `ui/`, and it speaks only HTTP to the recorder.
//! Invariant: the recorder outlives the window unless the person asks for its end.

mod arguments;
mod directories;
mod launch;
mod painting;
mod probe;
mod recorder;
mod trouble;
mod window;

use clap::Parser;

use crate::arguments::Arguments;

fn main() -> tauri::Result<()> {
    window::run(&Arguments::parse().into())
}
