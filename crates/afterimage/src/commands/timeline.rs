//! `afterimage timeline`: what is recorded, what is missing and why.

use crate::cli::Timeline;
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::{ShareQuery, StreamShare, TimelineQuery, TimelineView};
use afterimage_base::WallTime;
use serde::Serialize;

/// The timeline, and how much of it is there.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    timeline: TimelineView,
    share: Option<StreamShare>,
}

pub async fn run(connection: &Connection, json: bool, options: Timeline) -> Result<(), Failure> {
    let client = &connection.client;
    let from = match options.from {
        Some(from) => Some(from),
        None => client.stream(&options.name).await?.recorded.first.map(|first| first.to_string()),
    };
    let query = TimelineQuery { from, to: Some(options.to) };
    let timeline = client.timeline(&options.name, &query).await?;
    // Of the very instants that the timeline tells of: `now` has moved on.
    let query = ShareQuery {
        from: Some(timeline.from.as_micros().to_string()),
        to: Some(timeline.to.as_micros().to_string()),
        stream: Some(options.name.to_string()),
    };
    let share = client.share(&query).await?.streams.into_iter().next();
    if json {
        output::json(&Told { timeline, share });
        return Ok(());
    }
    let recorded = timeline.ranges.iter().map(|range| {
        (
            range.from,
            vec![
                range.from.to_string(),
                range.to.to_string(),
                length(range.from, range.to),
                "recorded".to_owned(),
                format!("{} fragments, {}", range.fragments, output::bytes(range.bytes)),
            ],
        )
    });
    let missing = timeline.gaps.iter().map(|gap| {
        (
            gap.from,
            vec![
                gap.from.to_string(),
                gap.to.to_string(),
                length(gap.from, gap.to),
                format!("missing: {}", gap.reason),
                gap.detail.clone().unwrap_or_default(),
            ],
        )
    });
    let mut rows: Vec<(WallTime, Vec<String>)> = recorded.chain(missing).collect();
    rows.sort_by_key(|(from, _)| *from);
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(_, row)| row).collect();
    output::table(&["FROM", "TO", "LENGTH", "WHAT", ""], &rows);
    if let Some(share) = share {
        output::line("");
        output::line(sentence(&share));
    }
    Ok(())
}

/// `99.97 % recorded; missing: camera_unreachable 3m4s in 2 gaps`
fn sentence(share: &StreamShare) -> String {
    let Some(part) = share.share else {
        return "Nothing was to be recorded in this time.".to_owned();
    };
    let missing: Vec<String> = share
        .missing
        .iter()
        .map(|missing| {
            let gaps = if missing.gaps == 1 { "gap" } else { "gaps" };
            let length = output::length(missing.micros);
            format!("{} {length} in {} {gaps}", missing.reason, missing.gaps)
        })
        .collect();
    let part = output::percent(part);
    if missing.is_empty() {
        return format!("{part} recorded.");
    }
    format!("{part} recorded; missing: {}", missing.join(", "))
}

fn length(from: WallTime, to: WallTime) -> String {
    output::length(to.as_micros() - from.as_micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use afterimage_api::dto::MissingShare;

    #[test]
    fn the_share_names_what_is_missing() {
        let missing =
            |reason: &str, micros, gaps| MissingShare { reason: reason.to_owned(), micros, gaps };
        let share = StreamShare {
            stream: "door".to_owned(),
            scheduled_micros: 0,
            recorded_micros: 0,
            share: Some(0.999_749),
            missing: vec![
                missing("camera_unreachable", 184_000_000, 2),
                missing("starting", 1_500_000, 1),
            ],
        };
        assert_eq!(
            sentence(&share),
            "99.97 % recorded; missing: camera_unreachable 3m4s in 2 gaps, starting 1.5s in 1 gap"
        );
        let whole = StreamShare { share: Some(1.0), missing: Vec::new(), ..share.clone() };
        assert_eq!(sentence(&whole), "100 % recorded.");
        let resting = StreamShare { share: None, ..whole };
        assert!(sentence(&resting).contains("Nothing was to be"), "no share is no 0 %");
    }
}
