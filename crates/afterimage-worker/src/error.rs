//! What a worker can't go on from.

use afterimage_base::ErrorKind;

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error(transparent)]
    Client(#[from] afterimage_client::ClientError),
    #[error(transparent)]
    Infer(#[from] afterimage_infer::InferError),
    #[error(transparent)]
    Pipeline(#[from] afterimage_pipeline::PipelineError),
    #[error("there is no picture at this instant; its fragment has none that can be decoded")]
    NoFrame,
    #[error(transparent)]
    Media(#[from] afterimage_media::Fmp4Error),
}

impl WorkerError {
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Client(error) => error.kind(),
            Self::Infer(error) => error.kind(),
            Self::Pipeline(error) => error.kind(),
            Self::Media(error) => error.kind(),
            Self::NoFrame => ErrorKind::NotFound,
        }
    }
}
