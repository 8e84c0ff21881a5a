//! Exports: files that the recorder makes of footage, two at a time, the others in order.
//!
//! Belongs here: the operations. Not here: the list ([`desk`]), making files ([`footage`],
//! [`pictures`]), what is written down of them ([`description`]).
//! Invariants: no request names a path or a program; exports are no footage and make none be
//! deleted; making one never slows recording down by waiting for anything.

mod description;
mod desk;
mod estimate;
mod footage;
mod margin;
mod names;
mod pictures;
mod verify;
mod wanted;
mod work;

pub(crate) use desk::ExportDesk;
pub use pictures::{Making, PictureMaker, PictureOrder, PicturesMade, PicturesTold};
pub use wanted::{ExportWanted, FrameChoice, PickedInstant};

use crate::clips::ReadAt;
use crate::dto::{ExportEstimate, ExportFormat, ExportVerified, ExportView};
use crate::footage::why_nothing;
use crate::{Api, ApiError, Caller, Right};
use afterimage_base::ErrorKind;
use bytes::Bytes;
use estimate::Measured;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use work::Work;

/// Where exports lie below the data directory.
pub(crate) const FOLDER: &str = "exports";

/// One finished file of an export.
pub struct ExportedFile {
    pub name: String,
    pub mime: &'static str,
    pub length: u64,
    /// Differs wherever the bytes do.
    pub tag: String,
    pub source: Arc<dyn ReadAt>,
}

impl Api {
    /// Lets exports of pictures be made: this recorder decodes nothing itself.
    #[must_use]
    pub fn with_pictures(mut self, maker: Arc<dyn PictureMaker>) -> Self {
        self.pictures = Some(maker);
        self
    }

    /// Takes an export on; its turn comes.
    pub async fn create_export(
        &self,
        caller: Caller,
        wanted: ExportWanted,
    ) -> Result<ExportView, ApiError> {
        caller.require(Right::Operate)?;
        if wanted.choice.is_some() && self.pictures.is_none() {
            return Err(no_pictures());
        }
        let (api, now) = (self.clone(), self.now());
        let runtime = tokio::runtime::Handle::current();
        // All in one: who asked may be gone before the answer, and the export is made all the same.
        self.blocking(move |store| {
            let measured = estimate::measure(store, &wanted, now)?;
            if measured.bytes == 0 {
                let first = wanted.streams.first();
                let first = first.ok_or_else(|| ApiError::internal("no stream is named"))?;
                let id = store.stream(first)?.id;
                return Err(ApiError::not_found(why_nothing(store, id, first, wanted.range, now)?));
            }
            margin::check_fits(store, measured.bytes, api.exports.promised())?;
            let job = api.exports.admit(&wanted, measured.bytes, now)?;
            let view = job.view();
            let work = Work {
                desk: Arc::clone(&api.exports),
                store: store.clone(),
                clock: Arc::clone(api.recorder.clock()),
                pictures: api.pictures.clone(),
                job,
                wanted,
            };
            drop(runtime.spawn(work.run()));
            Ok(view)
        })
        .await
    }

    /// What an export would be.
    pub async fn estimate_export(
        &self,
        caller: Caller,
        wanted: ExportWanted,
    ) -> Result<ExportEstimate, ApiError> {
        caller.require(Right::Operate)?;
        let (now, rate) = (self.now(), self.exports.rate(wanted.format));
        self.blocking(move |store| Ok(estimated(estimate::measure(store, &wanted, now)?, rate)))
            .await
    }

    /// All exports, the newest first.
    pub fn exports(&self, caller: Caller) -> Result<Vec<ExportView>, ApiError> {
        caller.require(Right::View)?;
        Ok(self.exports.views())
    }

    /// Removes an export and its files; one that is not over is cancelled first.
    pub async fn delete_export(&self, caller: Caller, id: u64) -> Result<(), ApiError> {
        caller.require(Right::Operate)?;
        let job = self.exports.job(id)?;
        job.cancel();
        job.over.cancelled().await;
        let desk = Arc::clone(&self.exports);
        self.blocking(move |_| {
            description::remove(&desk.root, id)?;
            desk.forget(id);
            Ok(())
        })
        .await
    }

    /// Whether the files are still what was written. Reads all of them.
    pub async fn verify_export(&self, caller: Caller, id: u64) -> Result<ExportVerified, ApiError> {
        caller.require(Right::Operate)?;
        let job = self.exports.job(id)?;
        let description = job.description();
        verify::check_done(&description)?;
        self.blocking(move |_| Ok(verify::verify(&job.folder, &description))).await
    }

    /// A finished file, to fetch.
    pub async fn export_file(
        &self,
        caller: Caller,
        id: u64,
        name: String,
    ) -> Result<ExportedFile, ApiError> {
        caller.require(Right::View)?;
        let job = self.exports.job(id)?;
        let description = job.description();
        // Only what we wrote down is opened, whatever was asked for.
        let file = description.files.into_iter().find(|file| file.name == name);
        let file = file.ok_or_else(|| {
            ApiError::not_found(format!(
                "export {id} has no such file; its list names those it has"
            ))
        })?;
        let path = job.folder.join(&file.name);
        self.blocking(move |_| {
            let gone = |error: std::io::Error| {
                ApiError::not_found(format!("{} can't be read: {error}; export it anew", file.name))
            };
            let opened = File::open(&path).map_err(gone)?;
            let length = opened.metadata().map_err(gone)?.len();
            if length != file.bytes {
                return Err(ApiError::new(
                    ErrorKind::Damaged,
                    format!("{} is not what was written any more; export it anew", file.name),
                ));
            }
            Ok(ExportedFile {
                mime: mime(description.format),
                length,
                tag: file.hash,
                name: file.name,
                source: Arc::new(OpenedFile { file: opened, path }),
            })
        })
        .await
    }
}

fn mime(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Mp4 => "video/mp4",
        ExportFormat::Mkv => "video/x-matroska",
        ExportFormat::Frames | ExportFormat::Dataset => "application/zip",
    }
}

fn no_pictures() -> ApiError {
    ApiError::new(ErrorKind::Unavailable, "this recorder has nobody who decodes; export MP4 or MKV")
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn estimated(measured: Measured, rate: f64) -> ExportEstimate {
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    ExportEstimate {
        bytes: measured.bytes,
        seconds: measured.bytes as f64 / rate.max(1.0),
        recorded_micros: micros(measured.recorded),
        missing_micros: micros(measured.missing),
    }
}

struct OpenedFile {
    file: File,
    path: PathBuf,
}

impl ReadAt for OpenedFile {
    fn read_at(&self, offset: u64, limit: usize) -> Result<Bytes, ApiError> {
        let mut bytes = vec![0; limit];
        let read = self.file.read_at(&mut bytes, offset);
        let read = read.map_err(description::failed("read", &self.path))?;
        bytes.truncate(read);
        Ok(bytes.into())
    }
}
