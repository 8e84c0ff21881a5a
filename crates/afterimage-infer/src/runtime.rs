//! The ONNX Runtime of this process.
//!
//! Belongs here: loading the library once and keeping its environment. Not here: where it may lie
//! ([`crate::library`]), sessions ([`crate::model`]).
//! Invariant: a process has one runtime; the first library that loads stays until it ends, because
//! ONNX Runtime can't be unloaded.

use crate::{InferError, library};
use ort::environment::Environment;
use ort::logging::LogLevel;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The loaded runtime; cheap to clone.
#[derive(Clone, Debug)]
pub struct Runtime {
    environment: Environment,
    path: PathBuf,
}

static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Loads the library: `explicit`, else `ORT_DYLIB_PATH`, else what is installed beside this
    /// program, the repository's `.cache/onnxruntime/`, or a system folder. Loaded before, that
    /// one is returned.
    pub fn load(explicit: Option<&Path>) -> Result<Self, InferError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*loaded {
            return Ok(runtime.clone());
        }
        let runtime = Self::first_usable(&library::search(explicit))?;
        tracing::info!(library = %runtime.path.display(), "ONNX Runtime loaded");
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }

    /// The library in use.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    fn first_usable(search: &library::Search) -> Result<Self, InferError> {
        let mut first_failure = None;
        for path in &search.candidates {
            match initialise(path) {
                Ok(environment) => return Ok(Self { environment, path: path.clone() }),
                Err(error) => {
                    tracing::debug!(library = %path.display(), %error, "not usable");
                    first_failure.get_or_insert(error);
                }
            }
        }
        let missing = || InferError::RuntimeMissing {
            looked: search.looked.join(", "),
            needed: needed_version(),
        };
        let named_and_absent =
            search.is_named && search.candidates.iter().all(|path| !path.exists());
        Err(first_failure.filter(|_| !named_and_absent).unwrap_or_else(missing))
    }
}

fn needed_version() -> String {
    format!("1.{}", ort::MINOR_VERSION)
}

fn initialise(path: &Path) -> Result<Environment, InferError> {
    let unusable = |detail: String| InferError::RuntimeUnusable {
        path: path.to_path_buf(),
        detail,
        needed: needed_version(),
    };
    // A relative name would be looked for in places of the dynamic loader's choice.
    let path = std::path::absolute(path).map_err(|error| unusable(error.to_string()))?;
    ort::init_from(&path)
        .map_err(|error| unusable(error.to_string()))?
        .with_name("afterimage")
        .with_telemetry(false)
        .with_logger(Arc::new(forward_log))
        .build()
        .map_err(|error| unusable(error.to_string()))
}

fn forward_log(level: LogLevel, _category: &str, _id: &str, _location: &str, message: &str) {
    match level {
        LogLevel::Fatal | LogLevel::Error => tracing::error!(target: "onnxruntime", "{message}"),
        LogLevel::Warning => tracing::warn!(target: "onnxruntime", "{message}"),
        LogLevel::Info => tracing::debug!(target: "onnxruntime", "{message}"),
        LogLevel::Verbose => tracing::trace!(target: "onnxruntime", "{message}"),
    }
}
