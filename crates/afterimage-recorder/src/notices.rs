//! What is wrong with the recorder as a whole, in sentences, for everybody who asks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// One sentence a subject; a subject that is well has none.
#[derive(Clone, Debug, Default)]
pub struct Notices(Arc<Mutex<BTreeMap<&'static str, String>>>);

impl Notices {
    /// True where the subject had no sentence yet.
    pub fn set(&self, subject: &'static str, sentence: impl Into<String>) -> bool {
        let mut notices = self.0.lock().expect("nothing panics while this is held");
        notices.insert(subject, sentence.into()).is_none()
    }

    pub fn clear(&self, subject: &'static str) {
        self.0.lock().expect("nothing panics while this is held").remove(subject);
    }

    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.0.lock().expect("nothing panics while this is held").values().cloned().collect()
    }
}
