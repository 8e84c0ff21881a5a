//! Decoding fragments to pictures, for workers.
//!
//! Belongs here: samples in, exact frames out. Not here: which frames anybody wants, or the
//! recorder, which never decodes. Invariant: a frame is what its sample index says, with B-frames
//! too; damaged input costs frames, never a hang or a wrong identity.

mod chain;
mod frame;
mod selection;

pub use frame::DecodedFrame;

use crate::elements;
use crate::plan::Node;
use crate::{PipelineError, error::failed};
use afterimage_media::{Codec, FragmentSample, Track, TrackKind};
use chain::Chain;
use gstreamer as gst;
use selection::Selection;

/// Decodes one video track, fragment by fragment. Keeps nothing from one fragment to the next.
#[derive(Debug)]
pub struct Decoder {
    caps: gst::Caps,
    nodes: Vec<Node>,
    /// Absent after a failure; made anew for the next fragment.
    chain: Option<Chain>,
}

impl Decoder {
    /// Fails for a track that is no video, and where no decoder for it is installed.
    pub fn new(track: &Track) -> Result<Self, PipelineError> {
        crate::init()?;
        let TrackKind::Video(video) = &track.kind else {
            return Err(PipelineError::Setting(
                "a track of sound can't be decoded to pictures".into(),
            ));
        };
        let (caps, element) = match track.codec {
            Codec::H264 => {
                (gst::Caps::builder("video/x-h264").field("stream-format", "avc"), "avdec_h264")
            }
            Codec::H265 => {
                (gst::Caps::builder("video/x-h265").field("stream-format", "hvc1"), "avdec_h265")
            }
            Codec::Aac | Codec::Opus => {
                return Err(PipelineError::Setting("AAC and Opus are no video codecs".into()));
            }
        };
        elements::require(element)?;
        let side = |side: u32| i32::try_from(side).map_err(failed);
        let caps = caps
            .field("alignment", "au")
            .field("codec_data", gst::Buffer::from_slice(track.decoder_config.clone()))
            .field("width", side(video.width)?)
            .field("height", side(video.height)?)
            .build();
        // A damaged picture is left out: a frame that looks wrong is worse than one that is missing.
        let nodes = vec![Node::new(element).set("output-corrupt", false)];
        Ok(Self { caps, nodes, chain: None })
    }

    /// Decodes the samples with the `wanted` indexes, and no more of the others than they need:
    /// each GOP from its key frame up to the last one wanted in it, other GOPs not at all.
    ///
    /// `samples` are the fragment's samples of this track, in decode order. Answers the frames by
    /// rising index. Frames that are damaged are left out; it is an error when none is left.
    pub fn decode_fragment(
        &mut self,
        samples: &[FragmentSample],
        wanted: &[usize],
    ) -> Result<Vec<DecodedFrame>, PipelineError> {
        if let Some(beyond) = wanted.iter().find(|index| **index >= samples.len()) {
            return Err(PipelineError::Setting(format!(
                "frame {beyond} was asked for, of a fragment that has {}",
                samples.len()
            )));
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let least = Selection::least(samples, wanted);
        let mut frames = self.decode_selection(samples, &least)?;
        // Leading pictures of an open GOP also need the GOP before.
        let everything = Selection::up_to_last(samples, wanted);
        if frames.0.len() < least.wanted() && everything != least {
            frames = self.decode_selection(samples, &everything)?;
        }
        match frames {
            (frames, Some(reason)) if frames.is_empty() => Err(PipelineError::Undecodable(reason)),
            (frames, None) if frames.is_empty() => {
                Err(PipelineError::Undecodable("the decoder gave no picture".into()))
            }
            (frames, _) => Ok(frames),
        }
    }

    fn decode_selection(
        &mut self,
        samples: &[FragmentSample],
        selection: &Selection,
    ) -> Result<(Vec<DecodedFrame>, Option<String>), PipelineError> {
        let chain = match self.chain.take() {
            Some(chain) => chain,
            None => Chain::start(&self.nodes, &self.caps)?,
        };
        let outcome = chain.run(samples, selection);
        let reason = chain.failure();
        if outcome.is_ok() && reason.is_none() {
            self.chain = Some(chain);
        }
        match outcome {
            Ok(frames) => Ok((frames, reason)),
            Err(error) => Err(PipelineError::Undecodable(reason.unwrap_or(error.to_string()))),
        }
    }
}
