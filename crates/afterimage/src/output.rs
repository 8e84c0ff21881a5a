//! Answers on standard output: a table for people, one JSON document for programs.
//!
//! Invariant: a reader that went away (`afterimage … | head`) ends no recording and is no error.

use afterimage_base::format_duration;
use serde::Serialize;
use std::fmt;
use std::io::Write;
use std::time::Duration;

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

/// A length of time: tenths of a second below ten seconds, whole ones above.
pub fn length(micros: i64) -> String {
    let duration = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
    if duration < Duration::from_secs(10) {
        return format!("{:.1}s", duration.as_secs_f64());
    }
    format_duration(Duration::from_secs(duration.as_secs()))
}

/// How far a clock is from the recorder's; ahead is positive.
pub fn skew(micros: i64) -> String {
    let apart = length(i64::try_from(micros.unsigned_abs()).unwrap_or(i64::MAX));
    match micros {
        -49_999..50_000 => "right".to_owned(),
        50_000.. => format!("{apart} ahead"),
        _ => format!("{apart} behind"),
    }
}

/// The word of the API, so that text and JSON tell the same.
pub fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// `99.97 %`. What is not whole never rounds up to it: a gap of a second in a month is one.
pub fn percent(part: f64) -> String {
    if part >= 1.0 {
        return "100 %".to_owned();
    }
    format!("{:.2} %", (part * 10_000.0).floor() / 100.0)
}
