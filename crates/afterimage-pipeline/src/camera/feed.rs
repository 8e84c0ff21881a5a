//! Endless sources of buffers: a loop of samples, or clock frames that are painted as they go.
//!
//! Belongs here: what comes next and with which time. Not here: when. Pacing is the work of the
//! media's sinks, which wait on the pipeline's clock; a feed is asked for one buffer whenever the
//! one before has gone out. Invariant: decode times rise strictly, for ever.

use super::ClockPattern;
use super::footage::{LoadedFootage, LoopTrack};
use crate::pattern::ClockPainter;
use afterimage_base::{Clock, SystemClock};
use gstreamer as gst;
use gstreamer::prelude::MulDiv;
use gstreamer_app as gst_app;
use std::sync::Arc;

/// Lets `next` answer every request of `source`, until the media ends.
pub(crate) fn attach(
    source: &gst_app::AppSrc,
    mut next: impl FnMut() -> Option<gst::Buffer> + Send + 'static,
) {
    let callbacks = gst_app::AppSrcCallbacks::builder().need_data(move |source, _| {
        // A refusal means that the media is stopping; the next one gets a feed of its own.
        match next() {
            Some(buffer) => drop(source.push_buffer(buffer)),
            None => drop(source.end_of_stream()),
        }
    });
    source.set_callbacks(callbacks.build());
}

/// One track of a loop, from its beginning.
pub(super) fn looped(
    footage: Arc<LoadedFootage>,
    track: impl Fn(&LoadedFootage) -> Option<&LoopTrack> + Send + 'static,
) -> impl FnMut() -> Option<gst::Buffer> + Send + 'static {
    let (mut index, mut offset) = (0, gst::ClockTime::ZERO);
    move || {
        let samples = &track(&footage)?.samples;
        if index == samples.len() {
            index = 0;
            offset += footage.period;
        }
        // A shallow copy: the bytes stay where they were loaded.
        let mut buffer = samples.get(index)?.copy();
        index += 1;
        let target = buffer.get_mut()?;
        target.set_pts(target.pts().map(|time| time + offset));
        target.set_dts(target.dts().map(|time| time + offset));
        Some(buffer)
    }
}

/// Clock frames whose counter goes on from how long `clock` has run.
pub(crate) fn painted(
    pattern: ClockPattern,
    clock: Arc<SystemClock>,
) -> impl FnMut() -> Option<gst::Buffer> + Send + 'static {
    let painter = ClockPainter::new(pattern.width as usize, pattern.height as usize);
    let rate = u64::from(pattern.frames_per_second);
    let first = clock.elapsed().as_nanos() * u128::from(rate) / 1_000_000_000;
    let mut number = first as u32;
    let mut index = 0;
    move || {
        let frame = painter.paint(number, clock.now());
        let mut buffer = gst::Buffer::from_mut_slice(frame);
        let target = buffer.get_mut()?;
        let time = |index: u64| gst::ClockTime::SECOND.mul_div_floor(index, rate);
        let (start, end) = (time(index)?, time(index + 1)?);
        target.set_pts(start);
        target.set_duration(end - start);
        number = number.wrapping_add(1);
        index += 1;
        Some(buffer)
    }
}
