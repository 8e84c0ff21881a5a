//! An answer's bytes: at hand, or read from disk in bounded pieces as fast as they are taken.

use afterimage_api::{ApiError, ReadAt};
use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use std::ops::Range;
use std::sync::Arc;

/// Bytes held per reader: a fragment of most cameras, since each piece costs two changes of thread.
const PIECE: u64 = 2 * 1024 * 1024;

/// Where the bytes of an answer are.
pub(crate) enum Content {
    Held(Bytes),
    /// Read on blocking threads.
    Stored {
        source: Arc<dyn ReadAt>,
        length: u64,
    },
}

impl Content {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Held(bytes) => bytes.len() as u64,
            Self::Stored { length, .. } => *length,
        }
    }

    /// The bytes of `range`, which lies in it.
    pub(super) fn body(&self, range: Range<u64>) -> Body {
        match self {
            Self::Held(bytes) => {
                let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                Body::from(bytes.slice(place(range.start)..place(range.end)))
            }
            Self::Stored { source, .. } => read_body(Arc::clone(source), range),
        }
    }
}

/// Exactly the bytes of `range`; a read that fails or comes up short breaks the connection, so
/// that a part never passes for the whole.
fn read_body(source: Arc<dyn ReadAt>, range: Range<u64>) -> Body {
    Body::from_stream(stream::try_unfold(range, move |rest| {
        let source = Arc::clone(&source);
        async move {
            if rest.is_empty() {
                return Ok(None);
            }
            let bytes = read_piece(source, rest.clone()).await.inspect_err(|error| {
                tracing::error!(%error, "an answer broke off");
            })?;
            let next = rest.start + bytes.len() as u64..rest.end;
            Ok::<_, ApiError>(Some((bytes, next)))
        }
    }))
}

async fn read_piece(source: Arc<dyn ReadAt>, rest: Range<u64>) -> Result<Bytes, ApiError> {
    let length = usize::try_from((rest.end - rest.start).min(PIECE)).expect("a piece is small");
    let piece = tokio::task::spawn_blocking(move || source.read_at(rest.start, length))
        .await
        .map_err(|_| ApiError::internal("a reader of footage stopped"))??;
    if piece.is_empty() || piece.len() > length {
        return Err(ApiError::internal("footage is shorter than its index says"));
    }
    Ok(piece)
}
