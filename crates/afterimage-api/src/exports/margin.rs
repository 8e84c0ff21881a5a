//! Room for exports: what the volume has beside the archive's reserve.
//!
//! Invariant: an export stops before free space comes down to the reserve, so that it makes no
//! footage be deleted.

use crate::ApiError;
use crate::storage::shown_bytes;
use afterimage_base::ErrorKind;
use afterimage_store::Store;

/// Recording goes on meanwhile, and estimates are estimates.
const KEPT_FREE: u64 = 64 * 1024 * 1024;

/// Refuses what would not fit beside the exports that are being made.
pub(super) fn check_fits(store: &Store, bytes: u64, promised: u64) -> Result<(), ApiError> {
    let spare = spare(store)?.saturating_sub(promised);
    if bytes.saturating_add(KEPT_FREE) <= spare {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorKind::DiskFull,
        format!(
            "this export needs about {}, and its volume has {} for exports beside the archive's \
             reserve; export less, delete exports that are done with, or make room",
            shown_bytes(bytes),
            shown_bytes(spare.saturating_sub(KEPT_FREE)),
        ),
    ))
}

/// Breaks off what has filled the volume meanwhile.
pub(super) fn check_goes_on(store: &Store) -> Result<(), ApiError> {
    if spare(store)? > 0 {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorKind::DiskFull,
        "free space came down to the archive's reserve meanwhile, and footage goes before exports; \
         make room and start it anew",
    ))
}

fn spare(store: &Store) -> Result<u64, ApiError> {
    let reserve = store.archive_settings().free_space_reserve;
    Ok(store.free_space()?.saturating_sub(reserve))
}
