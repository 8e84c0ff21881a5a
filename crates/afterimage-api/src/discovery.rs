//! Finding cameras: on the network, in this machine, and what one of them offers.
//!
//! Belongs here: who may, one look for all who ask at once, which stream has a camera already, and
//! whom a password may go to. Not here: ONVIF (`afterimage_discovery`), devices
//! (`afterimage_recorder`).
//! Invariants: a look takes at most three seconds; a camera is asked only by the address of a
//! private network, or one that a camera has answered from.

use crate::dto::{
    DiscoveryView, FoundCamera, FoundWebcam, ProfileList, ProfileView, ProfilesQuery,
};
use crate::{Api, ApiError, Caller, Right};
use afterimage_base::{ErrorKind, Secret, StreamName};
use afterimage_discovery::{Camera, Credentials, Profiles, ServiceAddress, Target, look, profiles};
use afterimage_recorder::{LocalCamera, Source};
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

const LISTEN: Duration = Duration::from_secs(2);
const DEVICES_WITHIN: Duration = Duration::from_millis(2_500);
/// Who waited for a look gets what it saw.
const FRESH: Duration = Duration::from_secs(1);
const PROFILES_WITHIN: Duration = Duration::from_secs(5);
const PROFILES_AT_ONCE: usize = 4;
const KNOWN_LIMIT: usize = 4_096;
const USER_LONGEST: usize = 256;

/// What was seen, and the streams that record it already.
#[derive(Clone, Debug)]
pub struct Discovery {
    pub cameras: Vec<(Camera, Option<StreamName>)>,
    pub webcams: Vec<(LocalCamera, Option<StreamName>)>,
    /// Why there are fewer cameras on the networks than one may expect, in sentences.
    pub notes: Vec<String>,
    /// The same of webcams.
    pub webcam_notes: Vec<String>,
}

#[derive(Clone, Default)]
struct Seen {
    cameras: Vec<Camera>,
    webcams: Vec<LocalCamera>,
    notes: Vec<String>,
    webcam_notes: Vec<String>,
}

/// The recorder's one look-out.
pub(crate) struct LookOut {
    target: Target,
    /// Held while somebody looks.
    latest: tokio::sync::Mutex<Option<(Instant, Seen)>>,
    /// Where cameras have answered from.
    known: Mutex<HashSet<IpAddr>>,
    asking: Semaphore,
}

impl LookOut {
    pub(crate) fn at(target: Target) -> Self {
        Self {
            target,
            latest: tokio::sync::Mutex::default(),
            known: Mutex::default(),
            asking: Semaphore::new(PROFILES_AT_ONCE),
        }
    }

    /// A set is whole after any panic.
    fn known(&self) -> MutexGuard<'_, HashSet<IpAddr>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, cameras: &[Camera]) {
        let mut known = self.known();
        if known.len() > KNOWN_LIMIT {
            known.clear();
        }
        known.extend(cameras.iter().map(|camera| camera.service.host()));
    }
}

/// A camera to ask, and as whom.
pub struct ProfilesWanted {
    service: String,
    credentials: Option<Credentials>,
}

impl ProfilesQuery {
    pub fn parse(self) -> Result<ProfilesWanted, ApiError> {
        let password = Secret::new(self.password.unwrap_or_default());
        let user = self.user.filter(|user| !user.is_empty());
        let is_long = |text: &str| text.len() > USER_LONGEST;
        if user.as_deref().is_some_and(is_long) || is_long(password.expose()) {
            return Err(ApiError::invalid("no camera has a user or password as long as this"));
        }
        if user.is_none() && !password.expose().is_empty() {
            return Err(ApiError::invalid("a password needs its user; give both, or none"));
        }
        let credentials = user.map(|user| Credentials { user, password });
        Ok(ProfilesWanted { service: self.service, credentials })
    }
}

impl Api {
    /// The same, but looking for cameras there.
    #[must_use]
    pub fn looking_at(self, target: Target) -> Self {
        Self { look_out: Arc::new(LookOut::at(target)), ..self }
    }

    /// Looks for cameras on the networks and in the machine.
    pub async fn discover(&self, caller: Caller) -> Result<Discovery, ApiError> {
        caller.require(Right::Administer)?;
        let Seen { cameras, webcams, notes, webcam_notes } = self.seen().await;
        let recorded = self.blocking(|store| {
            let streams = store.streams().into_iter().map(|stream| stream.settings);
            let read = |source: Option<Secret>| {
                // One that can't be read records nothing.
                Source::from_stored(source.as_ref().map(Secret::expose)).ok()
            };
            Ok(streams.filter_map(|it| Some((it.name, read(it.source)?))).collect::<Vec<_>>())
        });
        let recorded = recorded.await?;
        let by = |is_it: &dyn Fn(&Source) -> bool| {
            recorded.iter().find(|(_, source)| is_it(source)).map(|(name, _)| name.clone())
        };
        let cameras = cameras.into_iter().map(|camera| {
            let stream = by(&|source| host_of(source) == Some(camera.service.host()));
            (camera, stream)
        });
        let webcams = webcams.into_iter().enumerate().map(|(index, webcam)| {
            let is_any = |source: &Source| index == 0 && *source == Source::Webcam(None);
            let stream = by(&|source| *source == webcam.source || is_any(source));
            (webcam, stream)
        });
        let (cameras, webcams) = (cameras.collect(), webcams.collect());
        Ok(Discovery { cameras, webcams, notes, webcam_notes })
    }

    async fn seen(&self) -> Seen {
        let mut latest = self.look_out.latest.lock().await;
        if let Some((at, seen)) = latest.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            tracing::debug!(age = ?at.elapsed(), "what was seen just now is told again");
            return seen.clone();
        }
        let (looked, webcams) = tokio::join!(
            look(&self.look_out.target, LISTEN),
            self.recorder.local_cameras(DEVICES_WITHIN)
        );
        let (webcams, webcam_notes) = match webcams {
            Ok(webcams) => (webcams, Vec::new()),
            Err(error) => (Vec::new(), vec![error.detail]),
        };
        self.look_out.remember(&looked.cameras);
        let seen = Seen { cameras: looked.cameras, webcams, notes: looked.notes, webcam_notes };
        *latest = Some((Instant::now(), seen.clone()));
        seen
    }

    /// Asks an ONVIF camera for its streams.
    pub async fn profiles(
        &self,
        caller: Caller,
        wanted: ProfilesWanted,
    ) -> Result<Profiles, ApiError> {
        caller.require(Right::Administer)?;
        let is_known = |host| self.look_out.known().contains(&host);
        let service = ServiceAddress::parse(&wanted.service, is_known)
            .map_err(|error| ApiError::invalid(error.to_string()))?;
        let _turn = self.look_out.asking.try_acquire().map_err(|_| {
            let message =
                format!("{PROFILES_AT_ONCE} cameras are being asked already; try again shortly");
            ApiError::new(ErrorKind::InUse, message)
        })?;
        let clock = Arc::clone(self.recorder.clock());
        let asked = profiles(&service, wanted.credentials, clock, PROFILES_WITHIN).await;
        asked.map_err(|error| ApiError::new(error.kind(), error.to_string()))
    }
}

/// Where a stream's camera is, if it is written as an address.
fn host_of(source: &Source) -> Option<IpAddr> {
    let (Source::Rtsp(url) | Source::Rtsps(url)) = source else {
        return None;
    };
    let authority = url.address.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => authority.split(':').next()?,
    };
    host.parse::<IpAddr>().ok().map(|host| host.to_canonical())
}

impl From<Discovery> for DiscoveryView {
    fn from(discovery: Discovery) -> Self {
        let name = |stream: Option<StreamName>| stream.map(|name| name.to_string());
        let camera = |(camera, stream): (Camera, _)| FoundCamera {
            host: camera.service.host().to_string(),
            service: camera.service.to_string(),
            id: camera.id,
            name: camera.name,
            hardware: camera.hardware,
            stream: name(stream),
        };
        let webcam = |(webcam, stream): (LocalCamera, _)| FoundWebcam {
            source: webcam.source.to_string(),
            name: webcam.label,
            stream: name(stream),
        };
        Self {
            cameras: discovery.cameras.into_iter().map(camera).collect(),
            webcams: discovery.webcams.into_iter().map(webcam).collect(),
            notes: discovery.notes,
            webcam_notes: discovery.webcam_notes,
        }
    }
}

impl From<Profiles> for ProfileList {
    fn from(told: Profiles) -> Self {
        let view = |profile: afterimage_discovery::Profile| ProfileView {
            name: profile.name,
            url: profile.url,
            codec: profile.codec,
            width: profile.width,
            height: profile.height,
            frames_per_second: profile.frames_per_second,
        };
        Self {
            profiles: told.profiles.into_iter().map(view).collect(),
            clock_skew_micros: told.clock_skew_micros,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_known_by_the_address_of_its_camera() {
        for (source, host) in [
            ("rtsp://admin:pw@192.168.1.64:554/Streaming/Channels/101", Some("192.168.1.64")),
            ("rtsps://10.0.0.9/1", Some("10.0.0.9")),
            ("rtsp://[fd00::5]:554/1", Some("fd00::5")),
            ("rtsp://camera.example/1", None),
            ("webcam", None),
            ("test:", None),
        ] {
            let expected = host.map(|host| host.parse().expect("an address"));
            assert_eq!(host_of(&source.parse().expect(source)), expected, "{source}");
        }
    }

    #[test]
    fn a_password_without_a_user_is_a_mistake() {
        let query = |user: Option<&str>, password: &str| ProfilesQuery {
            service: "http://192.168.1.64/onvif/device_service".to_owned(),
            user: user.map(str::to_owned),
            password: Some(password.to_owned()),
        };
        assert!(query(None, "hidden").parse().is_err(), "whose would it be?");
        assert!(query(Some("admin"), "hidden").parse().is_ok(), "both");
        assert!(query(Some(""), "").parse().is_ok_and(|it| it.credentials.is_none()), "none");
        let long = query(Some("admin"), &"x".repeat(1_000)).parse();
        assert!(long.is_err_and(|error| !error.message.contains("xxx")), "and it is not printed");
    }
}
