//! Durations as people write them: `90s`, `15m`, `1h`, `30d`, `2w`, `10y`.

use std::time::Duration;

const UNITS: [(&str, u64); 6] =
    [("y", 365 * 86_400), ("w", 7 * 86_400), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is not a duration; write a whole number and a unit, like 500ms, 90s, 15m, 1h, 30d or 10y"
)]
pub struct DurationError(pub String);

/// Reads a duration; several parts may follow each other (`1h30m`). A year is 365 days.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let fail = || DurationError(text.to_owned());
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(fail());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(fail)?;
        let number: u64 = rest[..digits].parse().map_err(|_| fail())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let part = if &rest[..letters] == "ms" {
            Duration::from_millis(number)
        } else {
            let unit = UNITS.iter().find(|(name, _)| *name == &rest[..letters]).ok_or_else(fail)?;
            Duration::from_secs(number.checked_mul(unit.1).ok_or_else(fail)?)
        };
        total = total.checked_add(part).ok_or_else(fail)?;
        rest = &rest[letters..];
    }
    Ok(total)
}

/// Writes a duration so that [`parse_duration`] reads the same one back, in at most three units.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut seconds = duration.as_secs();
    let mut text = String::new();
    for (name, size) in UNITS {
        // Weeks read badly beside days: 30d is clearer than 4w2d.
        if name == "w" || seconds < size {
            continue;
        }
        text.push_str(&format!("{}{name}", seconds / size));
        seconds %= size;
    }
    if duration.subsec_millis() > 0 {
        text.push_str(&format!("{}ms", duration.subsec_millis()));
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(parse_duration("10y"), Ok(Duration::from_secs(3650 * 86_400)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        for wrong in ["", "30", "d", "-1d", "1.5h", "3 days", "99999999999999999999y"] {
            assert!(parse_duration(wrong).is_err(), "{wrong:?} must not pass as a duration");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        for text in ["0s", "90d", "1h30m", "10y", "2d1h", "250ms"] {
            let duration = parse_duration(text).expect("a duration");
            assert_eq!(format_duration(duration), text, "the shortest form comes back");
        }
    }
}
