//! The exports there are, in memory: what each is and how far it has come.
//!
//! Belongs here: the list, its limits, an export's states. Not here: making files.
//! Invariants: `export.json` follows every change of state; an export that is over changes no more.

use super::ExportWanted;
use super::description::{Description, folder_of, remove_parts, take_stock};
use super::estimate::first_guess;
use crate::ApiError;
use crate::dto::{ExportFile, ExportFormat, ExportState, ExportView};
use afterimage_base::{ErrorKind, WallTime};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Exports made at once.
const RUNNING: usize = 2;
/// Exports that wait for their turn.
const WAITING: usize = 8;
/// Exports kept.
const KEPT: usize = 1_000;
/// How many of the last exports say how long the next one takes.
const REMEMBERED: usize = 10;
/// What was over in less says nothing about longer ones.
const TELLING: Duration = Duration::from_millis(200);

/// All exports of one recorder.
pub(crate) struct ExportDesk {
    pub root: PathBuf,
    /// Taken in the order of asking.
    pub turns: Arc<Semaphore>,
    jobs: Mutex<Jobs>,
}

struct Jobs {
    next_id: u64,
    by_id: BTreeMap<u64, Arc<Job>>,
}

impl ExportDesk {
    /// Reads what is there; what was being made is failed from now on.
    pub fn open(root: PathBuf) -> Self {
        // As people on this machine find it, wherever the recorder was started.
        let root = std::path::absolute(&root).unwrap_or(root);
        let stock = take_stock(&root);
        let job = |description: Description| {
            let job = Job::new(&root, description, 0);
            job.over.cancel();
            (job.id, Arc::new(job))
        };
        let by_id = stock.exports.into_iter().map(job).collect();
        Self {
            jobs: Mutex::new(Jobs { next_id: stock.next_id, by_id }),
            turns: Arc::new(Semaphore::new(RUNNING)),
            root,
        }
    }

    /// Whole after any panic: an insertion or a removal.
    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest first.
    pub fn views(&self) -> Vec<ExportView> {
        self.all().iter().rev().map(|job| job.view()).collect()
    }

    fn all(&self) -> Vec<Arc<Job>> {
        self.jobs().by_id.values().cloned().collect()
    }

    pub fn job(&self, id: u64) -> Result<Arc<Job>, ApiError> {
        self.jobs().by_id.get(&id).cloned().ok_or_else(|| {
            ApiError::not_found(format!(
                "there is no export {id}; `afterimage export list` shows those that are"
            ))
        })
    }

    /// What the exports that are not over will still write.
    pub fn promised(&self) -> u64 {
        self.all().iter().map(|job| job.outstanding()).sum()
    }

    /// A new export with its folder, or why there can't be one more. Blocks.
    pub fn admit(
        &self,
        wanted: &ExportWanted,
        estimate: u64,
        now: WallTime,
    ) -> Result<Arc<Job>, ApiError> {
        let job = {
            let mut jobs = self.jobs();
            jobs.check_room()?;
            let id = jobs.next_id;
            jobs.next_id += 1;
            let description = Description::waiting(id, wanted, now);
            let job = Arc::new(Job::new(&self.root, description, estimate));
            jobs.by_id.insert(id, Arc::clone(&job));
            job
        };
        let folder = &job.folder;
        let made = fs::create_dir_all(folder).map_err(super::description::failed("made", folder));
        let written = made.and_then(|()| job.description().write(folder));
        if let Err(error) = written {
            self.forget(job.id);
            drop(fs::remove_dir_all(folder));
            return Err(error);
        }
        Ok(job)
    }

    pub fn forget(&self, id: u64) {
        self.jobs().by_id.remove(&id);
    }

    /// Bytes a second, as the last exports of this format were made.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn rate(&self, format: ExportFormat) -> f64 {
        let mut sum = (0, Duration::ZERO);
        let past = self.all().into_iter().rev().filter_map(|job| job.pace(format));
        for (bytes, took) in past.take(REMEMBERED) {
            sum = (sum.0 + bytes, sum.1 + took);
        }
        if sum.1 < TELLING || sum.0 == 0 {
            return first_guess(format);
        }
        sum.0 as f64 / sum.1.as_secs_f64()
    }
}

impl Jobs {
    fn check_room(&self) -> Result<(), ApiError> {
        let active = self.by_id.values().filter(|job| !job.now().description.is_over()).count();
        if active >= RUNNING + WAITING {
            return Err(ApiError::new(
                ErrorKind::InUse,
                format!(
                    "{RUNNING} exports are being made and {WAITING} wait already; wait until one \
                     is done, or cancel one"
                ),
            ));
        }
        if self.by_id.len() >= KEPT {
            return Err(ApiError::new(
                ErrorKind::InUse,
                format!("{KEPT} exports are kept; delete some that are done with"),
            ));
        }
        Ok(())
    }
}

/// One export.
pub(crate) struct Job {
    pub id: u64,
    pub folder: PathBuf,
    /// Cancelled: nobody wants it any more.
    pub stop: CancellationToken,
    /// Cancelled when nothing of it runs any more.
    pub over: CancellationToken,
    now: Mutex<Now>,
}

struct Now {
    description: Description,
    estimate: u64,
    /// Of the file that is being written.
    part_bytes: u64,
    progress: f64,
}

impl Job {
    fn new(root: &Path, description: Description, estimate: u64) -> Self {
        let progress = if description.state == ExportState::Done { 1.0 } else { 0.0 };
        Self {
            id: description.id,
            folder: folder_of(root, description.id),
            stop: CancellationToken::new(),
            over: CancellationToken::new(),
            now: Mutex::new(Now { description, estimate, part_bytes: 0, progress }),
        }
    }

    /// Whole after any panic: each field is replaced at once.
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn description(&self) -> Description {
        self.now().description.clone()
    }

    pub fn view(&self) -> ExportView {
        let now = self.now();
        let bytes = now.description.bytes() + now.part_bytes;
        let description = now.description.clone();
        ExportView {
            id: self.id,
            streams: description.streams,
            from_micros: description.from_micros,
            to_micros: description.to_micros,
            format: description.format,
            state: description.state,
            progress: now.progress,
            bytes,
            files: description.files,
            notes: description.notes,
            folder: self.folder.display().to_string(),
            created: description.created,
            failure: description.failure,
        }
    }

    /// An error once nobody wants it any more.
    pub fn check_wanted(&self) -> Result<(), ApiError> {
        if self.stop.is_cancelled() {
            return Err(ApiError::new(ErrorKind::Unavailable, "it was cancelled"));
        }
        Ok(())
    }

    /// Nobody wants it any more; what runs ends soon.
    pub fn cancel(&self) {
        self.stop.cancel();
        let mut now = self.now();
        if !now.description.is_over() {
            now.description.state = ExportState::Cancelled;
        }
    }

    pub fn begin(&self) -> Result<(), ApiError> {
        self.change(|description| {
            if description.state == ExportState::Waiting {
                description.state = ExportState::Running;
            }
        })
    }

    pub fn note(&self, sentence: &str) {
        self.now().description.notes.push(sentence.to_owned());
    }

    /// Of the file that is being written, so many bytes are.
    #[expect(clippy::cast_precision_loss, reason = "a part of one, to show")]
    pub fn advance_bytes(&self, part_bytes: u64) {
        let mut now = self.now();
        now.part_bytes = part_bytes;
        let bytes = now.description.bytes() + part_bytes;
        // Estimates err; done is said when it is.
        let share = (bytes as f64 / now.estimate.max(1) as f64).min(0.99);
        now.progress = share.max(now.progress);
    }

    /// As its maker counts it.
    pub fn advance(&self, part_bytes: u64, share: f64) {
        let mut now = self.now();
        now.part_bytes = part_bytes;
        now.progress = share.clamp(0.0, 0.99).max(now.progress);
    }

    pub fn finish_file(&self, file: ExportFile) -> Result<(), ApiError> {
        self.now().part_bytes = 0;
        self.change(|description| description.files.push(file))
    }

    /// It is over, for better or worse. Blocks.
    pub fn end(&self, outcome: &Result<(), ApiError>, took: Duration) {
        remove_parts(&self.folder);
        {
            let mut now = self.now();
            now.part_bytes = 0;
            if outcome.is_ok() {
                now.progress = 1.0;
            }
        }
        let is_cancelled = self.stop.is_cancelled();
        let written = self.change(|description| {
            description.took_micros = u64::try_from(took.as_micros()).ok();
            description.state = match outcome {
                _ if is_cancelled => ExportState::Cancelled,
                Ok(()) => ExportState::Done,
                Err(error) => {
                    description.failure = Some(error.message.clone());
                    ExportState::Failed
                }
            };
        });
        if let Err(error) = written {
            tracing::warn!(%error, export = self.id, "how an export ended can't be written down");
        }
    }

    /// Changes what is written down, in memory and on disk.
    fn change(&self, change: impl FnOnce(&mut Description)) -> Result<(), ApiError> {
        let description = {
            let mut now = self.now();
            change(&mut now.description);
            now.description.clone()
        };
        description.write(&self.folder)
    }

    fn outstanding(&self) -> u64 {
        let now = self.now();
        if now.description.is_over() {
            return 0;
        }
        now.estimate.saturating_sub(now.description.bytes() + now.part_bytes)
    }

    /// Bytes and time of one that was made whole.
    fn pace(&self, format: ExportFormat) -> Option<(u64, Duration)> {
        let now = self.now();
        let description = &now.description;
        let is_whole = description.format == format && description.state == ExportState::Done;
        let took = description.took_micros.filter(|_| is_whole)?;
        Some((description.bytes(), Duration::from_micros(took)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_at_most_are_not_over() {
        let root = tempfile::tempdir().expect("a folder");
        let desk = ExportDesk::open(root.path().join("exports"));
        let admit = || desk.admit(&ExportWanted::of_gate(), 100, WallTime::EPOCH);
        let jobs: Vec<Arc<Job>> = (0..10).map(|_| admit().expect("there is room")).collect();
        let error = admit().err().expect("two run and eight wait");
        assert_eq!(error.kind, ErrorKind::InUse, "409: {error}");
        assert_eq!(desk.promised(), 1_000, "what is to come counts");
        jobs[3].cancel();
        assert!(admit().is_ok(), "one that nobody wants makes room");
        let ids: Vec<u64> = desk.views().iter().map(|view| view.id).collect();
        assert!(ids.is_sorted_by(|a, b| a > b), "the newest first: {ids:?}");
    }

    #[test]
    fn the_next_one_takes_as_long_as_the_last_ones_did() {
        let root = tempfile::tempdir().expect("a folder");
        let desk = ExportDesk::open(root.path().to_owned());
        let guess = desk.rate(ExportFormat::Mp4);
        let job = desk.admit(&ExportWanted::of_gate(), 0, WallTime::EPOCH).expect("there is room");
        let file = ExportFile {
            name: "gate.mp4".to_owned(),
            stream: "gate".to_owned(),
            bytes: 3_000,
            hash: String::new(),
        };
        job.finish_file(file).expect("there is room");
        job.end(&Ok(()), Duration::from_secs(3));
        assert!((desk.rate(ExportFormat::Mp4) - 1_000.0).abs() < 1e-6, "3000 bytes in 3 s");
        assert!(guess > 0.0 && desk.rate(ExportFormat::Frames) > 0.0, "others are guessed");
        let again = ExportDesk::open(root.path().to_owned());
        assert!(
            (again.rate(ExportFormat::Mp4) - 1_000.0).abs() < 1e-6,
            "a restart forgets nothing"
        );
        assert_eq!(again.views()[0].state, ExportState::Done, "as it was written down");
    }
}
