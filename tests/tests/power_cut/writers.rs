//! The store in this process, with writers that append until the power goes.
//!
//! Time is the tests' own: each run begins an hour after the one before, and passes by two seconds
//! with each fragment of the first writer.

use afterimage_base::{Clock, MediaTime, SimClock, WallTime};
use afterimage_media::{
    Codec, Fragment, FragmentSample, InitSegment, Track, TrackKind, VideoParameters,
};
use afterimage_store::{FragmentRecord, Store, StoreError, StoreOptions, StreamId, StreamSettings};
use afterimage_tests::{Chance, LoopDisk};
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

const WRITERS: usize = 6;
const FRAGMENT: Duration = Duration::from_secs(2);
const TIMESCALE: u32 = 90_000;

/// What `append` answered, and the media that it was given.
#[derive(Debug)]
pub struct Acknowledged {
    record: FragmentRecord,
    media: Bytes,
}

impl Acknowledged {
    /// It is there, where it was, and its bytes are right.
    pub fn assert_kept(&self, store: &Store) {
        let Acknowledged { record, media } = self;
        let found = store.fragment(record.stream, record.number).expect("the index answers");
        let found = found.unwrap_or_else(|| panic!("an acknowledged fragment is gone: {record:?}"));
        assert_eq!(found, *record, "it stands where it stood");
        let bytes = store.read_fragment_bytes(&found).expect("its checksum is right");
        assert!(bytes.ends_with(media), "it ends with the very media: {record:?}");
    }
}

fn clock(round: u64) -> Arc<SimClock> {
    let begin: WallTime = "2026-03-01T00:00:00Z".parse().expect("RFC 3339");
    Arc::new(SimClock::at(begin.plus(Duration::from_secs(round * 3_600))))
}

fn open_with(data: &Path, clock: Arc<SimClock>) -> Result<Store, StoreError> {
    let options = StoreOptions {
        commit_in_background: false,
        free_space_reserve: 0,
        // Files begin and end often: that is where directories have to be synced.
        segment_span: FRAGMENT * 7,
        ..StoreOptions::new(clock)
    };
    Store::open(data, options)
}

/// The archive as it is after this round.
pub fn open(data: &Path, round: u64) -> Result<Store, StoreError> {
    open_with(data, clock(round))
}

/// Opens the archive and lets writers append until the power has gone. `None`: it went while the
/// archive was being opened.
pub fn record_until_the_cut(
    disk: &mut LoopDisk,
    data: &Path,
    round: u64,
    moment: Duration,
    chance: &mut Chance,
) -> Option<Vec<Acknowledged>> {
    let clock = clock(round);
    let is_cut = AtomicBool::new(false);
    let chances: Vec<Chance> = (0..WRITERS).map(|_| chance.split()).collect();
    let (opened, has_opened) = sync_channel(1);
    thread::scope(|scope| {
        let (clock, is_cut) = (&clock, &is_cut);
        let recording = scope.spawn(move || {
            let store = open_with(data, Arc::clone(clock));
            // Nobody waits for it any more when the cut came first.
            let _ = opened.try_send(());
            let begun = store.and_then(|store| {
                store.start_recording()?;
                let streams = streams(&store)?;
                Ok((store, streams))
            });
            let (store, streams) = match begun {
                Ok(begun) => begun,
                Err(error) => {
                    assert!(
                        is_cut.load(Ordering::SeqCst),
                        "only a cut keeps it from opening: {error}"
                    );
                    return None;
                }
            };
            Some(append_all(&store, &streams, clock, is_cut, chances))
        });
        // The first run has to make an archive; later ones may be cut from the first moment on.
        if round == 0 {
            has_opened.recv().expect("it opens");
        }
        // Nobody ever sends: what passes is the time.
        let (_silent, passing) = sync_channel::<()>(1);
        assert_eq!(passing.recv_timeout(moment), Err(RecvTimeoutError::Timeout), "the moment came");
        is_cut.store(true, Ordering::SeqCst);
        disk.cut_power();
        recording.join().expect("no promise was broken")
    })
}

fn streams(store: &Store) -> Result<Vec<StreamId>, StoreError> {
    let stream = |writer: usize| {
        let name = format!("camera-{writer}").parse().expect("a name");
        match store.stream(&name) {
            Ok(stream) => Ok(stream.id),
            Err(_) => {
                let created = WallTime::EPOCH;
                Ok(store.create_stream(StreamSettings::new(name, created))?.id)
            }
        }
    };
    (0..WRITERS).map(stream).collect()
}

/// All writers at once, each as fast as the disk syncs, until the power has gone.
fn append_all(
    store: &Store,
    streams: &[StreamId],
    clock: &SimClock,
    is_cut: &AtomicBool,
    chances: Vec<Chance>,
) -> Vec<Acknowledged> {
    let begin = clock.now();
    thread::scope(|scope| {
        let writers: Vec<_> = streams
            .iter()
            .zip(chances)
            .enumerate()
            .map(|(index, (stream, mut chance))| {
                scope.spawn(move || {
                    let mut writer = store.writer(*stream).expect("no other producer");
                    let init = init();
                    let mut acknowledged = Vec::new();
                    for start in (0..).map(|number| begin.plus(FRAGMENT * number)) {
                        let size = chance.between(1_000, 60_000);
                        let fragment = fragment(&init, start, size, &mut chance);
                        let media = fragment.samples[0][0].data.clone();
                        match writer.append(&fragment) {
                            // A machine without power acknowledges nothing.
                            Ok(_) if is_cut.load(Ordering::SeqCst) => break,
                            Ok(record) => acknowledged.push(Acknowledged { record, media }),
                            Err(error) => {
                                assert!(is_cut.load(Ordering::SeqCst), "before the cut: {error}");
                                break;
                            }
                        }
                        if index == 0 {
                            clock.advance(FRAGMENT);
                            // The store says that it fails, and goes on in memory.
                            drop(store.commit_due());
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        let joined =
            writers.into_iter().map(|writer| writer.join().expect("no promise was broken"));
        joined.flatten().collect()
    })
}

/// The init section of a small camera.
fn init() -> Arc<InitSegment> {
    // AVCDecoderConfigurationRecord of a baseline stream with one SPS and one PPS.
    let config = Bytes::from_static(&[
        0x01, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0x00, 0x09, 0x67, 0x42, 0xC0, 0x1E, 0xD9, 0x00, 0xA0,
        0x5B, 0x20, 0x01, 0x00, 0x04, 0x68, 0xCE, 0x3C, 0x80,
    ]);
    let track = Track {
        codec: Codec::H264,
        kind: TrackKind::Video(VideoParameters { width: 640, height: 480 }),
        timescale: TIMESCALE,
        decoder_config: config,
    };
    Arc::new(InitSegment::new(vec![track]).expect("a usual camera"))
}

/// One sample of bytes that no other fragment has.
fn fragment(init: &Arc<InitSegment>, start: WallTime, size: u64, chance: &mut Chance) -> Fragment {
    let words = (0..size / 8).flat_map(|_| chance.between(0, u64::MAX).to_be_bytes());
    let mut data: Vec<u8> = words.collect();
    let length = u32::try_from(data.len() - 4).expect("a small picture");
    data[..4].copy_from_slice(&length.to_be_bytes());
    data[4] = 0x65;
    let ticks = start.as_micros() / 1_000 * 90;
    let sample = FragmentSample {
        decode: MediaTime(ticks),
        presentation: MediaTime(ticks),
        duration: MediaTime(i64::from(TIMESCALE) * 2),
        is_sync: true,
        data: Bytes::from(data),
    };
    Fragment {
        init: Arc::clone(init),
        samples: vec![vec![sample]],
        is_independent: true,
        start,
        duration: FRAGMENT,
        producer_timestamp: None,
        server_timestamp: start.plus(FRAGMENT),
    }
}
