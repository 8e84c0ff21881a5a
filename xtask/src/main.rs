//! Checks of the tree itself; each is a step of `.ci/run`.
//!
//! Belongs here: what no test of a crate can see because it is about all of them. Not here: what
//! the product does.

mod arrows;
mod cli_reference;
mod generated;
mod packages;
mod workspace;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask arrows               do crates use only what they may?
cargo xtask packages             does the set-up install all that the tree uses?
cargo xtask generated [--write]  are generated files what the code generates?";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match run(&words.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["arrows"] => arrows::check(),
        ["packages"] => packages::check(),
        ["generated"] => generated::check(),
        ["generated", "--write"] => generated::write(),
        _ => bail!("{USAGE}"),
    }
}

/// Fails with all of a check's findings, and what to do about them.
fn verdict(findings: &[String], remedy: &str) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    bail!("{}\n\n{remedy}", findings.join("\n"))
}
