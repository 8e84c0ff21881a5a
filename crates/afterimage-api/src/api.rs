//! What every operation works with.

use crate::checks::CheckJob;
use crate::discovery::LookOut;
use crate::error::ApiError;
use crate::exports::{self, ExportDesk, PictureMaker};
use crate::stills::StillDesk;
use crate::trials::TRIALS_AT_ONCE;
use afterimage_base::{ErrorKind, StreamName, WallTime};
use afterimage_discovery::Target;
use afterimage_recorder::Recorder;
use afterimage_store::{Store, StreamId};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What a recorder says of itself.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    pub version: String,
    pub started: WallTime,
    /// Models that a worker could run; streams may name only these.
    pub models: Vec<String>,
}

/// The operations of one recorder. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub(crate) recorder: Recorder,
    pub(crate) options: Arc<ApiOptions>,
    pub(crate) check: Arc<CheckJob>,
    pub(crate) exports: Arc<ExportDesk>,
    pub(crate) look_out: Arc<LookOut>,
    pub(crate) pictures: Option<Arc<dyn PictureMaker>>,
    pub(crate) stills: Arc<StillDesk>,
    pub(crate) trials: Arc<Semaphore>,
}

impl Api {
    #[must_use]
    pub fn new(recorder: Recorder, options: ApiOptions) -> Self {
        let exports = ExportDesk::open(recorder.store().directory().join(exports::FOLDER));
        Self {
            recorder,
            options: Arc::new(options),
            check: Arc::default(),
            exports: Arc::new(exports),
            look_out: Arc::new(LookOut::at(Target::Networks)),
            pictures: None,
            stills: Arc::default(),
            trials: Arc::new(Semaphore::new(TRIALS_AT_ONCE)),
        }
    }

    /// What relative instants count from.
    #[must_use]
    pub fn now(&self) -> WallTime {
        self.recorder.clock().now()
    }

    /// Asks the archive on a blocking thread.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Store) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let store = self.recorder.store().clone();
        tokio::task::spawn_blocking(move || ask(&store))
            .await
            .map_err(|_| ApiError::new(ErrorKind::Internal, "the archive stopped in mid-answer"))?
    }

    /// Asks the archive about one stream on a blocking thread.
    pub(crate) async fn of_stream<T: Send + 'static>(
        &self,
        name: &StreamName,
        ask: impl FnOnce(&Store, StreamId) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let name = name.clone();
        self.blocking(move |store| {
            let stream = store.stream(&name)?;
            ask(store, stream.id)
        })
        .await
    }
}
