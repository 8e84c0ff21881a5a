//! The package map: whatever the tree uses of the system, the set-up installs.
//!
//! Belongs here: comparing uses with scripts/packages.txt. Not here: finding the uses
//! ([`elements`], [`libraries`], [`programs`]), installing (scripts/setup).
//! Invariant: a use whose package is unknown is a finding, never skipped.

mod elements;
mod libraries;
mod programs;
mod table;

use anyhow::Result;

use crate::verdict;
use table::{Needed, Table};

/// Something of the system that the tree uses.
#[derive(Debug, PartialEq, Eq)]
struct Use {
    /// As it is told: "GStreamer element x264enc".
    what: String,
    /// `None` where nobody has said yet which package brings it.
    package: Option<String>,
    needed: Needed,
}

pub fn check() -> Result<()> {
    let table = Table::read()?;
    let mut uses = elements::uses()?;
    uses.extend(libraries::uses()?);
    uses.extend(programs::uses()?);
    let findings: Vec<String> = uses.iter().filter_map(|one| missing(one, &table)).collect();
    verdict(
        &findings,
        "List the package in scripts/packages.txt. Which package brings what is said in \
         crates/afterimage-pipeline/src/elements.rs, xtask/src/packages/libraries.rs and \
         xtask/src/packages/programs.rs.",
    )
}

fn missing(one: &Use, table: &Table) -> Option<String> {
    let Use { what, package, needed } = one;
    let Some(package) = package else {
        return Some(format!("{what}: no table says which package brings it"));
    };
    match (table.needed(package), needed) {
        (None, _) => Some(format!("{what}: the set-up doesn't install {package}")),
        (Some(Needed::Test), Needed::Run) => {
            Some(format!("{what}: the product needs {package}, but it is installed for tests only"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_installed_is_found() {
        let table = Table::parse("x run for one\ny test for two\n").unwrap();
        let found = |package: Option<&str>, needed| {
            let package = package.map(str::to_owned);
            missing(&Use { what: "it".into(), package, needed }, &table).is_some()
        };
        assert!(!found(Some("x"), Needed::Run), "x is installed for all");
        assert!(!found(Some("x"), Needed::Test), "so tests have it too");
        assert!(!found(Some("y"), Needed::Test), "y is installed for tests");
        assert!(found(Some("y"), Needed::Run), "the demo has no y");
        assert!(found(Some("z"), Needed::Test), "nobody installs z");
        assert!(found(None, Needed::Test), "an unknown use is a finding");
    }
}
