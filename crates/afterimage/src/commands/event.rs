//! `afterimage event`: what a person may want to look at.

use crate::cli::{Event, EventList};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::{EventQuery, EventView};
use afterimage_base::WallTime;
use clap::ValueEnum;

pub async fn run(connection: &Connection, json: bool, command: Event) -> Result<(), Failure> {
    let Event::List(options) = command;
    let list = connection.client.events(&query(options)).await?;
    if json {
        output::json(&list);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = list.events.iter().map(row).collect();
    output::table(&["FROM", "LENGTH", "STREAM", "KIND", "LABEL", "SCORE", "", ""], &rows);
    if list.more {
        eprintln!("There are more; ask for a shorter range or a higher --limit.");
    }
    Ok(())
}

fn query(options: EventList) -> EventQuery {
    let joined = |words: Vec<String>| Some(words.join(",")).filter(|words| !words.is_empty());
    let kinds = options.kinds.iter().filter_map(ValueEnum::to_possible_value);
    EventQuery {
        from: Some(options.from),
        to: Some(options.to),
        streams: joined(options.streams.iter().map(ToString::to_string).collect()),
        kinds: joined(kinds.map(|kind| kind.get_name().to_owned()).collect()),
        labels: joined(options.labels),
        region: options.region,
        unseen: options.unseen.then_some(true),
        limit: Some(options.limit),
    }
}

fn row(event: &EventView) -> Vec<String> {
    let length = match event.to_micros {
        Some(to) => output::length(to - event.from_micros),
        None => "goes on".to_owned(),
    };
    vec![
        WallTime::from_micros(event.from_micros).to_string(),
        length,
        event.stream.clone(),
        output::word(&event.kind),
        event.label.clone(),
        event.score.map(|score| format!("{score:.2}")).unwrap_or_default(),
        if event.seen { String::new() } else { "new".to_owned() },
        event.detail.clone().unwrap_or_default(),
    ]
}
