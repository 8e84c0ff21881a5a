//! An export from its turn to its end.
//!
//! Belongs here: waiting, the thread, the outcome. Not here: what is written.
//! Invariant: whatever happens, an export gets to its end and says how it ended.

use super::desk::{ExportDesk, Job};
use super::pictures::PictureMaker;
use super::{ExportWanted, footage, pictures};
use crate::ApiError;
use afterimage_base::Clock;
use afterimage_store::Store;
use std::sync::Arc;
use tokio::sync::oneshot;

/// What an export is made with.
pub(super) struct Work {
    pub desk: Arc<ExportDesk>,
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub pictures: Option<Arc<dyn PictureMaker>>,
    pub job: Arc<Job>,
    pub wanted: ExportWanted,
}

impl Work {
    pub async fn run(self) {
        // Who waits for the end is released even by a panic.
        let _over = self.job.over.clone().drop_guard();
        let job = Arc::clone(&self.job);
        let turns = Arc::clone(&self.desk.turns);
        let turn = tokio::select! {
            turn = turns.acquire_owned() => turn.ok(),
            () = job.stop.cancelled() => None,
        };
        let clock = Arc::clone(&self.clock);
        let began = clock.now();
        let outcome = match &turn {
            Some(_) => self.make().await,
            None => job.check_wanted(),
        };
        let took = clock.now().since(began);
        if let Err(error) = outcome.as_ref()
            && !job.stop.is_cancelled()
        {
            tracing::warn!(export = job.id, %error, "an export failed");
        }
        let ended = tokio::task::spawn_blocking(move || job.end(&outcome, took)).await;
        if let Err(error) = ended {
            tracing::error!(%error, "an export's end could not be noted");
        }
    }

    async fn make(self) -> Result<(), ApiError> {
        self.job.check_wanted()?;
        let now = self.clock.now();
        if self.wanted.choice.is_none() {
            let Self { store, job, wanted, .. } = self;
            return on_a_thread(move || {
                job.begin()?;
                footage::write_all(&store, &job, &wanted, now)
            })
            .await;
        }
        let maker = self.pictures.ok_or_else(super::no_pictures)?;
        let job = Arc::clone(&self.job);
        on_a_thread(move || job.begin()).await?;
        pictures::write_all(maker, self.store, &self.job, self.wanted, now).await
    }
}

/// Runs on a thread of its own that steps back behind those that record.
async fn on_a_thread(
    work: impl FnOnce() -> Result<(), ApiError> + Send + 'static,
) -> Result<(), ApiError> {
    let (answer, ended) = oneshot::channel();
    let thread = std::thread::Builder::new().name("export".to_owned()).spawn(move || {
        step_back();
        // Nobody listens any more where the recorder stops.
        drop(answer.send(work()));
    });
    thread.map_err(|error| ApiError::internal(format!("the machine gave no thread: {error}")))?;
    ended.await.unwrap_or_else(|_| {
        Err(ApiError::internal("the export stopped in the middle; the log says why"))
    })
}

/// On Linux each thread has a priority of its own; elsewhere it is the whole process's and stays.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(10) {
        tracing::debug!(%error, "an export runs at the usual priority");
    }
}
