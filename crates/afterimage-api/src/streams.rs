//! Streams: settings, state and what is recorded of each.

use crate::password::as_meant;
use crate::{Api, ApiError, Caller, Right};
use afterimage_base::{Secret, StreamName};
use afterimage_recorder::{Source, StreamChange, StreamDraft, StreamStatus};
use afterimage_store::{Store, Stream, StreamSettings, Usage};

/// A stream as it is now.
#[derive(Clone, Debug)]
pub struct StreamReport {
    pub settings: StreamSettings,
    pub status: StreamStatus,
    pub recorded: Usage,
}

impl Api {
    /// All streams, by name.
    pub async fn streams(&self, caller: Caller) -> Result<Vec<StreamReport>, ApiError> {
        caller.require(Right::View)?;
        let recorder = self.recorder.clone();
        self.blocking(move |store| {
            let report = |stream: Stream| {
                let status = recorder.status(&stream.settings.name);
                report(store, stream, status)
            };
            store.streams().into_iter().map(report).collect()
        })
        .await
    }

    pub async fn stream(
        &self,
        caller: Caller,
        name: &StreamName,
    ) -> Result<StreamReport, ApiError> {
        caller.require(Right::View)?;
        let (status, name) = (self.recorder.status(name), name.clone());
        self.blocking(move |store| {
            let stream = store.stream(&name)?;
            report(store, stream, status)
        })
        .await
    }

    /// Creates a stream and begins to record it.
    pub async fn create_stream(
        &self,
        caller: Caller,
        draft: StreamDraft,
    ) -> Result<StreamReport, ApiError> {
        caller.require(Right::Administer)?;
        self.check_models(&draft.models)?;
        let draft = StreamDraft { source: as_meant(draft.source, None)?, ..draft };
        let stream = self.recorder.create_stream(draft).await?;
        self.stream(caller, &stream.settings.name).await
    }

    /// Changes settings while the stream runs. What deletes footage needs `confirm`.
    pub async fn update_stream(
        &self,
        caller: Caller,
        name: &StreamName,
        change: StreamChange,
        confirm: bool,
    ) -> Result<StreamReport, ApiError> {
        caller.require(Right::Administer)?;
        self.check_models(change.models.as_deref().unwrap_or_default())?;
        if !confirm {
            self.check_confirmed(name, &change).await?;
        }
        let change = match change.source {
            None => change,
            Some(source) => {
                let kept = self.stream(caller, name).await?.settings.source;
                // One that can't be read has no password to keep.
                let kept = Source::from_stored(kept.as_ref().map(Secret::expose)).ok();
                StreamChange { source: Some(as_meant(source, kept.as_ref())?), ..change }
            }
        };
        self.recorder.update_stream(name, change).await?;
        self.stream(caller, name).await
    }

    /// Stops the stream and deletes its footage.
    pub async fn delete_stream(&self, caller: Caller, name: &StreamName) -> Result<(), ApiError> {
        caller.require(Right::Administer)?;
        Ok(self.recorder.delete_stream(name).await?)
    }

    fn check_models(&self, wanted: &[String]) -> Result<(), ApiError> {
        let known = &self.options.models;
        match wanted.iter().find(|name| !known.is_empty() && !known.contains(name)) {
            None => Ok(()),
            Some(unknown) => Err(ApiError::invalid(format!(
                "`{unknown}` is no model of this recorder; it has {}",
                known.join(", ")
            ))),
        }
    }
}

fn report(store: &Store, stream: Stream, status: StreamStatus) -> Result<StreamReport, ApiError> {
    let recorded = store.usage(stream.id)?;
    Ok(StreamReport { settings: stream.settings, status, recorded })
}
