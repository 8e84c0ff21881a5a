//! What both WebSockets share: limits, signs of life, an orderly end.
//!
//! Invariant: a peer that vanished is noticed, and a message to one that takes nothing does not
//! wait for ever.

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use bytes::Bytes;
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::guard::token::SUBPROTOCOL;

/// Readers send small commands only.
const INCOMING_LIMIT_BYTES: usize = 16 * 1024;
const PING_EVERY: Duration = Duration::from_secs(20);

/// How patient a socket is with its peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Without any message or pong for this long, the peer is gone.
    pub(crate) silence: Duration,
    /// One message must be taken within this.
    pub(crate) send: Duration,
}

/// Why a socket's work is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended;

pub(crate) fn prepare(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(INCOMING_LIMIT_BYTES)
        .max_frame_size(INCOMING_LIMIT_BYTES)
}

pub(crate) struct Socket {
    socket: WebSocket,
    patience: Patience,
    pings: Interval,
    heard: Instant,
}

impl Socket {
    pub(crate) fn new(socket: WebSocket, patience: Patience) -> Self {
        let mut pings = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { socket, patience, pings, heard: Instant::now() }
    }

    /// The next text of the peer; pings meanwhile. Cancel safe.
    pub(crate) async fn text(&mut self) -> Result<String, Ended> {
        loop {
            tokio::select! {
                message = self.socket.recv() => {
                    self.heard = Instant::now();
                    match message {
                        Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Ended),
                        Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => {}
                    }
                }
                _ = self.pings.tick() => {
                    if self.heard.elapsed() > self.patience.silence {
                        return Err(Ended);
                    }
                    self.send(Message::Ping(Bytes::new())).await?;
                }
            }
        }
    }

    pub(crate) async fn send_json(&mut self, message: &impl serde::Serialize) -> Result<(), Ended> {
        let text = serde_json::to_string(message).map_err(|_| Ended)?;
        self.send(Message::text(text)).await
    }

    pub(crate) async fn send_binary(&mut self, bytes: Bytes) -> Result<(), Ended> {
        self.send(Message::Binary(bytes)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        match tokio::time::timeout(self.patience.send, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ended),
        }
    }

    /// Says why, and closes.
    pub(crate) async fn close(mut self, code: u16, reason: &str) {
        // 125 bytes of a control frame, two of them the code.
        let end = reason.floor_char_boundary(123);
        let frame = CloseFrame { code, reason: reason[..end].into() };
        // A peer that is gone already needs no goodbye.
        let (Ok(()) | Err(Ended)) = self.send(Message::Close(Some(frame))).await;
    }

    pub(crate) async fn close_for_shutdown(self) {
        self.close(close_code::AWAY, "the recorder stops").await;
    }
}
