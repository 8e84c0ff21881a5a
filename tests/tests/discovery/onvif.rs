//! A simulated ONVIF camera: answers to probes by UDP and to SOAP by HTTP, and proves passwords.
//!
//! Belongs here: what a camera says, and how it misbehaves. Not here: assertions. It is written
//! after the specifications and shares no code with what is tested.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};
use sha1::Sha1;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

pub const USER: &str = "operator";
pub const PASSWORD: &str = "p<ss & wörd";
/// How far its clock is ahead; it refuses tokens that are 10 s off by it.
pub const AHEAD_SECONDS: i64 = 3_600;

/// How it wants a password proved, or how it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// WS-UsernameToken.
    Token,
    /// HTTP's digest, and no token beside it.
    HttpDigest,
    /// Media2 only, and older services refused.
    Modern,
    /// No `GetServices`.
    Old,
    /// A web server, and no camera.
    Website,
    /// Sends whoever asks to another address.
    Redirects,
    /// An answer that does not end.
    Endless,
    /// Takes the request and says nothing.
    Silent,
}

pub struct OnvifCamera {
    pub udp: SocketAddrV4,
    http: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl OnvifCamera {
    /// `stream` is where its video is.
    pub async fn start(manner: Manner, stream: &str) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let SocketAddr::V4(udp) = socket.local_addr().expect("bound") else {
            panic!("this is IPv4")
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let http = listener.local_addr().expect("bound");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let service =
            Arc::new(Service { manner, stream: stream.to_owned(), http, heard: heard.clone() });
        let mut tasks = JoinSet::new();
        tasks.spawn(announce(socket, http));
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((connection, _)) = listener.accept().await {
                let service = Arc::clone(&service);
                connections.spawn(async move { service.serve(connection).await });
            }
        });
        Self { udp, http, heard, _tasks: tasks }
    }

    pub fn service(&self) -> String {
        format!("http://{}/onvif/device_service", self.http)
    }

    /// Every request that came, head and body.
    pub fn heard(&self) -> String {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }
}

/// Answers each probe several times over, between noise, as a network does.
async fn announce(socket: UdpSocket, http: SocketAddr) {
    let mut buffer = vec![0; 65_536];
    while let Ok((length, sender)) = socket.recv_from(&mut buffer).await {
        let probe = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if !probe.contains("/ws/2005/04/discovery/Probe<") {
            continue;
        }
        let bomb = format!("<!DOCTYPE a [<!ENTITY b \"{}\">]><a>&b;</a>", "x".repeat(1_000));
        let answers = [
            "not XML at all".to_owned(),
            bomb,
            announcement("urn:uuid:liar", "http://169.254.169.254/latest http://evil.example/"),
            announcement("urn:uuid:onvif-1", &format!("http://{http}/onvif/device_service")),
            announcement("urn:uuid:onvif-1", &format!("http://{http}/onvif/device_service")),
        ];
        for answer in answers {
            socket.send_to(answer.as_bytes(), sender).await.expect("loopback takes all");
        }
    }
}

fn announcement(id: &str, addresses: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><env:Body><d:ProbeMatches><d:ProbeMatch><wsa:EndpointReference><wsa:Address>{id}</wsa:Address></wsa:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/name/Front%20door onvif://www.onvif.org/hardware/SIM-1</d:Scopes><d:XAddrs>{addresses}</d:XAddrs></d:ProbeMatch></d:ProbeMatches></env:Body></env:Envelope>"#
    )
}

struct Service {
    manner: Manner,
    stream: String,
    http: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

struct Answer {
    status: &'static str,
    headers: String,
    body: String,
}

impl Answer {
    fn new(status: &'static str, body: String) -> Self {
        Self { status, headers: String::new(), body }
    }

    fn soap(body: &str) -> Self {
        Self::new("200 OK", envelope(body))
    }

    fn fault(status: &'static str, code: &str, reason: &str) -> Self {
        let fault = format!(
            "<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>ter:{code}</e:Value>\
             </e:Subcode></e:Code><e:Reason><e:Text>{reason}</e:Text></e:Reason></e:Fault>"
        );
        Self::new(status, envelope(&fault))
    }
}

fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:ter=\"http://www.onvif.org/ver10/error\" xmlns:tt=\"http://www.onvif.org/ver10/schema\" \
         xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\" \
         xmlns:trt=\"http://www.onvif.org/ver10/media/wsdl\" \
         xmlns:tr2=\"http://www.onvif.org/ver20/media/wsdl\"><e:Body>{body}</e:Body></e:Envelope>"
    )
}

/// What stands between two texts.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let rest = &text[text.find(from)? + from.len()..];
    Some(&rest[..rest.find(to)?])
}

impl Service {
    async fn serve(&self, mut connection: TcpStream) {
        let mut bytes = Vec::new();
        loop {
            let request = loop {
                if let Some(length) = whole(&bytes) {
                    break String::from_utf8_lossy(&bytes.drain(..length).collect::<Vec<_>>())
                        .into_owned();
                }
                let mut piece = [0; 4_096];
                match connection.read(&mut piece).await {
                    Ok(length) if length > 0 => bytes.extend_from_slice(&piece[..length]),
                    _ => return,
                }
            };
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
            if self.manner == Manner::Silent {
                std::future::pending::<()>().await;
            }
            if self.manner == Manner::Endless {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<a>";
                let mut sent = connection.write_all(head.as_bytes()).await;
                while sent.is_ok() {
                    sent = connection.write_all(&[b'x'; 65_536]).await;
                }
                return;
            }
            let Answer { status, headers, body } = self.answer(&request);
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/soap+xml\r\n{headers}\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            if connection.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: &str) -> Answer {
        match self.manner {
            Manner::Website => return Answer::new("200 OK", "<html>It works!</html>".to_owned()),
            Manner::Redirects => {
                let headers = "Location: http://10.255.255.1/onvif/device_service\r\n".to_owned();
                return Answer { headers, ..Answer::new("302 Found", String::new()) };
            }
            _ => {}
        }
        let asks = |operation: &str| request.contains(&format!("<{operation} xmlns="));
        if asks("GetSystemDateAndTime") {
            return Answer::soap(&self.time());
        }
        if let Some(refusal) = self.refusal(request) {
            return refusal;
        }
        // What it says of its own host is wrong, as behind address translation.
        let elsewhere = format!("http://10.255.255.1:{}/onvif", self.http.port());
        let is_media2 = request.contains("http://www.onvif.org/ver20/media/wsdl");
        if asks("GetServices") && self.manner != Manner::Old {
            let of = |namespace: &str, path: &str| {
                format!(
                    "<tds:Service><tds:Namespace>{namespace}</tds:Namespace>\
                     <tds:XAddr>{elsewhere}/{path}</tds:XAddr></tds:Service>"
                )
            };
            let media = of("http://www.onvif.org/ver10/media/wsdl", "media");
            let media2 = of("http://www.onvif.org/ver20/media/wsdl", "media2");
            let services = if self.manner == Manner::Modern { media + &media2 } else { media };
            Answer::soap(&format!("<tds:GetServicesResponse>{services}</tds:GetServicesResponse>"))
        } else if asks("GetCapabilities") {
            Answer::soap(&format!(
                "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>{elsewhere}/media\
                 </tt:XAddr></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>"
            ))
        } else if asks("GetProfiles") && is_media2 {
            Answer::soap(&format!(
                "<tr2:GetProfilesResponse><tr2:Profiles token=\"a&amp;b\"><tr2:Name>all</tr2:Name>\
                 <tr2:Configurations><tr2:VideoEncoder>{}</tr2:VideoEncoder></tr2:Configurations>\
                 </tr2:Profiles></tr2:GetProfilesResponse>",
                encoder("H265", 320, 180)
            ))
        } else if asks("GetProfiles") {
            let profile = |token: &str, name: &str, width, height| {
                format!(
                    "<trt:Profiles token=\"{token}\"><tt:Name>{name}</tt:Name>\
                     <tt:VideoEncoderConfiguration>{}</tt:VideoEncoderConfiguration></trt:Profiles>",
                    encoder("H264", width, height)
                )
            };
            let (small, large) =
                (profile("small", "sub", 160, 90), profile("a&amp;b", "main", 320, 180));
            Answer::soap(&format!(
                "<trt:GetProfilesResponse>{small}{large}</trt:GetProfilesResponse>"
            ))
        } else if asks("GetStreamUri") && request.contains("<ProfileToken>small<") {
            Answer::fault("400 Bad Request", "NoProfile", "Profile token does not exist")
        } else if asks("GetStreamUri") && request.contains("<ProfileToken>a&amp;b<") {
            let uri = format!("{}?a=1&amp;b=2", self.stream.replace("127.0.0.1", "0.0.0.0"));
            Answer::soap(&if is_media2 {
                format!(
                    "<tr2:GetStreamUriResponse><tr2:Uri>{uri}</tr2:Uri></tr2:GetStreamUriResponse>"
                )
            } else {
                format!(
                    "<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri></trt:MediaUri>\
                     </trt:GetStreamUriResponse>"
                )
            })
        } else {
            Answer::fault("500 Internal Server Error", "ActionNotSupported", "Not supported")
        }
    }

    fn time(&self) -> String {
        let now = now_ahead();
        format!(
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime><tt:Time>\
             <tt:Hour>{}</tt:Hour><tt:Minute>{}</tt:Minute><tt:Second>{}</tt:Second></tt:Time>\
             <tt:Date><tt:Year>{}</tt:Year><tt:Month>{}</tt:Month><tt:Day>{}</tt:Day></tt:Date>\
             </tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>",
            now.format("%-H"),
            now.format("%-M"),
            now.format("%-S"),
            now.format("%Y"),
            now.format("%-m"),
            now.format("%-d"),
        )
    }

    fn refusal(&self, request: &str) -> Option<Answer> {
        if self.manner != Manner::HttpDigest {
            let is_right = token_is_right(request).unwrap_or(false);
            return (!is_right).then(|| {
                Answer::fault("400 Bad Request", "NotAuthorized", "Sender not authorized")
            });
        }
        let is_right =
            digest_is_right(request).unwrap_or(false) && !request.contains("UsernameToken");
        (!is_right).then(|| {
            let challenge = "WWW-Authenticate: Basic realm=\"sim\"\r\n\
                 WWW-Authenticate: Digest realm=\"sim\", nonce=\"n0nce\", qop=\"auth\"\r\n";
            Answer {
                headers: challenge.to_owned(),
                ..Answer::new("401 Unauthorized", String::new())
            }
        })
    }
}

fn encoder(codec: &str, width: u32, height: u32) -> String {
    format!(
        "<tt:Encoding>{codec}</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width>\
         <tt:Height>{height}</tt:Height></tt:Resolution><tt:RateControl>\
         <tt:FrameRateLimit>25</tt:FrameRateLimit></tt:RateControl>"
    )
}

fn now_ahead() -> afterimage_base::WallTime {
    let now = afterimage_base::Clock::now(&afterimage_base::SystemClock::new());
    afterimage_base::WallTime::from_micros(now.as_micros() + AHEAD_SECONDS * 1_000_000)
}

/// OASIS UsernameToken Profile 1.0, section 3.1.
fn token_is_right(request: &str) -> Option<bool> {
    let user = between(request, "Username>", "<")?;
    let proof = between(request, "#PasswordDigest\">", "<")?;
    let nonce = BASE64_STANDARD.decode(between(request, "#Base64Binary\">", "<")?).ok()?;
    let created = between(request, "Created>", "<")?;
    let mut hash = Sha1::new();
    hash.update(&nonce);
    hash.update(created);
    hash.update(PASSWORD);
    let instant: afterimage_base::WallTime = created.parse().ok()?;
    let off = (instant.as_micros() - now_ahead().as_micros()).abs();
    Some(user == USER && proof == BASE64_STANDARD.encode(hash.finalize()) && off < 10_000_000)
}

/// RFC 2617 section 3.2.2, with `qop=auth`.
fn digest_is_right(request: &str) -> Option<bool> {
    let head = request
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("authorization: digest"))?;
    let field = |name: &str| between(head, &format!("{name}=\""), "\"");
    let bare = |name: &str| {
        between(&format!("{head},"), &format!("{name}="), ",")
            .map(|it| it.trim_matches('"').to_owned())
    };
    let md5 = |text: String| {
        Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let path = request.split(' ').nth(1)?;
    let first = md5(format!("{USER}:sim:{PASSWORD}"));
    let second = md5(format!("POST:{path}"));
    let (count, client) = (bare("nc")?, field("cnonce")?);
    let expected = md5(format!("{first}:n0nce:{count}:{client}:auth:{second}"));
    Some(field("username")? == USER && field("response")? == expected && field("uri")? == path)
}

/// The length of the first request in the buffer, once it is there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length: usize = between(&text, "content-length: ", "\r")?.parse().ok()?;
    (bytes.len() >= head + length).then_some(head + length)
}
