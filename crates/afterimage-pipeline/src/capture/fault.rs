//! From what GStreamer reports to what an operator reads.
//!
//! Belongs here: the classification. Invariant: the library's own text goes into a sentence only
//! as its reason, and never with debug details, which may hold an address with its password.

use super::source::Source;
use crate::PipelineError;
use afterimage_base::ErrorKind;
use afterimage_media::{CaptureError, CaptureFailure};
use gstreamer as gst;
use gstreamer::glib;

/// An error that was posted while the session ran.
pub(super) fn from_bus(source: &Source, error: &glib::Error) -> CaptureError {
    let reason = error.message().trim_end_matches('.');
    if let Some(resource) = error.kind::<gst::ResourceError>() {
        return match resource {
            gst::ResourceError::NotAuthorized => CaptureError::new(
                CaptureFailure::AuthenticationFailed,
                format!("{source} refused the user or password; set the right ones"),
            ),
            gst::ResourceError::NotFound => CaptureError::new(
                CaptureFailure::Unreachable,
                format!("{source} is not there ({reason}); check the path or name"),
            ),
            gst::ResourceError::Busy => CaptureError::new(
                CaptureFailure::Unreachable,
                format!("{source} is used by another program; close that program"),
            ),
            gst::ResourceError::Settings => unsupported(source, reason),
            _ => CaptureError::new(
                CaptureFailure::Unreachable,
                format!("{source} can't be reached: {reason}"),
            ),
        };
    }
    if error.matches(gst::CoreError::MissingPlugin)
        || error.matches(gst::StreamError::CodecNotFound)
    {
        return CaptureError::new(
            CaptureFailure::Unavailable,
            format!("{source} needs a GStreamer element that is not installed: {reason}"),
        );
    }
    if error.is::<gst::StreamError>() || error.is::<gst::CoreError>() {
        return unsupported(source, reason);
    }
    CaptureError::new(CaptureFailure::Unreachable, format!("{source} broke off: {reason}"))
}

pub(super) fn unsupported(source: &Source, reason: &str) -> CaptureError {
    CaptureError::new(
        CaptureFailure::Unsupported,
        format!("{source} sends what can't be used: {reason}"),
    )
}

pub(super) fn unknown_certificate(source: &Source) -> CaptureError {
    CaptureError::new(
        CaptureFailure::Unreachable,
        format!(
            "{source} shows a certificate that nobody vouches for; install its authority on this \
             machine, or allow any certificate for this camera"
        ),
    )
}

pub(super) fn ended(source: &Source) -> CaptureError {
    CaptureError::new(CaptureFailure::Ended, format!("{source} ended its stream"))
}

pub(super) fn silent(source: &Source) -> CaptureError {
    CaptureError::new(
        CaptureFailure::Silent,
        format!("{source} is connected and has sent nothing for ten seconds"),
    )
}

/// Sound may come meanwhile.
pub(super) fn no_picture(source: &Source) -> CaptureError {
    CaptureError::new(
        CaptureFailure::Silent,
        format!("{source} is connected and sends no picture; restart the camera if this stays"),
    )
}

pub(super) fn no_answer(source: &Source) -> CaptureError {
    CaptureError::new(
        CaptureFailure::Unreachable,
        format!("{source} did not begin to send within 20 seconds; check address and network"),
    )
}

/// What went wrong before anything ran.
pub(super) fn from_pipeline(error: &PipelineError) -> CaptureError {
    let failure = match error.kind() {
        ErrorKind::InvalidInput => CaptureFailure::Unsupported,
        _ => CaptureFailure::Unavailable,
    };
    CaptureError::new(failure, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_password_is_told_from_a_dead_camera() {
        let source = Source::PipeWire("door".to_owned());
        let failure = |error: glib::Error| from_bus(&source, &error).failure;
        assert_eq!(
            failure(glib::Error::new(gst::ResourceError::NotAuthorized, "Unauthorized")),
            CaptureFailure::AuthenticationFailed
        );
        assert_eq!(
            failure(glib::Error::new(gst::ResourceError::OpenRead, "Could not connect")),
            CaptureFailure::Unreachable
        );
        assert_eq!(
            failure(glib::Error::new(gst::StreamError::Format, "not negotiated")),
            CaptureFailure::Unsupported
        );
    }
}
