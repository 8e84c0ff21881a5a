//! A fragment's bytes to the frames that are wanted of it.
//!
//! Belongs here: frame identity (sample index, exact time). Which frames are wanted is the
//! caller's choice, the decoder itself is [`afterimage_pipeline::decode`]'s.

use crate::WorkerError;
use afterimage_base::WallTime;
use afterimage_media::{FragmentHeader, FragmentSample, InitSegment, read_fragment};
use afterimage_pipeline::decode::{DecodedFrame, Decoder};
use bytes::Bytes;

/// Decodes the video of fragments that share an init section.
pub struct FragmentDecoder {
    init: InitSegment,
    video: Option<VideoDecoder>,
}

struct VideoDecoder {
    track: usize,
    timescale: u32,
    decoder: Decoder,
}

/// A frame's identity inside its fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FramePlace {
    pub at: WallTime,
    /// Index in decode order, as in the fragment's `trun`.
    pub sample: u32,
}

/// A decoded frame.
pub struct Frame {
    pub sample: u32,
    pub at: WallTime,
    pub picture: DecodedFrame,
}

impl FragmentDecoder {
    /// For the fragments of the init section in `bytes`; one without video yields no frames.
    pub fn new(bytes: Bytes) -> Result<Self, WorkerError> {
        let init = InitSegment::parse(bytes)?;
        let video = match init.tracks.iter().position(afterimage_media::Track::is_video) {
            Some(track) => Some(VideoDecoder {
                track,
                timescale: init.tracks[track].timescale,
                decoder: Decoder::new(&init.tracks[track])?,
            }),
            None => None,
        };
        Ok(Self { init, video })
    }

    /// All frames of the fragment in order of presentation, and where the last one ends.
    pub fn frame_times(&self, fragment: &Bytes) -> Result<Vec<FramePlace>, WorkerError> {
        let (header, tracks) = read_fragment(&self.init, fragment)?;
        Ok(self.video.as_ref().map_or_else(Vec::new, |video| {
            in_order_of_time(&header, &tracks[video.track], video.timescale)
        }))
    }

    /// The pictures of these samples, in order of presentation. A damaged sample has none; the
    /// others of its fragment still count.
    pub fn decode(&mut self, fragment: &Bytes, samples: &[u32]) -> Result<Vec<Frame>, WorkerError> {
        let (header, tracks) = read_fragment(&self.init, fragment)?;
        let Some(video) = &mut self.video else { return Ok(Vec::new()) };
        if samples.is_empty() {
            return Ok(Vec::new());
        }
        let mut wanted: Vec<usize> = samples.iter().map(|sample| *sample as usize).collect();
        wanted.sort_unstable();
        let coded = &tracks[video.track];
        let mut pictures = video.decoder.decode_fragment(coded, &wanted)?;
        let places = in_order_of_time(&header, coded, video.timescale);
        let wanted = places.into_iter().filter(|place| samples.contains(&place.sample));
        Ok(wanted
            .filter_map(|FramePlace { at, sample }| {
                let found =
                    pictures.iter().position(|picture| picture.sample_index == sample as usize)?;
                Some(Frame { sample, at, picture: pictures.swap_remove(found) })
            })
            .collect())
    }

    /// The picture of one sample of a fragment that may need those before it. `None` where the
    /// decoder gives no picture for it.
    pub fn decode_after(
        &mut self,
        lead: &[Bytes],
        fragment: &Bytes,
        sample: u32,
    ) -> Result<Option<Frame>, WorkerError> {
        let (header, tracks) = read_fragment(&self.init, fragment)?;
        let Some(video) = &mut self.video else { return Ok(None) };
        let mut coded = Vec::new();
        for bytes in lead {
            let (_, mut tracks) = read_fragment(&self.init, bytes)?;
            coded.append(&mut tracks[video.track]);
        }
        let before = coded.len();
        coded.extend_from_slice(&tracks[video.track]);
        let pictures = video.decoder.decode_fragment(&coded, &[before + sample as usize])?;
        let places = in_order_of_time(&header, &coded[before..], video.timescale);
        let place = places.into_iter().find(|place| place.sample == sample);
        Ok(place
            .zip(pictures.into_iter().next())
            .map(|(FramePlace { at, sample }, picture)| Frame { sample, at, picture }))
    }
}

fn in_order_of_time(
    header: &FragmentHeader,
    samples: &[FragmentSample],
    timescale: u32,
) -> Vec<FramePlace> {
    let Some(first) = samples.iter().map(|sample| sample.presentation).min() else {
        return Vec::new();
    };
    let mut places: Vec<FramePlace> = (0u32..)
        .zip(samples)
        .map(|(index, sample)| {
            let after = sample.presentation.micros_since(first, timescale);
            FramePlace {
                at: WallTime::from_micros(header.start.as_micros() + after),
                sample: index,
            }
        })
        .collect();
    places.sort_unstable();
    places
}
