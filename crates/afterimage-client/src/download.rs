//! An answer into a file: whole, or not there.

use crate::{Client, ClientError};
use afterimage_api::dto::ClipQuery;
use afterimage_base::{ErrorKind, StreamName};
use reqwest::Response;
use std::path::{Path, PathBuf};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

/// What a clip is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    Mp4,
    Matroska,
}

impl Container {
    /// By a file's extension: `.mp4`, `.mkv`.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "mp4" | "m4v" => Some(Self::Mp4),
            "mkv" => Some(Self::Matroska),
            _ => None,
        }
    }

    const fn route(self) -> &'static str {
        match self {
            Self::Mp4 => "clip.mp4",
            Self::Matroska => "clip.mkv",
        }
    }
}

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub bytes: u64,
    /// Unknown where the recorder did not say.
    pub total: Option<u64>,
}

impl Client {
    /// Writes a range of time to `output`. Until all of it is there and synced, it lies beside
    /// under another name; an earlier file of that name is replaced in one step. Answers its size.
    pub async fn download_clip(
        &self,
        name: &StreamName,
        query: &ClipQuery,
        container: Container,
        output: &Path,
        progress: impl FnMut(Progress),
    ) -> Result<u64, ClientError> {
        let response = self.fetch(&["streams", name.as_str(), container.route()], query).await?;
        self.save(response, output, progress).await
    }

    /// Writes an answer to `output`, whole or not at all.
    pub(crate) async fn save(
        &self,
        response: Response,
        output: &Path,
        progress: impl FnMut(Progress),
    ) -> Result<u64, ClientError> {
        let part = part_path(output)?;
        let written = self.write_part(response, &part, progress).await;
        let finished = match written {
            Ok(bytes) => fs::rename(&part, output).await.map(|()| bytes).map_err(failed(output)),
            Err(error) => Err(error),
        };
        if finished.is_err() {
            // Nothing of a download that failed stays; if this fails too, the first error says more.
            drop(fs::remove_file(&part).await);
        }
        finished
    }

    async fn write_part(
        &self,
        mut response: Response,
        part: &Path,
        mut progress: impl FnMut(Progress),
    ) -> Result<u64, ClientError> {
        let total = response.content_length();
        let mut file = File::create(part).await.map_err(failed(part))?;
        let mut bytes = 0;
        progress(Progress { bytes, total });
        while let Some(piece) = response.chunk().await.map_err(|error| self.lost(&error))? {
            file.write_all(&piece).await.map_err(failed(part))?;
            bytes += piece.len() as u64;
            progress(Progress { bytes, total });
        }
        if total.is_some_and(|total| total != bytes) {
            return Err(ClientError::unreachable(self.address(), &"the download broke off"));
        }
        file.sync_all().await.map_err(failed(part))?;
        Ok(bytes)
    }
}

fn part_path(output: &Path) -> Result<PathBuf, ClientError> {
    let Some(name) = output.file_name() else {
        let message = format!("{} does not name a file to write", output.display());
        return Err(ClientError::new(ErrorKind::InvalidInput, message));
    };
    let mut part = std::ffi::OsString::from(".");
    part.push(name);
    part.push(format!(".{}.part", std::process::id()));
    Ok(output.with_file_name(part))
}

pub(crate) fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> ClientError {
    let path = path.to_owned();
    move |error| {
        let kind = match error.kind() {
            std::io::ErrorKind::StorageFull => ErrorKind::DiskFull,
            _ => ErrorKind::InvalidInput,
        };
        ClientError::new(kind, format!("{} can't be written: {error}", path.display()))
    }
}
