//! Exports: footage, stills or a training set of several cameras, made by the recorder.

use afterimage_base::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportCreate {
    #[serde(default)]
    pub streams: Vec<String>,
    /// RFC 3339, microseconds, `now`, or how long ago: `-90m`. Needed unless frames are picked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    pub format: ExportFormat,
    /// For `frames` and `dataset`: exactly these, in place of a range of streams.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub picked: Vec<PickedFrame>,
    /// For `frames` and `dataset`: one frame each so long; `1s` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
}

/// The frame of a stream that was shown at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PickedFrame {
    pub stream: String,
    pub at_micros: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Cut exactly, not encoded anew.
    Mp4,
    /// Whole fragments.
    Mkv,
    /// JPEG pictures in a ZIP archive.
    Frames,
    /// COCO in a ZIP archive.
    Dataset,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExportList {
    /// The newest first.
    pub exports: Vec<ExportView>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExportView {
    pub id: u64,
    pub streams: Vec<String>,
    pub from_micros: i64,
    pub to_micros: i64,
    pub format: ExportFormat,
    pub state: ExportState,
    /// 0 to 1.
    pub progress: f64,
    pub bytes: u64,
    pub files: Vec<ExportFile>,
    /// What was asked for and is not in it, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Where the files lie on the recorder's machine.
    pub folder: String,
    #[schema(value_type = String, format = DateTime)]
    pub created: WallTime,
    pub failure: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportFile {
    /// `gate_20261123T140410.000Z_20261123T140655.000Z.mp4`; fetch it at `/exports/{id}/files/{name}`.
    pub name: String,
    /// Empty where several streams share the file.
    pub stream: String,
    pub bytes: u64,
    /// BLAKE3 of the file, in hexadecimal digits; what `verify` compares.
    pub hash: String,
}

/// What an export will be, before it is made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExportEstimate {
    pub bytes: u64,
    pub seconds: f64,
    pub recorded_micros: i64,
    /// Of the range, how much is missing, over all streams.
    pub missing_micros: i64,
}

/// Whether the files are still what was written.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExportVerified {
    pub whole: bool,
    /// One sentence for each file that is not.
    pub findings: Vec<String>,
}
