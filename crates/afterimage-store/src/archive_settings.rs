//! What the user wants of the archive as a whole; changed while running.
//!
//! Belongs here: keeping and answering these settings. Not here: acting on them
//! ([`crate::retention`], [`crate::scrub`]).
//! Invariant: what was set is durable, and counts from the next pass on.

use crate::index::Index;
use crate::options::StoreOptions;
use crate::store::{Store, guard};
use crate::{StoreError, scrub};
use afterimage_base::format_duration;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The key in `meta`.
const KEY: &str = "settings";

/// The shortest and the longest time in which the whole archive is read.
const SCRUB_LIMITS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(3_600)..=Duration::from_secs(366 * 86_400);

/// Settings of the whole archive. Where none were set, those that it was opened with count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveSettings {
    /// The most bytes that all streams together may hold; `None` has no such limit.
    pub retain_bytes: Option<u64>,
    /// What retention keeps free on the volume, up to a tenth of it.
    pub free_space_reserve: u64,
    /// The time in which every segment is read and verified; `None`: never.
    pub scrub_period: Option<Duration>,
}

/// As `meta` has it.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retain_bytes: Option<u64>,
    free_space_reserve: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scrub_seconds: Option<u64>,
}

impl ArchiveSettings {
    /// Those that were set, or those of the options.
    pub(crate) fn load(index: &Index, options: &StoreOptions) -> Result<Self, StoreError> {
        let Some(text) = index.text(KEY)? else {
            return Ok(Self {
                retain_bytes: options.retain_bytes,
                free_space_reserve: options.free_space_reserve,
                scrub_period: Some(scrub::USUAL_PERIOD),
            });
        };
        let stored: Stored = serde_json::from_str(&text).map_err(|error| {
            StoreError::Invalid(format!(
                "the index holds settings of the archive that can't be read ({error}); restore index.sqlite from a backup"
            ))
        })?;
        Ok(Self {
            retain_bytes: stored.retain_bytes,
            free_space_reserve: stored.free_space_reserve,
            scrub_period: stored.scrub_seconds.map(Duration::from_secs),
        })
    }

    fn validate(&self) -> Result<(), StoreError> {
        let Some(period) = self.scrub_period else { return Ok(()) };
        if SCRUB_LIMITS.contains(&period) {
            return Ok(());
        }
        Err(StoreError::Invalid(format!(
            "{} is no time in which to read the archive; choose between {} and {}, or never",
            format_duration(period),
            format_duration(*SCRUB_LIMITS.start()),
            format_duration(*SCRUB_LIMITS.end()),
        )))
    }
}

impl Store {
    /// The settings that count now.
    #[must_use]
    pub fn archive_settings(&self) -> ArchiveSettings {
        *guard(&self.shared.archive_settings)
    }

    /// Changes the settings durably; the next pass of retention and the next step of the scrub go
    /// by them.
    pub fn set_archive_settings(&self, settings: ArchiveSettings) -> Result<(), StoreError> {
        self.shared.check_open()?;
        settings.validate()?;
        let stored = Stored {
            retain_bytes: settings.retain_bytes,
            free_space_reserve: settings.free_space_reserve,
            scrub_seconds: settings.scrub_period.map(|period| period.as_secs()),
        };
        let text = serde_json::to_string(&stored).expect("numbers serialise");
        let doing = "change the archive's settings";
        self.index().write(doing, |transaction| {
            Index::set_text(transaction, KEY, &text).map_err(StoreError::index(doing))
        })?;
        *guard(&self.shared.archive_settings) = settings;
        Ok(())
    }
}
