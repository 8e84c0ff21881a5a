//! Watching a stream: what its camera sees now.

use crate::socket::{Incoming, Socket};
use crate::{Client, ClientError};
use afterimage_api::dto::{LIVE_HEADER_LENGTH, LiveHeader, LiveKind, LiveMessage, StreamState};
use afterimage_base::StreamName;
use bytes::Bytes;

impl Client {
    /// Begins with the newest key frame.
    pub async fn watch(&self, stream: &StreamName) -> Result<LiveStream, ClientError> {
        let socket = self.open_socket(&["streams", stream.as_str(), "live"]).await?;
        Ok(LiveStream { socket, mime: None })
    }
}

#[derive(Debug)]
pub struct LiveStream {
    socket: Socket,
    /// Of the init section that comes next.
    mime: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveItem {
    /// The init section of the media that follows.
    Init { mime: String, bytes: Bytes },
    /// `moof` and `mdat` of one frame.
    Media { header: LiveHeader, bytes: Bytes },
    /// Why the picture stops, or that it comes again.
    State { state: StreamState, detail: Option<String> },
}

impl LiveStream {
    /// The next item; `None` when the stream was deleted. Cancel safe.
    pub async fn next(&mut self) -> Result<Option<LiveItem>, ClientError> {
        loop {
            match self.socket.next().await? {
                None => return Ok(None),
                Some(Incoming::Text(text)) => match serde_json::from_str(&text) {
                    Ok(LiveMessage::Init { mime }) => self.mime = Some(mime),
                    Ok(LiveMessage::State { state, detail }) => {
                        return Ok(Some(LiveItem::State { state, detail }));
                    }
                    Err(error) => return Err(self.socket.nonsense(&error)),
                },
                Some(Incoming::Binary(message)) => return self.media(&message).map(Some),
            }
        }
    }

    fn media(&mut self, message: &Bytes) -> Result<LiveItem, ClientError> {
        let nonsense = || self.socket.nonsense(&"a message without its header");
        let (header, _) = LiveHeader::decode(message).ok_or_else(nonsense)?;
        let bytes = message.slice(LIVE_HEADER_LENGTH..);
        match header.kind {
            LiveKind::Init => {
                let unannounced = || self.socket.nonsense(&"an init section without its type");
                let mime = self.mime.take().ok_or_else(unannounced)?;
                Ok(LiveItem::Init { mime, bytes })
            }
            LiveKind::Media => Ok(LiveItem::Media { header, bytes }),
        }
    }
}
