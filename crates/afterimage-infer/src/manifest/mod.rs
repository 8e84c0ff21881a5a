//! A model's manifest: what it takes, what it gives, and which bytes it is.
//!
//! Belongs here: the validated form and its limits. Not here: the text's form ([`raw`]), files
//! ([`crate::catalogue`]).
//! Invariant: every `Manifest` is within the limits below, so that the memory a model's pictures
//! and results take is bounded by them; a `weights.file` is one plain file name.

mod raw;

use crate::InferError;
use std::time::Duration;

pub(crate) const MAX_INPUT_SIDE: u32 = 4_096;
pub(crate) const MAX_GRID_SIDE: u32 = 256;
pub(crate) const MAX_LABELS: usize = 10_000;
/// 128 MB of `f32`.
pub(crate) const MAX_OUTPUT_VALUES: usize = 32 << 20;

/// What is known of a model before its weights are read.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The catalogue name: `[a-z0-9][a-z0-9._-]{0,63}`.
    pub name: String,
    pub version: String,
    pub title: String,
    /// SPDX expression of the weights' licence.
    pub licence: String,
    /// How far apart frames are looked at unless somebody says otherwise.
    pub every: Duration,
    pub weights: WeightsSpec,
    pub input: InputSpec,
    pub output: OutputSpec,
}

/// Which bytes are the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightsSpec {
    /// A file name, without folders.
    pub file: String,
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Where they are published, for those who must fetch them.
    pub url: Option<String>,
}

/// What the model takes: `f32[1, 3, height, width]`, one tensor a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSpec {
    /// The tensor that takes the frame itself.
    pub current: String,
    /// The tensor that takes the frame before it, of a model that compares.
    pub previous: Option<String>,
    pub width: u32,
    pub height: u32,
    pub colour: Colour,
    /// What black and white become.
    pub range: [f32; 2],
    pub fit: Fit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Rgb,
    Bgr,
}

/// How a frame of another shape fills the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The whole input, with its shape lost.
    Stretch,
    /// Its shape kept, from the top left; the rest has the padding's level.
    LetterboxTopLeft { padding: u8 },
}

/// What the model gives, and from which score on it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputSpec {
    pub name: String,
    pub score_threshold: f32,
    pub kind: OutputKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum OutputKind {
    /// `f32[1, rows, columns]`: 0..1 for each cell of the frame.
    Grid { columns: u32, rows: u32, label: String },
    /// `f32[1, anchors, 5 + labels]`, as YOLOX exports it without decoding.
    Yolox { strides: Vec<u32>, labels: Vec<String>, nms_threshold: f32 },
}

impl Manifest {
    /// Reads the manifest of model `name`. `labels_file` gives the text of the label list that lies beside it.
    pub fn parse(
        name: &str,
        text: &str,
        labels_file: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Self, InferError> {
        raw::parse(name, text, &labels_file)
    }

    /// Every label that it may give.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        match &self.output.kind {
            OutputKind::Grid { label, .. } => std::slice::from_ref(label),
            OutputKind::Yolox { labels, .. } => labels,
        }
    }

    /// Whether it compares each frame with the one before.
    #[must_use]
    pub fn needs_previous(&self) -> bool {
        self.input.previous.is_some()
    }
}

/// Whether text can name a model: short, lower-case, never a path.
pub(crate) fn is_model_name(name: &str) -> bool {
    let allowed =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    (1..=64).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether text is one plain file name, on any platform.
pub(crate) fn is_file_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=128).contains(&name.len()) && name.chars().all(allowed) && !name.starts_with('.')
}
