//! A camera that does exactly what a test tells it, good or bad.
//!
//! Belongs here: just enough RTSP over TCP to be played (RFC 2326), and RTP packets made by hand.
//! Not here: media that decodes; the cross-crate tests have real cameras.

use std::fmt::Write as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

pub const VIDEO_CHANNEL: u8 = 0;

/// Parameter sets of 640×480, as an offer holds them.
pub const LARGE: &str = "Z0LAHtoCgPbARAAAAwAEAAADAMg8WLqA,aM4PyA==";

/// The sequence parameter set of 320×240; the picture parameter set is the same.
pub const SMALL: [u8; 22] = [
    0x67, 0x42, 0xc0, 0x0d, 0xda, 0x05, 0x07, 0xec, 0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00,
    0x00, 0x0c, 0x83, 0xc5, 0x0a, 0xa8,
];

/// What the camera does after PLAY, in this order; then it holds the connection.
#[derive(Clone, Debug)]
pub enum Act {
    /// One RTP packet, its sequence number one up from the packet before.
    Send {
        ticks: u32,
        ends_picture: bool,
        payload: Vec<u8>,
    },
    /// The sequence number jumps as if packets had been lost.
    Lose(u16),
    /// Bytes on the connection that are no RTSP.
    Raw(Vec<u8>),
    /// A sender report: the NTP time and the RTP time.
    Report {
        ntp: u64,
        ticks: u32,
    },
    Close,
}

#[derive(Clone, Debug)]
pub struct Script {
    pub sdp: String,
    /// The status that DESCRIBE is answered with.
    pub describe: &'static str,
    pub acts: Vec<Act>,
}

impl Script {
    pub fn h264(parameters: &str, acts: Vec<Act>) -> Self {
        Self {
            sdp: sdp(&format!(
                "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets={parameters}\r\na=control:track1\r\n"
            )),
            describe: "200 OK",
            acts,
        }
    }
}

pub fn sdp(media: &str) -> String {
    format!("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=scripted\r\nt=0 0\r\na=control:*\r\n{media}")
}

/// A picture of one packet: `kind` is the NAL unit's first byte.
pub fn picture(ticks: u32, kind: u8) -> Act {
    Act::Send { ticks, ends_picture: true, payload: vec![kind, 0x88, 0x80, 0x10] }
}

pub fn key(ticks: u32) -> Act {
    picture(ticks, 0x65)
}

pub fn delta(ticks: u32) -> Act {
    picture(ticks, 0x41)
}

/// A running camera.
pub struct Camera {
    /// Its host, port and path.
    pub place: String,
    /// The methods of the requests that came, in order.
    pub requests: mpsc::Receiver<String>,
}

/// Serves every connection by the script.
pub async fn serve(script: Script) -> Camera {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let place = format!("{}/live", listener.local_addr().expect("bound"));
    let base = format!("rtsp://{place}");
    let (tell, requests) = mpsc::channel(100);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(converse(connection, script.clone(), base.clone(), tell.clone()));
        }
    });
    Camera { place, requests }
}

async fn converse(
    mut connection: TcpStream,
    script: Script,
    base: String,
    tell: mpsc::Sender<String>,
) -> std::io::Result<()> {
    let mut received = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if connection.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        };
        let request = String::from_utf8_lossy(&received[..end]).into_owned();
        received.drain(..end);
        let sequence = request
            .lines()
            .find_map(|line| line.strip_prefix("CSeq: "))
            .expect("every request is numbered");
        let method = request.split(' ').next().unwrap_or_default();
        let _ = tell.send(method.to_owned()).await;
        let mut answer = format!("RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\nSession: 7\r\n");
        match method {
            "DESCRIBE" => {
                answer = format!("RTSP/1.0 {}\r\nCSeq: {sequence}\r\n", script.describe);
                if script.describe.starts_with("401") {
                    answer.push_str("WWW-Authenticate: Digest realm=\"cam\", nonce=\"1\"\r\n");
                }
                let length = script.sdp.len();
                let _ = write!(
                    answer,
                    "Content-Base: {base}/\r\nContent-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{}",
                    script.sdp
                );
            }
            "SETUP" => {
                let transport = request
                    .lines()
                    .find_map(|line| line.strip_prefix("Transport: "))
                    .expect("SETUP names its transport");
                let _ = write!(answer, "Transport: {transport}\r\n\r\n");
            }
            _ => answer.push_str("\r\n"),
        }
        connection.write_all(answer.as_bytes()).await?;
        if method == "PLAY" {
            for bytes in packets(&script.acts) {
                let Some(bytes) = bytes else { return Ok(()) };
                connection.write_all(&bytes).await?;
            }
        }
    }
}

/// The bytes of each act; `None` to close the connection.
fn packets(acts: &[Act]) -> impl Iterator<Item = Option<Vec<u8>>> {
    let mut sequence = 100_u16;
    acts.iter().filter_map(move |act| match act {
        Act::Send { ticks, ends_picture, payload } => {
            let mut packet = vec![0x80, 96 | (u8::from(*ends_picture) << 7)];
            packet.extend_from_slice(&sequence.to_be_bytes());
            packet.extend_from_slice(&ticks.to_be_bytes());
            packet.extend_from_slice(&0x5eed_u32.to_be_bytes());
            packet.extend_from_slice(payload);
            sequence = sequence.wrapping_add(1);
            Some(Some(interleaved(VIDEO_CHANNEL, &packet)))
        }
        Act::Lose(packets) => {
            sequence = sequence.wrapping_add(*packets);
            None
        }
        Act::Raw(bytes) => Some(Some(bytes.clone())),
        Act::Report { ntp, ticks } => {
            let mut packet = vec![0x80, 200, 0, 6];
            packet.extend_from_slice(&0x5eed_u32.to_be_bytes());
            packet.extend_from_slice(&ntp.to_be_bytes());
            packet.extend_from_slice(&ticks.to_be_bytes());
            packet.extend_from_slice(&[0; 8]);
            Some(Some(interleaved(VIDEO_CHANNEL + 1, &packet)))
        }
        Act::Close => Some(None),
    })
}

fn interleaved(channel: u8, packet: &[u8]) -> Vec<u8> {
    let mut bytes = vec![b'$', channel];
    bytes.extend_from_slice(&u16::try_from(packet.len()).expect("one packet").to_be_bytes());
    bytes.extend_from_slice(packet);
    bytes
}
