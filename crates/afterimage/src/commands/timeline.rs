//! `afterimage timeline`: what is recorded, what is missing and why.

use crate::cli::Timeline;
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::TimelineQuery;
use afterimage_base::{WallTime, format_duration};
use std::time::Duration;

pub async fn run(connection: &Connection, json: bool, options: Timeline) -> Result<(), Failure> {
    let client = &connection.client;
    let from = match options.from {
        Some(from) => Some(from),
        None => client.stream(&options.name).await?.recorded.first.map(|first| first.to_string()),
    };
    let query = TimelineQuery { from, to: Some(options.to) };
    let timeline = client.timeline(&options.name, &query).await?;
    if json {
        output::json(&timeline);
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
    Ok(())
}

fn length(from: WallTime, to: WallTime) -> String {
    let duration = to.since(from);
    if duration < Duration::from_secs(10) {
        return format!("{:.1}s", duration.as_secs_f64());
    }
    format_duration(Duration::from_secs(duration.as_secs()))
}
