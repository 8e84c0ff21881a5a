//! Secrets at rest: sealed with a key that lies beside the index, not in it.
//!
//! XChaCha20-Poly1305 (RFC 8439 with the 24-byte nonce of draft-irtf-cfrg-xchacha); what a secret
//! belongs to is authenticated with it, so that rows can't be swapped. A sealed secret is nonce,
//! then ciphertext with tag.

use crate::StoreError;
use crate::file_system::{FileSystem, Privacy, read_small, replace_small};
use chacha20poly1305::aead::{Aead, AeadCore, KeyInit, OsRng, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use std::io;
use std::path::Path;

const NONCE_LENGTH: usize = 24;
const KEY_LENGTH: usize = 32;

/// The key of `DATA/secret.key`.
pub struct SecretKey(XChaCha20Poly1305);

impl SecretKey {
    /// Reads the key file, or makes one (mode 0600).
    pub fn open(file_system: &dyn FileSystem, directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join("secret.key");
        match read_small(file_system, &path, KEY_LENGTH) {
            Ok(key) => XChaCha20Poly1305::new_from_slice(&key).map(Self).map_err(|_| {
                StoreError::WrongDirectory {
                    directory: directory.to_owned(),
                    detail: "secret.key is not a key of 32 bytes; restore it from the backup that this index came from".into(),
                }
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = XChaCha20Poly1305::generate_key(&mut OsRng);
                replace_small(file_system, &path, &key, Privacy::OwnerOnly)
                    .map_err(StoreError::io("write", &path))?;
                Ok(Self(XChaCha20Poly1305::new(&key)))
            }
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    pub fn seal(&self, text: &str, belongs_to: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload { msg: text.as_bytes(), aad: belongs_to };
        let sealed = self.0.encrypt(&nonce, payload).map_err(|_| {
            StoreError::Invalid("a camera address is too long to be encrypted".into())
        })?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// An error says that the key file and the index don't belong together.
    pub fn unseal(&self, sealed: &[u8], belongs_to: &[u8]) -> Result<String, StoreError> {
        let unseal = || {
            let (nonce, sealed) = sealed.split_at_checked(NONCE_LENGTH)?;
            let payload = Payload { msg: sealed, aad: belongs_to };
            let text = self.0.decrypt(XNonce::from_slice(nonce), payload).ok()?;
            String::from_utf8(text).ok()
        };
        unseal().ok_or_else(|| {
            StoreError::Invalid(
                "secret.key does not open the camera addresses in this index; restore the secret.key that belongs to it".into(),
            )
        })
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(•••)")
    }
}
