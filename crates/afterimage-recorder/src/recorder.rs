//! The recorder: which streams there are, and one task for each.
//!
//! Belongs here: starting, changing and stopping streams. Not here: recording itself
//! ([`crate::stream`]), work on a clock ([`crate::housekeeping`]), HTTP.

use crate::capture::{CaptureFactory, LocalCamera};
use crate::consumer::ConsumerReader;
use crate::error::RecorderError;
use crate::full_volume::FullVolume;
use crate::housekeeping;
use crate::live::LiveSubscription;
use crate::notices::Notices;
use crate::source::{Backend, Source, Transport};
use crate::stream::{StreamHandle, StreamStatus, Surroundings, Wish};
use afterimage_base::{Clock, Secret, StreamName};
use afterimage_media::CaptureError;
use afterimage_store::{Schedule, Store, Stream, StreamSettings};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub struct RecorderOptions {
    pub clock: Arc<dyn Clock>,
    pub captures: Arc<dyn CaptureFactory>,
    /// False: serve what is there, capture nothing.
    pub recording: bool,
}

/// A new stream, as the operator asked for it.
#[derive(Clone, Debug)]
pub struct StreamDraft {
    pub name: StreamName,
    pub source: Source,
    pub retention: Duration,
    pub capture: Option<Backend>,
    pub transport: Transport,
    pub models: Vec<String>,
    /// The most bytes that it may hold; `None` has no limit of its own.
    pub retain_bytes: Option<u64>,
    /// When it records; `None` is always.
    pub schedule: Option<Schedule>,
}

/// What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct StreamChange {
    pub source: Option<Source>,
    pub retention: Option<Duration>,
    /// `Some(None)` lets the capture be chosen by itself again.
    pub capture: Option<Option<Backend>>,
    pub transport: Option<Transport>,
    pub models: Option<Vec<String>>,
    pub enabled: Option<bool>,
    /// `Some(None)` takes the limit away.
    pub retain_bytes: Option<Option<u64>>,
    /// `Some(None)` records always.
    pub schedule: Option<Option<Schedule>>,
}

/// A running recorder. Cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
}

struct Shared {
    around: Surroundings,
    recording: bool,
    streams: Mutex<HashMap<StreamName, StreamHandle>>,
    stop: CancellationToken,
    housekeeping: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Recorder {
    /// Starts every stream of the store. Needs a tokio runtime.
    pub fn start(store: Store, options: RecorderOptions) -> Result<Self, RecorderError> {
        let notices = Notices::default();
        let around = Surroundings {
            store,
            clock: options.clock,
            captures: options.captures,
            full_volume: FullVolume::new(notices.clone()),
            notices,
        };
        if options.recording {
            around.store.start_recording()?;
        }
        let streams = around.store.streams();
        let stop = CancellationToken::new();
        let recorder = Self {
            shared: Arc::new(Shared {
                recording: options.recording,
                streams: Mutex::new(HashMap::new()),
                housekeeping: Mutex::new(None),
                stop: stop.clone(),
                around,
            }),
        };
        for stream in streams {
            recorder.start_stream(&stream);
        }
        if options.recording {
            let task = tokio::spawn(housekeeping::run(recorder.shared.around.clone(), stop));
            *recorder.shared.housekeeping.lock().expect("never poisoned") = Some(task);
        }
        Ok(recorder)
    }

    #[must_use]
    pub fn store(&self) -> &Store {
        &self.shared.around.store
    }

    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.around.clock
    }

    pub(crate) fn captures(&self) -> &Arc<dyn CaptureFactory> {
        &self.shared.around.captures
    }

    /// The cameras that are plugged into this machine, within this time.
    pub async fn local_cameras(&self, within: Duration) -> Result<Vec<LocalCamera>, CaptureError> {
        self.captures().local_cameras(within).await
    }

    /// What is wrong with the recorder as a whole.
    #[must_use]
    pub fn notices(&self) -> &Notices {
        &self.shared.around.notices
    }

    pub async fn create_stream(&self, draft: StreamDraft) -> Result<Stream, RecorderError> {
        let settings = StreamSettings {
            source: draft.source.to_stored(),
            capture: draft.capture.map(|backend| backend.to_string()),
            transport: Some(draft.transport.to_string()),
            retention: draft.retention,
            models: draft.models,
            retain_bytes: draft.retain_bytes,
            schedule: draft.schedule,
            ..StreamSettings::new(draft.name, self.clock().now())
        };
        let stream = self.blocking(move |store| Ok(store.create_stream(settings)?)).await?;
        self.start_stream(&stream);
        Ok(stream)
    }

    pub async fn update_stream(
        &self,
        name: &StreamName,
        change: StreamChange,
    ) -> Result<Stream, RecorderError> {
        let name = name.clone();
        let stream = self
            .blocking(move |store| {
                let mut stream = store.stream(&name)?;
                apply(&mut stream.settings, change);
                Ok(store.update_stream(stream.id, stream.settings)?)
            })
            .await?;
        if let Some(handle) = self.streams().get(&stream.settings.name) {
            handle.change(wish_of(&stream.settings));
        }
        Ok(stream)
    }

    /// Stops the stream and deletes its footage.
    pub async fn delete_stream(&self, name: &StreamName) -> Result<(), RecorderError> {
        let handle = self.streams().remove(name);
        if let Some(mut handle) = handle {
            handle.stop();
            handle.ended().await;
        }
        let name = name.clone();
        self.blocking(move |store| Ok(store.delete_stream(store.stream(&name)?.id)?)).await
    }

    /// What the stream does now; the resting state for one that is unknown.
    #[must_use]
    pub fn status(&self, name: &StreamName) -> StreamStatus {
        self.streams().get(name).map(|handle| handle.status.borrow().clone()).unwrap_or_default()
    }

    /// Watches a stream from its newest key frame on.
    pub fn live(&self, name: &StreamName) -> Result<LiveSubscription, RecorderError> {
        let streams = self.streams();
        let handle = streams.get(name).ok_or_else(|| RecorderError::NoStream(name.clone()))?;
        Ok(handle.live.subscribe(handle.status.clone()))
    }

    /// Reads a stream as one of its consumers.
    pub async fn read(
        &self,
        stream: &StreamName,
        consumer: &str,
    ) -> Result<ConsumerReader, RecorderError> {
        let (id, newest) = {
            let streams = self.streams();
            let handle =
                streams.get(stream).ok_or_else(|| RecorderError::NoStream(stream.clone()))?;
            (handle.id, handle.newest.clone())
        };
        let (store, clock) = (self.store().clone(), Arc::clone(self.clock()));
        ConsumerReader::open(store, clock, id, consumer.to_owned(), newest).await
    }

    /// Stops all streams; returns when all that arrived is durable.
    pub async fn shutdown(&self) {
        let mut streams = std::mem::take(&mut *self.streams());
        for handle in streams.values() {
            handle.stop();
        }
        for handle in streams.values_mut() {
            handle.ended().await;
        }
        self.shared.stop.cancel();
        let housekeeping = self.shared.housekeeping.lock().expect("never poisoned").take();
        if let Some(task) = housekeeping {
            drop(task.await);
        }
        if let Err(error) = self.blocking(|store| Ok(store.close()?)).await {
            tracing::error!(%error, "the index was not closed in good order; the next start recovers it");
        }
    }

    fn start_stream(&self, stream: &Stream) {
        let wish = wish_of(&stream.settings);
        let handle = if self.shared.recording {
            StreamHandle::start(stream.id, &stream.settings.name, wish, self.shared.around.clone())
        } else {
            StreamHandle::resting(stream.id, wish)
        };
        self.streams().insert(stream.settings.name.clone(), handle);
    }

    fn streams(&self) -> MutexGuard<'_, HashMap<StreamName, StreamHandle>> {
        self.shared.streams.lock().expect("nothing panics while this is held")
    }

    async fn blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Store) -> Result<T, RecorderError> + Send + 'static,
    ) -> Result<T, RecorderError> {
        let store = self.store().clone();
        tokio::task::spawn_blocking(move || act(&store)).await.expect("the store does not panic")
    }
}

fn apply(settings: &mut StreamSettings, change: StreamChange) {
    if let Some(source) = change.source {
        settings.source = source.to_stored();
    }
    if let Some(retention) = change.retention {
        settings.retention = retention;
    }
    if let Some(capture) = change.capture {
        settings.capture = capture.map(|backend| backend.to_string());
    }
    if let Some(transport) = change.transport {
        settings.transport = Some(transport.to_string());
    }
    if let Some(models) = change.models {
        settings.models = models;
    }
    if let Some(enabled) = change.enabled {
        settings.recording = enabled;
    }
    if let Some(retain_bytes) = change.retain_bytes {
        settings.retain_bytes = retain_bytes;
    }
    if let Some(schedule) = change.schedule {
        settings.schedule = schedule;
    }
}

/// Settings were checked when they were made; what a later version wrote and this one can't read
/// becomes a stream at rest, not a crash.
fn wish_of(settings: &StreamSettings) -> Wish {
    let source =
        Source::from_stored(settings.source.as_ref().map(Secret::expose)).unwrap_or_else(|error| {
            tracing::error!(stream = %settings.name, %error, "this stream's source can't be read");
            Source::Pushed
        });
    Wish {
        source,
        capture: settings.capture.as_deref().and_then(|text| text.parse().ok()),
        transport: settings
            .transport
            .as_deref()
            .and_then(|text| text.parse().ok())
            .unwrap_or_default(),
        schedule: settings.schedule.clone(),
        enabled: settings.recording,
    }
}
