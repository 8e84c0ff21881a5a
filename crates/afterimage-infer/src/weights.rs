//! A model's bytes, checked.
//!
//! Belongs here: reading with a limit and comparing with the manifest's checksum. Not here: where
//! files may lie ([`crate::catalogue`]).
//! Invariant: there is no `Weights` whose SHA-256 differs from its manifest's, and what was
//! checked is what is run: a file is read once.

use crate::{InferError, Manifest};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

/// Larger files are refused: ONNX's own format ends at 2 GiB, and a worker must stay small.
const MAX_BYTES: u64 = 1 << 30;

/// Bytes that are what the manifest says.
pub struct Weights(Cow<'static, [u8]>);

impl Weights {
    /// Takes bytes if they are the manifest's; `path` is for the error.
    pub fn verified(
        bytes: impl Into<Cow<'static, [u8]>>,
        manifest: &Manifest,
        path: &Path,
    ) -> Result<Self, InferError> {
        let bytes = bytes.into();
        let found = hex(&Sha256::digest(&bytes));
        if found == manifest.weights.sha256 {
            return Ok(Self(bytes));
        }
        Err(InferError::WeightsDamaged {
            model: manifest.name.clone(),
            path: path.to_path_buf(),
            found,
            expected: manifest.weights.sha256.clone(),
        })
    }

    /// Reads and checks a file.
    pub fn read(path: &Path, manifest: &Manifest) -> Result<Self, InferError> {
        let unreadable = |detail: String| InferError::WeightsMissing {
            model: manifest.name.clone(),
            how: format!("{} can't be read: {detail}", path.display()),
        };
        let file = std::fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
        let mut bytes = Vec::new();
        file.take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(error.to_string()))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(unreadable(format!("it is larger than {MAX_BYTES} bytes")));
        }
        Self::verified(bytes, manifest, path)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Weights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Weights({} bytes)", self.0.len())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
