//! A WebSocket to the recorder: opening it, and messages in pairs of words and bytes.
//!
//! Invariant: cancel safe. What was read stays until it was handed over.

use crate::{Client, ClientError};
use afterimage_base::ErrorKind;
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use serde::Serialize;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Twenty seconds of the fattest camera.
const MESSAGE_LIMIT_BYTES: usize = 256 * 1024 * 1024;
const OPEN_WITHIN: Duration = Duration::from_secs(10);
/// The recorder pings every twenty seconds.
const SILENCE_LIMIT: Duration = Duration::from_secs(70);

#[derive(Debug)]
pub(crate) struct Socket {
    socket: WebSocketStream<TcpStream>,
    address: String,
}

pub(crate) enum Incoming {
    Text(String),
    Binary(Bytes),
}

impl Client {
    pub(crate) async fn open_socket(&self, parts: &[&str]) -> Result<Socket, ClientError> {
        tokio::time::timeout(OPEN_WITHIN, self.upgrade(parts))
            .await
            .unwrap_or_else(|_| Err(ClientError::unreachable(self.address(), &"no answer")))
    }

    async fn upgrade(&self, parts: &[&str]) -> Result<Socket, ClientError> {
        let mut url = self.url(parts)?;
        url.set_scheme("ws").expect("from http to ws is allowed");
        let host = url.host_str().expect("checked when the client was made").to_owned();
        let port = url.port_or_known_default().unwrap_or(80);
        let target = host.trim_start_matches('[').trim_end_matches(']');
        let mut request = url
            .as_str()
            .into_client_request()
            .map_err(|error| ClientError::nonsense(self.address(), &error))?;
        let token = HeaderValue::from_str(&format!("Bearer {}", self.token().expose()))
            .map_err(|_| ClientError::new(ErrorKind::InvalidInput, "this is not a token"))?;
        request.headers_mut().insert(AUTHORIZATION, token);
        let stream = TcpStream::connect((target, port))
            .await
            .map_err(|error| ClientError::unreachable(self.address(), &error))?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_LIMIT_BYTES))
            .max_frame_size(Some(MESSAGE_LIMIT_BYTES));
        match tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await {
            Ok((socket, _)) => Ok(Socket { socket, address: self.address().to_owned() }),
            Err(Error::Http(answer)) => {
                let body = answer.body().as_deref().unwrap_or_default();
                Err(ClientError::answered(self.address(), answer.status().as_u16(), body))
            }
            Err(error) => Err(ClientError::unreachable(self.address(), &error)),
        }
    }
}

impl Socket {
    /// The next message; `None` when the recorder closed in good order.
    pub(crate) async fn next(&mut self) -> Result<Option<Incoming>, ClientError> {
        loop {
            let message = tokio::time::timeout(SILENCE_LIMIT, self.socket.next())
                .await
                .map_err(|_| ClientError::unreachable(&self.address, &"it went silent"))?;
            return match message {
                Some(Ok(Message::Text(text))) => Ok(Some(Incoming::Text(text.as_str().to_owned()))),
                Some(Ok(Message::Binary(bytes))) => Ok(Some(Incoming::Binary(bytes))),
                Some(Ok(Message::Close(frame))) => match frame {
                    Some(frame) if frame.code != CloseCode::Normal => {
                        let kind = match frame.code {
                            CloseCode::Policy => ErrorKind::InvalidInput,
                            CloseCode::Away => ErrorKind::Unreachable,
                            _ => ErrorKind::Internal,
                        };
                        Err(ClientError::new(kind, frame.reason.as_str()))
                    }
                    _ => Ok(None),
                },
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Err(error)) => Err(ClientError::unreachable(&self.address, &error)),
                None => Err(ClientError::unreachable(&self.address, &"the connection broke")),
            };
        }
    }

    pub(crate) async fn send_json(&mut self, message: &impl Serialize) -> Result<(), ClientError> {
        let text = serde_json::to_string(message)
            .map_err(|error| ClientError::new(ErrorKind::Internal, error.to_string()))?;
        self.socket
            .send(Message::text(text))
            .await
            .map_err(|error| ClientError::unreachable(&self.address, &error))
    }

    pub(crate) fn nonsense(&self, detail: &dyn std::fmt::Display) -> ClientError {
        ClientError::nonsense(&self.address, detail)
    }
}
