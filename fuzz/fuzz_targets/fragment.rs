//! One fragment of a known camera: everything that reads one, and the players that are fed with it.
#![no_main]

use afterimage_base::WallTime;
use afterimage_fuzz::{CAMERAS, made_plausible, room_for, within};
use afterimage_media::{
    InitSegment, fragment_front_length, media_start, read_fragment, read_fragment_header,
    read_sample_table, retime_fragment, verify_fragment,
};
use afterimage_playback::MatroskaWriter;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|data: &[u8]| {
    let Some((camera, data)) = data.split_first() else { return };
    let init = &CAMERAS[usize::from(*camera) % CAMERAS.len()];
    within(room_for(data.len()), || read(init, &Bytes::copy_from_slice(data)));
    let Some(plausible) = made_plausible(data) else { return };
    within(room_for(data.len()), || read(init, &plausible));
});

fn read(init: &Arc<InitSegment>, bytes: &Bytes) {
    let _ = read_fragment_header(bytes);
    let _ = fragment_front_length(bytes);
    let _ = verify_fragment(bytes);
    let _ = media_start(init, bytes);
    if let Ok((header, samples)) = read_fragment(init, bytes) {
        let read: usize = samples.iter().flatten().map(|sample| sample.data.len()).sum();
        assert!(header.length == bytes.len() as u64, "it was read whole");
        assert_eq!(samples.len(), init.tracks.len(), "a list for each track");
        assert!(read <= bytes.len() * init.tracks.len(), "a track's samples do not overlap");
    }
    if let Ok((_, table)) = read_sample_table(init, bytes) {
        let behind = table.iter().flatten().filter(|entry| entry.offset > bytes.len() as u64 * 2);
        let _ = behind.count();
    }
    let mut moved = bytes.to_vec();
    let _ = retime_fragment(init, &mut moved, i64::MAX / 3);
    assert_eq!(moved.len(), bytes.len(), "moving changes times only");
    let (mut matroska, _) = MatroskaWriter::new(Arc::clone(init), WallTime::EPOCH);
    for _ in 0..2 {
        let _ = matroska.fragment(bytes);
    }
}
