//! A tapped line to a camera: everything is passed on, and when each frame's last packet came is noted.
//!
//! Belongs here: RTP inside an RTSP connection (RFC 2326 §10.12). Not here: what a recorder makes of it.
//! Invariant: what is noted came before it was passed on.

use super::failed;
use crate::failure::Failure;
use bytes::{Buf, BytesMut};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use url::Url;

/// The end of a coded picture, by which it is known again wherever it comes out.
type Tail = [u8; 16];

const PACKET: u8 = b'$';
/// Of the picture, as the camera of the benchmark is asked for nothing else.
const CHANNEL: u8 = 0;

pub struct Tap {
    /// Where the camera is to be reached through it.
    pub url: String,
    passed: Arc<Mutex<HashMap<Tail, Instant>>>,
}

impl Tap {
    pub async fn start(camera: &str) -> Result<Self, Failure> {
        let refused = |error: &io::Error| failed("the camera can't be tapped", error);
        let mut url = Url::parse(camera).map_err(|error| refused(&io::Error::other(error)))?;
        let found = url.socket_addrs(|| Some(554)).map_err(|error| refused(&error))?;
        let address = *found.first().ok_or_else(|| refused(&io::ErrorKind::NotFound.into()))?;
        let listener =
            tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(|error| refused(&error))?;
        let own = listener.local_addr().map_err(|error| refused(&error))?;
        url.set_port(Some(own.port())).expect("an address with a host may have a port");
        let passed = Arc::new(Mutex::new(HashMap::new()));
        let noted = Arc::clone(&passed);
        tokio::spawn(async move {
            while let Ok((recorder, _)) = listener.accept().await {
                tokio::spawn(pass(recorder, address, Arc::clone(&noted)));
            }
        });
        Ok(Self { url: url.to_string(), passed })
    }

    /// When the last packet of the frame that ends so came from the camera.
    pub fn passed(&self, frame: &[u8]) -> Option<Instant> {
        let tail = frame.last_chunk()?;
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).get(tail).copied()
    }
}

/// Ends with either side.
async fn pass(
    recorder: TcpStream,
    camera: SocketAddr,
    noted: Arc<Mutex<HashMap<Tail, Instant>>>,
) -> io::Result<()> {
    let camera = TcpStream::connect(camera).await?;
    recorder.set_nodelay(true)?;
    camera.set_nodelay(true)?;
    let (from_recorder, to_recorder) = recorder.into_split();
    let (from_camera, to_camera) = camera.into_split();
    let mut frames = Frames::default();
    let asking = forward(from_recorder, to_camera, |_| {});
    let answering = forward(from_camera, to_recorder, |bytes| {
        let now = Instant::now();
        let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.extend(frames.ended_by(bytes).into_iter().map(|tail| (tail, now)));
    });
    tokio::select! {
        ended = asking => ended,
        ended = answering => ended,
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut look: impl FnMut(&[u8]),
) -> io::Result<()> {
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        look(&buffer[..read]);
        to.write_all(&buffer[..read]).await?;
    }
}

/// Finds the ends of frames in what a camera sends.
#[derive(Default)]
struct Frames {
    rest: BytesMut,
}

impl Frames {
    fn ended_by(&mut self, bytes: &[u8]) -> Vec<Tail> {
        self.rest.extend_from_slice(bytes);
        let mut tails = Vec::new();
        while let Some(length) = message_length(&self.rest)
            && length <= self.rest.len()
        {
            tails.extend(tail(&self.rest[..length]));
            self.rest.advance(length);
        }
        tails
    }
}

/// Of the packet or the answer in words that the bytes begin with; `None` before that is known.
fn message_length(bytes: &[u8]) -> Option<usize> {
    if let [PACKET, _, high, low, ..] = *bytes {
        return Some(4 + usize::from(u16::from_be_bytes([high, low])));
    }
    if bytes.first() == Some(&PACKET) {
        return None;
    }
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let body =
        head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    Some(end + body.unwrap_or(0))
}

/// Of a packet with the marker that ends a picture.
fn tail(message: &[u8]) -> Option<Tail> {
    let [PACKET, CHANNEL, _, _, _, marker, ..] = *message else { return None };
    (marker & 0x80 != 0).then(|| message.last_chunk().copied()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(channel: u8, marker: u8, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(payload.len() + 12).expect("short");
        let mut packet = vec![PACKET, channel];
        packet.extend(length.to_be_bytes());
        packet.extend([0x80, marker | 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        packet.extend(payload);
        packet
    }

    #[test]
    fn only_the_last_packet_of_a_picture_ends_it() {
        let mut sent = b"RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nv=0\r\n".to_vec();
        sent.extend(packet(0, 0, &[1; 40]));
        sent.extend(packet(1, 0x80, &[2; 40]));
        sent.extend(packet(0, 0x80, &[3; 40]));
        sent.extend(b"RTSP/1.0 200 OK\r\n\r\n");
        sent.extend(packet(0, 0x80, &[4; 40]));
        for size in [1, 7, sent.len()] {
            let mut frames = Frames::default();
            let ended: Vec<Tail> =
                sent.chunks(size).flat_map(|part| frames.ended_by(part)).collect();
            assert_eq!(ended, [[3; 16], [4; 16]], "in parts of {size} bytes");
        }
    }
}
