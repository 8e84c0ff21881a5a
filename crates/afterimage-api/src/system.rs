//! The recorder as a whole.

use crate::{Api, ApiError, Caller, Right};
use afterimage_base::WallTime;

#[derive(Clone, Debug)]
pub struct SystemReport {
    pub version: String,
    pub now: WallTime,
    pub started: WallTime,
    pub recorded_bytes: u64,
    pub free_bytes: u64,
    pub models: Vec<String>,
    pub warnings: Vec<String>,
}

impl Api {
    pub async fn system(&self, caller: Caller) -> Result<SystemReport, ApiError> {
        caller.require(Right::View)?;
        let (recorded_bytes, free_bytes) = self
            .blocking(|store| {
                let mut recorded = 0;
                for stream in store.streams() {
                    recorded += store.usage(stream.id)?.bytes;
                }
                Ok((recorded, store.free_space()?))
            })
            .await?;
        Ok(SystemReport {
            version: self.options.version.clone(),
            now: self.now(),
            started: self.options.started,
            recorded_bytes,
            free_bytes,
            models: self.options.models.clone(),
            warnings: self.recorder.notices().all(),
        })
    }

    /// Whether the archive answers; asks for nothing that needs a right.
    pub async fn check_ready(&self) -> Result<(), ApiError> {
        self.blocking(|store| {
            store.free_space()?;
            Ok(())
        })
        .await
    }
}
