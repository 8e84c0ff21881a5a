//! Elements driven from this thread: push a buffer in, take pictures out, no pipeline and no queue.
//!
//! Belongs here: pads, events, flushing. Not here: which samples. Why not a pipeline: a decoder
//! that is called like a function can't hang on a bus or a clock, and costs no thread of its own.
//! Invariant: between two runs the decoder is flushed and remembers no picture.

use super::frame::{DecodedFrame, PictureReader};
use super::selection::Selection;
use crate::plan::Node;
use crate::{PipelineError, error::failed};
use afterimage_media::FragmentSample;
use gstreamer as gst;
use gstreamer::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Debug)]
pub(super) struct Chain {
    elements: Vec<gst::Element>,
    input: gst::Pad,
    output: gst::Pad,
    bus: gst::Bus,
    collected: Arc<Mutex<Collected>>,
}

#[derive(Debug, Default)]
struct Collected {
    /// Wanted sample indexes by the presentation time that their picture will carry.
    wanted: HashMap<u64, usize>,
    frames: Vec<DecodedFrame>,
    /// Presentation times of every picture that came out, wanted or not.
    shown: HashSet<u64>,
    reader: PictureReader,
    failure: Option<String>,
}

impl Chain {
    pub fn start(nodes: &[Node], caps: &gst::Caps) -> Result<Self, PipelineError> {
        let elements = nodes.iter().map(Node::build).collect::<Result<Vec<_>, _>>()?;
        for pair in elements.windows(2) {
            pair[0].link(&pair[1]).map_err(failed)?;
        }
        let collected = Arc::new(Mutex::new(Collected::default()));
        let input = gst::Pad::builder(gst::PadDirection::Src).name("input").build();
        let shared = Arc::clone(&collected);
        let output = gst::Pad::builder(gst::PadDirection::Sink)
            .name("output")
            .chain_function(move |pad, _, buffer| {
                lock(&shared).take(pad.current_caps().as_ref(), &buffer);
                Ok(gst::FlowSuccess::Ok)
            })
            .event_function(|_, _, _| true)
            .build();
        let first = elements.first().and_then(|first| first.static_pad("sink"));
        let last = elements.last().and_then(|last| last.static_pad("src"));
        let (first, last) = first.zip(last).ok_or_else(|| failed("a decoder without pads"))?;
        input.link(&first).map_err(failed)?;
        last.link(&output).map_err(failed)?;
        let bus = gst::Bus::new();
        let chain = Self { elements, input, output, bus, collected };
        chain.output.set_active(true).map_err(failed)?;
        for element in chain.elements.iter().rev() {
            element.set_bus(Some(&chain.bus));
            element.set_state(gst::State::Playing).map_err(failed)?;
        }
        chain.input.set_active(true).map_err(failed)?;
        chain.input.push_event(gst::event::StreamStart::new("fragment"));
        if chain.input.push_event(gst::event::Caps::new(caps)) {
            Ok(chain)
        } else {
            let reason = chain.failure().unwrap_or("its parameters are refused".to_owned());
            Err(PipelineError::Undecodable(reason))
        }
    }

    /// Decodes one selection and answers the wanted frames by rising index.
    pub fn run(
        &self,
        samples: &[FragmentSample],
        selection: &Selection,
    ) -> Result<Vec<DecodedFrame>, gst::FlowError> {
        {
            let mut collected = lock(&self.collected);
            collected.frames.clear();
            collected.shown.clear();
            collected.failure = None;
            collected.wanted = selection
                .steps
                .iter()
                .filter(|step| step.is_wanted)
                .map(|step| (step.presentation_nanoseconds, step.index))
                .collect();
        }
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        self.input.push_event(gst::event::Segment::new(&segment));
        for step in &selection.steps {
            let mut buffer = gst::Buffer::from_slice(samples[step.index].data.clone());
            if let Some(buffer) = buffer.get_mut() {
                buffer.set_pts(gst::ClockTime::from_nseconds(step.presentation_nanoseconds));
                buffer.set_dts(gst::ClockTime::from_nseconds(step.decode_nanoseconds));
                if !step.is_sync {
                    buffer.set_flags(gst::BufferFlags::DELTA_UNIT);
                }
            }
            self.input.push(buffer)?;
        }
        // The end makes the decoder give what it holds back for reordering.
        self.input.push_event(gst::event::Eos::new());
        self.input.push_event(gst::event::FlushStart::new());
        self.input.push_event(gst::event::FlushStop::new(true));
        let mut collected = lock(&self.collected);
        let mut frames = std::mem::take(&mut collected.frames);
        let trusted = selection.trusted(|presentation| collected.shown.contains(&presentation));
        frames.retain(|frame| trusted.contains(&frame.sample_index));
        frames.sort_by_key(|frame| frame.sample_index);
        Ok(frames)
    }

    /// What the elements complained of since the last call, if it was an error.
    pub fn failure(&self) -> Option<String> {
        let mut failure = lock(&self.collected).failure.take();
        while let Some(message) = self.bus.pop() {
            if let gst::MessageView::Error(error) = message.view() {
                failure.get_or_insert_with(|| error.error().to_string());
            }
        }
        failure
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        let _ = self.input.set_active(false);
        for element in &self.elements {
            let _ = element.set_state(gst::State::Null);
            element.set_bus(None);
        }
        let _ = self.output.set_active(false);
    }
}

impl Collected {
    fn take(&mut self, caps: Option<&gst::Caps>, buffer: &gst::Buffer) {
        let Some(presentation) = buffer.pts().map(gst::ClockTime::nseconds) else { return };
        self.shown.insert(presentation);
        let Some(index) = self.wanted.remove(&presentation) else { return };
        match self.reader.read(index, caps, buffer) {
            Ok(frame) => self.frames.push(frame),
            Err(error) => self.failure = Some(error.to_string()),
        }
    }
}

fn lock(collected: &Mutex<Collected>) -> MutexGuard<'_, Collected> {
    collected.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
