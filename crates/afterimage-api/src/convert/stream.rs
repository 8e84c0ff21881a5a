//! Streams and the recorder as a whole.

use crate::dto::{
    CaptureView, Fault, LiveFigures, Recorded, Schedule, StreamState, StreamView, SystemView,
    TrackView,
};
use crate::streams::StreamReport;
use crate::system::SystemReport;
use afterimage_base::format_duration;
use afterimage_media::{Codec, Track, TrackKind};
use afterimage_recorder::{Source, State, StreamStatus};
use afterimage_store::StreamSettings;

impl From<StreamReport> for StreamView {
    fn from(report: StreamReport) -> Self {
        let StreamReport { settings, status, recorded } = report;
        Self {
            name: settings.name.to_string(),
            source: shown_source(&settings),
            state: status.state.into(),
            retention: format_duration(settings.retention),
            retain_bytes: settings.retain_bytes,
            schedule: settings.schedule.clone().map(Schedule::from),
            enabled: settings.recording,
            capture: capture_view(&settings, &status),
            tracks: status.tracks.iter().map(track_view).collect(),
            figures: LiveFigures {
                frames_per_second: status.figures.frames_per_second,
                bits_per_second: status.figures.bits_per_second,
                skipped: status.figures.skipped,
                connections: status.figures.connections,
            },
            recorded: Recorded {
                first: recorded.first,
                last: recorded.last,
                bytes: recorded.bytes,
                fragments: recorded.fragments,
            },
            fault: status.fault.map(|fault| Fault {
                code: fault.reason.code().to_owned(),
                detail: fault.detail,
                since: fault.since,
                retry_at: fault.retry_at,
            }),
            models: settings.models,
            created: settings.created,
        }
    }
}

/// As it was written, without its password. One that can't be read is not shown at all: what
/// hides a password is the parser.
fn shown_source(settings: &StreamSettings) -> Option<String> {
    let stored = settings.source.as_ref().map(afterimage_base::Secret::expose);
    match Source::from_stored(stored) {
        Ok(Source::Pushed) => None,
        Ok(source) => Some(source.to_string()),
        Err(_) => Some("unreadable".to_owned()),
    }
}

fn capture_view(settings: &StreamSettings, status: &StreamStatus) -> CaptureView {
    match &status.capture {
        Some(chosen) => CaptureView {
            backend: Some(chosen.choice.backend.to_string()),
            forced: chosen.choice.forced,
            because: chosen.choice.because.clone(),
            transport: chosen.transport.to_string(),
        },
        None => CaptureView {
            backend: settings.capture.clone(),
            forced: settings.capture.is_some(),
            because: String::new(),
            transport: settings.transport.clone().unwrap_or_else(|| "tcp".to_owned()),
        },
    }
}

pub(crate) fn track_view(track: &Track) -> TrackView {
    let codec = match track.codec {
        Codec::H264 => "h264",
        Codec::H265 => "h265",
        Codec::Aac => "aac",
        Codec::Opus => "opus",
    };
    let mut view = TrackView {
        kind: String::new(),
        codec: codec.to_owned(),
        width: None,
        height: None,
        sample_rate: None,
        channels: None,
    };
    match &track.kind {
        TrackKind::Video(video) => {
            "video".clone_into(&mut view.kind);
            view.width = Some(video.width);
            view.height = Some(video.height);
        }
        TrackKind::Audio(audio) => {
            "audio".clone_into(&mut view.kind);
            view.sample_rate = Some(audio.sample_rate);
            view.channels = Some(audio.channels);
        }
    }
    view
}

impl From<State> for StreamState {
    fn from(state: State) -> Self {
        match state {
            State::Recording => Self::Recording,
            State::Connecting => Self::Connecting,
            State::Retrying => Self::Retrying,
            State::Waiting => Self::Waiting,
            State::Resting => Self::Resting,
            State::Stopped => Self::Stopped,
            State::Offline => Self::Offline,
        }
    }
}

impl From<SystemReport> for SystemView {
    fn from(report: SystemReport) -> Self {
        Self {
            version: report.version,
            now: report.now,
            started: report.started,
            recorded_bytes: report.recorded_bytes,
            free_bytes: report.free_bytes,
            models: report.models,
            warnings: report.warnings,
        }
    }
}
