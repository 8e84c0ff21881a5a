//! What answers to a probe: `ProbeMatches` of WS-Discovery, and the scopes of ONVIF in them.
//!
//! Belongs here: reading one datagram. Not here: sockets ([`crate::look`]).
//! Invariant: what can't be read, or is not a camera, is nothing at all; it is never an error.
//!
//! Formats: WS-Discovery (April 2005) section 5.3, ONVIF Core Specification section 7.3.

use crate::address::ServiceAddress;
use crate::xml::{self, Space};
use percent_encoding::percent_decode_str;
use roxmltree::Node;
use std::net::IpAddr;

/// Matches that one datagram may hold; a recorder of many channels has some.
const MATCHES_LIMIT: usize = 64;
const SCOPE_PREFIX: &str = "onvif://www.onvif.org/";

/// A camera as it announces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Camera {
    /// Its endpoint address: the same for ever, whatever its network address.
    pub id: String,
    pub name: String,
    pub hardware: Option<String>,
    pub service: ServiceAddress,
    pub(crate) rank: u8,
}

/// The cameras that one datagram announces.
#[must_use]
pub fn announced(datagram: &[u8], sender: IpAddr) -> Vec<Camera> {
    let text = xml::text_of(datagram);
    let Ok(document) = xml::parse(&text, &xml::DATAGRAM) else {
        return Vec::new();
    };
    let envelope = document.root_element();
    let matches = Some(envelope)
        .filter(|envelope| xml::is(*envelope, Space::Soap, "Envelope"))
        .and_then(|envelope| xml::child(envelope, Space::Soap, "Body"))
        .and_then(|body| xml::child(body, Space::Discovery, "ProbeMatches"));
    let matches = matches.into_iter().flat_map(|matches| {
        xml::children(matches, Space::Discovery, "ProbeMatch").take(MATCHES_LIMIT)
    });
    matches.filter_map(|found| camera(found, sender)).collect()
}

fn camera(found: Node<'_, '_>, sender: IpAddr) -> Option<Camera> {
    let text = |name| xml::child(found, Space::Discovery, name).and_then(xml::text);
    let scopes: Vec<&str> = text("Scopes").unwrap_or_default().split_whitespace().collect();
    if !is_camera(text("Types").unwrap_or_default(), &scopes) {
        return None;
    }
    let addresses = text("XAddrs")?.split_whitespace();
    let (rank, service) = addresses
        .filter_map(|address| ServiceAddress::announced(address, sender))
        .map(|service| (service.rank(sender), service))
        .min_by_key(|(rank, _)| *rank)?;
    let endpoint = xml::child(found, Space::Addressing, "EndpointReference")
        .and_then(|reference| xml::child(reference, Space::Addressing, "Address"))
        .and_then(xml::text);
    let hardware = scope(&scopes, "hardware");
    let name = scope(&scopes, "name").or_else(|| hardware.clone());
    Some(Camera {
        id: endpoint.map_or_else(|| service.to_string(), xml::shown),
        name: name.unwrap_or_else(|| service.host().to_string()),
        hardware,
        service,
        rank,
    })
}

/// Printers and computers answer to the same call. Prefixes of types are the sender's choice, and
/// some cameras write a type of none.
fn is_camera(types: &str, scopes: &[&str]) -> bool {
    let is_transmitter = types
        .split_whitespace()
        .any(|name| name.rsplit(':').next() == Some("NetworkVideoTransmitter"));
    is_transmitter || scopes.iter().any(|scope| has_prefix(scope))
}

fn has_prefix(scope: &str) -> bool {
    scope.get(..SCOPE_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCOPE_PREFIX))
}

/// The value of the first scope of a category, decoded.
fn scope(scopes: &[&str], category: &str) -> Option<String> {
    let value = scopes.iter().filter(|scope| has_prefix(scope)).find_map(|scope| {
        let (found, value) = scope.get(SCOPE_PREFIX.len()..)?.split_once('/')?;
        found.eq_ignore_ascii_case(category).then_some(value)
    })?;
    let decoded = percent_decode_str(value).decode_utf8_lossy();
    Some(xml::shown(&decoded)).filter(|value| !value.is_empty())
}
