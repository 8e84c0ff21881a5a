//! Camera addresses come back with their password hidden; what is shown must not be kept.
//!
//! Belongs here: an address whose password is the dots that hide one. Sent back for the same
//! camera it means "as before"; anywhere else it is refused, so that dots never become a password
//! and a password never goes to another host.

use crate::ApiError;
use afterimage_base::{Secret, SourceUrl};
use afterimage_recorder::Source;

/// As [`SourceUrl`] shows a password.
const HIDDEN: &str = "•••";

/// The source as it was meant; `current` is what is kept now.
pub(crate) fn as_meant(source: Source, current: Option<&Source>) -> Result<Source, ApiError> {
    let restore = |url: SourceUrl| restored(url, current.and_then(url_of));
    match source {
        Source::Rtsp(url) => Ok(Source::Rtsp(restore(url)?)),
        Source::Rtsps(url) => Ok(Source::Rtsps(restore(url)?)),
        other => Ok(other),
    }
}

fn restored(url: SourceUrl, current: Option<&SourceUrl>) -> Result<SourceUrl, ApiError> {
    let Some((user, password)) = &url.credentials else {
        return Ok(url);
    };
    if password.expose() != HIDDEN {
        return Ok(url);
    }
    let kept: Option<&(String, Secret)> = current
        .filter(|current| host(&current.address) == host(&url.address))
        .and_then(|current| current.credentials.as_ref())
        .filter(|(current_user, _)| current_user == user);
    match kept {
        Some(kept) => Ok(SourceUrl { credentials: Some(kept.clone()), address: url.address }),
        None => Err(ApiError::invalid(format!(
            "the password of {url} is not known here; write it out, as the camera or the user is another"
        ))),
    }
}

fn url_of(source: &Source) -> Option<&SourceUrl> {
    match source {
        Source::Rtsp(url) | Source::Rtsps(url) => Some(url),
        _ => None,
    }
}

fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        text.parse().expect(text)
    }

    #[test]
    fn dots_mean_the_password_that_is_kept() {
        let current = source("rtsp://admin:secret@camera.example:554/1");
        let meant = as_meant(source("rtsp://admin:•••@camera.example:554/2"), Some(&current));
        let expected = source("rtsp://admin:secret@camera.example:554/2");
        assert_eq!(meant.expect("the same camera"), expected, "another path, the same password");
        let new = source("rtsp://admin:other@camera.example:554/1");
        assert_eq!(as_meant(new.clone(), Some(&current)).expect("written out"), new);
    }

    #[test]
    fn dots_never_become_a_password_nor_go_elsewhere() {
        let current = source("rtsp://admin:secret@camera.example/1");
        for other in ["rtsp://admin:•••@evil.example/1", "rtsp://root:•••@camera.example/1"]
        {
            let error = as_meant(source(other), Some(&current)).expect_err(other);
            assert!(!error.message.contains("secret"), "{error}");
        }
        assert!(
            as_meant(source("rtsp://admin:•••@camera.example/1"), None).is_err(),
            "a new stream"
        );
    }
}
