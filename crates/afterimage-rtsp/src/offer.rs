//! What a camera offers, and what of it we take.
//!
//! Belongs here: the choice of streams out of a DESCRIBE answer, and the sentence about an offer
//! that can't be used. Not here: setting them up ([`crate::session`]).

use crate::g711::Law;
use afterimage_media::{CaptureError, CaptureFailure, Codec};

/// One stream of the offer, in the words of its SDP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    pub media: String,
    pub encoding: String,
    pub rate: u32,
    pub channels: u16,
}

/// The streams to set up, by their place in the offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub video: usize,
    pub video_codec: Codec,
    pub audio: Option<(usize, SoundCoding)>,
}

/// Sound that we can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundCoding {
    Aac,
    /// To be encoded as Opus.
    G711(Law),
}

/// Takes the first video that the archive holds, and the first AAC, or else G.711. Audio that can't be used
/// refuses the whole camera, because another capture can use it; silence would be a loss. So does
/// sound without a picture: here a picture is what tells that the camera lives.
pub fn choose(offer: &[Offered], address: &str) -> Result<Chosen, CaptureError> {
    let unsupported = |missing: &str| {
        CaptureError::new(
            CaptureFailure::Unsupported,
            format!("{address} offers {}; {missing}", listed(offer)),
        )
    };
    let video = offer.iter().enumerate().find_map(|(at, stream)| Some((at, video_codec(stream)?)));
    let Some((video, video_codec)) = video else {
        let has_picture = offer.iter().any(|stream| stream.media == "video");
        return Err(unsupported(if has_picture {
            "this way takes H.264 and H.265 video"
        } else {
            "there is no picture, which this way needs"
        }));
    };
    let sounds = || offer.iter().enumerate().filter(|(_, stream)| stream.media == "audio");
    let usable = || sounds().filter_map(|(at, stream)| Some((at, sound_coding(stream)?)));
    let audio =
        usable().find(|(_, coding)| *coding == SoundCoding::Aac).or_else(|| usable().next());
    if audio.is_none() && sounds().next().is_some() {
        return Err(unsupported("this way takes AAC and G.711 audio"));
    }
    Ok(Chosen { video, video_codec, audio })
}

fn video_codec(stream: &Offered) -> Option<Codec> {
    match (stream.media.as_str(), stream.encoding.as_str()) {
        ("video", "h264") => Some(Codec::H264),
        ("video", "h265") => Some(Codec::H265),
        _ => None,
    }
}

fn sound_coding(stream: &Offered) -> Option<SoundCoding> {
    let is_voice = stream.channels == 1 && matches!(stream.rate, 8_000 | 16_000);
    match stream.encoding.as_str() {
        "mpeg4-generic" => Some(SoundCoding::Aac),
        "pcmu" if is_voice => Some(SoundCoding::G711(Law::Mu)),
        "pcma" if is_voice => Some(SoundCoding::G711(Law::A)),
        _ => None,
    }
}

fn listed(offer: &[Offered]) -> String {
    let names: Vec<String> = offer
        .iter()
        .take(8)
        .map(|stream| {
            let clean = |text: &str| -> String {
                text.chars().filter(char::is_ascii_graphic).take(32).collect()
            };
            format!("{} {}", clean(&stream.encoding), clean(&stream.media))
        })
        .collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(streams: &[(&str, &str)]) -> Result<Chosen, CaptureError> {
        let offer: Vec<Offered> = streams
            .iter()
            .map(|(media, encoding)| Offered {
                media: (*media).to_owned(),
                encoding: (*encoding).to_owned(),
                rate: 8_000,
                channels: 1,
            })
            .collect();
        choose(&offer, "rtsp://cam/1")
    }

    #[test]
    fn takes_the_first_of_each_and_leaves_metadata() {
        let chosen = offer(&[
            ("application", "vnd.onvif.metadata"),
            ("video", "h265"),
            ("video", "h264"),
            ("audio", "pcmu"),
            ("audio", "mpeg4-generic"),
        ]);
        let chosen = chosen.expect("H.265 and AAC are there");
        assert_eq!(
            chosen,
            Chosen { video: 1, video_codec: Codec::H265, audio: Some((4, SoundCoding::Aac)) }
        );
    }

    #[test]
    fn telephone_sound_is_taken_where_there_is_no_better() {
        let chosen = offer(&[("video", "h264"), ("audio", "g726-32"), ("audio", "pcma")]);
        let audio = chosen.expect("H.264 and G.711").audio;
        assert_eq!(audio, Some((2, SoundCoding::G711(Law::A))));
    }

    #[test]
    fn an_offer_that_is_no_use_is_named() {
        let error = offer(&[("video", "jpeg"), ("audio", "opus")]).expect_err("nothing we take");
        assert_eq!(error.failure, CaptureFailure::Unsupported, "GStreamer may take it");
        assert!(error.detail.contains("jpeg video, opus audio"), "{}", error.detail);
        let error = offer(&[("audio", "pcmu")]).expect_err("sound alone");
        assert_eq!(error.failure, CaptureFailure::Unsupported, "GStreamer takes it");
        assert!(error.detail.contains("pcmu audio; there is no picture"), "{}", error.detail);
        let error =
            offer(&[("video", "h264"), ("audio", "opus")]).expect_err("sound we can't take");
        assert!(error.detail.contains("opus audio"), "{}", error.detail);
    }
}
