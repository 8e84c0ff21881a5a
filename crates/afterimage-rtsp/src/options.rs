//! What the caller decides about a session.

use afterimage_base::Clock;
use std::sync::Arc;
use std::time::Duration;

/// How RTP packets travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Interleaved in the RTSP connection: nothing is lost, and the socket may be read late.
    #[default]
    Tcp,
    /// Datagrams: for cameras that can't do better. Packets out of order count as lost.
    Udp,
}

#[derive(Clone, Debug)]
pub struct RtspOptions {
    pub transport: Transport,
    /// Without a picture for this long, the session ends as `Silent`.
    pub silence: Duration,
    /// How often the socket is read while nobody watches; two or four times as long where the
    /// camera sends little. All sessions with the same value share their instants.
    pub drain_every: Duration,
    pub clock: Arc<dyn Clock>,
}

impl RtspOptions {
    /// TCP, silent after 10 s, read every 250 ms to 1 s.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            transport: Transport::Tcp,
            silence: Duration::from_secs(10),
            drain_every: Duration::from_millis(250),
            clock,
        }
    }
}
