//! A whole segment file: head, init section, and each fragment behind it.
#![no_main]

use afterimage_fuzz::{room_for, within};
use afterimage_media::{
    Fragmenter, FragmenterOptions, InitSegment, SegmentHead, read_fragment, read_fragment_header,
};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| within(room_for(data.len()), || {
    if let Ok(init) = InitSegment::parse(Bytes::copy_from_slice(data)) {
        let _ = init.mime();
        let written = InitSegment::new(init.tracks.clone()).expect("what is read can be written");
        let again = InitSegment::parse(written.bytes).expect("and read again");
        assert_eq!(again.tracks.len(), init.tracks.len(), "with every track");
        // Parameter sets are looked into here.
        let mut fragmenter = Fragmenter::new(FragmenterOptions::default());
        let _ = fragmenter.tracks(init.tracks);
    }
    let Ok(Some(head)) = SegmentHead::read(data) else { return };
    assert_eq!(
        SegmentHead::encode(&head.init, &head.identity).len() as u64,
        SegmentHead::read(&SegmentHead::encode(&head.init, &head.identity))
            .expect("what is read can be written")
            .expect("whole")
            .length,
        "a head says where it ends"
    );
    let mut rest = data.get(head.length as usize..).unwrap_or_default();
    while let Ok(Some(header)) = read_fragment_header(rest) {
        let Some((fragment, behind)) = rest.split_at_checked(header.length as usize) else { break };
        let _ = read_fragment(&head.init, &Bytes::copy_from_slice(fragment));
        rest = behind;
    }
}));
