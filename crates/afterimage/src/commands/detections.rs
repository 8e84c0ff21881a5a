//! `afterimage detections`: what models have seen.

use crate::cli::Detections;
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::DetectionQuery;

pub async fn run(connection: &Connection, json: bool, command: Detections) -> Result<(), Failure> {
    let Detections::List { name, from, to, label, limit } = command;
    let query = DetectionQuery { from: Some(from), to: Some(to), label, limit: Some(limit) };
    let list = connection.client.detections(&name, &query).await?;
    if json {
        output::json(&list);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = list
        .detections
        .iter()
        .map(|seen| {
            vec![
                seen.at.to_string(),
                seen.label.clone(),
                format!("{:.2}", seen.score),
                seen.bbox.map(|part| format!("{part:.3}")).join(" "),
                seen.model.clone(),
                format!("{}/{}", seen.fragment, seen.sample),
            ]
        })
        .collect();
    output::table(&["AT", "LABEL", "SCORE", "BOX", "MODEL", "FRAME"], &rows);
    if list.more {
        eprintln!("There are more; ask for a shorter range or a higher --limit.");
    }
    Ok(())
}
