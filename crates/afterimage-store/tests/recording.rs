//! Recording, reading back, and what a timeline says, on the real disk.

mod rig;

use afterimage_base::ErrorKind;
use afterimage_media::{read_fragment, verify_fragment};
use afterimage_store::{CheckOptions, GapReason, StartPosition, StoreError};
use rig::{
    at, camera, clock, epoch, fragment, fragment_of, gaps, open, ranges, record, stream, timeline,
};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::time::Duration;
use tempfile::tempdir;

#[test]
fn what_is_appended_is_read_back() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    store.start_recording().expect("nobody else records");
    let door = stream(&store, "door");
    let init = camera(640);
    let mut writer = store.writer(door.id).expect("no other producer");
    let mut records = Vec::new();
    for index in 0..5_u32 {
        let fragment = fragment(&init, f64::from(index) * 2.0, 2.0);
        let record = writer.append(&fragment).expect("the disk takes it");
        assert_eq!(record.number, u64::from(index) + 1, "numbers rise by one from one");
        let bytes = store.read_fragment_bytes(&record).expect("it is durable and whole");
        let read_init = store.init_of(record.segment).expect("the segment describes itself");
        assert_eq!(*read_init, *init, "the init section is the camera's");
        let (header, samples) = read_fragment(&read_init, &bytes).expect("our own format");
        assert_eq!(header.start, fragment.start, "times survive to the microsecond");
        assert_eq!(samples[0][0].data, fragment.samples[0][0].data, "so do the samples");
        records.push(record);
    }
    let from_memory = store.fragments(door.id, at(0.0), at(60.0)).expect("the stream is there");
    assert_eq!(from_memory, records, "fragments that no commit has seen are found");
    store.flush().expect("the index takes it");
    let from_index = store.fragments(door.id, at(0.0), at(60.0)).expect("the stream is there");
    assert_eq!(from_index, records, "the index says the same");
    assert_eq!(store.fragment(door.id, 3).expect("no error"), Some(records[2]));
    assert_eq!(store.fragment(door.id, 9).expect("no error"), None);
    let after = store.fragments_after(door.id, 2, 2).expect("no error");
    assert_eq!(after, records[2..4], "by number, no more than asked for");
    assert_eq!(store.last_fragment(door.id).expect("no error"), Some(records[4]));
    assert_eq!(
        store.first_fragment_from(door.id, at(3.0)).expect("no error"),
        Some(records[1]),
        "the one that contains the instant"
    );
}

#[test]
fn fragments_are_chained_by_their_hashes() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    let door = stream(&store, "door");
    record(&store, &door, 0, 4);
    // A second writer begins a new segment; the chain goes on over it.
    record(&store, &door, 4, 8);
    let mut previous = [0; 32];
    for record in store.fragments_after(door.id, 0, 10).expect("no error") {
        let bytes = store.read_fragment_bytes(&record).expect("whole");
        let header = verify_fragment(&bytes).expect("whole");
        assert_eq!(header.identity.previous_hash, previous, "fragment {}", record.number);
        assert_eq!(store.fragment_header(&record).expect("readable"), header);
        previous = header.hash;
    }
}

#[test]
fn a_pause_of_the_camera_is_a_gap_and_not_a_join() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    store.start_recording().expect("nobody else records");
    let door = stream(&store, "door");
    record(&store, &door, 0, 4);
    clock.advance(Duration::from_secs(6));
    store.open_gap(door.id, at(4.0), GapReason::CameraSilent, "nothing for 10 s").expect("open");
    assert_eq!(
        gaps(&timeline(&store, &door, 6.0)),
        [(4.0, 6.0, "camera_silent")],
        "a gap that goes on is seen"
    );
    record(&store, &door, 10, 14);
    let timeline = timeline(&store, &door, 14.0);
    assert_eq!(ranges(&timeline), [(0.0, 4.0), (10.0, 14.0)]);
    assert_eq!(gaps(&timeline), [(4.0, 10.0, "camera_silent")], "the next fragment ended it");
    assert_eq!(
        (timeline.ranges[1].fragments, timeline.gaps[0].detail.as_str()),
        (2, "nothing for 10 s")
    );
}

#[test]
fn a_hole_that_nobody_explained_is_a_gap_too() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    store.start_recording().expect("nobody else records");
    let door = stream(&store, "door");
    record(&store, &door, 4, 8);
    record(&store, &door, 12, 16);
    let timeline = timeline(&store, &door, 16.0);
    assert_eq!(gaps(&timeline), [(0.0, 4.0, "starting"), (8.0, 12.0, "timestamp_jump")]);
}

#[test]
fn the_timeline_tells_the_same_running_stopped_and_killed() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let killed = directory.path().join("killed");
    let running = directory.path().join("running");
    let store = open(&running, &clock);
    store.start_recording().expect("nobody else records");
    let door = stream(&store, "door");
    let yard = stream(&store, "yard");
    record(&store, &door, 0, 10);
    store.open_gap(yard.id, at(0.0), GapReason::CameraUnreachable, "no route").expect("open");
    clock.advance(Duration::from_secs(10));
    store.flush().expect("the index takes it");
    record(&store, &door, 10, 20);
    clock.advance(Duration::from_secs(10));
    rig::copy_directory(&running, &killed);
    let live = timeline(&store, &door, 20.0);
    assert_eq!(ranges(&live), [(0.0, 20.0)]);
    assert_eq!(gaps(&live), [], "a living recorder is working on what comes now");
    store.close().expect("the index takes it");
    drop(store);
    clock.advance(Duration::from_secs(10));
    for path in [&running, &killed] {
        let store = open(path, &clock);
        let timeline_of_door = timeline(&store, &door, 30.0);
        assert_eq!(
            ranges(&timeline_of_door),
            [(0.0, 20.0)],
            "acknowledged is found: {}",
            path.display()
        );
        assert_eq!(gaps(&timeline_of_door), [(20.0, 30.0, "recorder_down")]);
        let lived_to = if path == &killed { 10.0 } else { 20.0 };
        assert_eq!(
            gaps(&timeline(&store, &yard, 30.0)),
            [(0.0, lived_to, "camera_unreachable"), (lived_to, 30.0, "recorder_down")],
            "the last heartbeat parts the camera's fault from the recorder's"
        );
        // The next run writes down what the last view derived.
        store.start_recording().expect("nobody else records");
        clock.advance(Duration::from_secs(5));
        assert_eq!(gaps(&timeline(&store, &door, 35.0)), [(20.0, 30.0, "recorder_down")]);
        clock.step_to(at(30.0));
    }
}

#[test]
fn a_fragment_cut_by_a_kill_is_gone_and_the_rest_is_there() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let running = directory.path().join("running");
    let store = open(&running, &clock);
    store.start_recording().expect("nobody else records");
    let door = stream(&store, "door");
    record(&store, &door, 0, 10);
    let last = store.last_fragment(door.id).expect("no error").expect("five of them");
    let path = store.open_segment(last.segment).expect("there").path().to_owned();
    let name = path.strip_prefix(&running).expect("inside").to_owned();
    for cut in (1..last.length).step_by(13).chain([last.length]) {
        let killed = directory.path().join(format!("killed-{cut}"));
        rig::copy_directory(&running, &killed);
        let file = std::fs::OpenOptions::new().write(true).open(killed.join(&name)).expect("there");
        file.set_len(last.offset + last.length - cut).expect("room");
        let store = open(&killed, &clock);
        assert_eq!(ranges(&timeline(&store, &door, 8.0)), [(0.0, 8.0)], "{cut} bytes short");
        let length = std::fs::metadata(killed.join(&name)).expect("there").len();
        assert_eq!(length, last.offset, "the torn tail is cut off, so players see a whole file");
        assert_eq!(store.next_number(door.id).expect("there"), last.number, "its number is free");
        record(&store, &door, 8, 12);
        assert_eq!(ranges(&timeline(&store, &door, 12.0)), [(0.0, 12.0)], "recording goes on");
        drop(store);
        std::fs::remove_dir_all(killed).expect("ours");
    }
}

#[test]
fn a_fragment_whose_first_page_did_not_reach_the_disk_is_cut_off() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let running = directory.path().join("running");
    let store = open(&running, &clock);
    store.start_recording().expect("nobody else records");
    let door = stream(&store, "door");
    record(&store, &door, 0, 10);
    let last = store.last_fragment(door.id).expect("no error").expect("five of them");
    let path = store.open_segment(last.segment).expect("there").path().to_owned();
    let name = path.strip_prefix(&running).expect("inside").to_owned();
    let bytes = store.read_fragment_bytes(&last).expect("it is whole");
    let named = bytes.windows(4).position(|name| name == b"moof").expect("it has one") as u64 + 4;
    for lost in [named, named.midpoint(last.length), last.length - 1, last.length] {
        let cut = directory.path().join(format!("cut-{lost}"));
        rig::copy_directory(&running, &cut);
        let file = std::fs::OpenOptions::new().write(true).open(cut.join(&name)).expect("there");
        let zeros = vec![0; usize::try_from(lost).expect("small")];
        file.write_all_at(&zeros, last.offset).expect("room");
        let store = open(&cut, &clock);
        assert_eq!(ranges(&timeline(&store, &door, 8.0)), [(0.0, 8.0)], "{lost} bytes are zeros");
        let length = std::fs::metadata(cut.join(&name)).expect("there").len();
        assert_eq!(length, last.offset, "{lost} bytes are zeros: nothing of it counts");
        record(&store, &door, 8, 12);
        let found = store.check(&CheckOptions::default(), &mut |_| ControlFlow::Continue(()));
        assert_eq!(found.expect("it can be read").findings, [], "and nothing is left to find");
    }
}

#[test]
fn a_fragment_whose_front_lies_across_two_pages_of_which_one_was_lost_is_cut_off() {
    const PAGE: u64 = 4096;
    let (directory, clock) = (tempdir().expect("room"), clock());
    for in_first_page in [8, 40, 90, 200] {
        let running = directory.path().join(format!("running-{in_first_page}"));
        let store = open(&running, &clock);
        store.start_recording().expect("nobody else records");
        let door = stream(&store, "door");
        let init = camera(640);
        let mut writer = store.writer(door.id).expect("the only one");
        let mut append = |start: f64, bytes: u64| {
            let bytes = usize::try_from(bytes).expect("small");
            writer.append(&fragment_of(&init, start, 2.0, bytes)).expect("room")
        };
        let first = append(0.0, PAGE);
        let second = first.offset + first.length;
        let around = first.length - PAGE;
        // So long that the third fragment begins just before a page does.
        let end = (second + around + PAGE).next_multiple_of(PAGE) + PAGE - in_first_page;
        append(2.0, end - second - around);
        let last = append(4.0, PAGE);
        assert_eq!(last.offset % PAGE, PAGE - in_first_page, "its front lies across two pages");
        drop(writer);
        let path = store.open_segment(last.segment).expect("there").path().to_owned();
        let name = path.strip_prefix(&running).expect("inside");
        // A power cut, as the directory is copied while the store has it open.
        let cut = directory.path().join(format!("cut-{in_first_page}"));
        rig::copy_directory(&running, &cut);
        let file = std::fs::OpenOptions::new().write(true).open(cut.join(name)).expect("there");
        let zeros = vec![0; usize::try_from(last.length - in_first_page).expect("small")];
        file.write_all_at(&zeros, last.offset + in_first_page).expect("room");
        let store = open(&cut, &clock);
        let kept = ranges(&timeline(&store, &door, 4.0));
        assert_eq!(kept, [(0.0, 4.0)], "{in_first_page} bytes of its front are there");
        let length = std::fs::metadata(cut.join(name)).expect("there").len();
        assert_eq!(length, last.offset, "{in_first_page} bytes of it are no fragment");
        record(&store, &door, 4, 8);
        let found = store.check(&CheckOptions::default(), &mut |_| ControlFlow::Continue(()));
        assert_eq!(found.expect("it can be read").findings, [], "and nothing is left to find");
    }
}

#[test]
fn segments_end_with_their_span_and_their_init_section() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    let door = stream(&store, "door");
    let mut writer = store.writer(door.id).expect("no other producer");
    let (small, large) = (camera(640), camera(1920));
    let append = |writer: &mut afterimage_store::StreamWriter, init, start| {
        writer.append(&fragment(init, start, 20.0)).expect("the disk takes it").segment
    };
    let first = append(&mut writer, &small, 0.0);
    for start in (20..300).step_by(20) {
        assert_eq!(append(&mut writer, &small, f64::from(start)), first, "five minutes fit");
    }
    let second = append(&mut writer, &small, 300.0);
    assert_ne!(second, first, "the span is full");
    let third = append(&mut writer, &large, 320.0);
    assert_ne!(third, second, "another picture size needs another init section");
    assert_eq!(store.init_of(third).expect("readable").tracks, large.tracks);
    assert_eq!(ranges(&timeline(&store, &door, 340.0)), [(0.0, 340.0)], "files don't part ranges");
}

#[test]
fn what_may_not_be_is_refused() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    let door = stream(&store, "door");
    let taken = store.create_stream(rig::settings("door")).expect_err("the name is taken");
    assert_eq!(taken.kind(), ErrorKind::InUse);
    let mut short = rig::settings("yard");
    short.retention = Duration::from_secs(3_599);
    let error = store.create_stream(short).expect_err("less than an hour").to_string();
    assert!(error.contains("1h") && error.contains("10y"), "the limits are named: {error}");
    let writer = store.writer(door.id).expect("no other producer");
    assert!(matches!(store.writer(door.id), Err(StoreError::WriterTaken { .. })), "one producer");
    drop(writer);
    let mut writer = store.writer(door.id).expect("it is free again");
    let init = camera(640);
    writer.append(&fragment(&init, 0.0, 10.0)).expect("the first");
    let error = writer.append(&fragment(&init, 5.0, 10.0)).expect_err("it overlaps");
    assert!(matches!(error, StoreError::Overlap { .. }), "{error}");
    writer.append(&fragment(&init, 10.0, 2.0)).expect("the writer is still good");
    let second = rig::options(&clock);
    let error = afterimage_store::Store::open(directory.path(), second).expect_err("it is ours");
    assert!(error.to_string().contains(&std::process::id().to_string()), "it says who: {error}");
    assert_eq!(error.kind(), ErrorKind::InUse);
}

#[test]
fn a_step_of_the_clock_into_the_past_overlaps_nothing_and_survives_a_kill() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let running = directory.path().join("running");
    let store = open(&running, &clock);
    let door = stream(&store, "door");
    // Three days ahead, then corrected.
    record(&store, &door, 259_200, 259_210);
    store.flush().expect("the index takes it");
    record(&store, &door, 100, 110);
    let killed = directory.path().join("killed");
    rig::copy_directory(&running, &killed);
    let store = open(&killed, &clock);
    let numbers: Vec<u64> = store
        .fragments(door.id, at(0.0), at(1e6))
        .expect("there")
        .iter()
        .map(|record| record.number)
        .collect();
    assert_eq!(
        numbers,
        [6, 7, 8, 9, 10, 1, 2, 3, 4, 5],
        "by time; numbers tell the order of arrival"
    );
    assert_eq!(store.next_number(door.id).expect("there"), 11, "recovery found the past segment");
}

#[test]
fn settings_survive_and_secrets_are_not_readable() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    let mut settings = rig::settings("door");
    settings.source = Some(afterimage_base::Secret::new("rtsp://admin:hunter2xyzzy@10.0.0.5/live"));
    settings.models = vec!["motion-grid".into()];
    let door = store.create_stream(settings).expect("new");
    let mut changed = door.settings.clone();
    changed.retention = Duration::from_secs(90 * 86_400);
    changed.name = "front-door".parse().expect("a name");
    let changed = store.update_stream(door.id, changed).expect("there");
    store.close().expect("the index takes it");
    drop(store);
    for entry in std::fs::read_dir(directory.path()).expect("there") {
        let path = entry.expect("readable").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("readable");
            let found = bytes.windows(12).any(|window| window == b"hunter2xyzzy");
            assert!(!found, "the password lies in {}", path.display());
        }
    }
    let store = open(directory.path(), &clock);
    assert_eq!(store.streams(), [changed], "what was set is there after a restart");
    assert_eq!(
        store.stream(&"door".parse().expect("a name")).expect_err("renamed").kind(),
        ErrorKind::NotFound
    );
}

#[test]
fn a_deleted_stream_leaves_nothing() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    let door = stream(&store, "door");
    record(&store, &door, 0, 10);
    store.flush().expect("the index takes it");
    store.delete_stream(door.id).expect("nobody writes");
    assert_eq!(store.streams(), []);
    assert!(!directory.path().join("media").join(door.id.to_string()).exists(), "its files too");
    let again = stream(&store, "door");
    record(&store, &again, 0, 2);
    assert_eq!(ranges(&timeline(&store, &again, 2.0)), [(0.0, 2.0)], "the name is free");
}

#[test]
fn consumers_keep_their_place() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    let door = stream(&store, "door");
    record(&store, &door, 0, 10);
    let earliest = store.create_consumer(door.id, "motion", StartPosition::Earliest).expect("new");
    let latest = store.create_consumer(door.id, "late", StartPosition::Latest).expect("new");
    let at_time =
        store.create_consumer(door.id, "at", StartPosition::AtTimestamp(at(5.0))).expect("new");
    record(&store, &door, 10, 12);
    let numbers = |consumer: &afterimage_store::Consumer| -> Vec<u64> {
        let next = store.next_for_consumer(consumer, 10).expect("no error");
        next.iter().map(|record| record.number).collect()
    };
    assert_eq!(numbers(&earliest), [1, 2, 3, 4, 5, 6]);
    assert_eq!(numbers(&latest), [6], "only what came after it was made");
    assert_eq!(numbers(&at_time), [3, 4, 5, 6], "from the fragment that contains the instant");
    store.commit_consumer(door.id, "motion", 4).expect("there");
    store.commit_consumer(door.id, "motion", 2).expect("a repeat is harmless");
    let motion = store.consumer(door.id, "motion").expect("there");
    assert_eq!(motion.committed, Some(4), "seen before it is in the index");
    store.commit_due().expect("the index takes it");
    drop(store);
    let store = open(directory.path(), &clock);
    let motion = store.consumer(door.id, "motion").expect("it survives");
    assert_eq!(motion.committed, Some(4), "positions only go ahead");
    let reset =
        store.reset_consumer(door.id, "motion", StartPosition::AfterFragment(1)).expect("there");
    assert_eq!(store.next_for_consumer(&reset, 1).expect("no error")[0].number, 2);
    let error = store.commit_consumer(door.id, "nobody", 1).expect_err("not there");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(store.create_consumer(door.id, "motion", StartPosition::Latest).is_err(), "taken");
}

#[test]
fn a_directory_that_is_not_ours_is_left_alone() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let foreign = directory.path().join("photos");
    std::fs::create_dir(&foreign).expect("room");
    std::fs::write(foreign.join("holiday.jpg"), b"x").expect("room");
    let error = afterimage_store::Store::open(&foreign, rig::options(&clock)).expect_err("foreign");
    assert!(error.to_string().contains("holds other files"), "{error}");
    assert_eq!(std::fs::read_dir(&foreign).expect("there").count(), 1, "nothing was written");

    let ours = directory.path().join("data");
    let store = open(&ours, &clock);
    let door = stream(&store, "door");
    record(&store, &door, 0, 4);
    store.close().expect("the index takes it");
    drop(store);
    std::fs::rename(ours.join("media"), directory.path().join("unmounted")).expect("ours");
    std::fs::create_dir(ours.join("media")).expect("room");
    let error = afterimage_store::Store::open(&ours, rig::options(&clock)).expect_err("unmounted");
    assert!(error.to_string().contains("mount"), "an empty mount point is recognised: {error}");
    std::fs::remove_dir(ours.join("media")).expect("empty: nothing was written there");
    std::fs::rename(directory.path().join("unmounted"), ours.join("media")).expect("ours");
    let store = open(&ours, &clock);
    assert_eq!(ranges(&timeline(&store, &door, 4.0)), [(0.0, 4.0)], "mounted again, all is there");
    drop(store);
    let no_create = afterimage_store::StoreOptions { create: false, ..rig::options(&clock) };
    let missing = directory.path().join("missing");
    assert!(afterimage_store::Store::open(&missing, no_create).is_err(), "looking creates nothing");
    assert!(!missing.exists());
    let _ = epoch();
}

#[test]
fn an_independent_program_plays_every_segment_the_cut_one_too() {
    let (directory, clock) = (tempdir().expect("room"), clock());
    let store = open(directory.path(), &clock);
    let door = stream(&store, "door");
    record(&store, &door, 0, 10);
    let record = store.last_fragment(door.id).expect("no error").expect("five of them");
    let path = store.open_segment(record.segment).expect("there").path().to_owned();
    let cut = directory.path().join("cut.mp4");
    let bytes = std::fs::read(&path).expect("there");
    let end = usize::try_from(record.offset).expect("small");
    std::fs::write(&cut, &bytes[..end]).expect("room");
    for (file, packets) in [(path, 5), (cut, 4)] {
        let found = packets_by_ffprobe(&file);
        assert_eq!(found, packets, "one packet a fragment in {}", file.display());
    }
}

#[expect(clippy::disallowed_types, reason = "a test asks another program")]
fn packets_by_ffprobe(file: &std::path::Path) -> usize {
    let output = std::process::Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts", "-of", "csv"])
        .arg(file)
        .output()
        .expect("ffprobe is installed by `make test`");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.starts_with("packet"))
        .count()
}
