//! The sample entry of each codec: `avc1`, `hvc1`, `mp4a`, `Opus`.
//!
//! Belongs here: ISO/IEC 14496-12 section 12, 14496-14 (`esds`), 14496-15 (`avcC`, `hvcC`) and
//! "Encapsulation of Opus in ISOBMFF". Not here: what the decoder configuration says
//! ([`crate::codec`]); it is carried byte for byte.

use super::Fmp4Error;
use super::boxes::{BoxWriter, Fields};
use crate::{AudioParameters, Codec, Track, TrackKind, VideoParameters};
use bytes::Bytes;

/// Longer ones are attacks: a real configuration has a few hundred bytes.
const MAX_CONFIG: usize = 32 * 1024;

/// Sample durations have 32 bits: finer ticks than this could not express a pause of minutes.
const MAX_TIMESCALE: u32 = 10_000_000;

const DESCRIPTOR_ES: u8 = 3;
const DESCRIPTOR_DECODER_CONFIG: u8 = 4;
const DESCRIPTOR_DECODER_SPECIFIC: u8 = 5;
const DESCRIPTOR_SL_CONFIG: u8 = 6;

/// Whether `track` can be described.
pub(super) fn check(track: &Track) -> Result<(), Fmp4Error> {
    let codec = track.codec;
    let refuse = |why: String| Err(Fmp4Error::Tracks(format!("{codec:?}: {why}")));
    if !(1..=MAX_TIMESCALE).contains(&track.timescale) {
        let timescale = track.timescale;
        return refuse(format!("{timescale} ticks a second; 1 to {MAX_TIMESCALE} can be kept"));
    }
    let config = &track.decoder_config;
    let (shortest, first) = match codec {
        Codec::H264 => (7, Some(1)),
        Codec::H265 => (23, Some(1)),
        Codec::Aac => (2, None),
        Codec::Opus => (11, Some(0)),
    };
    if config.len() < shortest
        || config.len() > MAX_CONFIG
        || first.is_some_and(|first| config.first() != Some(&first))
    {
        return refuse(format!("{} bytes that are no decoder configuration", config.len()));
    }
    match (&track.kind, codec) {
        (TrackKind::Video(video), Codec::H264 | Codec::H265) => {
            if [video.width, video.height].iter().any(|size| !(1..=65_535).contains(size)) {
                return refuse(format!("a picture of {} × {}", video.width, video.height));
            }
            Ok(())
        }
        (TrackKind::Audio(audio), Codec::Aac | Codec::Opus) => {
            if audio.channels == 0 || audio.sample_rate == 0 {
                return refuse("no channels or no sample rate".to_owned());
            }
            Ok(())
        }
        _ => refuse("video codec and audio parameters, or the reverse".to_owned()),
    }
}

pub(super) fn write(out: &mut BoxWriter, track: &Track) {
    let kind = match track.codec {
        Codec::H264 => b"avc1",
        Codec::H265 => b"hvc1",
        Codec::Aac => b"mp4a",
        Codec::Opus => b"Opus",
    };
    out.boxed(kind, |out| {
        out.zeros(6);
        out.u16(1);
        match &track.kind {
            TrackKind::Video(video) => video_fields(out, video),
            TrackKind::Audio(audio) => audio_fields(out, audio),
        }
        match track.codec {
            Codec::H264 => out.boxed(b"avcC", |out| out.put(&track.decoder_config)),
            Codec::H265 => out.boxed(b"hvcC", |out| out.put(&track.decoder_config)),
            Codec::Aac => out.full_box(b"esds", 0, 0, |out| esds(out, &track.decoder_config)),
            Codec::Opus => out.boxed(b"dOps", |out| out.put(&track.decoder_config)),
        }
    });
}

fn video_fields(out: &mut BoxWriter, video: &VideoParameters) {
    out.zeros(16);
    for size in [video.width, video.height] {
        out.u16(u16::try_from(size).unwrap_or(u16::MAX));
    }
    // 72 dpi, one frame a sample, no compressor name, 24 bits deep.
    out.u32(0x0048_0000);
    out.u32(0x0048_0000);
    out.u32(0);
    out.u16(1);
    out.zeros(32);
    out.u16(0x0018);
    out.u16(0xffff);
}

fn audio_fields(out: &mut BoxWriter, audio: &AudioParameters) {
    out.zeros(8);
    out.u16(audio.channels);
    out.u16(16);
    out.zeros(4);
    // 16.16; a rate that does not fit is in the decoder configuration alone.
    out.u32(u16::try_from(audio.sample_rate).map_or(0, |rate| u32::from(rate) << 16));
}

/// ISO/IEC 14496-1 descriptors around the AudioSpecificConfig, lengths in four-byte form.
fn esds(out: &mut BoxWriter, config: &[u8]) {
    let descriptor = |out: &mut BoxWriter, tag: u8, length: usize| {
        out.u8(tag);
        for shift in [21, 14, 7, 0] {
            let bits = (length >> shift & 0x7f) as u8;
            out.u8(if shift == 0 { bits } else { bits | 0x80 });
        }
    };
    let decoder_config = 13 + 5 + config.len();
    descriptor(out, DESCRIPTOR_ES, 3 + 5 + decoder_config + 5 + 1);
    out.u16(0);
    out.u8(0);
    descriptor(out, DESCRIPTOR_DECODER_CONFIG, decoder_config);
    // MPEG-4 audio, an audio stream; buffer and rates unknown.
    out.put(&[0x40, 0x15]);
    out.zeros(11);
    descriptor(out, DESCRIPTOR_DECODER_SPECIFIC, config.len());
    out.put(config);
    descriptor(out, DESCRIPTOR_SL_CONFIG, 1);
    out.u8(2);
}

/// Reads the only entry of `stsd`: its codec, parameters and decoder configuration.
pub(super) fn read(mut stsd: Fields<'_>) -> Result<(Codec, TrackKind, Bytes), Fmp4Error> {
    stsd.version_and_flags()?;
    stsd.u32()?;
    let entry = stsd.next_box()?.ok_or_else(|| stsd.damaged("no sample entry"))?;
    let mut fields = entry.payload;
    fields.take(8)?;
    match &entry.kind {
        b"avc1" | b"hvc1" => {
            fields.take(16)?;
            let (width, height) = (u32::from(fields.u16()?), u32::from(fields.u16()?));
            fields.take(50)?;
            let kind = TrackKind::Video(VideoParameters { width, height });
            if &entry.kind == b"avc1" {
                Ok((Codec::H264, kind, Bytes::copy_from_slice(fields.require(b"avcC")?.rest())))
            } else {
                Ok((Codec::H265, kind, Bytes::copy_from_slice(fields.require(b"hvcC")?.rest())))
            }
        }
        b"mp4a" | b"Opus" => {
            fields.take(8)?;
            let channels = fields.u16()?;
            fields.take(6)?;
            let rate = fields.u32()? >> 16;
            if &entry.kind == b"mp4a" {
                let config = read_esds(fields.require(b"esds")?)?;
                let sample_rate = match rate {
                    0 => crate::codec::aac_sample_rate(&config).unwrap_or(0),
                    rate => rate,
                };
                let kind = TrackKind::Audio(AudioParameters { sample_rate, channels });
                Ok((Codec::Aac, kind, config))
            } else {
                let config = Bytes::copy_from_slice(fields.require(b"dOps")?.rest());
                let kind = TrackKind::Audio(AudioParameters { sample_rate: rate, channels });
                Ok((Codec::Opus, kind, config))
            }
        }
        other => Err(stsd.damaged(format!("a track of codec {}", other.escape_ascii()))),
    }
}

fn read_esds(mut fields: Fields<'_>) -> Result<Bytes, Fmp4Error> {
    fields.version_and_flags()?;
    let mut inside = descriptor(&mut fields, DESCRIPTOR_ES)?;
    inside.take(3)?;
    let mut decoder = descriptor(&mut inside, DESCRIPTOR_DECODER_CONFIG)?;
    decoder.take(13)?;
    let specific = descriptor(&mut decoder, DESCRIPTOR_DECODER_SPECIFIC)?;
    Ok(Bytes::copy_from_slice(specific.rest()))
}

fn descriptor<'a>(fields: &mut Fields<'a>, tag: u8) -> Result<Fields<'a>, Fmp4Error> {
    if fields.u8()? != tag {
        return Err(fields.damaged(format!("no descriptor {tag} in esds")));
    }
    let mut length = 0_usize;
    for _ in 0..4 {
        let byte = fields.u8()?;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(Fields::new("esds box", fields.take(length)?))
}
