//! Matroska without an end: fragments as they come.

use super::cluster::clusters;
use super::head::endless_head;
use crate::media_order::Extent;
use afterimage_base::WallTime;
use afterimage_media::{Fmp4Error, InitSegment, read_sample_table};
use bytes::Bytes;
use std::sync::Arc;

/// Writes fragments of one init section behind each other, for as long as they come. What is
/// written up to any fragment is a playable file.
#[derive(Debug)]
pub struct MatroskaWriter {
    init: Arc<InitSegment>,
    /// The last fragment and what was added to its media times.
    last: Option<(Extent, i64)>,
}

impl MatroskaWriter {
    /// The writer, and what stands before the first fragment.
    #[must_use]
    pub fn new(init: Arc<InitSegment>, start: WallTime) -> (Self, Bytes) {
        let head = endless_head(&init, start);
        (Self { init, last: None }, head)
    }

    /// The bytes of the next fragment. Its times follow those of the last one; the first one's
    /// begin at zero.
    ///
    /// # Errors
    /// [`Fmp4Error::Damaged`] where it is no fragment of the writer's tracks.
    pub fn fragment(&mut self, fragment: &Bytes) -> Result<Bytes, Fmp4Error> {
        let (_, table) = read_sample_table(&self.init, fragment)?;
        let extent = Extent::of(&self.init, &table);
        let shift = match &self.last {
            Some((last, shift)) => last.shift_of_next(*shift, &extent),
            None => -extent.first_shown,
        };
        let bytes = clusters(&self.init, fragment, shift)?;
        self.last = Some((extent, shift));
        Ok(bytes)
    }
}
