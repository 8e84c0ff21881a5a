//! 204 power cuts under the recording path, on a real ext4.
//!
//! The disk is an image behind a loop device; `FS_IOC_SHUTDOWN` without a flush of the log drops
//! everything that was not synced at that moment, and ext4 recovers by its journal when it is
//! mounted again. What a disk's own cache forgets is not shown by this: the image takes each write
//! for good. Needs root; skipped in one line elsewhere.
//!
//! * 180 cuts under the store in this process, where a cut costs little: six writers append as
//!   fast as the disk syncs, segments end every few fragments, the index is committed in between,
//!   and one cut in four hits while the archive is being opened. What `append` answered counts as
//!   acknowledged.
//! * 24 cuts under `afterimage serve` with eight RTSP streams. What its API handed to a consumer
//!   counts as acknowledged.
//!
//! Only what was acknowledged before the cut began counts: a machine without power acknowledges
//! nothing, but this one runs on, and an `fdatasync` under way during the ioctl may succeed although
//! ext4 drops the bytes (plain writes do the same; `docs/design/storage.md`, "Power cuts").
//!
//! After each cut all that was acknowledged since the cut before must be there with the same
//! bytes, at the end all that ever was, and the whole archive is checked.
//!
//! `AFTERIMAGE_CUTS` and `AFTERIMAGE_CUTS_SERVE` are how many, `AFTERIMAGE_CUT_SEED` repeats the
//! moments of an earlier run.

mod writers;

use afterimage_base::{Clock, StreamName, SystemClock};
use afterimage_store::{CheckOptions, Store, StoreOptions};
use afterimage_tests::{
    Chance, LoopDisk, Recorder, Running, Told, broken_promises, create_streams, small_footage,
    watch,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use writers::{Acknowledged, record_until_the_cut};

const STREAMS: usize = 8;
const MEGABYTES: u64 = 4_096;

fn cuts(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn what_the_store_acknowledged_survives_a_power_cut() {
    let Some(mut disk) = LoopDisk::make(MEGABYTES) else { return };
    let (mut chance, seed) = Chance::seeded("AFTERIMAGE_CUT_SEED", 0x0C07_0FF1);
    let rounds = cuts("AFTERIMAGE_CUTS", 180);
    let data = disk.path().join("data");
    disk.arm();
    let mut all: Vec<Acknowledged> = Vec::new();
    let mut while_opening = 0;
    for round in 0..rounds {
        let moment = match (round, chance.between(0, 4)) {
            // The first run makes the archive; a directory that never was one is no archive.
            (1.., 0) => Duration::from_micros(chance.between(0, 40_000)),
            _ => Duration::from_micros(chance.between(60_000, 400_000)),
        };
        let run = record_until_the_cut(&mut disk, &data, round, moment, &mut chance);
        while_opening += usize::from(run.is_none());
        disk.mount_again();
        let acknowledged = run.unwrap_or_default();
        let store = writers::open(&data, round).expect("the archive opens after a power cut");
        for promise in &acknowledged {
            promise.assert_kept(&store);
        }
        drop(store);
        all.extend(acknowledged);
    }
    println!(
        "seed {seed}: {rounds} cuts under the store, {while_opening} of them while opening; {} \
         fragments acknowledged, none lost",
        all.len()
    );
    assert!(all.len() as u64 > rounds * 10, "writers that wrote nothing prove nothing");
    let store = writers::open(&data, rounds).expect("it opens");
    for promise in &all {
        promise.assert_kept(&store);
    }
    no_findings(&store, all.len());
}

#[test]
fn what_the_recorder_told_survives_a_power_cut() {
    let Some(mut disk) = LoopDisk::make(MEGABYTES) else { return };
    let (mut chance, seed) = Chance::seeded("AFTERIMAGE_CUT_SEED", 0x0C07_0FF2);
    let rounds = cuts("AFTERIMAGE_CUTS_SERVE", 24);
    let folder = tempfile::tempdir().expect("a folder");
    let footage = folder.path().join("footage.mp4");
    small_footage(&footage);
    let footage = footage.to_str().expect("a plain name");
    let mut arguments = vec!["camera", "--listen", "127.0.0.1:0/yard"];
    arguments.extend(["--file", footage].repeat(STREAMS));
    let cameras = Running::start_with(folder.path(), &arguments, &[("AFTERIMAGE_LOG", "off")]);
    let first = cameras.first_line.clone();
    let further = (2..=STREAMS).map(|number| format!("{first}-{number}"));
    let urls: Vec<String> = std::iter::once(first.clone()).chain(further).collect();
    let data = disk.path().join("data");
    disk.arm();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let clock = SystemClock::new();
    let mut all: BTreeMap<(StreamName, u64), Told> = BTreeMap::new();
    let (mut last, mut streams) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let mut recorder = Recorder::launch(&data);
        let moment = Duration::from_millis(chance.between(200, 4_000));
        let told = runtime.block_on(async {
            let client = recorder.client().await;
            if streams.is_empty() {
                streams = create_streams(&client, &urls).await;
            }
            let broken = broken_promises(&client, &last).await;
            assert_eq!(broken, Vec::<String>::new(), "what was told before the cut is kept");
            let (disk, mut began) = (&mut disk, None);
            let cut = async {
                tokio::time::sleep(moment).await;
                began = Some(clock.now());
                tokio::task::block_in_place(|| disk.cut_power());
            };
            let told = watch(&client, &streams, cut).await;
            told.into_iter().filter(|told| Some(told.at) < began).collect::<Vec<Told>>()
        });
        recorder.kill();
        disk.mount_again();
        all.extend(told.iter().map(|told| ((told.stream.clone(), told.number), told.clone())));
        last = told;
    }
    println!(
        "seed {seed}: {rounds} cuts under the recorder; {} fragments told, none lost",
        all.len()
    );
    assert!(all.len() as u64 > rounds, "recorders that told nothing prove nothing");
    everything_is_there(&data, &all);
}

/// After the last cut, without a recorder: all that was ever told, and all files.
fn everything_is_there(data: &Path, told: &BTreeMap<(StreamName, u64), Told>) {
    let options = StoreOptions::new(Arc::new(SystemClock::new()));
    let store = Store::open(data, options).expect("the last cut left an archive");
    for ((stream, number), promise) in told {
        let id = store.stream(stream).expect("it was created").id;
        let record = store.fragment(id, *number).expect("the index answers");
        let record = record.unwrap_or_else(|| panic!("{stream} #{number} is gone"));
        let bytes = store.read_fragment_bytes(&record).expect("its checksum is right");
        assert!(bytes == promise.bytes, "{stream} #{number} is what was told");
    }
    no_findings(&store, told.len());
    store.close().expect("it ends in good order");
}

fn no_findings(store: &Store, at_least: usize) {
    let report = store.check(&CheckOptions::default(), &mut |_| ControlFlow::Continue(()));
    let report = report.expect("it can be read");
    assert!(report.is_complete && report.fragments >= at_least as u64, "all was looked at");
    assert_eq!(report.findings, [], "no file is torn, unknown or off the chain");
}
