//! Consumers: their positions, and reading as one of them.

use crate::socket::{Incoming, Socket};
use crate::{Client, ClientError};
use afterimage_api::dto::{
    ConsumerCreate, ConsumerList, ConsumerMessage, ConsumerStart, ConsumerView, ReaderMessage,
};
use afterimage_base::StreamName;
use bytes::Bytes;
use reqwest::Method;

impl Client {
    pub async fn consumers(&self, stream: &StreamName) -> Result<ConsumerList, ClientError> {
        self.get(&["streams", stream.as_str(), "consumers"], &()).await
    }

    /// Creates the consumer where there is none of this name.
    pub async fn put_consumer(
        &self,
        stream: &StreamName,
        consumer: &str,
        start: ConsumerStart,
    ) -> Result<ConsumerView, ClientError> {
        let parts = ["streams", stream.as_str(), "consumers", consumer];
        self.send(Method::PUT, &parts, &ConsumerCreate { start }).await
    }

    pub async fn delete_consumer(
        &self,
        stream: &StreamName,
        consumer: &str,
    ) -> Result<(), ClientError> {
        let parts = ["streams", stream.as_str(), "consumers", consumer];
        self.submit(Method::DELETE, &parts, None::<&()>).await?;
        Ok(())
    }

    /// Reads from the committed position on: first the archive, then what is being recorded.
    pub async fn read(
        &self,
        stream: &StreamName,
        consumer: &str,
    ) -> Result<ConsumerStream, ClientError> {
        let parts = ["streams", stream.as_str(), "consumers", consumer, "read"];
        Ok(ConsumerStream { socket: self.open_socket(&parts).await?, announced: None })
    }
}

/// A consumer's connection. At least once: what was not committed comes again on the next one.
#[derive(Debug)]
pub struct ConsumerStream {
    socket: Socket,
    /// Its bytes are the next message.
    announced: Option<ConsumerMessage>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsumerItem {
    /// The init section (`ftyp`, `moov`) of the fragments that follow.
    Init {
        segment: i64,
        mime: String,
        bytes: Bytes,
    },
    Fragment(ConsumerFragment),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerFragment {
    pub number: u64,
    pub segment: i64,
    pub from_micros: i64,
    pub duration_micros: i64,
    /// False: decode from the last independent one.
    pub independent: bool,
    pub millis_behind_latest: u64,
    /// `prft`, `uuid`, `moof`, `mdat`.
    pub bytes: Bytes,
}

impl ConsumerStream {
    /// The next item; waits while there is none. `None` when the stream was deleted. Cancel safe.
    pub async fn next(&mut self) -> Result<Option<ConsumerItem>, ClientError> {
        loop {
            match self.socket.next().await? {
                None => return Ok(None),
                Some(Incoming::Text(text)) => {
                    let message = serde_json::from_str(&text);
                    self.announced = Some(message.map_err(|error| self.socket.nonsense(&error))?);
                }
                Some(Incoming::Binary(bytes)) => {
                    let announced = self.announced.take();
                    let message = announced
                        .ok_or_else(|| self.socket.nonsense(&"bytes that were not announced"))?;
                    return Ok(Some(item(message, bytes)));
                }
            }
        }
    }

    /// The work on this fragment and all before it is done. Sent, not yet acknowledged: a lost
    /// commit means a repeat, never a loss.
    pub async fn commit(&mut self, fragment: u64) -> Result<(), ClientError> {
        self.socket.send_json(&ReaderMessage::Commit { fragment }).await
    }
}

fn item(message: ConsumerMessage, bytes: Bytes) -> ConsumerItem {
    match message {
        ConsumerMessage::Init { segment, mime } => ConsumerItem::Init { segment, mime, bytes },
        ConsumerMessage::Fragment {
            number,
            segment,
            from_micros,
            duration_micros,
            independent,
            millis_behind_latest,
        } => ConsumerItem::Fragment(ConsumerFragment {
            number,
            segment,
            from_micros,
            duration_micros,
            independent,
            millis_behind_latest,
            bytes,
        }),
    }
}
