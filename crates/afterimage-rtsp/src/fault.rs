//! What retina's errors mean to the recorder.
//!
//! Belongs here: the one place that looks into retina's errors. They are opaque by design: an RTSP
//! status, and text whose `Debug` form begins with the name of the error's case. Not here: faults
//! that we find ourselves. Invariant: sentences hold no secret and no control character, and are
//! short, although cameras write parts of them.

use afterimage_media::{CaptureError, CaptureFailure};
use retina::Error;
use std::fmt::{Debug, Display, Write};

const LONGEST_DETAIL: usize = 200;

/// Whether the session goes on after this error: one packet was bad, the connection is not.
#[must_use]
pub fn is_of_one_packet(error: &Error) -> bool {
    matches!(case(error).as_str(), "PacketError" | "RtpPacketError")
}

/// The first line of an error in words, cut to a sensible length.
#[must_use]
pub fn words(error: &impl Display) -> String {
    let text = capped(format_args!("{error}"));
    let line = text.lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(LONGEST_DETAIL).collect()
}

/// A session that could not begin.
#[must_use]
pub fn while_opening(error: &Error, address: &str, user: Option<&str>) -> CaptureError {
    let words = words(error);
    if let Some(status) = error.status_code() {
        return answered(status, &words, address, user);
    }
    match case(error).as_str() {
        "ConnectError" => CaptureError::new(
            CaptureFailure::Unreachable,
            format!(
                "can't reach {address}: {words}; check the address, that the camera is on, and that it offers RTSP"
            ),
        ),
        "RtspReadError" | "WriteError" | "UdpRecvError" | "Timeout" => CaptureError::new(
            CaptureFailure::Unreachable,
            format!("the connection to {address} broke while it was being set up: {words}"),
        ),
        "Internal" => CaptureError::new(
            CaptureFailure::Unavailable,
            format!("this machine could not open what the stream of {address} needs: {words}"),
        ),
        _ => CaptureError::new(
            CaptureFailure::Unsupported,
            format!("{address} does not speak RTSP as it should: {words}"),
        ),
    }
}

/// A session that was under way.
#[must_use]
pub fn while_playing(error: &Error, address: &str) -> CaptureError {
    CaptureError::new(
        CaptureFailure::Unreachable,
        format!("the connection to {address} broke: {}", words(error)),
    )
}

fn answered(status: u16, words: &str, address: &str, user: Option<&str>) -> CaptureError {
    let (failure, detail) = match (status, user) {
        (401, None) => (
            CaptureFailure::AuthenticationFailed,
            format!(
                "{address} asks for a user and a password; put them into the address, as in rtsp://user:password@host/path"
            ),
        ),
        (401, Some(user)) => (
            CaptureFailure::AuthenticationFailed,
            format!(
                "{address} refused user `{}` and its password; correct them in the address",
                clean(user)
            ),
        ),
        (403, _) => (
            CaptureFailure::AuthenticationFailed,
            format!(
                "{address} forbids this stream to {}",
                user.map_or_else(
                    || "a nameless user; put a user and a password into the address".to_owned(),
                    |user| format!("user `{}`; grant it in the camera's settings", clean(user))
                )
            ),
        ),
        (404, _) => (
            CaptureFailure::Unreachable,
            format!(
                "{address} has no stream at this path (404); take the path from the camera's manual"
            ),
        ),
        (461, _) => (
            CaptureFailure::Unsupported,
            format!(
                "{address} does not offer this transport (461); switch the stream between TCP and UDP"
            ),
        ),
        (453 | 500.., _) => (
            CaptureFailure::Unreachable,
            format!("{address} can't serve the stream now: {words}; it may have too many viewers"),
        ),
        _ => {
            (CaptureFailure::Unsupported, format!("{address} answered what can't be used: {words}"))
        }
    };
    CaptureError::new(failure, detail)
}

/// The name of the error's case: what its `Debug` form begins with.
fn case(error: &impl Debug) -> String {
    let text = capped(format_args!("{error:?}"));
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    text[..end].to_owned()
}

fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// Formats no more than is looked at: an error may quote a whole packet.
fn capped(arguments: std::fmt::Arguments<'_>) -> String {
    struct Capped(String);
    impl Write for Capped {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            let room = 4 * LONGEST_DETAIL - self.0.len().min(4 * LONGEST_DETAIL);
            self.0.extend(text.chars().take(room));
            if text.len() > room { Err(std::fmt::Error) } else { Ok(()) }
        }
    }
    let mut text = Capped(String::new());
    // Running out of room is how it ends early.
    let _ = text.write_fmt(arguments);
    text.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_say_what_the_recorder_does_next() {
        let failure = |status| answered(status, "x", "rtsp://cam/1", Some("u")).failure;
        assert_eq!(failure(401), CaptureFailure::AuthenticationFailed);
        assert_eq!(failure(403), CaptureFailure::AuthenticationFailed);
        assert_eq!(
            failure(404),
            CaptureFailure::Unreachable,
            "another capture finds no more there"
        );
        assert_eq!(failure(503), CaptureFailure::Unreachable);
        assert_eq!(failure(461), CaptureFailure::Unsupported);
        assert_eq!(failure(200), CaptureFailure::Unsupported, "an answer that retina can't read");
        assert_eq!(failure(302), CaptureFailure::Unsupported, "GStreamer follows redirects");
    }

    #[test]
    fn a_camera_can_not_write_control_characters_or_books_into_our_sentences() {
        let text = words(&format!("bad\u{1b}[31m thing {}\nsecond line", "x".repeat(100_000)));
        assert!(!text.contains('\u{1b}') && !text.contains('\n'), "{text}");
        assert!(text.chars().count() <= LONGEST_DETAIL, "cut: {}", text.len());
    }

    #[tokio::test]
    async fn retina_still_names_its_cases() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        drop(listener);
        let url = url::Url::parse(&format!("rtsp://127.0.0.1:{port}/")).expect("valid");
        let error =
            retina::client::Session::describe(url, retina::client::SessionOptions::default())
                .await
                .err()
                .expect("nobody listens");
        assert_eq!(case(&error), "ConnectError", "classification stands on these names: {error:?}");
        let known = while_opening(&error, "rtsp://127.0.0.1/", None);
        assert_eq!(known.failure, CaptureFailure::Unreachable);
        assert!(known.detail.contains("refused"), "the sentence says why: {}", known.detail);
    }
}
