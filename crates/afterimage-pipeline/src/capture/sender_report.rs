//! The camera's clock, from its RTCP sender reports (RFC 3550, section 6.4.1).
//!
//! Belongs here: which wall time a stream's running time is, by the camera. Not here: whether that
//! clock is sane. Invariant: before the first report nothing is claimed.

use afterimage_base::WallTime;
use gstreamer as gst;
use gstreamer::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Seconds from 1900-01-01, where NTP counts from, to 1970-01-01.
const NTP_TO_UNIX_SECONDS: i64 = 2_208_988_800;
/// A camera changes its senders with each session; more are a fault.
const MAXIMUM_SENDERS: usize = 64;

/// Microseconds of wall time at running time zero, by synchronisation source.
#[derive(Clone, Default)]
pub(super) struct SenderReports(Arc<Mutex<HashMap<u32, i64>>>);

/// One stream's view of its camera's clock.
pub(super) struct CameraClock {
    reports: SenderReports,
    sender: Option<u32>,
}

impl CameraClock {
    /// For sources that tell no time of their own.
    pub fn unknown() -> Self {
        Self { reports: SenderReports::default(), sender: None }
    }

    /// What the camera's clock showed at this running time.
    pub fn at(&self, running_nanoseconds: i64) -> Option<WallTime> {
        let zero = *self.reports.lock().get(&self.sender?)?;
        Some(WallTime::from_micros(zero.checked_add(running_nanoseconds / 1_000)?))
    }
}

impl SenderReports {
    /// Learns from every report that the client's streams receive.
    pub fn watch(&self, client: &gst::Element) {
        let reports = self.clone();
        client.connect("new-manager", false, move |arguments| {
            let manager = arguments.get(1)?.get::<gst::Element>().ok()?;
            let reports = reports.clone();
            manager.connect("new-jitterbuffer", false, move |arguments| {
                let buffer = arguments.get(1)?.get::<gst::Element>().ok()?;
                let sender = arguments.get(3)?.get::<u32>().ok()?;
                let reports = reports.clone();
                buffer.connect("handle-sync", false, move |arguments| {
                    let news = arguments.get(1)?.get::<gst::Structure>().ok()?;
                    reports.learn(sender, zero_of(&news)?);
                    None
                });
                None
            });
            None
        });
    }

    pub fn of(&self, sender: Option<u32>) -> CameraClock {
        CameraClock { reports: self.clone(), sender }
    }

    fn learn(&self, sender: u32, zero: i64) {
        let mut reports = self.lock();
        if reports.len() < MAXIMUM_SENDERS || reports.contains_key(&sender) {
            reports.insert(sender, zero);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Microseconds of wall time at running time zero, from what the jitter buffer tells of a report.
fn zero_of(news: &gst::StructureRef) -> Option<i64> {
    let number = |name| news.get::<u64>(name).ok().map(i128::from);
    let rate = i128::from(news.get::<u32>("clock-rate").ok().filter(|rate| *rate > 0)?);
    let ticks = number("sr-ext-rtptime")? - number("base-rtptime")?;
    let running_micros = number("base-time")? / 1_000 + ticks * 1_000_000 / rate;
    let packet = news.get::<gst::Buffer>("sr-buffer").ok()?;
    let packet = packet.map_readable().ok()?;
    i64::try_from(i128::from(ntp_micros(packet.as_slice())?) - running_micros).ok()
}

/// The wall time of a sender report: NTP seconds and fraction after header and sender.
fn ntp_micros(packet: &[u8]) -> Option<i64> {
    const SENDER_REPORT: u8 = 200;
    if *packet.get(1)? != SENDER_REPORT {
        return None;
    }
    let word = |at: usize| Some(u32::from_be_bytes(packet.get(at..at + 4)?.try_into().ok()?));
    let (seconds, fraction) = (i64::from(word(8)?), u64::from(word(12)?));
    // A camera that has no wall clock says zero.
    let since_epoch = Some(seconds - NTP_TO_UNIX_SECONDS).filter(|_| seconds > 0)?;
    Some(since_epoch * 1_000_000 + i64::try_from((fraction * 1_000_000) >> 32).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(seconds: u32, fraction: u32) -> Vec<u8> {
        let mut packet = vec![0x80, 200, 0, 6, 1, 2, 3, 4];
        packet.extend(seconds.to_be_bytes());
        packet.extend(fraction.to_be_bytes());
        packet
    }

    #[test]
    fn a_report_ties_running_time_to_the_cameras_clock() {
        crate::init().expect("GStreamer starts");
        let packet = report(2_208_988_800 + 1_000, 1 << 31);
        let news = gst::Structure::builder("application/x-rtp-sync")
            .field("base-rtptime", 90_000u64)
            .field("base-time", 2_000_000_000u64)
            .field("clock-rate", 90_000u32)
            .field("sr-ext-rtptime", 180_000u64)
            .field("sr-buffer", gst::Buffer::from_slice(packet))
            .build();
        assert_eq!(zero_of(&news), Some(997_500_000), "1000.5 s are running time 3 s");
        let reports = SenderReports::default();
        let clock = reports.of(Some(7));
        assert_eq!(clock.at(0), None, "nothing is known before the first report");
        reports.learn(7, 997_500_000);
        assert_eq!(clock.at(3_000_000_000), Some(WallTime::from_millis(1_000_500)));
        assert_eq!(reports.of(Some(8)).at(0), None, "another stream has its own clock");
    }

    #[test]
    fn what_is_no_report_is_ignored() {
        assert_eq!(ntp_micros(&report(0, 0)), None, "a camera without a clock");
        assert_eq!(ntp_micros(&report(1, 0)[..12]), None, "cut off");
        assert_eq!(ntp_micros(&[0x80, 201, 0, 1]), None, "a receiver report");
    }
}
