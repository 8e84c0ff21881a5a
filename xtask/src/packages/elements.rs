//! GStreamer elements, from the pipeline crate's own table.
//!
//! The table is read as text, because linking it would make every run of this compile GStreamer.

use anyhow::{Context, Result, ensure};

use super::{Needed, Use};
use crate::workspace;

const TABLE: &str = "crates/afterimage-pipeline/src/elements.rs";

pub fn uses() -> Result<Vec<Use>> {
    parse(&workspace::read(&workspace::root().join(TABLE))?)
}

fn parse(source: &str) -> Result<Vec<Use>> {
    let constants: Vec<(&str, &str)> = source.lines().filter_map(constant).collect();
    let mut uses = Vec::new();
    // Rows look so: `required("x264enc", UGLY),`, where UGLY is a constant of the file. Optional
    // elements are used where somebody has installed them.
    for line in source.lines().map(str::trim) {
        let Some(row) = line.strip_prefix("required(\"") else { continue };
        let (element, rest) = row.split_once("\", ").context("a row without a package")?;
        let named = rest.strip_suffix("),").context("a row that doesn't end in one line")?;
        let package = match named.strip_prefix('"') {
            Some(literal) => literal.trim_end_matches('"'),
            None => constants
                .iter()
                .find_map(|(name, package)| (*name == named).then_some(*package))
                .with_context(|| format!("{TABLE}: {named} is no constant of the file"))?,
        };
        uses.push(Use {
            what: format!("GStreamer element {element}"),
            package: Some(package.to_owned()),
            needed: Needed::Run,
        });
    }
    let rows = source.matches("required(\"").count();
    ensure!(!uses.is_empty() && rows == uses.len(), "{TABLE}: not all {rows} rows are understood");
    Ok(uses)
}

/// `const BASE: &str = "gstreamer1.0-plugins-base";`
fn constant(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("const ")?.split_once(": &str = \"")?;
    Some((name, value.strip_suffix("\";")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_with_their_packages() {
        let source = "const BASE: &str = \"base\";\n    required(\"appsink\", BASE),\n    \
                      required(\"odd\", \"extra\"),\n    optional(\"fast\", BASE),\n";
        let packages: Vec<_> =
            parse(source).unwrap().into_iter().map(|one| one.package.unwrap()).collect();
        assert_eq!(packages, ["base", "extra"], "what is optional is not asked for");
    }

    #[test]
    fn a_table_of_another_form_is_not_read_as_empty() {
        for source in ["", "required(\n\"appsink\", BASE)", "    required(\"appsink\", NOWHERE),"] {
            assert!(parse(source).is_err(), "{source:?} must be noticed");
        }
    }
}
