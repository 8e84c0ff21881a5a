//! Exports of pictures: what must be decoded is made by another process.
//!
//! Belongs here: the port to who decodes, what is handed over, making its file durable. Not here:
//! starting processes, decoding.
//! Invariant: the recorder decodes nothing; a file that is made elsewhere gets its name here, once
//! it is whole and synced.

use super::description::{PART, failed, sync_folder};
use super::desk::Job;
use super::verify::hash_of;
use super::wanted::{ExportWanted, FrameChoice};
use super::{margin, names};
use crate::dto::{ExportFile, ExportFormat};
use crate::footage::why_nothing;
use crate::{ApiError, TimeRange};
use afterimage_base::{StreamName, WallTime};
use afterimage_store::Store;
use std::fs::{self, File};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether the volume still has room.
const WATCHED_EVERY: Duration = Duration::from_secs(1);

/// Makes archives of pictures, in a process of its own.
pub trait PictureMaker: Send + Sync {
    /// Writes the archive of an order to its output. It tells how far it is as it goes. Once `stop`
    /// is cancelled it ends soon, and when it has ended nothing of it runs any more.
    fn make(&self, order: PictureOrder, told: PicturesTold, stop: CancellationToken) -> Making;
}

pub type Making = Pin<Box<dyn Future<Output = Result<PicturesMade, ApiError>> + Send>>;
pub type PicturesTold = Arc<dyn Fn(PicturesMade) + Send + Sync>;

/// What is to be made.
#[derive(Clone, Debug)]
pub struct PictureOrder {
    /// COCO beside the pictures.
    pub is_dataset: bool,
    pub streams: Vec<StreamName>,
    pub range: TimeRange,
    pub choice: FrameChoice,
    /// The ZIP file to write.
    pub output: PathBuf,
}

/// How much is made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PicturesMade {
    /// 0 to 1.
    pub share: f64,
    pub bytes: u64,
    /// Picked frames that are not recorded.
    pub absent: u64,
}

pub(super) async fn write_all(
    maker: Arc<dyn PictureMaker>,
    store: Store,
    job: &Arc<Job>,
    wanted: ExportWanted,
    now: WallTime,
) -> Result<(), ApiError> {
    let choice = wanted.choice.clone().ok_or_else(|| ApiError::internal("no frames are chosen"))?;
    let (wanted, streams) = {
        let (store, job) = (store.clone(), Arc::clone(job));
        blocking(move || present(&store, &job, &wanted, now).map(|found| (wanted, found))).await?
    };
    let (what, stream) = match streams.as_slice() {
        [one] => (names::stem(one), one.to_string()),
        _ => ("cameras".to_owned(), String::new()),
    };
    let is_dataset = wanted.format == ExportFormat::Dataset;
    let ending = if is_dataset { "dataset.zip" } else { "frames.zip" };
    let name = names::of_range(&what, wanted.range.from, wanted.range.to, ending);
    let output = job.folder.join(format!("{name}{PART}"));
    let order = PictureOrder { is_dataset, streams, range: wanted.range, choice, output };
    let made = watched(maker, store, job, order.clone()).await?;
    if made.absent > 0 {
        job.note(&format!("{} picked frames are not recorded any more", made.absent));
    }
    let job = Arc::clone(job);
    blocking(move || take_over(&job, &order, name, stream)).await
}

/// The streams that have footage; a note for each other one.
fn present(
    store: &Store,
    job: &Job,
    wanted: &ExportWanted,
    now: WallTime,
) -> Result<Vec<StreamName>, ApiError> {
    let mut absent = Vec::new();
    let mut found = Vec::new();
    for stream in &wanted.streams {
        let id = store.stream(stream)?.id;
        let first = store.first_fragment_from(id, wanted.range.from)?;
        if first.is_some_and(|first| first.start < wanted.range.to) {
            found.push(stream.clone());
            continue;
        }
        let why = why_nothing(store, id, stream, wanted.range, now)?;
        job.note(&why);
        absent.push(why);
    }
    if found.is_empty() {
        return Err(ApiError::not_found(absent.join(". ")));
    }
    Ok(found)
}

/// Waits for the maker, and stops it where the volume fills up.
async fn watched(
    maker: Arc<dyn PictureMaker>,
    store: Store,
    job: &Arc<Job>,
    order: PictureOrder,
) -> Result<PicturesMade, ApiError> {
    let stop = job.stop.child_token();
    let shown = Arc::clone(job);
    let told = Arc::new(move |made: PicturesMade| {
        shown.advance(made.bytes, made.share);
    });
    let mut making = maker.make(order, told, stop.clone());
    let mut look = tokio::time::interval(WATCHED_EVERY);
    loop {
        tokio::select! {
            made = &mut making => return made,
            _ = look.tick() => {
                let store = store.clone();
                if let Err(full) = blocking(move || margin::check_goes_on(&store)).await {
                    stop.cancel();
                    drop(making.await);
                    return Err(full);
                }
            }
        }
    }
}

/// Gives what was made its name and its hash.
fn take_over(
    job: &Job,
    order: &PictureOrder,
    name: String,
    stream: String,
) -> Result<(), ApiError> {
    job.check_wanted()?;
    let (part, path) = (&order.output, job.folder.join(&name));
    let (hash, bytes) = hash_of(part).map_err(failed("read", part))?;
    File::open(part)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(part, &path))
        .and_then(|()| sync_folder(&job.folder))
        .map_err(failed("written", &path))?;
    job.finish_file(ExportFile { name, stream, bytes, hash })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ApiError::internal("the export stopped in the middle; the log says why"))?
}
