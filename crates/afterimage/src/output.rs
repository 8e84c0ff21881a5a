//! Answers on standard output: a table for people, one JSON document for programs.
//!
//! Invariant: a reader that went away (`afterimage … | head`) ends no recording and is no error.

use serde::Serialize;
use std::fmt;
use std::io::Write;

/// Prints one line, if anybody still reads.
pub fn line(text: impl fmt::Display) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Prints one JSON document.
pub fn json(value: &impl Serialize) {
    line(serde_json::to_string_pretty(value).expect("what we print is plain data"));
}

/// Prints rows under a heading, each column as wide as its widest cell.
pub fn table(heading: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = heading.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let padded = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    line(padded(&heading.iter().map(ToString::to_string).collect::<Vec<_>>()));
    for row in rows {
        line(padded(row));
    }
}

/// `1.4 GB`, in powers of ten as disks are sold.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
pub fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}
