//! Whom a camera's password may be sent to: addresses of services.
//!
//! Belongs here: the guard. A recorder that asked any address for anybody would be a way into the
//! network that it stands in. Not here: asking.
//! Invariants: the host is an address, never a name, so what was judged is what is asked; it is in
//! a private network, or a camera that discovery has heard from that very address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use url::{Host, Url};

const LONGEST: usize = 512;
/// Where clouds keep the secrets of a machine. No camera is there.
const CLOUD_METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

/// The address of a service of a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAddress {
    url: Url,
    host: IpAddr,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error(
        "this is no address of a camera's service; write http://192.168.1.64/onvif/device_service, \
         without user and password"
    )]
    Malformed,
    #[error("a camera is asked by its address, not by the name `{0}`; write http://192.168.1.64/…")]
    Name(String),
    #[error(
        "{0} is not an address of a private network, and no camera has answered from there; \
         only such addresses are asked"
    )]
    Public(IpAddr),
}

impl ServiceAddress {
    /// Reads an address. `is_known` says who has been heard from.
    pub fn parse(text: &str, is_known: impl FnOnce(IpAddr) -> bool) -> Result<Self, AddressError> {
        let address = Self::read(text)?;
        if is_private(address.host) || (is_unicast(address.host) && is_known(address.host)) {
            Ok(address)
        } else {
            Err(AddressError::Public(address.host))
        }
    }

    /// What `sender` announced, where that can be true: its own address, or one of a private
    /// network. Nobody else's loopback is ours.
    pub(crate) fn announced(text: &str, sender: IpAddr) -> Option<Self> {
        let address = Self::read(text).ok()?;
        let is_own = address.host == sender.to_canonical();
        let is_near = is_private(address.host) && !address.host.is_loopback();
        (is_own || is_near).then_some(address)
    }

    fn read(text: &str) -> Result<Self, AddressError> {
        if text.len() > LONGEST {
            return Err(AddressError::Malformed);
        }
        let url = Url::parse(text.trim()).map_err(|_| AddressError::Malformed)?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !is_plain || url.port() == Some(0) {
            return Err(AddressError::Malformed);
        }
        let host = match url.host() {
            Some(Host::Ipv4(host)) => IpAddr::V4(host),
            Some(Host::Ipv6(host)) => IpAddr::V6(host).to_canonical(),
            Some(Host::Domain(name)) => return Err(AddressError::Name(crate::xml::shown(name))),
            None => return Err(AddressError::Malformed),
        };
        Ok(Self { url, host })
    }

    /// Another service of the same camera. What it says of its own host is not believed: behind
    /// address translation it is wrong, and from a liar it would lead anywhere.
    pub(crate) fn sibling(&self, text: &str) -> Option<Self> {
        let mut url = Url::parse(text).ok().filter(|_| text.len() <= LONGEST)?;
        if !matches!(url.scheme(), "http" | "https") || url.port() == Some(0) {
            return None;
        }
        url.set_ip_host(self.host).ok()?;
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        Some(Self { url, host: self.host })
    }

    #[must_use]
    pub const fn host(&self) -> IpAddr {
        self.host
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// As a request's first line has it.
    pub(crate) fn path(&self) -> String {
        let query = self.url.query().map(|query| format!("?{query}"));
        format!("{}{}", self.url.path(), query.unwrap_or_default())
    }

    /// The less, the likelier it is that the recorder reaches it.
    pub(crate) fn rank(&self, sender: IpAddr) -> u8 {
        let is_other = u8::from(self.host != sender.to_canonical());
        let is_tls = u8::from(self.url.scheme() == "https");
        u8::from(self.host.is_ipv6()) * 4 + is_other * 2 + is_tls
    }
}

impl fmt::Display for ServiceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str())
    }
}

/// In a network that no stranger is in.
pub(crate) fn is_private(host: IpAddr) -> bool {
    match host {
        IpAddr::V4(host) => {
            host != CLOUD_METADATA
                && (host.is_private() || host.is_link_local() || host.is_loopback())
        }
        IpAddr::V6(host) => {
            host.is_loopback() || host.is_unique_local() || host.is_unicast_link_local()
        }
    }
}

fn is_unicast(host: IpAddr) -> bool {
    let is_broadcast = host == IpAddr::V4(Ipv4Addr::BROADCAST);
    let is_metadata = host == IpAddr::V4(CLOUD_METADATA);
    !host.is_unspecified() && !host.is_multicast() && !is_broadcast && !is_metadata
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ServiceAddress, AddressError> {
        ServiceAddress::parse(text, |_| false)
    }

    #[test]
    fn private_addresses_may_be_asked() {
        for text in [
            "http://192.168.1.64/onvif/device_service",
            "https://10.0.0.9:8443/onvif/device_service",
            "http://172.16.3.4:8000/",
            "http://169.254.7.7/onvif/device_service",
            "http://127.0.0.1:8080/onvif",
            "http://[fd00::5]/onvif/device_service",
            "http://[::ffff:10.0.0.1]/onvif",
        ] {
            assert!(parse(text).is_ok(), "{text} is in a network of the operator's");
        }
    }

    #[test]
    fn everybody_else_is_not() {
        for text in [
            "http://8.8.8.8/onvif/device_service",
            "http://[2001:4860:4860::8888]/",
            "http://[::ffff:8.8.8.8]/",
            "http://0x08080808/",
            "http://169.254.169.254/latest/meta-data",
            "http://0.0.0.0/",
            "http://239.255.255.250:3702/",
            "http://camera.example/onvif",
            "http://localhost/onvif",
            "ftp://192.168.1.64/",
            "file:///etc/passwd",
            "http://admin:hidden@192.168.1.64/",
            "http://192.168.1.64:0/",
            "192.168.1.64",
            "",
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(!error.contains("hidden"), "an error must not print a password: {error}");
        }
        let long = format!("http://192.168.1.64/{}", "x".repeat(600));
        assert!(parse(&long).is_err(), "no address is so long");
    }

    #[test]
    fn who_has_answered_may_be_asked_wherever_it_is() {
        let known: IpAddr = "203.0.113.9".parse().expect("an address");
        let parse = |text| ServiceAddress::parse(text, |host| host == known);
        assert!(parse("http://203.0.113.9/onvif").is_ok(), "some networks have public addresses");
        assert!(parse("http://203.0.113.8/onvif").is_err(), "its neighbour did not answer");
        let anything = ServiceAddress::parse("http://169.254.169.254/", |_| true);
        assert!(anything.is_err(), "this one is asked by nobody");
    }

    #[test]
    fn an_announcement_names_its_sender_or_a_neighbour() {
        let sender: IpAddr = "192.168.1.64".parse().expect("an address");
        let announced = |text: &str| ServiceAddress::announced(text, sender).is_some();
        assert!(announced("http://192.168.1.64/onvif/device_service"), "itself");
        assert!(announced("http://10.0.0.64/onvif/device_service"), "its other leg");
        assert!(!announced("http://127.0.0.1/onvif/device_service"), "that would be us");
        assert!(!announced("http://8.8.8.8/onvif"), "a stranger");
        assert!(!announced("http://evil.example/onvif"), "a name");
        assert!(!announced("file:///etc/passwd"), "no service");
    }

    #[test]
    fn a_camera_can_not_send_us_elsewhere() {
        let camera = parse("http://192.168.1.64:8000/onvif/device_service").expect("an address");
        for (text, expected) in [
            ("http://10.9.9.9/onvif/Media", "http://192.168.1.64/onvif/Media"),
            ("http://evil.example:81/media", "http://192.168.1.64:81/media"),
            ("https://u:p@8.8.8.8/media", "https://192.168.1.64/media"),
        ] {
            let sibling = camera.sibling(text).expect(text).to_string();
            assert_eq!(sibling, expected, "its host is the one that was asked");
        }
        assert!(camera.sibling("rtsp://192.168.1.64/1").is_none(), "no service");
    }
}
