//! Exports: files that the recorder makes, and fetching them.

use crate::client::CONNECT_WITHIN;
use crate::download::failed;
use crate::{Client, ClientError, Progress};
use afterimage_api::dto::{
    ExportCreate, ExportEstimate, ExportFile, ExportList, ExportVerified, ExportView,
};
use afterimage_base::ErrorKind;
use reqwest::Method;
use std::path::Path;

impl Client {
    pub async fn create_export(&self, create: &ExportCreate) -> Result<ExportView, ClientError> {
        self.send(Method::POST, &["exports"], create).await
    }

    /// What an export would be.
    pub async fn estimate_export(
        &self,
        create: &ExportCreate,
    ) -> Result<ExportEstimate, ClientError> {
        self.send(Method::POST, &["exports", "estimate"], create).await
    }

    /// All exports, the newest first.
    pub async fn exports(&self) -> Result<ExportList, ClientError> {
        self.get(&["exports"], &()).await
    }

    pub async fn export(&self, id: u64) -> Result<ExportView, ClientError> {
        let found = self.exports().await?.exports.into_iter().find(|export| export.id == id);
        found.ok_or_else(|| {
            ClientError::new(
                ErrorKind::NotFound,
                format!("there is no export {id}; `afterimage export list` shows those that are"),
            )
        })
    }

    /// Cancels it if it is not over, and removes its files.
    pub async fn delete_export(&self, id: u64) -> Result<(), ClientError> {
        self.submit(Method::DELETE, &["exports", &id.to_string()], None::<&()>).await?;
        Ok(())
    }

    /// The recorder reads all files anew, however long that takes.
    pub async fn verify_export(&self, id: u64) -> Result<ExportVerified, ClientError> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| ClientError::new(ErrorKind::Internal, error.to_string()))?;
        let request = http.post(self.url(&["exports", &id.to_string(), "verify"])?);
        self.read_json(self.answered(request.bearer_auth(self.token().expose())).await?).await
    }

    /// Writes a file of an export to `output`, reads it again and compares it with its hash.
    pub async fn download_export(
        &self,
        id: u64,
        file: &ExportFile,
        output: &Path,
        progress: impl FnMut(Progress),
    ) -> Result<u64, ClientError> {
        let parts = ["exports", &id.to_string(), "files", &file.name];
        let written = self.save(self.fetch(&parts, &()).await?, output, progress).await?;
        let path = output.to_owned();
        let hash = tokio::task::spawn_blocking(move || hash_of(&path))
            .await
            .map_err(|error| ClientError::new(ErrorKind::Internal, error.to_string()))?
            .map_err(failed(output))?;
        if hash != file.hash {
            // What is not what was made must not be taken for it.
            drop(tokio::fs::remove_file(output).await);
            return Err(ClientError::new(
                ErrorKind::Damaged,
                format!("{} is not what was exported; fetch it again, or export anew", file.name),
            ));
        }
        Ok(written)
    }
}

fn hash_of(path: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}
