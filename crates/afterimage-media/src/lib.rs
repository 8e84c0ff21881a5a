//! Media as bytes: samples become fragments, fragments become fMP4, and back.
//!
//! Belongs here: tracks, samples, the fragmenter, ISO BMFF boxes, codec strings, and the port
//! ([`Capture`]) through which samples arrive. Not here: files, sockets, GStreamer, decoding.

mod capture;
mod codec;
mod fmp4;
mod fragment;
mod fragmenter;
mod sample;
mod track;

pub use capture::{Capture, CaptureError, CaptureEvent, CaptureFailure};
pub use fmp4::{
    Edit, EncodedFragment, FRAGMENT_HEADER_LIMIT, Fmp4Error, FragmentHeader, SEGMENT_HEAD_LIMIT,
    SampleEntry, SampleTable, SegmentHead, SegmentIdentity, fragment_front_length, media_end,
    media_start, read_fragment, read_fragment_header, read_sample_table, retime_fragment,
    verify_fragment,
};
pub use fragment::{Fragment, FragmentIdentity, FragmentSample, InitSegment};
pub use fragmenter::{Cut, Fragmenter, FragmenterOptions, LiveChunk};
pub use sample::Sample;
pub use track::{AudioParameters, Codec, Track, TrackKind, VideoParameters};
