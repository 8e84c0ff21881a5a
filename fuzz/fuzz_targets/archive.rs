//! A segment file of an archive that anything may have happened to: start-up, check, repair and
//! rebuild read it; what they say of it can be read.
#![no_main]

use afterimage_base::{SimClock, WallTime};
use afterimage_fuzz::within;
use afterimage_media::{Fragment, FragmentSample, SegmentHead, SegmentIdentity};
use afterimage_store::file_system::{Access, FileSystem, SimulatedDisk};
use afterimage_store::{
    CheckOptions, IndexPlace, MemoryIndex, Store, StoreError, StoreOptions, StreamSettings,
};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

static INDEX: LazyLock<MemoryIndex> = LazyLock::new(|| MemoryIndex::new().expect("room"));

fuzz_target!(|data: &[u8]| {
    INDEX.clear().expect("in memory");
    // A head is read with a megabyte at once; disk, archive and index live in here too.
    within(data.len() * 64 + (24 << 20), || {
        live(data).expect("an archive opens whatever lies in it")
    });
});

fn live(data: &[u8]) -> Result<(), StoreError> {
    let now = WallTime::from_millis(1_800_000_000_000);
    let disk = SimulatedDisk::new(1);
    let options = StoreOptions {
        file_system: Arc::new(disk.clone()),
        index: IndexPlace::Memory(INDEX.clone()),
        commit_in_background: false,
        free_space_reserve: 0,
        ballast_bytes: 0,
        ..StoreOptions::new(Arc::new(SimClock::at(now)))
    };
    let directory = Path::new("/data");
    let store = Store::open(directory, options.clone())?;
    let stream = store.create_stream(StreamSettings::new("door".parse().expect("a name"), now))?;
    // A recorder writes one fragment and is killed; its file becomes what the fuzzer says.
    store.writer(stream.id)?.append(&fragment(now))?;
    let archive = *store.archive_id().as_bytes();
    drop(store);
    let mut bytes = data.to_vec();
    if let Ok(Some(head)) = SegmentHead::read(&bytes) {
        // Its own identity, or everything would end at the first check.
        let identity =
            SegmentIdentity { archive, stream: *stream.id.0.as_bytes(), ..head.identity };
        let front = SegmentHead::encode(&head.init, &identity);
        bytes.splice(..head.length as usize, front);
    }
    let files = disk.files();
    let (path, _) = files
        .iter()
        .find(|(path, _)| path.extension().is_some_and(|end| end == "mp4"))
        .expect("the fragment's file");
    let file = disk.open_file(path, Access::Write).expect("it is there");
    file.set_length(0).expect("no fault is planned");
    file.write_all_at(&bytes, 0).expect("no fault is planned");
    drop(file);

    let mut go_on = |_: &_| ControlFlow::Continue(());
    let store = Store::open(directory, options.clone())?;
    look(&store)?;
    store.check(&CheckOptions { repair: true, ..CheckOptions::default() }, &mut go_on)?;
    look(&store)?;
    store.close()?;
    drop(store);
    INDEX.clear()?;
    if Store::rebuild(directory, &options, &mut go_on).is_ok() {
        look(&Store::open(directory, options)?)?;
    }
    Ok(())
}

fn look(store: &Store) -> Result<(), StoreError> {
    let (first, last) = (WallTime::from_micros(i64::MIN), WallTime::MAX);
    for stream in store.streams() {
        store.timeline(stream.id, first, last, last)?;
        store.usage(stream.id)?;
        for record in store.fragments(stream.id, first, last)?.iter().take(16) {
            let _ = store.read_fragment_bytes(record);
        }
    }
    Ok(())
}

fn fragment(start: WallTime) -> Fragment {
    let init = &afterimage_fuzz::CAMERAS[0];
    let sample = FragmentSample {
        decode: afterimage_base::MediaTime(0),
        presentation: afterimage_base::MediaTime(0),
        duration: afterimage_base::MediaTime(90_000),
        is_sync: true,
        data: Bytes::from_static(&[0, 0, 0, 1, 9]),
    };
    let mut samples = vec![Vec::new(); init.tracks.len()];
    samples[0].push(sample);
    Fragment {
        init: Arc::clone(init),
        samples,
        is_independent: true,
        start,
        duration: Duration::from_secs(1),
        producer_timestamp: None,
        server_timestamp: start,
    }
}
