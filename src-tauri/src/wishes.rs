//! What a person wants to be told of: which kinds of news, and of which cameras.
//!
//! Belongs here: the choice, its words, and how the page sees it. Not here: what is told
//! ([`crate::notices`]), where it is chosen ([`crate::menu`], [`crate::port`]).
//! Invariant: the menu and the console's settings show and change this one choice; a camera is told
//! of until somebody says otherwise.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::watch::Event;

/// More cameras than one recorder has, and a bound on what a broken page can have remembered.
const MOST_QUIET: usize = 1_000;
/// As long as a camera's name can be.
const LONGEST_NAME: usize = 256;

#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    Cameras,
    People,
    Vehicles,
    Animals,
    Motion,
}

/// Each with its name in files and menus, and its words.
pub const TOPICS: [(Topic, &str, &str); 5] = [
    (Topic::Cameras, "cameras", "Cameras down and up again"),
    (Topic::People, "people", "People seen"),
    (Topic::Vehicles, "vehicles", "Vehicles seen"),
    (Topic::Animals, "animals", "Animals seen"),
    (Topic::Motion, "motion", "Motion seen"),
];

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(default)]
pub struct Topics {
    pub cameras: bool,
    pub people: bool,
    pub vehicles: bool,
    pub animals: bool,
    pub motion: bool,
}

impl Default for Topics {
    fn default() -> Self {
        Self { cameras: true, people: false, vehicles: false, animals: false, motion: false }
    }
}

impl Topics {
    pub fn of(&mut self, topic: Topic) -> &mut bool {
        match topic {
            Topic::Cameras => &mut self.cameras,
            Topic::People => &mut self.people,
            Topic::Vehicles => &mut self.vehicles,
            Topic::Animals => &mut self.animals,
            Topic::Motion => &mut self.motion,
        }
    }

    fn has(self, event: &Event) -> bool {
        match (event.kind.as_str(), event.label.as_str()) {
            ("motion", _) => self.motion,
            ("sighting", "person") => self.people,
            ("sighting", "bicycle" | "car" | "motorcycle" | "bus" | "train" | "truck") => {
                self.vehicles
            }
            ("sighting", "bird" | "cat" | "dog" | "horse" | "sheep" | "cow" | "bear") => {
                self.animals
            }
            _ => false,
        }
    }
}

#[derive(Serialize, Deserialize, Default, Clone, PartialEq, Eq, Debug)]
#[serde(default)]
pub struct Wishes {
    pub topics: Topics,
    /// Of these nothing is told.
    pub quiet_cameras: BTreeSet<String>,
}

impl Wishes {
    pub fn has_events(&self) -> bool {
        let Topics { people, vehicles, animals, motion, .. } = self.topics;
        people || vehicles || animals || motion
    }

    pub fn has_camera(&self, name: &str) -> bool {
        !self.quiet_cameras.contains(name)
    }

    pub fn has(&self, event: &Event) -> bool {
        self.topics.has(event) && self.has_camera(&event.stream)
    }

    pub fn set_camera(&mut self, name: String, is_wanted: bool) {
        if is_wanted {
            self.quiet_cameras.remove(&name);
        } else if name.len() <= LONGEST_NAME && self.quiet_cameras.len() < MOST_QUIET {
            self.quiet_cameras.insert(name);
        }
    }

    /// The choice with the menu's own words, for the console's settings.
    pub fn told(mut self) -> Told {
        let topics = TOPICS
            .map(|(id, _, label)| ToldTopic { id, label, is_wanted: *self.topics.of(id) })
            .into();
        Told { topics, quiet_cameras: self.quiet_cameras }
    }
}

/// What the page is told: its shape is in `ui/src/shared/desktop/desktop.ts`.
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    topics: Vec<ToldTopic>,
    quiet_cameras: BTreeSet<String>,
}

#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
struct ToldTopic {
    id: Topic,
    label: &'static str,
    is_wanted: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_topic_is_its_own() {
        for (topic, name, _) in TOPICS {
            let mut topics = Topics {
                cameras: false,
                people: false,
                vehicles: false,
                animals: false,
                motion: false,
            };
            *topics.of(topic) = true;
            let on = serde_json::to_value(topics).unwrap();
            assert_eq!(on[name], true, "the item is named after what it sets");
            let id = serde_json::to_value(topic).unwrap();
            assert_eq!(id, name, "the page and the menu have one name for it");
        }
    }

    #[test]
    fn a_camera_is_told_of_until_somebody_says_otherwise() {
        let mut wishes = Wishes::default();
        wishes.topics.people = true;
        let event = |stream: &str| Event {
            id: 1,
            stream: stream.into(),
            kind: "sighting".into(),
            label: "person".into(),
        };
        assert!(wishes.has(&event("gate")), "a new camera is told of");
        wishes.set_camera("gate".into(), false);
        assert!(!wishes.has(&event("gate")), "this one no more");
        assert!(wishes.has(&event("yard")), "the others still are");
        wishes.set_camera("gate".into(), true);
        assert!(wishes.has(&event("gate")), "and it is again");
    }

    #[test]
    fn a_broken_page_is_not_remembered_without_end() {
        let mut wishes = Wishes::default();
        wishes.set_camera("x".repeat(LONGEST_NAME + 1), false);
        for number in 0..2 * MOST_QUIET {
            wishes.set_camera(format!("c{number}"), false);
        }
        assert_eq!(wishes.quiet_cameras.len(), MOST_QUIET, "there is an end");
        assert!(wishes.quiet_cameras.iter().all(|name| name.len() < 10), "no name is a novel");
    }

    #[test]
    fn the_page_is_told_in_the_menus_words() {
        let mut wishes = Wishes::default();
        wishes.set_camera("gate".into(), false);
        let told = serde_json::to_value(wishes.told()).unwrap();
        let first = &told["topics"][0];
        assert_eq!(first["id"], "cameras", "in the menu's order");
        assert_eq!(first["label"], "Cameras down and up again", "by the menu's name");
        assert_eq!(first["isWanted"], true, "as it is chosen");
        assert_eq!(told["quietCameras"][0], "gate", "with the cameras that are left out");
    }
}
