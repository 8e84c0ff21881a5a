//! `afterimage stream test`: what a source sends, before it becomes a stream.

use crate::cli::StreamTest;
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::{TrackView, TrialCreate, TrialView};

pub async fn run(connection: &Connection, json: bool, options: StreamTest) -> Result<(), Failure> {
    let StreamTest { source, transport, capture } = options;
    let trial = connection.client.try_source(&TrialCreate { source, transport, capture }).await?;
    if json {
        output::json(&trial);
    } else {
        tell(&trial);
    }
    Ok(())
}

fn tell(trial: &TrialView) {
    let mut lines: Vec<(&str, String)> =
        trial.tracks.iter().map(|track| ("track", of_track(track))).collect();
    if let Some(rate) = trial.frames_per_second {
        lines.push(("frames", format!("{rate:.2} a second")));
    }
    lines.push((
        "key frames",
        match trial.gop_seconds {
            Some(gop) => format!("every {gop:.1} s"),
            None => "one, in the time that it was watched".to_owned(),
        },
    ));
    lines.push(("bitrate", format!("{:.2} Mbit/s", trial.bits_per_second / 1e6)));
    if let Some(skew) = trial.clock_skew_micros {
        lines.push(("clock", output::skew(skew)));
    }
    lines.push(("first frame", format!("after {}", output::length(trial.first_frame_micros))));
    lines.push(("watched", output::length(trial.watched_micros)));
    lines.push(("capture", format!("{} ({})", trial.backend, trial.because)));
    lines.extend(trial.advice.iter().map(|advice| ("advice", advice.clone())));
    for (name, value) in lines {
        output::line(format_args!("{name:<12} {value}"));
    }
}

fn of_track(track: &TrackView) -> String {
    let size = match (track.width, track.height, track.sample_rate) {
        (Some(width), Some(height), _) => format!(" {width}×{height}"),
        (_, _, Some(rate)) => format!(" {rate} Hz"),
        _ => String::new(),
    };
    format!("{} {}{size}", track.kind, track.codec)
}
