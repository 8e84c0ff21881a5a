//! Room: what is held, whether the promises fit, and the archive's own limits.
//!
//! Belongs here: sums over streams, and asking before footage goes. Not here: the arithmetic of
//! the forecast ([`crate::forecast`]), deleting.

use crate::dto::{
    Forecast, RetentionPreview, ScrubView, StorageSettings, StorageView, StreamStorage, VolumeView,
    WhatIfQuery,
};
use crate::forecast::{Room, StreamLoad, forecast};
use crate::{Api, ApiError, Caller, Right};
use afterimage_base::{ErrorKind, StreamName, WallTime, format_duration, parse_duration};
use afterimage_recorder::StreamChange;
use afterimage_store::{
    ArchiveSettings, RETENTION_LIMITS, ScrubState, Store, StreamSettings, Usage,
};
use std::time::Duration;

/// What a camera that is only thought of keeps where nothing is said: what a new stream keeps.
const USUAL_RETENTION: Duration = Duration::from_secs(30 * 86_400);

/// The room of an archive and what its streams do with it.
#[derive(Clone, Debug)]
pub struct StorageReport {
    pub total_bytes: u64,
    pub room: Room,
    pub streams: Vec<(StreamSettings, Usage)>,
    pub settings: ArchiveSettings,
    pub scrub: ScrubState,
    pub now: WallTime,
}

/// Settings as they might be.
#[derive(Clone, Debug, Default)]
pub struct WhatIf {
    /// Only this stream's retention changes; all when absent.
    pub stream: Option<StreamName>,
    pub retention: Option<Duration>,
    /// `Some(None)`: without a limit.
    pub retain_bytes: Option<Option<u64>>,
    /// One more camera.
    pub bytes_per_hour: Option<u64>,
}

/// What is `None` stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct StorageChange {
    pub retain_bytes: Option<Option<u64>>,
    pub free_space_reserve: Option<u64>,
    pub scrub_period: Option<Option<Duration>>,
}

/// 0 has no limit.
pub(crate) fn limit_bytes(bytes: u64) -> Option<u64> {
    Some(bytes).filter(|bytes| *bytes > 0)
}

impl WhatIfQuery {
    pub fn parse(self) -> Result<WhatIf, ApiError> {
        let retention = self.retention.as_deref().map(parse_duration).transpose()?;
        if let Some(wrong) = retention.filter(|retention| !RETENTION_LIMITS.contains(retention)) {
            return Err(ApiError::invalid(format!(
                "a retention of {} is outside the limits; choose between {} and {}",
                format_duration(wrong),
                format_duration(*RETENTION_LIMITS.start()),
                format_duration(*RETENTION_LIMITS.end()),
            )));
        }
        let stream = self.stream.map(|name| name.parse()).transpose()?;
        if stream.is_some() && retention.is_none() {
            return Err(ApiError::invalid(
                "a stream is named and no retention; say for how long it would be kept",
            ));
        }
        Ok(WhatIf {
            stream,
            retention,
            retain_bytes: self.retain_bytes.map(limit_bytes),
            bytes_per_hour: self.bytes_per_hour,
        })
    }
}

impl StorageSettings {
    pub fn parse(self) -> Result<StorageChange, ApiError> {
        let scrub_period = self.scrub_period.as_deref().map(parse_duration).transpose()?;
        Ok(StorageChange {
            retain_bytes: self.retain_bytes.map(limit_bytes),
            free_space_reserve: self.free_space_reserve,
            scrub_period: scrub_period
                .map(|period| Some(period).filter(|period| !period.is_zero())),
        })
    }
}

impl Api {
    /// What is held, what is promised, and whether it fits.
    pub async fn storage(&self, caller: Caller) -> Result<StorageReport, ApiError> {
        caller.require(Right::View)?;
        let now = self.now();
        self.blocking(move |store| report(store, now)).await
    }

    /// The forecast as it would be.
    pub async fn what_if(&self, caller: Caller, what_if: WhatIf) -> Result<Forecast, ApiError> {
        caller.require(Right::View)?;
        let now = self.now();
        self.blocking(move |store| {
            if let Some(name) = &what_if.stream {
                store.stream(name)?;
            }
            Ok(report(store, now)?.forecast_if(&what_if))
        })
        .await
    }

    /// Changes the archive's limits. What deletes footage needs `confirm`.
    pub async fn update_storage(
        &self,
        caller: Caller,
        change: StorageChange,
        confirm: bool,
    ) -> Result<ArchiveSettings, ApiError> {
        caller.require(Right::Administer)?;
        let now = self.now();
        self.blocking(move |store| {
            let before = store.archive_settings();
            let after = ArchiveSettings {
                retain_bytes: change.retain_bytes.unwrap_or(before.retain_bytes),
                free_space_reserve: change.free_space_reserve.unwrap_or(before.free_space_reserve),
                scrub_period: change.scrub_period.unwrap_or(before.scrub_period),
            };
            let room = report(store, now)?.room;
            let excess = excess_of(&room, &after);
            if !confirm && excess > excess_of(&room, &before) {
                return Err(ApiError::new(
                    ErrorKind::NeedsConfirmation,
                    format!(
                        "this deletes about {} of the oldest footage of all streams; confirm it if that is meant",
                        shown_bytes(excess)
                    ),
                ));
            }
            store.set_archive_settings(after)?;
            Ok(store.archive_settings())
        })
        .await
    }

    /// The operator says that the machine's clock is right: ages count from it again.
    pub async fn confirm_clock(&self, caller: Caller) -> Result<(), ApiError> {
        caller.require(Right::Administer)?;
        self.blocking(|store| Ok(store.confirm_clock()?)).await
    }

    /// What a change of a stream's settings would delete.
    pub async fn preview(
        &self,
        caller: Caller,
        name: &StreamName,
        change: StreamChange,
    ) -> Result<RetentionPreview, ApiError> {
        caller.require(Right::Administer)?;
        let (name, now) = (name.clone(), self.now());
        self.blocking(move |store| {
            let stream = store.stream(&name)?;
            let limits = Limits::of(&stream.settings).changed(&change);
            let found =
                store.preview_retention(stream.id, limits.retention, limits.retain_bytes)?;
            let mut report = report(store, now)?;
            for (settings, _) in &mut report.streams {
                if settings.name == name {
                    settings.retention = limits.retention;
                    settings.retain_bytes = limits.retain_bytes;
                    settings.recording = change.enabled.unwrap_or(settings.recording);
                }
            }
            Ok(RetentionPreview {
                deleted_bytes: found.bytes,
                deleted_micros: i64::try_from(found.time.as_micros()).unwrap_or(i64::MAX),
                deleted_segments: found.segments,
                held_bytes: found.held_bytes,
                oldest_now: found.oldest_now,
                oldest_after: found.oldest_after,
                forecast: report.forecast(),
            })
        })
        .await
    }

    /// Refuses a change that deletes footage, in words that say what would go.
    pub(crate) async fn check_confirmed(
        &self,
        name: &StreamName,
        change: &StreamChange,
    ) -> Result<(), ApiError> {
        let (name, change) = (name.clone(), change.clone());
        self.blocking(move |store| {
            let stream = store.stream(&name)?;
            let before = Limits::of(&stream.settings);
            let after = before.changed(&change);
            if !after.is_tighter_than(&before) {
                return Ok(());
            }
            let found = store.preview_retention(stream.id, after.retention, after.retain_bytes)?;
            let is_shown_less =
                found.oldest_after.is_none_or(|after| Some(after) > found.oldest_now);
            if found.segments == 0 && (found.oldest_now.is_none() || !is_shown_less) {
                return Ok(());
            }
            let until = match found.oldest_after {
                Some(oldest) => format!("everything before {oldest}"),
                None => "all that is recorded of it".to_owned(),
            };
            let held = match found.held_bytes {
                0 => String::new(),
                bytes => format!(" ({} stay, as holds keep them)", shown_bytes(bytes)),
            };
            Err(ApiError::new(
                ErrorKind::NeedsConfirmation,
                format!(
                    "this deletes {} of {name}, {until}{held}; confirm it if that is meant",
                    shown_bytes(found.bytes)
                ),
            ))
        })
        .await
    }
}

/// What deletes a stream's footage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limits {
    retention: Duration,
    retain_bytes: Option<u64>,
}

impl Limits {
    const fn of(settings: &StreamSettings) -> Self {
        Self { retention: settings.retention, retain_bytes: settings.retain_bytes }
    }

    fn changed(self, change: &StreamChange) -> Self {
        Self {
            retention: change.retention.unwrap_or(self.retention),
            retain_bytes: change.retain_bytes.unwrap_or(self.retain_bytes),
        }
    }

    fn is_tighter_than(&self, before: &Self) -> bool {
        let bytes = |limits: &Self| limits.retain_bytes.unwrap_or(u64::MAX);
        self.retention < before.retention || bytes(self) < bytes(before)
    }
}

/// What retention would delete at once under these settings, holds aside.
fn excess_of(room: &Room, settings: &ArchiveSettings) -> u64 {
    let over = room.recorded_bytes.saturating_sub(settings.retain_bytes.unwrap_or(u64::MAX));
    let crowded = settings.free_space_reserve.saturating_sub(room.free_bytes);
    over.max(crowded).min(room.recorded_bytes)
}

fn report(store: &Store, now: WallTime) -> Result<StorageReport, ApiError> {
    let mut streams = Vec::new();
    for stream in store.streams() {
        let usage = store.usage(stream.id)?;
        streams.push((stream.settings, usage));
    }
    let settings = store.archive_settings();
    let space = store.space()?;
    let room = Room {
        free_bytes: space.available,
        recorded_bytes: streams.iter().map(|(_, usage)| usage.bytes).sum(),
        reserve_bytes: settings.free_space_reserve,
        retain_bytes: settings.retain_bytes,
    };
    let scrub = store.scrub_state();
    Ok(StorageReport { total_bytes: space.total, room, streams, settings, scrub, now })
}

impl StorageReport {
    fn loads(&self) -> Vec<StreamLoad> {
        self.streams.iter().map(|(settings, usage)| load(settings, usage)).collect()
    }

    #[must_use]
    pub fn forecast(&self) -> Forecast {
        forecast(&self.loads(), &self.room, self.now)
    }

    fn forecast_if(&self, what_if: &WhatIf) -> Forecast {
        let is_meant = |settings: &StreamSettings| {
            what_if.stream.as_ref().is_none_or(|name| *name == settings.name)
        };
        let mut loads = self.loads();
        for (load, (settings, _)) in loads.iter_mut().zip(&self.streams) {
            if let Some(retention) = what_if.retention.filter(|_| is_meant(settings)) {
                load.retention = retention;
            }
        }
        if let Some(bytes_per_hour) = what_if.bytes_per_hour {
            let retention = what_if.retention.filter(|_| what_if.stream.is_none());
            loads.push(StreamLoad {
                bytes: 0,
                bytes_per_hour,
                retention: retention.unwrap_or(USUAL_RETENTION),
                retain_bytes: None,
            });
        }
        let retain_bytes = what_if.retain_bytes.unwrap_or(self.room.retain_bytes);
        forecast(&loads, &Room { retain_bytes, ..self.room }, self.now)
    }
}

/// One that an operator stopped gains nothing.
fn load(settings: &StreamSettings, usage: &Usage) -> StreamLoad {
    StreamLoad {
        bytes: usage.bytes,
        bytes_per_hour: if settings.recording { usage.recent_bytes_per_hour } else { 0 },
        retention: settings.retention,
        retain_bytes: settings.retain_bytes,
    }
}

impl From<StorageReport> for StorageView {
    fn from(report: StorageReport) -> Self {
        let forecast = report.forecast();
        let StorageReport { total_bytes, room, streams, settings, scrub, .. } = report;
        let stream = |(settings, usage): (StreamSettings, Usage)| StreamStorage {
            stream: settings.name.to_string(),
            bytes: usage.bytes,
            held_bytes: usage.held_bytes,
            bytes_per_hour: usage.recent_bytes_per_hour,
            retention: format_duration(settings.retention),
            retain_bytes: settings.retain_bytes,
            recorded_micros: i64::try_from(usage.recorded.as_micros()).unwrap_or(i64::MAX),
            oldest: usage.first,
            promised_bytes: load(&settings, &usage).promised_bytes(),
        };
        Self {
            volumes: vec![VolumeView {
                name: "hot".to_owned(),
                total_bytes,
                free_bytes: room.free_bytes,
                recorded_bytes: room.recorded_bytes,
                reserve_bytes: room.reserve_bytes,
            }],
            streams: streams.into_iter().map(stream).collect(),
            settings: settings.into(),
            forecast,
            scrub: scrub.into(),
        }
    }
}

impl From<ArchiveSettings> for StorageSettings {
    fn from(settings: ArchiveSettings) -> Self {
        Self {
            retain_bytes: Some(settings.retain_bytes.unwrap_or(0)),
            free_space_reserve: Some(settings.free_space_reserve),
            scrub_period: Some(format_duration(settings.scrub_period.unwrap_or_default())),
        }
    }
}

impl From<ScrubState> for ScrubView {
    fn from(state: ScrubState) -> Self {
        Self {
            progress: progress(state.done_bytes, state.total_bytes),
            round_started: state.round_started,
            last_round_ended: state.last_round_ended,
            damaged: state.damaged,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a part of one, to show")]
fn progress(done: u64, total: u64) -> f64 {
    (done as f64 / total.max(1) as f64).clamp(0.0, 1.0)
}

/// `212.4 GB`, in powers of ten as disks are sold.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub(crate) fn shown_bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1_000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1_000.0;
    }
    format!("{value:.1} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1_000_000_000;

    fn limits(days: u64, retain_bytes: Option<u64>) -> Limits {
        Limits { retention: Duration::from_secs(days * 86_400), retain_bytes }
    }

    #[test]
    fn only_tighter_limits_are_asked_about() {
        let before = limits(30, Some(GB));
        for (after, is_tighter) in [
            (limits(30, Some(GB)), false),
            (limits(60, Some(2 * GB)), false),
            (limits(30, None), false),
            (limits(29, Some(GB)), true),
            (limits(60, Some(GB - 1)), true),
        ] {
            assert_eq!(after.is_tighter_than(&before), is_tighter, "{after:?}");
        }
        assert!(limits(30, Some(GB)).is_tighter_than(&limits(30, None)), "a first limit is one");
    }

    #[test]
    fn the_excess_is_what_the_tighter_limit_asks_for() {
        let room = Room {
            free_bytes: 10 * GB,
            recorded_bytes: 50 * GB,
            reserve_bytes: 0,
            retain_bytes: None,
        };
        let settings = |retain_bytes, free_space_reserve| ArchiveSettings {
            retain_bytes,
            free_space_reserve,
            scrub_period: None,
        };
        assert_eq!(excess_of(&room, &settings(None, 0)), 0, "nothing limits it");
        assert_eq!(excess_of(&room, &settings(Some(40 * GB), 0)), 10 * GB, "by bytes");
        assert_eq!(excess_of(&room, &settings(None, 25 * GB)), 15 * GB, "by what is kept free");
        assert_eq!(excess_of(&room, &settings(None, 500 * GB)), 50 * GB, "no more than there is");
    }

    #[test]
    fn what_if_is_read_whole_or_refused() {
        let query = |retention: Option<&str>, stream: Option<&str>| {
            WhatIfQuery {
                retention: retention.map(str::to_owned),
                stream: stream.map(str::to_owned),
                ..WhatIfQuery::default()
            }
            .parse()
        };
        assert!(query(Some("90d"), Some("door")).is_ok());
        assert!(query(Some("20y"), None).is_err(), "longer than any stream may");
        assert!(query(None, Some("door")).is_err(), "a stream of which nothing changes");
    }
}
