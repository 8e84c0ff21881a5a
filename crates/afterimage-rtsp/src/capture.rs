//! The caller's end of a session.
//!
//! Belongs here: starting a session, and handing over what it brings. Not here: what it does
//! ([`crate::session`]) and when ([`crate::drain`]).

use crate::drain::{DrainThread, Pace};
use crate::options::{RtspOptions, Transport};
use crate::session::{self, Batch};
use afterimage_base::SourceUrl;
use afterimage_media::{Capture, CaptureError, CaptureEvent, CaptureFailure};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Batches between a session and its caller. When they are full the session stops reading its
/// socket, so the pressure reaches the camera; nothing is dropped here.
const BATCHES: usize = 4;

/// Whether this crate can try the address at all: `rtsp://` alone.
#[must_use]
pub fn supports(url: &SourceUrl) -> bool {
    url.address.split_once("://").is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("rtsp"))
}

/// Connects to a camera and makes it play. `Unsupported` means that another capture may do it:
/// the camera offers a codec or speaks a dialect that this one can't use.
pub async fn open(url: &SourceUrl, options: RtspOptions) -> Result<RtspCapture, CaptureError> {
    let (events, batches) = mpsc::channel(BATCHES);
    let (opened, answer) = oneshot::channel();
    let pace = Arc::new(Pace::new(options.drain_every));
    let transport = options.transport;
    let job = session::run(url.clone(), options, Arc::clone(&pace), opened, events);
    let drain = match transport {
        Transport::Tcp => Some(DrainThread::shared()?),
        Transport::Udp => None,
    };
    match drain {
        Some(drain) => drain.take_on(job, Arc::clone(&pace)),
        // The system's buffers for datagrams are too small to be read late.
        None => drop(tokio::spawn(job)),
    }
    answer.await.map_err(|_| broke_inside(url))??;
    Ok(RtspCapture { url: url.clone(), batches, ready: VecDeque::new(), ended: None, pace, drain })
}

/// A camera that plays. Dropping it tears the session down.
pub struct RtspCapture {
    url: SourceUrl,
    batches: mpsc::Receiver<Batch>,
    ready: VecDeque<CaptureEvent>,
    ended: Option<CaptureError>,
    pace: Arc<Pace>,
    drain: Option<&'static DrainThread>,
}

impl RtspCapture {
    async fn next_event(&mut self) -> Result<CaptureEvent, CaptureError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            if let Some(error) = &self.ended {
                return Err(error.clone());
            }
            match self.batches.recv().await {
                Some(Ok(events)) => self.ready = events.into(),
                Some(Err(error)) => self.ended = Some(error),
                None => self.ended = Some(broke_inside(&self.url)),
            }
        }
    }
}

impl Capture for RtspCapture {
    fn next(&mut self) -> BoxFuture<'_, Result<CaptureEvent, CaptureError>> {
        self.next_event().boxed()
    }

    fn set_watched(&mut self, watched: bool) {
        self.pace.set_watched(watched);
        if let Some(drain) = self.drain {
            drain.look();
        }
    }
}

impl std::fmt::Debug for RtspCapture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RtspCapture").field("url", &self.url).finish_non_exhaustive()
    }
}

/// The session ended without a word: it panicked.
fn broke_inside(url: &SourceUrl) -> CaptureError {
    CaptureError::new(
        CaptureFailure::Unreachable,
        format!("{} sent something that broke the reader; connecting anew", url.address),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_plain_rtsp_alone() {
        let url = |text| SourceUrl::parse(text).expect("an address");
        assert!(supports(&url("RTSP://u:p@cam/1")), "schemes have no case");
        assert!(!supports(&url("rtsps://cam/1")), "TLS is GStreamer's");
        assert!(!supports(&url("http://cam/1")));
    }
}
