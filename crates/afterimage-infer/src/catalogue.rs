//! Which models there are: the built-in ones and those of the data directory.
//!
//! Belongs here: finding manifests and weights by name. Not here: fetching anything, running.
//! Invariant: only plain file names of valid manifests are joined to the models folders.

use crate::manifest::is_file_name;
use crate::{InferError, Manifest, Model, Runtime, Weights, checkout};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Manifests and label lists are small; larger files are not read.
const MAX_TEXT_BYTES: u64 = 1 << 20;
/// So many manifests of one folder are looked at.
const MAX_MANIFESTS: usize = 256;

const COCO_80: &str = include_str!("../../../models/coco-80.txt");
const BUILT_IN: [(&str, &str); 2] = [
    ("motion-grid", include_str!("../../../models/motion-grid.toml")),
    ("yolox-nano", include_str!("../../../models/yolox-nano.toml")),
];
/// Our own weights are part of the program: motion is always there.
const MOTION_GRID: &[u8] = include_bytes!("../../../models/motion-grid.onnx");

/// The models of one data directory. Holds folders only: every call reads what is there now.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Manifests and weights that people put there.
    models: PathBuf,
    /// More places for weights.
    mirrors: Vec<PathBuf>,
}

/// One line of the catalogue.
#[derive(Clone, Debug)]
pub struct ModelInfo {
    pub name: String,
    pub version: String,
    pub title: String,
    pub licence: String,
    pub labels: Vec<String>,
    pub every: Duration,
    pub needs_previous: bool,
    pub state: ModelState,
}

/// Whether a model can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelState {
    Ready,
    /// The sentence says how to get them.
    MissingWeights {
        how: String,
    },
    /// The manifest or the weights are wrong; the sentence says how.
    Invalid {
        reason: String,
    },
}

impl Catalogue {
    /// The catalogue of data directory `data`: `data/models/`, then the mirror of files that are
    /// not in the repository: `AFTERIMAGE_MIRROR`, in a checkout seen from its root and
    /// `../shared` unless set.
    #[must_use]
    pub fn of_data(data: &Path) -> Self {
        let named = std::env::var_os("AFTERIMAGE_MIRROR").filter(|path| !path.is_empty());
        let mirror = match (checkout::root(), named) {
            (Some(root), named) => Some(root.join(named.unwrap_or_else(|| "../shared".into()))),
            (None, named) => named.map(PathBuf::from),
        };
        let mirrors = mirror.map(|mirror| mirror.join("models")).into_iter().collect();
        Self::new(data.join("models"), mirrors)
    }

    /// A catalogue of these folders.
    #[must_use]
    pub fn new(models: PathBuf, mirrors: Vec<PathBuf>) -> Self {
        Self { models, mirrors }
    }

    /// All models, built-in ones first. Reads and checks the weights of each: not for polling.
    #[must_use]
    pub fn list(&self) -> Vec<ModelInfo> {
        let built_in = BUILT_IN.iter().map(|(name, _)| (*name).to_owned());
        built_in.chain(self.added_names()).map(|name| self.describe(&name)).collect()
    }

    /// One model by its name.
    pub fn find(&self, name: &str) -> Result<ModelInfo, InferError> {
        if self.is_known(name) { Ok(self.describe(name)) } else { Err(self.unknown(name)) }
    }

    /// The manifest of a model, whether its weights are there or not.
    pub fn manifest(&self, name: &str) -> Result<Manifest, InferError> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name) {
            return Manifest::parse(name, text, |_| Ok(COCO_80.to_owned()));
        }
        if !self.is_known(name) {
            return Err(self.unknown(name));
        }
        let invalid = |problems| InferError::Manifest { model: name.to_owned(), problems };
        let text = read_text(&self.models.join(format!("{name}.toml"))).map_err(invalid)?;
        Manifest::parse(name, &text, |file| read_text(&self.models.join(file)))
    }

    /// Opens a model by its name.
    pub fn open(&self, runtime: &Runtime, name: &str) -> Result<Model, InferError> {
        let manifest = self.manifest(name)?;
        let weights = self.weights(&manifest)?;
        Model::open(runtime, &manifest, &weights)
    }

    /// The first file of the manifest's name with the manifest's checksum.
    fn weights(&self, manifest: &Manifest) -> Result<Weights, InferError> {
        let file = &manifest.weights.file;
        if manifest.name == "motion-grid" {
            return Weights::verified(MOTION_GRID, manifest, Path::new(file));
        }
        let mut first_failure = None;
        for path in std::iter::once(&self.models).chain(&self.mirrors).map(|to| to.join(file)) {
            if !path.is_file() {
                continue;
            }
            match Weights::read(&path, manifest) {
                Ok(weights) => return Ok(weights),
                Err(error) => {
                    first_failure.get_or_insert(error);
                }
            }
        }
        Err(first_failure.unwrap_or_else(|| InferError::WeightsMissing {
            model: manifest.name.clone(),
            how: self.how_to_get(manifest),
        }))
    }

    fn how_to_get(&self, manifest: &Manifest) -> String {
        let weights = &manifest.weights;
        let source = weights.url.as_ref().map_or_else(String::new, |url| format!(" from {url}"));
        format!(
            "put `{}`{source} into {} (its sha256 must be {})",
            weights.file,
            self.models.display(),
            weights.sha256
        )
    }

    fn describe(&self, name: &str) -> ModelInfo {
        match self.manifest(name) {
            Ok(manifest) => ModelInfo {
                state: self.state(&manifest),
                labels: manifest.labels().to_vec(),
                needs_previous: manifest.needs_previous(),
                every: manifest.every,
                name: manifest.name,
                version: manifest.version,
                title: manifest.title,
                licence: manifest.licence,
            },
            Err(error) => ModelInfo {
                name: name.to_owned(),
                version: String::new(),
                title: name.to_owned(),
                licence: String::new(),
                labels: Vec::new(),
                every: Duration::ZERO,
                needs_previous: false,
                state: ModelState::Invalid { reason: error.to_string() },
            },
        }
    }

    fn state(&self, manifest: &Manifest) -> ModelState {
        match self.weights(manifest) {
            Ok(_) => ModelState::Ready,
            Err(InferError::WeightsMissing { how, .. }) => ModelState::MissingWeights { how },
            Err(error) => ModelState::Invalid { reason: error.to_string() },
        }
    }

    fn is_known(&self, name: &str) -> bool {
        BUILT_IN.iter().any(|(built_in, _)| *built_in == name)
            || self.added_names().iter().any(|added| added == name)
    }

    /// Names of `*.toml` in the models folder, sorted. A built-in name can't be taken.
    fn added_names(&self) -> Vec<String> {
        let Ok(folder) = std::fs::read_dir(&self.models) else { return Vec::new() };
        let mut names: Vec<String> = folder
            .filter_map(|entry| {
                let file = entry.ok()?.file_name().into_string().ok()?;
                let name = file.strip_suffix(".toml").filter(|_| is_file_name(&file))?;
                let is_taken = BUILT_IN.iter().any(|(built_in, _)| *built_in == name);
                (!is_taken).then(|| name.to_owned())
            })
            .collect();
        names.sort();
        names.truncate(MAX_MANIFESTS);
        names
    }

    fn unknown(&self, name: &str) -> InferError {
        let built_in = BUILT_IN.iter().map(|(name, _)| (*name).to_owned());
        let known: Vec<String> = built_in.chain(self.added_names()).collect();
        InferError::UnknownModel {
            name: name.chars().take(64).flat_map(char::escape_debug).collect(),
            known: known.join(", "),
        }
    }
}

fn read_text(path: &Path) -> Result<String, String> {
    let fail = |error: std::io::Error| format!("{} can't be read: {error}", path.display());
    let mut text = String::new();
    std::fs::File::open(path)
        .map_err(fail)?
        .take(MAX_TEXT_BYTES)
        .read_to_string(&mut text)
        .map_err(fail)?;
    Ok(text)
}
