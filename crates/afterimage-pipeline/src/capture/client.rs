//! The RTSP client: which streams of a camera are taken, and how each joins the pipeline.
//!
//! Belongs here: the signals of `rtspsrc`. Not here: the chains themselves ([`super::plan`]).
//! Invariant: at most one stream of a kind is taken, the first that can be used.

use super::fault;
use super::incoming::Incoming;
use super::lane::{self, Outlet};
use super::plan::{Lane, for_rtp};
use super::sender_report::SenderReports;
use super::source::Source;
use crate::plan::Node;
use crate::{PipelineError, error::failed};
use gstreamer as gst;
use gstreamer::prelude::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Adds the client; its streams get their chains when their first packets come.
pub(super) fn add(
    pipeline: &gst::Pipeline,
    node: &Node,
    accept_any_certificate: bool,
    source: &Source,
    outlet: &Outlet,
) -> Result<(), PipelineError> {
    let client = node.build()?;
    pipeline.add(&client).map_err(failed)?;
    let (certificate_outlet, certificate_source) = (outlet.clone(), source.clone());
    // Asked only about certificates that nobody vouches for.
    client.connect("accept-certificate", false, move |_| {
        if !accept_any_certificate {
            let refusal = fault::unknown_certificate(&certificate_source);
            certificate_outlet.tell(Incoming::Failed(refusal));
        }
        Some(accept_any_certificate.to_value())
    });
    let reports = SenderReports::default();
    reports.watch(&client);
    let offered = Arc::new(Mutex::new(Offered::default()));
    let (select_outlet, shared) = (outlet.clone(), Arc::clone(&offered));
    client.connect("select-stream", false, move |arguments| {
        let caps = arguments.get(2).and_then(|caps| caps.get::<gst::Caps>().ok());
        let lane = caps.and_then(|caps| lock(&shared).choose(&caps));
        if let Some(lane) = lane {
            select_outlet.tell(Incoming::Expect(lane));
        }
        Some(lane.is_some().to_value())
    });
    let (weak, stream_outlet) = (pipeline.downgrade(), outlet.clone());
    client.connect_pad_added(move |client, pad| {
        let Some(pipeline) = weak.upgrade() else { return };
        if let Err(error) = take_stream(&pipeline, pad, &stream_outlet, &reports) {
            gst::element_error!(client, gst::CoreError::Failed, ("{error}"));
        }
    });
    let (outlet, source) = (outlet.clone(), source.clone());
    client.connect_no_more_pads(move |_| {
        let refused = lock(&offered).refusal();
        outlet.tell(match refused {
            None => Incoming::Complete,
            Some(reason) => Incoming::Failed(fault::unsupported(&source, &reason)),
        });
    });
    Ok(())
}

/// What an RTSP server has offered so far.
#[derive(Default)]
struct Offered {
    chosen: Vec<Lane>,
    refused: Vec<String>,
}

impl Offered {
    /// The lane of a stream that is to be taken.
    fn choose(&mut self, caps: &gst::Caps) -> Option<Lane> {
        let (media, encoding) = rtp_format(caps)?;
        match for_rtp(&media, &encoding) {
            Ok(Some((lane, _))) if !self.chosen.contains(&lane) => {
                self.chosen.push(lane);
                return Some(lane);
            }
            Ok(_) => self.refused.push(format!("{media} {encoding}")),
            Err(error) => self.refused.push(format!("{media} {encoding} ({error})")),
        }
        None
    }

    /// Why nothing can be recorded, if nothing can. Sound alone is recorded where it is all that
    /// there is, not where it would stand for a picture that we can't take.
    fn refusal(&self) -> Option<String> {
        let has_video = self.refused.iter().any(|refused| refused.starts_with("video "));
        if self.chosen.contains(&Lane::Video) || (!self.chosen.is_empty() && !has_video) {
            None
        } else if self.refused.is_empty() {
            Some("it offers neither picture nor sound".to_owned())
        } else {
            let offered = self.refused.join(", ");
            Some(format!("it offers {offered}, and H.264, H.265 or MJPEG is needed"))
        }
    }
}

fn take_stream(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    outlet: &Outlet,
    reports: &SenderReports,
) -> Result<(), PipelineError> {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    let Some((media, encoding)) = rtp_format(&caps) else { return Ok(()) };
    let Some((lane, nodes)) = for_rtp(&media, &encoding)? else { return Ok(()) };
    let sender = caps.structure(0).and_then(|caps| caps.get::<u32>("ssrc").ok());
    let camera_clock = reports.of(sender);
    let chain = lane::build(pipeline, lane, &nodes, outlet.clone(), camera_clock)?;
    for element in chain.iter().rev() {
        element.sync_state_with_parent().map_err(failed)?;
    }
    let entry =
        chain[0].static_pad("sink").ok_or_else(|| failed("a depayloader without a sink"))?;
    pad.link(&entry).map_err(failed)?;
    Ok(())
}

/// Media and encoding name of an RTP stream.
fn rtp_format(caps: &gst::Caps) -> Option<(String, String)> {
    let caps = caps.structure(0)?;
    Some((caps.get::<String>("media").ok()?, caps.get::<String>("encoding-name").ok()?))
}

fn lock(offered: &Mutex<Offered>) -> MutexGuard<'_, Offered> {
    offered.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rtp(media: &str, encoding: &str) -> gst::Caps {
        let caps = gst::Caps::builder("application/x-rtp");
        caps.field("media", media).field("encoding-name", encoding).build()
    }

    #[test]
    fn the_first_stream_of_each_kind_is_taken_and_the_rest_is_named() {
        crate::init().expect("GStreamer starts");
        let mut offered = Offered::default();
        assert_eq!(offered.choose(&rtp("video", "VP8")), None, "no chain for it");
        assert_eq!(offered.choose(&rtp("audio", "OPUS")), Some(Lane::Audio));
        let refusal = offered.refusal().expect("no video yet");
        assert!(refusal.contains("video VP8"), "the operator sees what was offered: {refusal}");
        assert_eq!(offered.choose(&rtp("video", "H264")), Some(Lane::Video));
        assert_eq!(offered.choose(&rtp("video", "H265")), None, "one video is enough");
        assert_eq!(offered.refusal(), None);
    }

    #[test]
    fn sound_is_enough_where_no_picture_is_offered() {
        crate::init().expect("GStreamer starts");
        let mut offered = Offered::default();
        assert!(offered.refusal().is_some(), "nothing at all is not enough");
        assert_eq!(offered.choose(&rtp("application", "VND.ONVIF.METADATA")), None);
        assert!(offered.refusal().is_some(), "nor is metadata");
        assert_eq!(offered.choose(&rtp("audio", "PCMU")), Some(Lane::Audio));
        assert_eq!(offered.refusal(), None, "an intercom, or a camera whose picture is off");
    }
}
