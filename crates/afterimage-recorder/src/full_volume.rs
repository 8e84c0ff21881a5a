//! Streams whose fragments find no room, as one notice.
//!
//! Belongs here: when that notice stands. Not here: making room ([`afterimage_store`]).

use crate::notices::Notices;
use afterimage_store::StreamId;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// The notice's subject.
const SUBJECT: &str = "full volume";

/// It stands as long as one stream finds no room. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct FullVolume {
    notices: Notices,
    streams: Arc<Mutex<BTreeSet<StreamId>>>,
}

impl FullVolume {
    pub fn new(notices: Notices) -> Self {
        Self { notices, streams: Arc::default() }
    }

    /// A fragment of the stream found no room.
    pub fn turned_away(&self, stream: StreamId) {
        let mut streams = self.streams.lock().expect("nothing panics while this is held");
        if streams.insert(stream) {
            self.tell(&streams);
        }
    }

    /// The stream found room, or asks for none.
    pub fn is_fine(&self, stream: StreamId) {
        let mut streams = self.streams.lock().expect("nothing panics while this is held");
        if streams.remove(&stream) {
            self.tell(&streams);
        }
    }

    fn tell(&self, streams: &BTreeSet<StreamId>) {
        let who = match streams.len() {
            0 => return self.notices.clear(SUBJECT),
            1 => "one stream is".to_owned(),
            count => format!("{count} streams are"),
        };
        self.notices.set(
            SUBJECT,
            format!(
                "the disk is full and {who} not recorded: nothing more may be deleted; make room on it, shorten a retention or release a hold, and recording goes on by itself"
            ),
        );
    }
}
