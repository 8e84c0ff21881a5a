//! Sizes as people write them: `200GB`, `1.5TB`, `500GiB`.

/// Powers of ten as disks are sold, powers of two where the `i` says so.
const UNITS: [(&str, u64); 9] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("b", 1),
];

/// Decimals that are counted; a size with more is given in smaller units.
const MOST_DECIMALS: usize = 6;

/// Reads a size; 0 needs no unit.
pub fn bytes(text: &str) -> Result<u64, String> {
    let wrong = || {
        format!(
            "`{}` is not a size; write a number and a unit, like 200GB, 1.5TB or 500GiB",
            text.escape_debug()
        )
    };
    let lower = text.trim().to_ascii_lowercase();
    if lower == "0" {
        return Ok(0);
    }
    let unit = UNITS.iter().find(|(name, _)| lower.ends_with(name)).ok_or_else(wrong)?;
    let number = lower.strip_suffix(unit.0).unwrap_or(&lower).trim_end();
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() > MOST_DECIMALS {
        return Err(wrong());
    }
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let decimals: u64 = part.parse().map_err(|_| wrong())?;
    let scale = 10_u64.pow(u32::try_from(part.len()).map_err(|_| wrong())?);
    let part = u128::from(unit.1) * u128::from(decimals) / u128::from(scale);
    whole
        .checked_mul(unit.1)
        .and_then(|bytes| bytes.checked_add(u64::try_from(part).ok()?))
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_as_disks_are_sold() {
        for (text, size) in [
            ("200GB", 200_000_000_000),
            ("1.5TB", 1_500_000_000_000),
            ("1 gb", 1_000_000_000),
            ("500GiB", 500 << 30),
            ("12B", 12),
            ("0", 0),
        ] {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_told() {
        for text in ["", "200", "GB", "-1GB", "1.GB", ".5GB", "1,5GB", "99999999999TB", "2 PB"] {
            let error = bytes(text).expect_err("no size");
            assert!(error.contains("200GB"), "it says how to write one: {error}");
        }
    }
}
