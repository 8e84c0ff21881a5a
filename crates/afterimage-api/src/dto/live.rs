//! Live view: what the WebSocket `…/live` sends.
//!
//! Text messages are [`LiveMessage`]s. Before each binary message stand sixteen bytes:
//!
//! | byte | meaning |
//! |---|---|
//! | 0 | kind: 0 init section, 1 media (`moof` + `mdat`) |
//! | 1 | track index of media that holds one sample; 255 when it holds a whole fragment so far |
//! | 2 | 1 when a decoder can start here |
//! | 3–7 | zero |
//! | 8–15 | the instant of the first frame, microseconds since 1970, big endian |

use super::StreamState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub const LIVE_HEADER_LENGTH: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveKind {
    Init,
    Media,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveHeader {
    pub kind: LiveKind,
    pub track: u8,
    pub is_sync: bool,
    pub at_micros: i64,
}

impl LiveHeader {
    #[must_use]
    pub fn encode(self) -> [u8; LIVE_HEADER_LENGTH] {
        let mut bytes = [0; LIVE_HEADER_LENGTH];
        bytes[0] = u8::from(self.kind == LiveKind::Media);
        bytes[1] = self.track;
        bytes[2] = u8::from(self.is_sync);
        bytes[8..].copy_from_slice(&self.at_micros.to_be_bytes());
        bytes
    }

    /// The header and what follows it; `None` when it is none.
    #[must_use]
    pub fn decode(message: &[u8]) -> Option<(Self, &[u8])> {
        let (header, rest) = message.split_first_chunk::<LIVE_HEADER_LENGTH>()?;
        let kind = match header[0] {
            0 => LiveKind::Init,
            1 => LiveKind::Media,
            _ => return None,
        };
        let (_, at) = header.split_last_chunk::<8>()?;
        let at_micros = i64::from_be_bytes(*at);
        Some((Self { kind, track: header[1], is_sync: header[2] == 1, at_micros }, rest))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveMessage {
    /// The binary message after this is the init section of the media that follows.
    Init { mime: String },
    /// The stream's state changed: why the picture stops, or that it comes again.
    State { state: StreamState, detail: Option<String> },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_as_it_was_written() {
        let header = LiveHeader {
            kind: LiveKind::Media,
            track: 1,
            is_sync: true,
            at_micros: 1_795_396_500_250_000,
        };
        let mut message = header.encode().to_vec();
        message.extend_from_slice(b"moof");
        assert_eq!(LiveHeader::decode(&message), Some((header, &b"moof"[..])));
        assert_eq!(LiveHeader::decode(&message[..15]), None, "a cut header is none");
        message[0] = 7;
        assert_eq!(LiveHeader::decode(&message), None, "an unknown kind is none");
    }
}
