//! Byte ranges as RFC 9110 §14 says: one range is honoured, several are answered whole.

use std::ops::Range;

/// What a `Range` header asks of a body of known length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// No range, or one that may be ignored (another unit, several ranges, nonsense).
    Whole,
    Part(Range<u64>),
    /// 416: it begins after the end.
    Unsatisfiable,
}

pub(crate) fn wanted(header: Option<&str>, length: u64) -> Wanted {
    let Some(set) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = set.trim().split_once('-') else {
        return Wanted::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    match (number(first), number(last)) {
        (None, Some(suffix)) if first.is_empty() => suffix_range(suffix, length),
        (Some(first), None) if last.is_empty() => range(first, length, length),
        (Some(first), Some(last)) if first <= last => {
            range(first, last.saturating_add(1).min(length), length)
        }
        _ => Wanted::Whole,
    }
}

fn suffix_range(suffix: u64, length: u64) -> Wanted {
    if suffix == 0 {
        Wanted::Unsatisfiable
    } else {
        range(length.saturating_sub(suffix), length, length)
    }
}

fn range(first: u64, end: u64, length: u64) -> Wanted {
    if first >= length { Wanted::Unsatisfiable } else { Wanted::Part(first..end) }
}

/// Digits only: `+1` and ` 1` are no positions. One too large for 64 bits is past every end.
fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_ranges() {
        let part = |from, to| Wanted::Part(from..to);
        for (header, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=0-", part(0, 100)),
            ("bytes=10-19", part(10, 20)),
            ("bytes=90-1000", part(90, 100)),
            ("bytes=99-99", part(99, 100)),
            ("bytes=-1", part(99, 100)),
            ("bytes=-1000", part(0, 100)),
            ("bytes=0-99999999999999999999999", part(0, 100)),
            ("bytes=100-", Wanted::Unsatisfiable),
            ("bytes=99999999999999999999999-", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("frames=0-1", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(wanted(Some(header), 100), expected, "{header}");
        }
        assert_eq!(wanted(None, 100), Wanted::Whole, "no header asks for all");
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Unsatisfiable, "nothing has no first byte");
    }
}
