//! Strings that must never be printed, and camera addresses that hold one.

use std::fmt;

/// A password or token. `Debug` and `Display` hide it; only [`Secret::expose`] shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(•••)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

/// An address with its user and password taken out, so that printing it is safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceUrl {
    /// Without credentials: `rtsp://camera.example/stream1`.
    pub address: String,
    /// As they stood in the address, percent-decoded.
    pub credentials: Option<(String, Secret)>,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not an address of the form rtsp://[user:password@]host[:port]/path")]
pub struct SourceUrlError(String);

impl SourceUrl {
    /// Splits `scheme://user:password@host/path`. The last `@` before the path ends the
    /// credentials, because passwords with an unescaped `@` are common.
    pub fn parse(text: &str) -> Result<Self, SourceUrlError> {
        let (scheme, rest) =
            text.split_once("://").ok_or_else(|| SourceUrlError(without_credentials(text)))?;
        let (authority, path) = rest.split_at(authority_length(rest));
        let (userinfo, host) = match authority.rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo), host),
            None => (None, authority),
        };
        if scheme.is_empty() || host.is_empty() {
            return Err(SourceUrlError(without_credentials(text)));
        }
        let credentials = userinfo.map(|userinfo| {
            let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
            (percent_decode(user), Secret::new(percent_decode(password)))
        });
        Ok(Self { address: format!("{scheme}://{host}{path}"), credentials })
    }
}

/// Where `[user:password@]host[:port]` ends. A password may hold a slash that nobody escaped:
/// then what looks like the port is no number, and an `@` follows.
fn authority_length(rest: &str) -> usize {
    let to_slash = rest.find('/').unwrap_or(rest.len());
    let before = &rest[..to_slash];
    let is_port = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let slash_in_password =
        !before.contains('@') && before.rsplit_once(':').is_some_and(|(_, port)| !is_port(port));
    match rest.rfind('@') {
        Some(at) if slash_in_password => {
            rest[at..].find('/').map_or(rest.len(), |slash| at + slash)
        }
        _ => to_slash,
    }
}

impl SourceUrl {
    /// The address with its credentials, for encrypted storage only.
    #[must_use]
    pub fn expose(&self) -> String {
        match (&self.credentials, self.address.split_once("://")) {
            (Some((user, password)), Some((scheme, rest))) => {
                let (user, password) = (percent_encode(user), percent_encode(password.expose()));
                format!("{scheme}://{user}:{password}@{rest}")
            }
            _ => self.address.clone(),
        }
    }
}

impl fmt::Display for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.credentials, self.address.split_once("://")) {
            (Some((user, _)), Some((scheme, rest))) => write!(f, "{scheme}://{user}:•••@{rest}"),
            _ => f.write_str(&self.address),
        }
    }
}

fn without_credentials(text: &str) -> String {
    text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, rest)| format!("•••@{rest}"))
}

fn percent_encode(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let decoded = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match decoded {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_prints_without_its_password() {
        let url = SourceUrl::parse("rtsp://admin:p%40ss@10.0.0.5:554/live?x=1").expect("valid");
        assert_eq!(url.address, "rtsp://10.0.0.5:554/live?x=1");
        assert_eq!(url.to_string(), "rtsp://admin:•••@10.0.0.5:554/live?x=1");
        let (user, password) = url.credentials.clone().expect("credentials");
        assert_eq!((user.as_str(), password.expose()), ("admin", "p@ss"));
        assert!(!format!("{url:?}").contains("p@ss"), "Debug must not print it either");
        assert_eq!(SourceUrl::parse(&url.expose()), Ok(url), "storing loses nothing");
    }

    #[test]
    fn a_password_with_an_at_sign_or_a_slash_is_still_hidden() {
        for text in ["rtsp://u:a@b@host/path", "rtsp://u:a/b@host/path"] {
            let url = SourceUrl::parse(text).expect("valid");
            assert_eq!(url.address, "rtsp://host/path", "{text}");
        }
        let path_with_at = SourceUrl::parse("rtsp://host:554/user@home").expect("valid");
        assert_eq!(path_with_at.credentials, None, "an @ in the path is no credential");
    }
}
