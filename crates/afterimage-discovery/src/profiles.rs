//! Asks one camera for its streams: time, services, profiles, addresses, in this order.
//!
//! Belongs here: the order, and what to do where a camera lacks a part of it. Not here: HTTP, XML.
//! Invariant: it ends within the time that it was given.

use crate::address::{ServiceAddress, is_private};
use crate::conversation::{Conversation, Unanswered};
use crate::device::{self, MediaServices};
use crate::error::DiscoveryError;
use crate::media::{self, Draft, Version};
use afterimage_base::{Clock, Secret};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

const URL_LONGEST: usize = 1024;
/// A camera tells its time to the second: it is in the middle of it, as far as we know.
const HALF_A_SECOND_MICROS: i64 = 500_000;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub user: String,
    pub password: Secret,
}

/// What a camera offers.
#[derive(Clone, Debug)]
pub struct Profiles {
    /// The largest picture first.
    pub profiles: Vec<Profile>,
    /// The camera's clock less ours, to about a second; `None` when it tells no time.
    pub clock_skew_micros: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    pub name: String,
    /// Without user and password.
    pub url: String,
    /// `h264`, `h265`, `mjpeg`, or the camera's own word.
    pub codec: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub frames_per_second: Option<f64>,
}

/// Asks a camera for its profiles, within this time in all.
pub async fn profiles(
    service: &ServiceAddress,
    credentials: Option<Credentials>,
    clock: Arc<dyn Clock>,
    within: Duration,
) -> Result<Profiles, DiscoveryError> {
    let host = service.host();
    let asked = tokio::time::timeout(within, async {
        let mut camera = Conversation::new(host, credentials, clock)?;
        camera.skew_micros = skew(&mut camera, service).await?;
        let profiles = all(&mut camera, service).await?;
        Ok(Profiles { profiles, clock_skew_micros: camera.skew_micros })
    });
    asked.await.map_err(|_| DiscoveryError::Slow { host, seconds: within.as_secs() })?
}

/// How far its clock is off. Only the first question tells whether anybody is there at all.
async fn skew(
    camera: &mut Conversation,
    service: &ServiceAddress,
) -> Result<Option<i64>, DiscoveryError> {
    let before = camera.now().as_micros();
    let told = match camera.ask_openly(service, &device::time(), device::read_time).await {
        Ok(told) => told,
        // Some want a password even for this, and some don't know the question.
        Err(Unanswered::Fault(_)) => None,
        Err(Unanswered::Error(
            DiscoveryError::PasswordWanted { .. } | DiscoveryError::WrongPassword { .. },
        )) => None,
        Err(Unanswered::Error(error)) => return Err(error),
    };
    let ours = before + (camera.now().as_micros() - before) / 2;
    Ok(told.map(|theirs| theirs.as_micros() + HALF_A_SECOND_MICROS - ours))
}

async fn all(
    camera: &mut Conversation,
    service: &ServiceAddress,
) -> Result<Vec<Profile>, DiscoveryError> {
    let services = services(camera, service).await?;
    // Media2 alone tells of H.265. Some have it, but nothing in it.
    let versions = [(Version::Media2, services.media2), (Version::Media, services.media)];
    let mut failure = None;
    for (version, address) in versions {
        let Some(address) = address.and_then(|address| service.sibling(&address)) else {
            continue;
        };
        match of_service(camera, version, &address).await {
            Ok(profiles) if profiles.is_empty() => {}
            Ok(profiles) => return Ok(profiles),
            Err(Unanswered::Fault(fault)) => {
                let host = service.host();
                failure = Some(DiscoveryError::Refused { host, reason: fault.reason });
            }
            // The next service would only count as another wrong guess.
            Err(Unanswered::Error(error)) => return Err(error),
        }
    }
    Err(failure.unwrap_or(DiscoveryError::NoStreams { host: service.host() }))
}

async fn services(
    camera: &mut Conversation,
    service: &ServiceAddress,
) -> Result<MediaServices, DiscoveryError> {
    let asked = camera.ask(service, &device::services(), device::read_services).await;
    match asked {
        Ok(services) if !services.is_empty() => return Ok(services),
        Ok(_) | Err(Unanswered::Fault(_) | Unanswered::Error(DiscoveryError::NotOnvif { .. })) => {}
        Err(Unanswered::Error(error)) => return Err(error),
    }
    match camera.ask(service, &device::capabilities(), device::read_capabilities).await {
        Ok(services) => Ok(services),
        Err(Unanswered::Error(error)) => Err(error),
        Err(Unanswered::Fault(fault)) => {
            Err(DiscoveryError::Refused { host: service.host(), reason: fault.reason })
        }
    }
}

async fn of_service(
    camera: &mut Conversation,
    version: Version,
    service: &ServiceAddress,
) -> Result<Vec<Profile>, Unanswered> {
    let drafts = camera.ask(service, &version.profiles(), media::read_profiles).await?;
    let mut profiles = Vec::new();
    let mut failure = None;
    for draft in drafts {
        let question = version.stream_uri(&draft.token);
        match camera.ask(service, &question, media::read_stream_uri).await {
            Ok(uri) => profiles.extend(
                uri.and_then(|uri| stream_url(&uri, service.host())).map(|url| profile(draft, url)),
            ),
            // One that is not set up says no to this; the others may work.
            Err(Unanswered::Fault(fault)) => failure = Some(fault),
            Err(error) => return Err(error),
        }
    }
    if let (true, Some(fault)) = (profiles.is_empty(), failure) {
        return Err(Unanswered::Fault(fault));
    }
    let pixels = |profile: &Profile| {
        u64::from(profile.width.unwrap_or(0)) * u64::from(profile.height.unwrap_or(0))
    };
    // Of equal ones the camera's order stays.
    profiles.sort_by_key(|profile| std::cmp::Reverse(pixels(profile)));
    Ok(profiles)
}

fn profile(draft: Draft, url: String) -> Profile {
    let Draft { name, codec, width, height, frames_per_second, .. } = draft;
    Profile { name, url, codec, width, height, frames_per_second }
}

/// The address as a stream's source. The password will be sent there: where the camera names a
/// place that is nobody's, or a stranger's, its own host is meant.
fn stream_url(uri: &str, host: IpAddr) -> Option<String> {
    let mut url = Url::parse(uri).ok().filter(|_| uri.len() <= URL_LONGEST)?;
    if !matches!(url.scheme(), "rtsp" | "rtsps") {
        return None;
    }
    let told = match url.host()? {
        Host::Ipv4(told) => Some(IpAddr::V4(told)),
        Host::Ipv6(told) => Some(IpAddr::V6(told).to_canonical()),
        // No such scheme's names are read as addresses by the parser.
        Host::Domain(name) => name.parse().ok(),
    };
    let is_believed =
        told.is_some_and(|told| told == host || (is_private(told) && !told.is_loopback()));
    if !is_believed {
        url.set_host(Some(&bracketed(host))).ok()?;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_fragment(None);
    Some(url.into())
}

fn bracketed(host: IpAddr) -> String {
    match host {
        IpAddr::V4(host) => host.to_string(),
        IpAddr::V6(host) => format!("[{host}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_where_the_camera_is() {
        let host: IpAddr = "192.168.1.64".parse().expect("an address");
        for (told, meant) in [
            (
                "rtsp://192.168.1.64:554/Streaming/Channels/101?p=1",
                "rtsp://192.168.1.64:554/Streaming/Channels/101?p=1",
            ),
            ("rtsp://admin:hidden@192.168.1.64/1", "rtsp://192.168.1.64/1"),
            ("rtsp://10.0.0.64:8554/1", "rtsp://10.0.0.64:8554/1"),
            ("rtsp://0.0.0.0:554/1", "rtsp://192.168.1.64:554/1"),
            ("rtsp://127.0.0.1:554/1", "rtsp://192.168.1.64:554/1"),
            ("rtsp://evil.example/1", "rtsp://192.168.1.64/1"),
            ("rtsps://8.8.8.8:322/1", "rtsps://192.168.1.64:322/1"),
        ] {
            assert_eq!(stream_url(told, host).as_deref(), Some(meant), "{told}");
        }
        for told in ["http://192.168.1.64/1", "file:///etc/passwd", "rtsp:///1", ""] {
            assert_eq!(stream_url(told, host), None, "{told:?} is no stream");
        }
    }
}
