//! Looks every few seconds at the recorder of this computer, for the tray and for notices.
//!
//! Belongs here: the one thread that asks, and what it reads of the answers. Not here: what is made
//! of them ([`crate::tray`], [`crate::notices`]).
//! Invariant: it works with every window closed, and a slow or absent recorder delays nobody else.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{io, thread};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tauri::{AppHandle, Manager};

use crate::notices::Notices;
use crate::recorder::Recorder;
use crate::shell::Shell;
use crate::tray::Picture;
use crate::{session, tray, windows};

const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

/// What the tray and notices need of `GET /streams`.
#[derive(Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Camera {
    pub name: String,
    pub state: String,
    #[serde(default, deserialize_with = "detail")]
    pub fault: Option<String>,
    pub enabled: bool,
}

impl Camera {
    pub fn is_recording(&self) -> bool {
        self.state == "recording"
    }

    /// It should record and does not.
    pub fn is_down(&self) -> bool {
        matches!(self.state.as_str(), "connecting" | "retrying")
    }

    /// Nobody wants it to record now.
    pub fn is_idle(&self) -> bool {
        !self.is_recording() && !self.is_down()
    }
}

/// What notices need of `GET /events`.
#[derive(Deserialize, Clone, Debug)]
pub struct Event {
    pub id: i64,
    pub stream: String,
    pub kind: String,
    #[serde(default)]
    pub label: String,
}

fn detail<'de, D: serde::Deserializer<'de>>(fault: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    struct Fault {
        detail: String,
    }
    Ok(Option::<Fault>::deserialize(fault)?.map(|fault| fault.detail))
}

/// Begins to look; what comes through `wake` makes it look at once, and its end ends it.
pub fn start(app: &AppHandle, wake: Receiver<()>) -> io::Result<()> {
    let app = app.clone();
    thread::Builder::new().name("watch".into()).spawn(move || {
        let mut notices = Notices::default();
        let began = Instant::now();
        loop {
            look(&app, &mut notices, began.elapsed());
            match wake.recv_timeout(BETWEEN_LOOKS) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    })?;
    Ok(())
}

fn look(app: &AppHandle, notices: &mut Notices, now: Duration) {
    let shell = app.state::<Shell>();
    let recorder = Recorder::running(&shell.wanted.data).ok().flatten();
    let cameras = recorder.as_ref().and_then(|recorder| cameras(recorder).ok());
    tray::show(app, &Picture::of(cameras.as_deref()));
    windows::remember(app);
    if let Some(recorder) = &recorder {
        windows::follow(app, recorder);
    }

    let wishes = shell.memory().wishes;
    let heard: Option<Vec<Camera>> = cameras.as_deref().map(|cameras| {
        cameras.iter().filter(|camera| wishes.has_camera(&camera.name)).cloned().collect()
    });
    // Where somebody looks at a recorder elsewhere alone, none on this computer is no news.
    let mut told = if cameras.is_some() || shell.expects_recorder() {
        notices.of_cameras(now, heard.as_deref())
    } else {
        Vec::new()
    };
    if !wishes.topics.cameras {
        told.clear();
    }
    if wishes.has_events()
        && let Some(events) = recorder.and_then(|recorder| events(&recorder).ok())
    {
        told.extend(notices.of_events(now, &wishes, &events));
    }
    for notice in told {
        if let Err(error) = session::notify(&notice.title, &notice.body) {
            shell.say_once(&format!("Notifications can't be shown: {error}."));
        }
    }
}

fn cameras(recorder: &Recorder) -> io::Result<Vec<Camera>> {
    #[derive(Deserialize)]
    struct List {
        streams: Vec<Camera>,
    }
    Ok(read::<List>(&recorder.ask("GET", "/streams", "")?)?.streams)
}

/// What was seen within the last minutes: as often as we look, more than enough.
fn events(recorder: &Recorder) -> io::Result<Vec<Event>> {
    #[derive(Deserialize)]
    struct List {
        events: Vec<Event>,
    }
    let path = "/events?from=-5m&kinds=sighting,motion&limit=200";
    Ok(read::<List>(&recorder.ask("GET", path, "")?)?.events)
}

fn read<Value: DeserializeOwned>(answer: &[u8]) -> io::Result<Value> {
    serde_json::from_slice(answer).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_is_read_from_what_the_recorder_lists() {
        let listed = r#"[
            {"name":"gate","state":"retrying","enabled":true,"retention":"30d",
             "fault":{"code":"camera_unreachable","detail":"10.0.0.7 does not answer"}},
            {"name":"yard","state":"stopped","enabled":false,"fault":null}]"#;
        let cameras: Vec<Camera> = serde_json::from_str(listed).unwrap();
        assert!(cameras[0].is_down(), "it is tried again");
        assert_eq!(cameras[0].fault.as_deref(), Some("10.0.0.7 does not answer"), "why it is told");
        assert!(cameras[1].is_idle() && cameras[1].fault.is_none(), "somebody paused it");
    }
}
