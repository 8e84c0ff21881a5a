//! Generated files: what the code says, written where people and other languages read it.
//!
//! Belongs here: the table of them. Not here: what they say; the program prints it itself.
//! Invariant: `--write` followed by a check finds nothing.

#![expect(clippy::disallowed_types, reason = "generators are programs")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::{self, root};
use crate::{cli_reference, verdict};

struct Generated {
    file: &'static str,
    text: fn() -> Result<String>,
}

/// In this order, because the third is made from the first.
const FILES: &[Generated] = &[
    Generated { file: OPENAPI, text: || afterimage(&["openapi"]) },
    Generated { file: "docs/cli.md", text: || cli_reference::text(&afterimage) },
    Generated { file: "ui/src/backend/openapi.d.ts", text: typescript },
];

const OPENAPI: &str = "ui/openapi.json";

pub fn check() -> Result<()> {
    let mut findings = Vec::new();
    for Generated { file, text } in FILES {
        let written = fs::read_to_string(root().join(file)).unwrap_or_default();
        match text() {
            Ok(text) if text == written => {}
            Ok(_) => findings.push(format!("{file} is not what the code generates")),
            Err(error) => findings.push(format!("{file} can't be generated: {error:#}")),
        }
    }
    verdict(&findings, "Write them with `make generated` and commit them.")
}

pub fn write() -> Result<()> {
    for Generated { file, text } in FILES {
        let path = root().join(file);
        fs::create_dir_all(path.parent().expect("each file lies in a folder"))?;
        fs::write(&path, text()?).with_context(|| format!("{file} can't be written"))?;
        println!("wrote {file}");
    }
    Ok(())
}

/// What the product's program prints.
fn afterimage(arguments: &[&str]) -> Result<String> {
    let program = target_directory().join("debug/afterimage");
    if !program.exists() {
        bail!("{} is not built: cargo build --package afterimage", workspace::shown(&program));
    }
    // The same width and defaults, whatever the terminal's and the environment's.
    output(Command::new(program).args(arguments).env_clear().env("COLUMNS", "100"))
}

fn typescript() -> Result<String> {
    let openapi = root().join(OPENAPI);
    output(Command::new(root().join("ui/node_modules/.bin/openapi-typescript")).arg(openapi))
}

fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn output(command: &mut Command) -> Result<String> {
    let shown = |program: OsString| workspace::shown(Path::new(&program));
    let program = shown(command.get_program().to_owned());
    let output = command.output().with_context(|| format!("{program} can't be started"))?;
    if !output.status.success() {
        bail!("{program}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
