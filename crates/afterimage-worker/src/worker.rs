//! Which models watch which streams, kept true while the operator changes his mind; beside it,
//! stills.

use crate::WorkerError;
use crate::watch::Watch;
use afterimage_base::StreamName;
use afterimage_client::Client;
use afterimage_infer::{Catalogue, Runtime};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

/// How often the list of streams is asked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A watch that failed begins again after this long.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

pub struct WorkerOptions {
    pub client: Client,
    pub catalogue: Catalogue,
    /// Only these streams; all when empty.
    pub streams: Vec<StreamName>,
}

/// Works until cancelled. Fails only when nothing can be done at all: no runtime, no recorder.
pub async fn run(options: WorkerOptions) -> Result<(), WorkerError> {
    let runtime = Runtime::load(None)?;
    let stills = crate::stills::serve(options.client.clone());
    let watching = watch(options, runtime);
    tokio::select! {
        outcome = watching => outcome,
        () = stills => Ok(()),
    }
}

/// Gives every stream the models that it is to be watched by.
async fn watch(options: WorkerOptions, runtime: Runtime) -> Result<(), WorkerError> {
    let mut roster = Roster { options, runtime, watches: JoinSet::new(), posts: HashMap::new() };
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => roster.look_around().await?,
            Some(ended) = roster.watches.join_next() => match ended {
                Ok((post, outcome)) => roster.relieved(post, outcome),
                Err(error) if error.is_panic() => roster.broken(),
                // Aborted here, because nobody wants it any more.
                Err(_) => {}
            },
        }
    }
}

/// A stream and a model that watches it.
type Post = (StreamName, String);

enum Guard {
    Watching(AbortHandle),
    AgainAt(Instant),
}

struct Roster {
    options: WorkerOptions,
    runtime: Runtime,
    watches: JoinSet<(Post, Result<(), WorkerError>)>,
    posts: HashMap<Post, Guard>,
}

impl Roster {
    async fn look_around(&mut self) -> Result<(), WorkerError> {
        let wanted = self.wanted().await?;
        self.posts.retain(|post, guard| {
            let stays = wanted.contains(post);
            if let Guard::Watching(watch) = guard
                && !stays
            {
                watch.abort();
            }
            stays
        });
        for post in wanted {
            let is_due = match self.posts.get(&post) {
                None => true,
                Some(Guard::Watching(_)) => false,
                Some(Guard::AgainAt(at)) => *at <= Instant::now(),
            };
            if is_due {
                self.begin(post);
            }
        }
        Ok(())
    }

    async fn wanted(&self) -> Result<HashSet<Post>, WorkerError> {
        let chosen = &self.options.streams;
        let streams = self.options.client.streams().await?.streams;
        Ok(streams
            .into_iter()
            // A name that is none can't be asked about; the recorder would not have made it.
            .filter_map(|stream| Some((stream.name.parse::<StreamName>().ok()?, stream.models)))
            .filter(|(name, _)| chosen.is_empty() || chosen.contains(name))
            .flat_map(|(name, models)| models.into_iter().map(move |model| (name.clone(), model)))
            .collect())
    }

    fn begin(&mut self, post: Post) {
        let guard = match self.options.catalogue.open(&self.runtime, &post.1) {
            Ok(model) => {
                tracing::info!(stream = %post.0, model = %post.1, "watching");
                let client = self.options.client.clone();
                let watch = Watch { client, stream: post.0.clone(), model };
                let named = post.clone();
                Guard::Watching(self.watches.spawn(async move { (named, watch.run().await) }))
            }
            Err(error) => {
                tracing::warn!(stream = %post.0, %error, "this model can't run");
                Guard::AgainAt(Instant::now() + AGAIN_AFTER * 6)
            }
        };
        self.posts.insert(post, guard);
    }

    /// A watch panicked, which is a bug; the others go on, and it begins again like one that failed.
    fn broken(&mut self) {
        for ((stream, model), guard) in &mut self.posts {
            if matches!(guard, Guard::Watching(watch) if watch.is_finished()) {
                tracing::error!(%stream, %model, "watching broke off; it begins again soon");
                *guard = Guard::AgainAt(Instant::now() + AGAIN_AFTER);
            }
        }
    }

    fn relieved(&mut self, post: Post, outcome: Result<(), WorkerError>) {
        let (stream, model) = &post;
        match outcome {
            Ok(()) => tracing::info!(%stream, %model, "the stream ended"),
            Err(error) => {
                tracing::warn!(%stream, %model, %error, "watching failed; it begins again soon");
            }
        }
        self.posts.insert(post, Guard::AgainAt(Instant::now() + AGAIN_AFTER));
    }
}
