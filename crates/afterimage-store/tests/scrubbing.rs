//! The slow reading of the whole archive: its pace, its memory, what it finds.

mod rig;

use afterimage_base::{Clock, SimClock};
use afterimage_store::{ArchiveSettings, Store, Stream};
use rig::{at, clock, gaps, open, options, ranges, record, stream, timeline};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::tempdir;

const HOUR: Duration = Duration::from_secs(3_600);

fn set_period(store: &Store, period: Option<Duration>) {
    let settings = ArchiveSettings { scrub_period: period, ..store.archive_settings() };
    store.set_archive_settings(settings).expect("a period within the limits");
}

/// An archive of two streams of a hundred fragments each, read within an hour.
fn archive(directory: &Path, clock: &Arc<SimClock>) -> (Store, Stream, Stream) {
    let store = open(directory, clock);
    store.start_recording().expect("nobody else records");
    let (door, yard) = (stream(&store, "door"), stream(&store, "yard"));
    for part in 0..5 {
        record(&store, &door, part * 40, part * 40 + 40);
        record(&store, &yard, part * 40, part * 40 + 40);
    }
    clock.step_to(at(200.0));
    store.flush().expect("the index takes it");
    set_period(&store, Some(HOUR));
    (store, door, yard)
}

/// Steps once a second for so long.
fn run(store: &Store, clock: &Arc<SimClock>, seconds: u32) {
    for _ in 0..seconds {
        store.scrub_step(clock.now()).expect("the disk can be read");
        clock.advance(Duration::from_secs(1));
    }
}

fn flip(store: &Store, stream: &Stream, number: u64) {
    let record = store.fragment(stream.id, number).expect("no error").expect("there");
    let path = store.open_segment(record.segment).expect("there").path().to_owned();
    let mut file = std::fs::OpenOptions::new().write(true).open(path).expect("there");
    file.seek(SeekFrom::Start(record.offset + record.length - 1)).expect("a file");
    file.write_all(&[0xAA]).expect("room");
}

#[test]
fn every_fragment_is_read_within_the_period_and_steadily() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let (store, ..) = archive(directory.path(), &clock);
    run(&store, &clock, 1_620);
    let half = store.scrub_state();
    let part = half.done_bytes as f64 / half.total_bytes as f64;
    assert!((0.4..0.6).contains(&part), "half of the planned time reads half of it, not {part}");
    assert_eq!(half.last_round_ended, None, "the round is not over");
    run(&store, &clock, 3_600 - 1_620);
    let state = store.scrub_state();
    assert!(state.last_round_ended.is_some(), "all was read within the period: {state:?}");
    assert_eq!(state.damaged, 0, "and it is sound");
    assert!(state.round_started > half.round_started, "the next round began");
}

#[test]
fn damage_becomes_a_gap_before_anybody_asks_for_the_footage() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let (store, door, yard) = archive(directory.path(), &clock);
    flip(&store, &door, 3);
    flip(&store, &yard, 100);
    run(&store, &clock, 3_600);
    assert_eq!(store.scrub_state().damaged, 2, "both were found, each once");
    assert_eq!(store.damaged_since_open(), 2, "the recorder tells so");
    assert_eq!(gaps(&timeline(&store, &door, 200.0)), [(4.0, 6.0, "damaged")]);
    assert_eq!(ranges(&timeline(&store, &yard, 200.0)), [(0.0, 198.0)], "the last one is out");
    assert_eq!(store.fragment(door.id, 3).expect("no error"), None, "it is never served");
    run(&store, &clock, 3_600);
    assert_eq!(store.scrub_state().damaged, 2, "what is a gap already is not found again");
    store.close().expect("the index takes it");
    let store = open(directory.path(), &clock);
    assert_eq!(store.scrub_state().damaged, 2, "the count is for ever");
    assert_eq!(gaps(&timeline(&store, &door, 200.0)), [(4.0, 6.0, "damaged")], "and the gap");
}

#[test]
fn a_restart_goes_on_where_the_last_run_was() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let (store, ..) = archive(directory.path(), &clock);
    run(&store, &clock, 1_000);
    let before = store.scrub_state();
    store.close().expect("the index takes it");
    let store = open(directory.path(), &clock);
    let after = store.scrub_state();
    assert_eq!(
        (after.done_bytes, after.round_started),
        (before.done_bytes, before.round_started),
        "nothing is read twice and nothing is left out"
    );
    run(&store, &clock, 2_600);
    assert!(store.scrub_state().last_round_ended.is_some(), "the round ends in time all the same");
}

#[test]
fn a_kill_repeats_a_minute_at_the_most() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let (store, ..) = archive(directory.path(), &clock);
    run(&store, &clock, 1_000);
    let before = store.scrub_state();
    drop(store);
    let after = open(directory.path(), &clock).scrub_state();
    let lost = before.done_bytes - after.done_bytes;
    let a_minute = before.total_bytes / 54 * 2;
    assert!(lost <= a_minute, "{lost} bytes are read again, of {} in all", before.total_bytes);
}

#[test]
fn never_is_never_and_an_odd_period_is_refused() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let (store, ..) = archive(directory.path(), &clock);
    set_period(&store, None);
    run(&store, &clock, 60);
    assert_eq!(store.scrub_state().done_bytes, 0, "the operator does not want it");
    let settings =
        ArchiveSettings { scrub_period: Some(Duration::from_secs(60)), ..store.archive_settings() };
    let refusal = store.set_archive_settings(settings).expect_err("too short").to_string();
    assert!(refusal.contains("choose between 1h and"), "it says what can be had: {refusal}");
}

#[test]
fn a_disk_that_is_not_there_is_not_damage() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let (store, door, _) = archive(directory.path(), &clock);
    let media = directory.path().join("media");
    std::fs::rename(&media, directory.path().join("elsewhere")).expect("one file system");
    let mut refusals = 0;
    for _ in 0..120 {
        refusals += usize::from(store.scrub_step(clock.now()).is_err());
        clock.advance(Duration::from_secs(1));
    }
    assert!(refusals > 0, "it is told");
    std::fs::rename(directory.path().join("elsewhere"), &media).expect("one file system");
    assert_eq!(gaps(&timeline(&store, &door, 200.0)), [], "nothing was given up");
    assert_eq!(store.scrub_state().damaged, 0, "and nothing counted");
}

#[test]
fn a_file_that_is_lost_is_a_gap() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let (store, door, _) = archive(directory.path(), &clock);
    let record = store.fragment(door.id, 21).expect("no error").expect("there");
    let path = store.open_segment(record.segment).expect("there").path().to_owned();
    std::fs::remove_file(path).expect("there");
    run(&store, &clock, 3_600);
    assert_eq!(gaps(&timeline(&store, &door, 200.0)), [(40.0, 80.0, "damaged")]);
}

#[test]
fn who_reads_damage_can_tell_the_store() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let (store, door, _) = archive(directory.path(), &clock);
    assert!(store.mark_damaged(door.id, 7).expect("the stream is there"), "it was good");
    assert!(!store.mark_damaged(door.id, 7).expect("the stream is there"), "told once");
    assert!(!store.mark_damaged(door.id, 7_000).expect("the stream is there"), "never there");
    assert_eq!(gaps(&timeline(&store, &door, 200.0)), [(12.0, 14.0, "damaged")]);
}

#[test]
fn settings_of_the_archive_count_at_once_and_over_a_restart() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let (store, door, yard) = archive(directory.path(), &clock);
    let bytes = |store: &Store| -> u64 {
        [&door, &yard].iter().map(|of| store.usage(of.id).expect("there").bytes).sum()
    };
    let half = bytes(&store) / 2;
    let settings = ArchiveSettings { retain_bytes: Some(half), ..store.archive_settings() };
    store.set_archive_settings(settings).expect("the index takes it");
    store.enforce_retention(clock.now()).expect("nothing is wrong");
    let left = bytes(&store);
    assert!(left <= half && left > 0, "{left} of at most {half} bytes are left");
    store.close().expect("the index takes it");
    let store = Store::open(directory.path(), options(&clock)).expect("it opens");
    assert_eq!(store.archive_settings(), settings, "they are the archive's, not the process's");
}
