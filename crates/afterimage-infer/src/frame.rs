//! A decoded picture, as a caller lends it.

use crate::InferError;

/// The largest side of a frame that is looked at.
const MAX_SIDE: u32 = 16_384;

/// A picture of 8-bit RGB, rows from top to bottom without padding.
#[derive(Clone, Copy, Debug)]
pub struct FrameView<'a> {
    pub width: u32,
    pub height: u32,
    pub rgb: &'a [u8],
}

impl FrameView<'_> {
    /// Refuses sizes out of range and buffers of another length than the size says.
    pub(crate) fn check(&self) -> Result<(), InferError> {
        let fail = |detail| Err(InferError::Frame { detail });
        if !(1..=MAX_SIDE).contains(&self.width) || !(1..=MAX_SIDE).contains(&self.height) {
            return fail(format!(
                "{}x{} is outside 1x1 to {MAX_SIDE}x{MAX_SIDE}",
                self.width, self.height
            ));
        }
        let expected = self.width as usize * self.height as usize * 3;
        if self.rgb.len() != expected {
            return fail(format!(
                "{}x{} needs {expected} bytes, got {}",
                self.width,
                self.height,
                self.rgb.len()
            ));
        }
        Ok(())
    }

    pub(crate) fn same_size(&self, other: &Self) -> bool {
        (self.width, self.height) == (other.width, other.height)
    }
}
