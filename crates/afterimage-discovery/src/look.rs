//! Looking for cameras: shouts a probe into every network, and listens.
//!
//! Belongs here: sockets, time, and how much is kept of what comes. Not here: what an answer means
//! ([`crate::announcement`]).
//! Invariants: a look ends when its time is over, however much comes; it keeps at most
//! [`DATAGRAMS_LIMIT`] answers, few of each sender, so that one that floods hides no other;
//! answers are read on a blocking thread, so that hostile ones stop nothing else.

use crate::announcement::{Camera, announced};
use crate::interfaces;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

const GROUP: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(239, 255, 255, 250), 3702);
const DATAGRAM_BYTES: usize = 64 * 1024;
/// Of one interface.
const DATAGRAMS_LIMIT: usize = 512;
/// A recorder may answer for each of its channels.
const DATAGRAMS_OF_ONE_SENDER: u32 = 32;
const BYTES_LIMIT: usize = 8 * 1024 * 1024;
const CAMERAS_LIMIT: usize = 256;
/// Datagrams get lost: the same again after this.
const AGAIN_AFTER: Duration = Duration::from_millis(400);
/// Reading what came is bounded, too.
const READ_WITHIN: Duration = Duration::from_millis(500);

/// Where to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// By multicast in every network of this machine.
    #[default]
    Networks,
    /// These addresses alone.
    Addresses(Vec<SocketAddrV4>),
}

/// What answered.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// By address.
    pub cameras: Vec<Camera>,
    /// Why there is less than one may expect, in sentences.
    pub notes: Vec<String>,
}

struct Datagram {
    sender: IpAddr,
    bytes: Vec<u8>,
}

/// Looks for cameras for this long.
pub async fn look(target: &Target, listen: Duration) -> Look {
    let mut notes = Vec::new();
    let until = Instant::now() + listen;
    let ears = sockets(target, &mut notes)
        .into_iter()
        .map(|(socket, destinations)| async move { hear(&socket, &destinations, until).await });
    let heard: Vec<Datagram> =
        futures::future::join_all(ears).await.into_iter().flatten().collect();
    let read = tokio::task::spawn_blocking(move || cameras(&heard)).await;
    let cameras = read.unwrap_or_else(|error| {
        tracing::error!(%error, "reading what cameras answered stopped in the middle");
        Vec::new()
    });
    if cameras.is_empty() {
        notes.push(
            "No ONVIF camera answered. Discovery reaches the networks that this machine is in, \
             not those behind a router; a firewall here must let answers in, and ONVIF must be \
             switched on in the camera. A camera can be added by its address in any case."
                .to_owned(),
        );
    }
    Look { cameras, notes }
}

/// One socket for each network, and where to send from it.
fn sockets(target: &Target, notes: &mut Vec<String>) -> Vec<(UdpSocket, Vec<SocketAddrV4>)> {
    match target {
        Target::Addresses(addresses) => {
            let socket = interfaces::open(Ipv4Addr::UNSPECIFIED);
            let note = |error: io::Error| notes.push(format!("No socket can be opened: {error}."));
            socket.map_err(note).into_iter().map(|socket| (socket, addresses.clone())).collect()
        }
        Target::Networks => {
            let addresses = interfaces::addresses().unwrap_or_else(|error| {
                notes.push(format!("The networks of this machine can't be listed: {error}."));
                Vec::new()
            });
            let open = |address| match interfaces::open(address) {
                Ok(socket) => Some((socket, vec![GROUP])),
                Err(error) => {
                    notes.push(format!("The network of {address} can't be searched: {error}."));
                    None
                }
            };
            addresses.into_iter().filter_map(open).collect()
        }
    }
}

/// Asks by one socket, and keeps what comes until the time is over.
async fn hear(socket: &UdpSocket, destinations: &[SocketAddrV4], until: Instant) -> Vec<Datagram> {
    let probes = [probe("<d:Types>dn:NetworkVideoTransmitter</d:Types>"), probe("")];
    send(socket, &probes, destinations).await;
    let mut heard = Heard::default();
    let again = (Instant::now() + AGAIN_AFTER).min(until);
    heard.listen(socket, again).await;
    send(socket, &probes, destinations).await;
    heard.listen(socket, until).await;
    heard.datagrams
}

async fn send(socket: &UdpSocket, probes: &[String], destinations: &[SocketAddrV4]) {
    for destination in destinations {
        for probe in probes {
            // A network that can't be sent to has no camera to be found; loopback often is one.
            if let Err(error) = socket.send_to(probe.as_bytes(), destination).await {
                tracing::debug!(%error, %destination, "a probe was not sent");
            }
        }
    }
}

#[derive(Default)]
struct Heard {
    datagrams: Vec<Datagram>,
    bytes: usize,
    by_sender: HashMap<IpAddr, u32>,
}

impl Heard {
    async fn listen(&mut self, socket: &UdpSocket, until: Instant) {
        let mut buffer = vec![0; DATAGRAM_BYTES];
        while let Ok(received) = timeout_at(until, socket.recv_from(&mut buffer)).await {
            // An error here is of a probe sent before: nobody listens there.
            if let Ok((length, sender)) = received {
                self.keep(&buffer[..length], sender);
            }
            if self.is_full() {
                break;
            }
            // A flood is always ready to be read; time must go on beside it.
            tokio::task::consume_budget().await;
        }
    }

    fn keep(&mut self, bytes: &[u8], sender: SocketAddr) {
        let of_sender = self.by_sender.entry(sender.ip()).or_default();
        *of_sender += 1;
        if *of_sender <= DATAGRAMS_OF_ONE_SENDER {
            self.bytes += bytes.len();
            self.datagrams.push(Datagram { sender: sender.ip(), bytes: bytes.to_vec() });
        }
    }

    fn is_full(&self) -> bool {
        self.datagrams.len() >= DATAGRAMS_LIMIT || self.bytes >= BYTES_LIMIT
    }
}

/// One of each device, by address.
fn cameras(heard: &[Datagram]) -> Vec<Camera> {
    let until = std::time::Instant::now() + READ_WITHIN;
    let mut found: HashMap<String, Camera> = HashMap::new();
    for datagram in heard {
        if found.len() >= CAMERAS_LIMIT || std::time::Instant::now() >= until {
            break;
        }
        for camera in announced(&datagram.bytes, datagram.sender) {
            let is_better = found.get(&camera.id).is_none_or(|known| camera.rank < known.rank);
            if is_better {
                found.insert(camera.id.clone(), camera);
            }
        }
    }
    let mut cameras: Vec<Camera> = found.into_values().collect();
    cameras.sort_by(|a, b| (a.service.host(), &a.id).cmp(&(b.service.host(), &b.id)));
    cameras.truncate(CAMERAS_LIMIT);
    cameras
}

/// WS-Discovery (April 2005) section 5.2. Without a type for cameras that know none.
fn probe(types: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
         xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" \
         xmlns:dn=\"http://www.onvif.org/ver10/network/wsdl\"><s:Header>\
         <a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>\
         <a:MessageID>urn:uuid:{}</a:MessageID>\
         <a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>\
         <s:Body><d:Probe>{types}</d:Probe></s:Body></s:Envelope>",
        Uuid::new_v4()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(id: &str, address: &str) -> Vec<u8> {
        format!(
            "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" \
             xmlns:w=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
             xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"><e:Body><d:ProbeMatches>\
             <d:ProbeMatch><w:EndpointReference><w:Address>{id}</w:Address></w:EndpointReference>\
             <d:Types>dn:NetworkVideoTransmitter</d:Types><d:XAddrs>{address}</d:XAddrs>\
             </d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
        )
        .into_bytes()
    }

    fn datagram(sender: &str, bytes: Vec<u8>) -> Datagram {
        Datagram { sender: sender.parse().expect("an address"), bytes }
    }

    #[test]
    fn a_device_that_answers_twice_is_one() {
        let other = answer("urn:uuid:1", "http://10.0.0.64/onvif/device_service");
        let own = answer("urn:uuid:1", "http://192.168.1.64/onvif/device_service");
        let heard = [
            datagram("192.168.1.64", other),
            datagram("192.168.1.64", own),
            datagram("10.0.0.9", vec![0; 9]),
        ];
        let cameras = cameras(&heard);
        assert_eq!(cameras.len(), 1, "one endpoint address, one device");
        assert_eq!(
            cameras[0].service.to_string(),
            "http://192.168.1.64/onvif/device_service",
            "by the address that it answered from"
        );
    }

    #[test]
    fn one_that_floods_hides_no_other() {
        let mut heard = Heard::default();
        let liar: SocketAddr = "10.0.0.66:3702".parse().expect("an address");
        for index in 0..10_000 {
            heard.keep(&answer(&format!("urn:uuid:{index}"), "http://10.0.0.66/"), liar);
        }
        assert!(!heard.is_full(), "there is room for others");
        let honest = "10.0.0.7:3702".parse().expect("an address");
        heard.keep(&answer("urn:uuid:honest", "http://10.0.0.7/onvif"), honest);
        let cameras = cameras(&heard.datagrams);
        assert!(cameras.iter().any(|camera| camera.id == "urn:uuid:honest"), "it was heard");
    }

    #[test]
    fn a_look_is_bounded() {
        let heard: Vec<Datagram> = (0..400)
            .map(|index| {
                let host = format!("10.1.{}.{}", index / 200, index % 200 + 1);
                datagram(&host, answer(&format!("urn:uuid:{index}"), &format!("http://{host}/")))
            })
            .collect();
        assert_eq!(cameras(&heard).len(), CAMERAS_LIMIT, "no list is longer");
    }

    #[tokio::test]
    async fn where_nobody_is_the_note_says_what_to_look_at() {
        let look = look(&Target::Addresses(Vec::new()), Duration::from_millis(20)).await;
        assert!(look.cameras.is_empty(), "nobody was asked");
        assert!(look.notes.iter().any(|note| note.contains("firewall")), "{:?}", look.notes);
    }
}
