//! Streams: making, changing and deleting them.

use crate::StoreError;
use crate::file_system::FileSystem;
use crate::index::{Index, StreamRow};
use crate::live::{LiveStream, Position, StreamState};
use crate::path;
use crate::removals::Removals;
use crate::store::{Shared, Store};
use crate::stream::{Stream, StreamId, StreamSettings};
use afterimage_base::WallTime;
use std::io;
use std::path::Path;
use uuid::Uuid;

impl Store {
    /// Makes a stream; durable when this returns.
    pub fn create_stream(&self, settings: StreamSettings) -> Result<Stream, StoreError> {
        settings.validate()?;
        let shared = &self.shared;
        shared.check_open()?;
        let id = StreamId(Uuid::new_v4());
        let key = shared.between_commits(|| {
            shared.check_name(&settings, None)?;
            let key = shared.index.write("add a stream", |transaction| {
                Index::insert_stream(transaction, id, &settings, &shared.secret)
            })?;
            let position = Position {
                next_number: 1,
                last_hash: [0; 32],
                latest_end: None,
                expired_to: WallTime::from_micros(i64::MIN),
                open_gap: None,
                last_gap: None,
                holds: Vec::new(),
            };
            let state = StreamState::new(settings.clone(), position);
            shared.add_live(LiveStream::new(id, key, state));
            Ok(key)
        })?;
        tracing::info!(stream = %settings.name, %id, key = key.0, "stream made");
        Ok(Stream { id, settings })
    }

    /// Changes what the user wants of a stream; `created` stays as it is.
    pub fn update_stream(
        &self,
        id: StreamId,
        settings: StreamSettings,
    ) -> Result<Stream, StoreError> {
        settings.validate()?;
        let shared = &self.shared;
        let live = shared.live(id)?;
        let settings = StreamSettings { created: live.state().settings.created, ..settings };
        shared.between_commits(|| {
            shared.check_name(&settings, Some(id))?;
            shared.index.write("change a stream", |transaction| {
                Index::update_stream(transaction, live.key, id, &settings, &shared.secret)
            })?;
            live.state().settings = settings.clone();
            Ok(Stream { id, settings })
        })
    }

    /// Deletes a stream with everything recorded of it, held ranges too. It is gone for all
    /// readers at once; a crash on the way is finished at the next start.
    pub fn delete_stream(&self, id: StreamId) -> Result<(), StoreError> {
        let shared = &self.shared;
        let live = shared.live(id)?;
        let doing = "delete a stream";
        shared.between_commits(|| {
            if live.state().has_writer {
                return Err(StoreError::WriterTaken { stream: id });
            }
            shared.index.write(doing, |transaction| {
                Index::mark_deleting(transaction, live.key).map_err(StoreError::index(doing))
            })?;
            live.state().is_deleted = true;
            shared.remove_live(id);
            Ok(())
        })?;
        let file_system = shared.options.file_system.as_ref();
        finish_deletion_of(file_system, &shared.directory, &shared.index, id, live.key)
    }
}

impl Shared {
    fn check_name(
        &self,
        settings: &StreamSettings,
        own: Option<StreamId>,
    ) -> Result<(), StoreError> {
        let is_taken = self
            .all_live()
            .iter()
            .any(|live| Some(live.id) != own && live.state().settings.name == settings.name);
        if is_taken {
            return Err(StoreError::Exists { what: format!("stream `{}`", settings.name) });
        }
        Ok(())
    }
}

/// Removes the files and rows of a stream that is marked as being deleted.
pub(crate) fn finish_deletion(
    file_system: &dyn FileSystem,
    directory: &Path,
    index: &Index,
    row: &StreamRow,
) -> Result<(), StoreError> {
    finish_deletion_of(file_system, directory, index, row.id, row.key)
}

fn finish_deletion_of(
    file_system: &dyn FileSystem,
    directory: &Path,
    index: &Index,
    id: StreamId,
    key: crate::stream::StreamKey,
) -> Result<(), StoreError> {
    let relative = path::stream_directory(id);
    remove_tree(file_system, &directory.join(&relative))?;
    let media = directory.join(path::MEDIA);
    file_system.sync_directory(&media).map_err(StoreError::io("sync", &media))?;
    let doing = "forget a stream";
    index.write(doing, |transaction| {
        Index::delete_stream(transaction, key).map_err(StoreError::index(doing))
    })?;
    Removals::new(file_system, directory, index).finish()
}

fn remove_tree(file_system: &dyn FileSystem, path: &Path) -> Result<(), StoreError> {
    let entries = match file_system.list(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StoreError::io("list", path)(error)),
    };
    for entry in entries {
        let inner = path.join(&entry.name);
        if entry.is_directory {
            remove_tree(file_system, &inner)?;
        } else {
            file_system.remove_file(&inner).map_err(StoreError::io("delete", &inner))?;
        }
    }
    file_system.remove_directory(path).map_err(StoreError::io("delete", path))
}
