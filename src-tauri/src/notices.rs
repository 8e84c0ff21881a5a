//! What is told to somebody who looks elsewhere: cameras down and up, and what they chose to hear of.
//!
//! Belongs here: the pure choice, from what a recorder says now and what was told before. Not here:
//! what a person wants to hear of ([`crate::wishes`]), asking the recorder ([`crate::watch`]), showing
//! a notice ([`crate::session`]).
//! Invariant: of one camera at most one notice a minute, and when many have something to tell at
//! once, one notice for all.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use crate::watch::{Camera, Event};
use crate::wishes::Wishes;

/// A camera that comes back within this time was hardly away.
const DOWN_AFTER: Duration = Duration::from_secs(10);
const BETWEEN_NOTICES: Duration = Duration::from_secs(60);
/// As many as are told one by one.
const MANY: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub title: String,
    pub body: String,
}

fn notice(title: impl Into<String>, body: impl Into<String>) -> Notice {
    Notice { title: title.into(), body: body.into() }
}

/// What was told, and what is about to be.
#[derive(Default)]
pub struct Notices {
    cameras: BTreeMap<String, Known>,
    /// Since when the recorder has not answered, and whether that was told.
    silent: Option<(Duration, bool)>,
    /// When something of a stream and label was told last.
    events: BTreeMap<(String, String), Duration>,
    /// The newest event that was looked at; none before the first look.
    newest: Option<i64>,
}

#[derive(Default)]
struct Known {
    down_since: Option<Duration>,
    told_down: bool,
    told_at: Option<Duration>,
}

impl Notices {
    /// What to tell of cameras; `now` counts from any start, `None` is a recorder without an answer.
    pub fn of_cameras(&mut self, now: Duration, cameras: Option<&[Camera]>) -> Vec<Notice> {
        let Some(cameras) = cameras else { return self.of_silence(now) };
        let mut told = Vec::new();
        if let Some((_, true)) = self.silent.take() {
            told.push(notice(
                "The recorder answers again",
                "What it did meanwhile is in the console.",
            ));
        }
        self.cameras.retain(|name, _| cameras.iter().any(|camera| camera.name == *name));
        let (mut down, mut up) = (Vec::new(), Vec::new());
        for camera in cameras {
            let known = self.cameras.entry(camera.name.clone()).or_default();
            match known.step(now, camera) {
                Some(true) => down.push(camera),
                Some(false) => up.push(camera),
                None => {}
            }
        }
        if down.len() > MANY {
            told.push(notice(format!("{} cameras are down", down.len()), names(&down)));
        } else {
            told.extend(down.iter().map(|camera| {
                let why = camera.fault.clone().unwrap_or_else(|| "It sends nothing.".into());
                notice(format!("{} is down", camera.name), why)
            }));
        }
        if up.len() > MANY {
            told.push(notice(format!("{} cameras record again", up.len()), names(&up)));
        } else {
            told.extend(
                up.iter().map(|camera| notice(format!("{} records again", camera.name), "")),
            );
        }
        told
    }

    fn of_silence(&mut self, now: Duration) -> Vec<Notice> {
        let (since, told) = self.silent.get_or_insert((now, false));
        if *told || now.saturating_sub(*since) < DOWN_AFTER {
            return Vec::new();
        }
        *told = true;
        vec![notice("The recorder does not answer", "Nothing may be recorded on this computer.")]
    }

    /// What to tell of events, of which some may have been looked at before.
    pub fn of_events(&mut self, now: Duration, wishes: &Wishes, events: &[Event]) -> Vec<Notice> {
        let newest = events.iter().map(|event| event.id).max();
        let Some(seen) = self.newest else {
            // What was there before anybody asked is no news.
            self.newest = Some(newest.unwrap_or(i64::MIN));
            return Vec::new();
        };
        self.newest = Some(seen.max(newest.unwrap_or(seen)));
        self.events.retain(|_, told| now.saturating_sub(*told) < BETWEEN_NOTICES);
        let mut words = Vec::new();
        for event in events.iter().filter(|event| event.id > seen && wishes.has(event)) {
            let key = (event.stream.clone(), event.label.clone());
            if let Entry::Vacant(untold) = self.events.entry(key) {
                untold.insert(now);
                words.push(said(event));
            }
        }
        if words.len() > MANY {
            return vec![notice(format!("{} things were seen", words.len()), words.join("\n"))];
        }
        words.into_iter().map(|words| notice(words, "")).collect()
    }
}

impl Known {
    /// True: tell that it is down; false: tell that it is up again.
    fn step(&mut self, now: Duration, camera: &Camera) -> Option<bool> {
        if !camera.is_down() {
            self.down_since = None;
        } else if self.down_since.is_none() {
            self.down_since = Some(now);
        }
        if self.told_at.is_some_and(|told| now.saturating_sub(told) < BETWEEN_NOTICES) {
            return None;
        }
        let is_down = self.down_since.is_some_and(|since| now.saturating_sub(since) >= DOWN_AFTER);
        // A camera that an operator paused is neither down nor up again.
        let is_news = if self.told_down { camera.is_recording() } else { is_down };
        if camera.is_idle() {
            self.told_down = false;
        }
        is_news.then(|| {
            self.told_down = is_down;
            self.told_at = Some(now);
            is_down
        })
    }
}

fn names(cameras: &[&Camera]) -> String {
    cameras.iter().map(|camera| camera.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// `Person on gate`
fn said(event: &Event) -> String {
    let mut letters = event.label.chars();
    let label: String = match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Motion".into(),
    };
    format!("{label} on {}", event.stream)
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;
    use crate::wishes::Topics;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn camera(name: &str, state: &str) -> Camera {
        Camera { name: name.into(), state: state.into(), fault: None, enabled: true }
    }

    fn titles(notices: &[Notice]) -> Vec<&str> {
        notices.iter().map(|notice| notice.title.as_str()).collect()
    }

    #[test]
    fn a_camera_is_told_down_after_ten_seconds_and_up_again() {
        let mut notices = Notices::default();
        let mut look = |seconds, state: &str| {
            let told = notices.of_cameras(at(seconds), Some(&[camera("gate", state)]));
            titles(&told).join("; ")
        };
        assert_eq!(look(0, "recording"), "", "all is well");
        assert_eq!(look(3, "retrying"), "", "it may come back at once");
        assert_eq!(look(9, "retrying"), "", "six seconds are a hiccup");
        assert_eq!(look(13, "retrying"), "gate is down", "ten seconds are not");
        assert_eq!(look(30, "retrying"), "", "it was told");
        assert_eq!(look(60, "recording"), "", "of one camera one notice a minute");
        assert_eq!(look(74, "recording"), "gate records again", "it is not forgotten");
        assert_eq!(look(200, "recording"), "", "and is told once");
    }

    #[test]
    fn a_camera_that_flaps_is_told_once_a_minute_at_most() {
        let mut notices = Notices::default();
        let mut told = 0;
        for seconds in 0..600 {
            let state = if seconds % 30 < 15 { "retrying" } else { "recording" };
            told += notices.of_cameras(at(seconds), Some(&[camera("gate", state)])).len();
        }
        assert!((2..=10).contains(&told), "ten minutes have room for ten notices, not {told}");
    }

    #[test]
    fn what_an_operator_stopped_is_not_down() {
        let mut notices = Notices::default();
        for (seconds, state) in
            [(0, "stopped"), (60, "waiting"), (120, "resting"), (300, "stopped")]
        {
            let told = notices.of_cameras(at(seconds), Some(&[camera("gate", state)]));
            assert!(told.is_empty(), "{state} is as somebody wanted it");
        }
    }

    #[test]
    fn a_camera_paused_while_down_is_not_told_up() {
        let mut notices = Notices::default();
        let mut look = |seconds, state: &str| {
            titles(&notices.of_cameras(at(seconds), Some(&[camera("gate", state)]))).join("; ")
        };
        look(0, "retrying");
        assert_eq!(look(10, "retrying"), "gate is down", "ten seconds have passed");
        assert_eq!(look(100, "stopped"), "", "somebody paused it");
        assert_eq!(look(200, "recording"), "", "whoever resumed it knows");
    }

    #[test]
    fn many_cameras_are_one_notice() {
        let mut notices = Notices::default();
        let all = |state: &str| {
            (1..=12).map(|number| camera(&format!("c{number}"), state)).collect::<Vec<_>>()
        };
        assert!(notices.of_cameras(at(0), Some(&all("retrying"))).is_empty(), "not yet");
        let down = notices.of_cameras(at(11), Some(&all("retrying")));
        assert_eq!(titles(&down), ["12 cameras are down"], "a switch lost its power");
        assert!(down[0].body.contains("c7"), "they are named");
        let up = notices.of_cameras(at(90), Some(&all("recording")));
        assert_eq!(titles(&up), ["12 cameras record again"], "and has it again");
    }

    #[test]
    fn a_silent_recorder_is_told_once() {
        let mut notices = Notices::default();
        assert!(notices.of_cameras(at(0), None).is_empty(), "it may be starting anew");
        let told = notices.of_cameras(at(12), None);
        assert_eq!(titles(&told), ["The recorder does not answer"], "that is worse than a camera");
        assert!(notices.of_cameras(at(99), None).is_empty(), "it was told");
        let told = notices.of_cameras(at(100), Some(&[]));
        assert_eq!(titles(&told), ["The recorder answers again"], "and that it came back");
    }

    fn event(id: i64, stream: &str, label: &str) -> Event {
        Event { id, stream: stream.into(), kind: "sighting".into(), label: label.into() }
    }

    #[test]
    fn only_chosen_and_new_events_are_told() {
        let mut notices = Notices::default();
        let topics = Topics { people: true, ..Topics::default() };
        let wishes = Wishes { topics, ..Wishes::default() };
        let old = event(1, "gate", "person");
        assert!(
            notices.of_events(at(0), &wishes, slice::from_ref(&old)).is_empty(),
            "that is history"
        );
        let now = [old, event(2, "gate", "person"), event(3, "gate", "car")];
        let told = notices.of_events(at(3), &wishes, &now);
        assert_eq!(titles(&told), ["Person on gate"], "a car was not asked for");
        assert!(notices.of_events(at(6), &wishes, &now).is_empty(), "it was told");
        let more = notices.of_events(at(9), &wishes, &[event(4, "gate", "person")]);
        assert!(more.is_empty(), "of one kind on one camera one notice a minute");
        let later = notices.of_events(at(70), &wishes, &[event(5, "gate", "person")]);
        assert_eq!(titles(&later), ["Person on gate"], "a minute later it is news again");
    }

    #[test]
    fn many_events_are_one_notice() {
        let mut notices = Notices::default();
        let topics = Topics { people: true, ..Topics::default() };
        let wishes = Wishes { topics, ..Wishes::default() };
        notices.of_events(at(0), &wishes, &[]);
        let events: Vec<_> = (1..9).map(|id| event(id, &format!("c{id}"), "person")).collect();
        let told = notices.of_events(at(3), &wishes, &events);
        assert_eq!(titles(&told), ["8 things were seen"], "eight at once bury each other");
        assert!(told[0].body.contains("Person on c5"), "they are named");
    }
}
