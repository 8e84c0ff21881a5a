//! Sound that the archive does not hold becomes sound that it does: G.711 to Opus.
//!
//! Belongs here: cutting PCM into packets and encoding them. Not here: G.711's bytes
//! ([`crate::g711`]), times beside the picture ([`crate::times`]).
//!
//! Opus in its low-delay form (CELT, RFC 6716 section 4.3) at its least complexity: telephone
//! sound has nothing to gain from more, and a microphone costs 3 CPU seconds an hour. Packets keep
//! the camera's own times; where those have a hole, the packet that was begun is given up.

use crate::g711::Law;
use crate::intake::Sound;
use afterimage_media::{AudioParameters, Codec, Track, TrackKind};
use bytes::{BufMut, Bytes, BytesMut};
use opus_rs::{Application, OpusEncoder};

/// Opus always counts in this (RFC 7845 section 4).
pub const OPUS_RATE: u32 = 48_000;

/// 20 ms.
const PACKET_TICKS: u32 = OPUS_RATE / 50;

/// What the encoder looks ahead, 2.5 ms: a decoder leaves so much out at the start.
const PRE_SKIP: u16 = 120;

const BITS_PER_SECOND: i32 = 24_000;

/// RFC 6716 section 3.4: no packet of one frame is larger.
const LARGEST_PACKET: usize = 1_276;

/// A microphone's G.711, on its way to Opus.
pub struct Voice {
    law: Law,
    rate: u32,
    encoder: OpusEncoder,
    /// Samples of the packet in work, and the time of the first of them.
    samples: Vec<i16>,
    begins: i64,
    lost: u16,
}

impl Voice {
    /// `None` for a sample rate that Opus does not take.
    #[must_use]
    pub fn new(law: Law, rate: u32) -> Option<Self> {
        let rate_hz = i32::try_from(rate).ok()?;
        let mut encoder = OpusEncoder::new(rate_hz, 1, Application::RestrictedLowDelay).ok()?;
        encoder.bitrate_bps = BITS_PER_SECOND;
        encoder.complexity = 0;
        Some(Self { law, rate, encoder, samples: Vec::new(), begins: 0, lost: 0 })
    }

    /// The track that comes out.
    #[must_use]
    pub fn track(&self) -> Track {
        // The payload of `dOps`, "Encapsulation of Opus in ISO BMFF" section 4.3.2.
        let mut config = BytesMut::with_capacity(11);
        config.put_u8(0);
        config.put_u8(1);
        config.put_u16(PRE_SKIP);
        config.put_u32(self.rate);
        config.put_i16(0);
        config.put_u8(0);
        Track {
            codec: Codec::Opus,
            kind: TrackKind::Audio(AudioParameters { sample_rate: OPUS_RATE, channels: 1 }),
            timescale: OPUS_RATE,
            decoder_config: config.freeze(),
        }
    }

    /// Ticks of Opus for ticks of the camera.
    #[must_use]
    pub fn ticks(&self, ticks: i64) -> i64 {
        ticks.saturating_mul(i64::from(OPUS_RATE / self.rate))
    }

    /// Takes what came of the microphone, its time in ticks of its own rate. The packets that are
    /// full now come out, their time in ticks of [`OPUS_RATE`].
    pub fn take(&mut self, ticks: i64, lost: u16, bytes: &[u8]) -> Vec<Sound> {
        let samples_per_packet = usize::try_from(self.rate / 50).unwrap_or(usize::MAX);
        let expected = self.begins.saturating_add(i64::try_from(self.samples.len()).unwrap_or(0));
        if ticks != expected {
            self.samples.clear();
            self.begins = ticks;
        }
        self.lost = self.lost.saturating_add(lost);
        self.samples.extend(bytes.iter().map(|byte| self.law.expand(*byte)));
        let mut packets = Vec::new();
        let mut rest = std::mem::take(&mut self.samples);
        let mut chunks = rest.chunks_exact(samples_per_packet);
        for samples in &mut chunks {
            packets.extend(self.encode(samples));
        }
        let encoded = rest.len() - chunks.remainder().len();
        rest.drain(..encoded);
        self.samples = rest;
        packets
    }

    /// One packet. `None` when the encoder refuses it, which leaves a hole of 20 ms.
    fn encode(&mut self, samples: &[i16]) -> Option<Sound> {
        let ticks = self.ticks(self.begins);
        self.begins = self.begins.saturating_add(i64::try_from(samples.len()).unwrap_or(0));
        let mut packet = [0; LARGEST_PACKET];
        match self.encoder.encode_i16(samples, samples.len(), &mut packet) {
            Ok(length) => Some(Sound {
                ticks,
                duration: PACKET_TICKS,
                lost: std::mem::take(&mut self.lost),
                data: Bytes::copy_from_slice(packet.get(..length)?),
            }),
            Err(error) => {
                tracing::warn!(error, "a packet of sound could not be encoded");
                None
            }
        }
    }
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voice")
            .field("law", &self.law)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(sounds: &[Sound]) -> Vec<i64> {
        sounds.iter().map(|sound| sound.ticks).collect()
    }

    #[test]
    fn packets_are_twenty_milliseconds_however_the_camera_cuts() {
        let mut voice = Voice::new(Law::Mu, 8_000).expect("a rate of Opus");
        assert_eq!(times(&voice.take(800, 0, &[0xff; 400])), [4_800, 5_760], "two and a half");
        assert_eq!(times(&voice.take(1_200, 0, &[0xff; 80])), [6_720], "the half is completed");
        assert_eq!(
            times(&voice.take(2_000, 0, &[0xff; 160])),
            [12_000],
            "after a hole, its own time"
        );
    }

    #[test]
    fn a_hole_gives_up_the_packet_in_work_and_tells_what_was_lost() {
        let mut voice = Voice::new(Law::A, 16_000).expect("a rate of Opus");
        assert!(voice.take(0, 0, &[0xd5; 100]).is_empty(), "not full");
        let packets = voice.take(6_400, 7, &[0xd5; 640]);
        assert_eq!(times(&packets), [19_200, 20_160], "100 samples before the hole fill nothing");
        assert_eq!((packets[0].lost, packets[1].lost), (7, 0), "the loss is told once");
    }

    #[test]
    fn a_tone_is_worth_its_bits_and_silence_less() {
        let mut voice = Voice::new(Law::Mu, 8_000).expect("a rate of Opus");
        let noise: Vec<u8> =
            (0..8_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let bytes: usize = voice.take(0, 0, &noise).iter().map(|sound| sound.data.len()).sum();
        assert!((2_000..4_500).contains(&bytes), "about 24 kbit/s: {bytes} bytes in a second");
        assert!(Voice::new(Law::Mu, 11_025).is_none(), "a rate that another capture must resample");
    }

    #[test]
    fn the_track_describes_opus_as_iso_bmff_has_it() {
        let track = Voice::new(Law::Mu, 8_000).expect("a rate of Opus").track();
        assert_eq!(track.timescale, 48_000, "Opus has no other");
        assert_eq!(track.decoder_config[..], [0, 1, 0, 120, 0, 0, 0x1f, 0x40, 0, 0, 0]);
    }
}
