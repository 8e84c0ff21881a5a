//! A decoded picture: packed RGB, its luma, its JPEG.
//!
//! Belongs here: pixels of one frame. Not here: where it came from.

use crate::{PipelineError, counter, error::failed};
use gstreamer as gst;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;
use std::fmt;

/// More is no camera but a damaged header.
const MAXIMUM_SIDE: u32 = 16_384;

/// One picture, 8 bits a channel, rows packed without padding: `rgb.len() == width * height * 3`.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodedFrame {
    /// The index of its sample in the fragment, in decode order.
    pub sample_index: usize,
    pub width: u32,
    pub height: u32,
    pub rgb: Vec<u8>,
}

impl fmt::Debug for DecodedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sample_index, width, height, .. } = self;
        write!(f, "DecodedFrame {{ sample {sample_index}, {width}x{height} }}")
    }
}

impl DecodedFrame {
    /// Brightness of every pixel (BT.601 weights, full range), row by row.
    #[must_use]
    pub fn luma(&self) -> Vec<u8> {
        let weigh = |pixel: &[u8]| {
            let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
            ((red * 77 + green * 150 + blue * 29) >> 8) as u8
        };
        self.rgb.chunks_exact(3).map(weigh).collect()
    }

    /// The number that a clock pattern carries ([`counter`]); `None` on any other picture.
    #[must_use]
    pub fn counter(&self) -> Option<u32> {
        counter::read_rgb(&self.rgb, self.width as usize, self.height as usize)
    }

    /// The picture as JPEG; `quality` from 1 to 100.
    pub fn encode_jpeg(&self, quality: u8) -> Result<Vec<u8>, PipelineError> {
        let side = |side: u32| u16::try_from(side).map_err(failed);
        let mut jpeg = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut jpeg, quality.clamp(1, 100));
        let (width, height) = (side(self.width)?, side(self.height)?);
        encoder.encode(&self.rgb, width, height, jpeg_encoder::ColorType::Rgb).map_err(failed)?;
        Ok(jpeg)
    }

    /// The picture as PNG, every pixel as it was decoded.
    pub fn encode_png(&self) -> Result<Vec<u8>, PipelineError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.rgb).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(bytes)
    }

    /// The picture at another width, as high as its shape asks for.
    pub fn scaled_to(&self, width: u32) -> Result<Self, PipelineError> {
        let ratio = f64::from(self.height) / f64::from(self.width.max(1));
        let height = ((f64::from(width) * ratio).round() as u32).max(1);
        let format = |width, height| {
            gst_video::VideoInfo::builder(gst_video::VideoFormat::Rgb, width, height)
                .build()
                .map_err(failed)
        };
        let (from, to) = (format(self.width, self.height)?, format(width, height)?);
        let converter = gst_video::VideoConverter::new(&from, &to, None).map_err(failed)?;
        let stride = from.stride()[0].unsigned_abs() as usize;
        let row_bytes = self.width as usize * 3;
        let mut padded = vec![0; from.size()];
        for (row, target) in self.rgb.chunks_exact(row_bytes).zip(padded.chunks_mut(stride)) {
            target[..row_bytes].copy_from_slice(row);
        }
        let conversion = Conversion { from, to, converter };
        conversion.convert(self.sample_index, &gst::Buffer::from_slice(padded))
    }
}

/// Turns decoder buffers into frames; keeps the converter for as long as the format stays.
#[derive(Default)]
pub(super) struct PictureReader {
    current: Option<(gst::Caps, Conversion)>,
}

struct Conversion {
    from: gst_video::VideoInfo,
    to: gst_video::VideoInfo,
    converter: gst_video::VideoConverter,
}

impl fmt::Debug for PictureReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PictureReader")
            .field(&self.current.as_ref().map(|current| &current.0))
            .finish()
    }
}

impl PictureReader {
    pub fn read(
        &mut self,
        sample_index: usize,
        caps: Option<&gst::Caps>,
        buffer: &gst::Buffer,
    ) -> Result<DecodedFrame, PipelineError> {
        let caps = caps.ok_or_else(|| failed("a picture without a format"))?;
        if self.current.as_ref().is_none_or(|(current, _)| current != caps) {
            self.current = Some((caps.clone(), Conversion::between(caps)?));
        }
        let (_, conversion) = self.current.as_ref().ok_or_else(|| failed("no converter"))?;
        conversion.convert(sample_index, buffer)
    }
}

impl Conversion {
    fn between(caps: &gst::Caps) -> Result<Self, PipelineError> {
        let from = gst_video::VideoInfo::from_caps(caps).map_err(failed)?;
        let (width, height) = (from.width(), from.height());
        if width > MAXIMUM_SIDE || height > MAXIMUM_SIDE {
            return Err(PipelineError::Undecodable(format!("it claims to be {width}x{height}")));
        }
        let to = gst_video::VideoInfo::builder(gst_video::VideoFormat::Rgb, width, height)
            .fps(from.fps())
            .interlace_mode(from.interlace_mode())
            .build()
            .map_err(failed)?;
        let converter = gst_video::VideoConverter::new(&from, &to, None).map_err(failed)?;
        Ok(Self { from, to, converter })
    }

    fn convert(
        &self,
        sample_index: usize,
        buffer: &gst::Buffer,
    ) -> Result<DecodedFrame, PipelineError> {
        let source =
            gst_video::VideoFrameRef::from_buffer_ref_readable(buffer.as_ref(), &self.from)
                .map_err(failed)?;
        let mut target = gst::Buffer::with_size(self.to.size()).map_err(failed)?;
        let writable = target.get_mut().ok_or_else(|| failed("a fresh buffer is shared"))?;
        let mut picture = gst_video::VideoFrameRef::from_buffer_ref_writable(writable, &self.to)
            .map_err(failed)?;
        self.converter.frame_ref(&source, &mut picture);
        let (width, height) = (self.to.width(), self.to.height());
        let stride = picture.plane_stride()[0].unsigned_abs() as usize;
        let plane = picture.plane_data(0).map_err(failed)?;
        let row_bytes = width as usize * 3;
        let mut rgb = Vec::with_capacity(row_bytes * height as usize);
        for row in plane.chunks(stride).take(height as usize) {
            rgb.extend_from_slice(row.get(..row_bytes).ok_or_else(|| failed("a short row"))?);
        }
        Ok(DecodedFrame { sample_index, width, height, rgb })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_has_the_size_of_its_frame() {
        let frame = DecodedFrame { sample_index: 0, width: 6, height: 4, rgb: vec![200; 72] };
        let jpeg = frame.encode_jpeg(90).expect("a small picture");
        assert_eq!(jpeg[..2], [0xFF, 0xD8], "a JPEG begins with SOI");
        let size = jpeg.windows(9).find(|window| window[..2] == [0xFF, 0xC0]).expect("SOF0");
        assert_eq!(size[5..9], [0, 4, 0, 6], "height and width stand in the frame header");
        assert_eq!(frame.luma(), vec![200; 24], "grey is its own luma");
    }
}
