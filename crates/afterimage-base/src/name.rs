//! Names of streams.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A stream's name: `[a-zA-Z0-9_.-]{1,256}`, the rule of Kinesis Video Streams.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamName(String);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` can't name a stream; use 1 to 256 of the characters a-z A-Z 0-9 _ . -")]
pub struct NameError(String);

impl StreamName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StreamName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if (1..=256).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            let shown: String = text.chars().take(64).flat_map(char::escape_debug).collect();
            Err(NameError(shown))
        }
    }
}

impl TryFrom<String> for StreamName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<StreamName> for String {
    fn from(name: StreamName) -> Self {
        name.0
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_name() {
        assert!("front-door_2.main".parse::<StreamName>().is_ok());
        for wrong in ["", "a b", "a/b", "ä", &"x".repeat(257)] {
            assert!(wrong.parse::<StreamName>().is_err(), "{wrong:?} is outside the allowed set");
        }
    }
}
