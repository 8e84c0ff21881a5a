//! Names of files, made by us: nothing of a request but a stream's name is in them.

use afterimage_base::{StreamName, WallTime};

/// What a file system takes as one name, less the two instants and the ending.
const LONGEST_STEM: usize = 180;

/// `gate_20261123T140410.000Z_20261123T140655.000Z.mp4`
pub(super) fn of_range(what: &str, from: WallTime, to: WallTime, ending: &str) -> String {
    format!("{what}_{}_{}.{ending}", from.compact(), to.compact())
}

/// A stream's name as the beginning of a file's: the same, except that a leading dot would hide it
/// and a very long one is cut and told apart by its hash. `%` is in no stream's name.
pub(super) fn stem(stream: &StreamName) -> String {
    let name = stream.as_str();
    let visible =
        name.strip_prefix('.').map_or_else(|| name.to_owned(), |rest| format!("%2E{rest}"));
    if visible.len() <= LONGEST_STEM {
        return visible;
    }
    let hash = blake3::hash(name.as_bytes()).to_hex();
    // Names of streams are ASCII.
    format!("{}%{}", &visible[..LONGEST_STEM], &hash[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_camera_start_and_end_and_is_one_name() {
        let at = |text: &str| text.parse::<WallTime>().expect("RFC 3339");
        let (from, to) = (at("2026-11-23T14:04:10Z"), at("2026-11-23T14:06:55Z"));
        let gate = stem(&"gate".parse().expect("a name"));
        assert_eq!(
            of_range(&gate, from, to, "mp4"),
            "gate_20261123T140410.000Z_20261123T140655.000Z.mp4"
        );
        let long = ["x".repeat(256), format!("{}y", "x".repeat(255))];
        let stems: Vec<String> =
            long.iter().map(|name| stem(&name.parse().expect("a name"))).collect();
        assert_ne!(stems[0], stems[1], "cut names stay apart");
        assert!(of_range(&stems[0], from, to, "mp4.part").len() < 255, "a file system takes it");
        assert_eq!(stem(&"..".parse().expect("a name")), "%2E.", "no name climbs or hides");
    }
}
