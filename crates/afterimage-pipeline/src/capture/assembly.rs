//! Puts tracks before samples.
//!
//! Belongs here: waiting until every expected lane has told its format, and telling formats anew
//! when they change. Not here: threads and clocks; what is held is bounded by count and by time
//! of arrival. Invariants: the first event is `Tracks`, and a sample's track is one of the last
//! told; where a picture is expected, sound does not go ahead of it.

use super::incoming::{Incoming, Packet};
use super::plan::Lane;
use afterimage_media::{CaptureError, CaptureEvent, Sample, Track};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// A lane that says nothing for so long after the first sample is left out until it does.
const PATIENCE: Duration = Duration::from_secs(2);
/// Samples that may wait for a lane's format.
const MAXIMUM_HELD: usize = 500;

#[derive(Debug, Default)]
pub(super) struct Assembly {
    expected: Vec<Lane>,
    is_complete: bool,
    formats: BTreeMap<Lane, Track>,
    /// The lanes in the order in which their tracks were told last; empty before that.
    told: Vec<Lane>,
    held: VecDeque<(Lane, Packet)>,
    ready: VecDeque<CaptureEvent>,
}

impl Assembly {
    pub fn take(&mut self, incoming: Incoming) -> Result<(), CaptureError> {
        match incoming {
            Incoming::Expect(lane) => self.expected.push(lane),
            Incoming::Complete => self.is_complete = true,
            Incoming::Format(lane, track) => self.format(lane, track),
            Incoming::Packet(lane, packet) => self.hold(lane, packet),
            Incoming::Skipped(detail) => self.ready.push_back(CaptureEvent::Skipped { detail }),
            Incoming::Failed(error) => return Err(error),
        }
        if self.told.is_empty() && self.has_waited_enough() {
            self.tell();
        }
        if !self.told.is_empty() {
            self.release();
        }
        Ok(())
    }

    /// Whether the source has promised a picture.
    pub fn expects_picture(&self) -> bool {
        self.expected.contains(&Lane::Video)
    }

    /// The next event, if there is one.
    pub fn next(&mut self) -> Option<CaptureEvent> {
        // What was skipped before the first picture is of no interest to anybody.
        while self.told.is_empty() {
            self.ready.pop_front()?;
        }
        self.ready.pop_front()
    }

    fn hold(&mut self, lane: Lane, packet: Packet) {
        // More than this is sound whose picture does not come.
        if self.told.is_empty() && self.held.len() >= MAXIMUM_HELD {
            self.held.pop_front();
        }
        self.held.push_back((lane, packet));
    }

    fn format(&mut self, lane: Lane, track: Track) {
        let is_news = self.formats.insert(lane, track.clone()) != Some(track);
        if is_news && !self.told.is_empty() {
            // What came before belongs to the old format.
            self.release();
            self.tell();
        }
    }

    fn has_waited_enough(&self) -> bool {
        let is_picture_missing = self.expects_picture() && !self.formats.contains_key(&Lane::Video);
        if is_picture_missing || self.formats.is_empty() {
            return false;
        }
        let all_told = self.expected.iter().all(|lane| self.formats.contains_key(lane));
        if all_told && self.is_complete {
            return true;
        }
        let (first, last) = (self.held.front(), self.held.back());
        let waited = first.zip(last).map_or(Duration::ZERO, |((_, first), (_, last))| {
            last.received_at.since(first.received_at)
        });
        waited >= PATIENCE || self.held.len() >= MAXIMUM_HELD
    }

    fn tell(&mut self) {
        self.told = self.formats.keys().copied().collect();
        self.ready.push_back(CaptureEvent::Tracks(self.formats.values().cloned().collect()));
    }

    fn release(&mut self) {
        for (lane, packet) in self.held.drain(..) {
            // A lane without a format has no packets; its first packet follows its format.
            let Some(track) = self.told.iter().position(|told| *told == lane) else { continue };
            self.ready.push_back(CaptureEvent::Sample(Sample {
                track,
                presentation: packet.presentation,
                decode: packet.decode,
                duration: packet.duration,
                is_sync: packet.is_sync,
                received_at: packet.received_at,
                taken_at: packet.taken_at,
                data: packet.data,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_base::{MediaTime, WallTime};
    use afterimage_media::{AudioParameters, Codec, TrackKind, VideoParameters};
    use bytes::Bytes;

    fn video(width: u32) -> Incoming {
        let kind = TrackKind::Video(VideoParameters { width, height: 480 });
        let decoder_config = Bytes::from_static(b"avcC");
        let track = Track { codec: Codec::H264, kind, timescale: 90_000, decoder_config };
        Incoming::Format(Lane::Video, track)
    }

    fn audio() -> Incoming {
        let kind = TrackKind::Audio(AudioParameters { sample_rate: 48_000, channels: 1 });
        let decoder_config = Bytes::from_static(b"asc");
        let track = Track { codec: Codec::Aac, kind, timescale: 48_000, decoder_config };
        Incoming::Format(Lane::Audio, track)
    }

    fn packet(lane: Lane, millis: i64) -> Incoming {
        let packet = Packet {
            presentation: MediaTime(millis * 90),
            decode: None,
            duration: None,
            is_sync: true,
            received_at: WallTime::from_millis(millis),
            taken_at: None,
            data: Bytes::new(),
        };
        Incoming::Packet(lane, packet)
    }

    /// `T2` for two tracks, `0` for a sample of track 0, `S` for skipped.
    fn told(script: Vec<Incoming>) -> String {
        let mut assembly = Assembly::default();
        let mut events = Vec::new();
        for incoming in script {
            assembly.take(incoming).expect("no failure in this script");
            while let Some(event) = assembly.next() {
                events.push(match event {
                    CaptureEvent::Tracks(tracks) => format!("T{}", tracks.len()),
                    CaptureEvent::Sample(sample) => sample.track.to_string(),
                    CaptureEvent::Skipped { .. } => "S".to_owned(),
                });
            }
        }
        events.join(" ")
    }

    #[test]
    fn samples_wait_for_every_expected_track() {
        let expect = || vec![Incoming::Expect(Lane::Audio), Incoming::Expect(Lane::Video)];
        let mut script = expect();
        script.extend([video(640), packet(Lane::Video, 0), Incoming::Complete]);
        script.extend([audio(), packet(Lane::Audio, 20), packet(Lane::Video, 40)]);
        assert_eq!(told(script), "T2 0 1 0", "video is track 0 whichever came first");
    }

    #[test]
    fn a_silent_lane_is_left_out_and_taken_in_when_it_speaks() {
        let mut script = vec![Incoming::Expect(Lane::Video), Incoming::Expect(Lane::Audio)];
        script.extend([video(640), packet(Lane::Video, 0), packet(Lane::Video, 2_000)]);
        script.extend([audio(), packet(Lane::Audio, 3_000)]);
        assert_eq!(told(script), "T1 0 0 T2 1");
    }

    #[test]
    fn sound_alone_is_told_where_no_picture_was_promised() {
        let mut script = vec![Incoming::Expect(Lane::Audio), audio(), packet(Lane::Audio, 0)];
        script.extend([Incoming::Complete, packet(Lane::Audio, 20)]);
        assert_eq!(told(script), "T1 0 0");
    }

    #[test]
    fn sound_whose_picture_does_not_come_waits_in_bounded_memory() {
        let mut assembly = Assembly::default();
        let expected = [Incoming::Expect(Lane::Video), Incoming::Expect(Lane::Audio), audio()];
        let sound = (0..3 * MAXIMUM_HELD as i64).map(|index| packet(Lane::Audio, 20 * index));
        for incoming in expected.into_iter().chain(sound) {
            assembly.take(incoming).expect("no failure in this script");
        }
        assert!(assembly.next().is_none(), "a recording of it would be without its picture");
        assert_eq!(assembly.held.len(), MAXIMUM_HELD, "a camera may do so for ever");
    }

    #[test]
    fn a_new_resolution_is_told_before_its_samples() {
        let mut script = vec![Incoming::Expect(Lane::Video), Incoming::Complete];
        script.extend([video(640), packet(Lane::Video, 0), video(640), packet(Lane::Video, 1)]);
        script.extend([video(800), packet(Lane::Video, 2)]);
        assert_eq!(told(script), "T1 0 0 T1 0", "the same format twice is no news");
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut script =
            vec![Incoming::Expect(Lane::Video), Incoming::Expect(Lane::Audio), video(640)];
        script.extend((0..MAXIMUM_HELD).map(|_| packet(Lane::Video, 0)));
        assert!(told(script).starts_with("T1 0 0"), "a burst must not wait for ever");
    }
}
