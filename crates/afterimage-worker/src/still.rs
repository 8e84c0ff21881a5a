//! One frame of some fragments as a picture.
//!
//! Belongs here: which frame, its size, its format. Not here: who wants it ([`crate::stills`]).

use crate::{FragmentDecoder, Frame, WorkerError};
use afterimage_api::dto::{StillChoice, StillFormat};
use afterimage_base::WallTime;
use bytes::Bytes;

const JPEG_QUALITY: u8 = 88;

/// How a still is made.
#[derive(Clone, Copy, Debug)]
pub struct StillShape {
    pub choice: StillChoice,
    pub at: WallTime,
    pub width: Option<u32>,
    pub format: StillFormat,
}

/// The frame that `shape` asks for, of fragments in order: the first can be decoded alone, the
/// last holds the frame.
pub fn still_frame(
    decoder: &mut FragmentDecoder,
    fragments: &[Bytes],
    shape: &StillShape,
) -> Result<Frame, WorkerError> {
    let Some((last, lead)) = fragments.split_last() else { return Err(WorkerError::NoFrame) };
    let places = decoder.frame_times(last)?;
    let place = match shape.choice {
        // Decoding begins there, so it is the least work.
        StillChoice::Key => places.iter().find(|place| place.sample == 0),
        StillChoice::Exact => places.iter().rev().find(|place| place.at <= shape.at),
    };
    let place = place.or(places.first()).ok_or(WorkerError::NoFrame)?;
    decoder.decode_after(lead, last, place.sample)?.ok_or(WorkerError::NoFrame)
}

/// The frame as an image file, no wider than `width`.
pub fn encode_still(
    frame: &Frame,
    width: Option<u32>,
    format: StillFormat,
) -> Result<Vec<u8>, WorkerError> {
    let smaller = match width.filter(|width| *width < frame.picture.width) {
        Some(width) => Some(frame.picture.scaled_to(width)?),
        None => None,
    };
    let picture = smaller.as_ref().unwrap_or(&frame.picture);
    Ok(match format {
        StillFormat::Jpeg => picture.encode_jpeg(JPEG_QUALITY)?,
        StillFormat::Png => picture.encode_png()?,
    })
}
