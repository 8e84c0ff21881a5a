//! retina's parameters as tracks.
//!
//! Belongs here: the translation, and what of it would not hold up in a file. Not here: which
//! streams are taken ([`crate::offer`]).

use afterimage_media::{AudioParameters, Codec, Track, TrackKind, VideoParameters};
use bytes::Bytes;
use retina::client::Stream;
use retina::codec::ParametersRef;

/// The video track as of the newest frame; `None` while the camera has not sent its parameter
/// sets, or sent ones without a picture size.
pub fn video(stream: &Stream, codec: Codec) -> Option<Track> {
    let Some(ParametersRef::Video(parameters)) = stream.parameters() else { return None };
    let (width, height) = parameters.pixel_dimensions();
    (width > 0 && height > 0).then(|| Track {
        codec,
        kind: TrackKind::Video(VideoParameters { width, height }),
        timescale: stream.clock_rate_hz(),
        decoder_config: Bytes::copy_from_slice(parameters.extra_data()),
    })
}

/// The AAC track; RFC 3640 has its parameters in the offer, so they never change.
pub fn aac(stream: &Stream) -> Option<Track> {
    let Some(ParametersRef::Audio(parameters)) = stream.parameters() else { return None };
    Some(Track {
        codec: Codec::Aac,
        kind: TrackKind::Audio(AudioParameters {
            sample_rate: parameters.clock_rate(),
            channels: parameters.channels().get(),
        }),
        timescale: stream.clock_rate_hz(),
        decoder_config: Bytes::copy_from_slice(parameters.extra_data()),
    })
}
