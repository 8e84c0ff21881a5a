//! scripts/packages.txt, read as the set-up reads it.

use anyhow::{Context, Result, bail, ensure};

use crate::workspace;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    Run,
    Test,
}

pub struct Table {
    rows: Vec<(String, Needed)>,
}

impl Table {
    pub fn read() -> Result<Self> {
        Self::parse(&workspace::read(&workspace::root().join("scripts/packages.txt"))?)
    }

    pub fn parse(text: &str) -> Result<Self> {
        let mut rows: Vec<(String, Needed)> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (package, rest) = line.split_once(' ').context("a row without a second word")?;
            let (needed, purpose) = rest.trim_start().split_once(' ').unwrap_or((rest.trim(), ""));
            ensure!(!purpose.trim().is_empty(), "{package}: the table doesn't say what for");
            ensure!(rows.iter().all(|(other, _)| other != package), "{package} has two rows");
            let needed = match needed {
                "run" => Needed::Run,
                "test" => Needed::Test,
                other => bail!("{package}: \"{other}\" is neither \"run\" nor \"test\""),
            };
            rows.push((package.to_owned(), needed));
        }
        ensure!(!rows.is_empty(), "scripts/packages.txt lists nothing");
        Ok(Self { rows })
    }

    /// For what a package is installed, if it is.
    pub fn needed(&self, package: &str) -> Option<Needed> {
        self.rows.iter().find(|(own, _)| own == package).map(|(_, needed)| *needed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_not_understood_is_refused() {
        for bad in ["x", "x run", "x perhaps for fun", "x run a\nx run a", ""] {
            assert!(Table::parse(bad).is_err(), "{bad:?} must not be read as something else");
        }
        let table = Table::parse("# a\n\nx   run  for one\n").unwrap();
        assert_eq!(table.needed("x"), Some(Needed::Run), "columns may be aligned");
    }
}
