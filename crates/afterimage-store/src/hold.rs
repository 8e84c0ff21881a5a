//! Holds: ranges that retention may not delete, with who asked for it and why.

use crate::{Store, StoreError, StreamId};
use afterimage_base::WallTime;

/// A range that is kept whatever its age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub id: i64,
    pub from: WallTime,
    pub to: WallTime,
    pub reason: String,
    /// Who placed it.
    pub owner: String,
    /// When it ends; `None` holds for ever.
    pub expires: Option<WallTime>,
    pub created: WallTime,
}

impl Hold {
    /// Whether it still keeps anything at `now`.
    #[must_use]
    pub fn is_active(&self, now: WallTime) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }

    pub(crate) fn touches(&self, from: WallTime, to: WallTime) -> bool {
        self.from < to && from < self.to
    }
}

impl Store {
    /// Keeps `[from, to)` of the stream. Durable when this returns.
    pub fn place_hold(
        &self,
        stream: StreamId,
        from: WallTime,
        to: WallTime,
        reason: &str,
        owner: &str,
        expires: Option<WallTime>,
    ) -> Result<Hold, StoreError> {
        if to <= from {
            return Err(StoreError::Invalid(
                "a hold needs a range that ends after it begins".into(),
            ));
        }
        let mut hold = Hold {
            id: 0,
            from,
            to,
            reason: reason.to_owned(),
            owner: owner.to_owned(),
            expires,
            created: self.now(),
        };
        // Retention waits: what is held from here on is not chosen by a pass that began before.
        let _pass = self.retention_pass();
        let live = self.shared.live(stream)?;
        hold.id = self.index().put_hold(live.key, &hold)?;
        live.state().holds.push(hold.clone());
        Ok(hold)
    }

    /// All holds of the stream, those that ended too.
    pub fn holds(&self, stream: StreamId) -> Result<Vec<Hold>, StoreError> {
        Ok(self.shared.live(stream)?.state().holds.clone())
    }

    pub fn release_hold(&self, stream: StreamId, id: i64) -> Result<(), StoreError> {
        let live = self.shared.live(stream)?;
        let found = self.index().delete_hold(live.key, id)?;
        live.state().holds.retain(|hold| hold.id != id);
        found.then_some(()).ok_or_else(|| StoreError::NotFound { what: format!("hold {id}") })
    }
}
