//! Holds: ranges that retention may not delete.

use crate::dto::{HoldCreate, HoldList, HoldQuery, HoldView};
use crate::input::word;
use crate::{Api, ApiError, Caller, Right, TimeRange};
use afterimage_base::{StreamName, WallTime, parse_duration, parse_instant};
use afterimage_store::Hold;

/// A hold of a stream, as it is now.
#[derive(Clone, Debug)]
pub struct HoldReport {
    pub stream: StreamName,
    pub hold: Hold,
    pub is_active: bool,
}

/// What is to be kept, and why.
#[derive(Clone, Debug)]
pub struct HoldDraft {
    pub range: TimeRange,
    pub reason: String,
    pub until: Option<WallTime>,
}

impl HoldQuery {
    pub fn parse(self) -> Result<Option<StreamName>, ApiError> {
        Ok(self.stream.map(|name| name.parse()).transpose()?)
    }
}

impl HoldCreate {
    pub fn parse(self, now: WallTime) -> Result<HoldDraft, ApiError> {
        let (from, to) = (parse_instant(&self.from, now)?, parse_instant(&self.to, now)?);
        let until = self.until.as_deref().map(|text| until(text, now)).transpose()?;
        if let Some(until) = until.filter(|until| *until <= now) {
            return Err(ApiError::invalid(format!(
                "a hold until {until} would be over already; choose a later end, or none to hold for ever"
            )));
        }
        Ok(HoldDraft {
            range: TimeRange::new(from, to)?,
            reason: word("reason", self.reason)?,
            until,
        })
    }
}

/// An instant, or how long from now.
fn until(text: &str, now: WallTime) -> Result<WallTime, ApiError> {
    if let Ok(duration) = parse_duration(text) {
        return Ok(now.plus(duration).min(WallTime::MAX));
    }
    parse_instant(text, now).map_err(|_| {
        let shown: String = text.chars().take(64).flat_map(char::escape_debug).collect();
        ApiError::invalid(format!(
            "`{shown}` is no end of a hold; write RFC 3339 (2027-03-01T12:00:00Z) or how long from now (90d)"
        ))
    })
}

impl Api {
    /// Holds of one stream or of all, those that ended too.
    pub async fn holds(
        &self,
        caller: Caller,
        only: Option<StreamName>,
    ) -> Result<Vec<HoldReport>, ApiError> {
        caller.require(Right::View)?;
        let now = self.now();
        self.blocking(move |store| {
            let streams = match only {
                Some(name) => vec![store.stream(&name)?],
                None => store.streams(),
            };
            let mut reports = Vec::new();
            for stream in streams {
                let mut holds = store.holds(stream.id)?;
                holds.sort_by_key(|hold| (hold.from, hold.id));
                let name = stream.settings.name;
                reports.extend(holds.into_iter().map(|hold| report(&name, hold, now)));
            }
            Ok(reports)
        })
        .await
    }

    /// Keeps a range, in the caller's name. Durable when this returns.
    pub async fn place_hold(
        &self,
        caller: Caller,
        name: &StreamName,
        draft: HoldDraft,
    ) -> Result<HoldReport, ApiError> {
        caller.require(Right::Operate)?;
        let (stream, now) = (name.clone(), self.now());
        self.of_stream(name, move |store, id| {
            let HoldDraft { range, reason, until } = draft;
            let hold = store.place_hold(id, range.from, range.to, &reason, caller.name(), until)?;
            Ok(report(&stream, hold, now))
        })
        .await
    }

    /// Gives a held range back to retention.
    pub async fn release_hold(
        &self,
        caller: Caller,
        name: &StreamName,
        hold: i64,
    ) -> Result<(), ApiError> {
        caller.require(Right::Administer)?;
        self.of_stream(name, move |store, id| Ok(store.release_hold(id, hold)?)).await
    }
}

fn report(stream: &StreamName, hold: Hold, now: WallTime) -> HoldReport {
    HoldReport { stream: stream.clone(), is_active: hold.is_active(now), hold }
}

impl From<HoldReport> for HoldView {
    fn from(report: HoldReport) -> Self {
        let HoldReport { stream, hold, is_active } = report;
        Self {
            id: hold.id,
            stream: stream.into(),
            from_micros: hold.from.as_micros(),
            to_micros: hold.to.as_micros(),
            reason: hold.reason,
            owner: hold.owner,
            expires: hold.expires,
            created: hold.created,
            active: is_active,
        }
    }
}

impl From<Vec<HoldReport>> for HoldList {
    fn from(reports: Vec<HoldReport>) -> Self {
        Self { holds: reports.into_iter().map(HoldView::from).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn now() -> WallTime {
        "2026-03-01T12:00:00Z".parse().expect("RFC 3339")
    }

    fn draft(
        from: &str,
        to: &str,
        reason: &str,
        until: Option<&str>,
    ) -> Result<HoldDraft, ApiError> {
        let [from, to, reason] = [from, to, reason].map(str::to_owned);
        HoldCreate { from, to, reason, until: until.map(str::to_owned) }.parse(now())
    }

    #[test]
    fn a_hold_ends_at_an_instant_after_a_while_or_never() {
        let end = |until| draft("-2h", "-1h", "theft", until).expect("a hold").until;
        assert_eq!(end(None), None, "for ever");
        assert_eq!(end(Some("90d")), Some(now().plus(Duration::from_secs(90 * 86_400))));
        assert_eq!(end(Some("2027-01-01T00:00:00Z")), "2027-01-01T00:00:00Z".parse().ok());
    }

    #[test]
    fn a_hold_that_holds_nothing_is_refused() {
        for (from, to, reason, until) in [
            ("-1h", "-2h", "theft", None),
            ("-2h", "-1h", "", None),
            ("-2h", "-1h", "theft", Some("-1d")),
            ("-2h", "-1h", "theft", Some("soon")),
        ] {
            assert!(draft(from, to, reason, until).is_err(), "{from} {to} `{reason}` {until:?}");
        }
    }
}
