//! `afterimage hold`: ranges that are kept whatever their age.

use crate::cli::{Hold, Range};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::{HoldCreate, HoldQuery, HoldView};
use afterimage_base::{ErrorKind, WallTime};

pub async fn run(connection: &Connection, json: bool, command: Hold) -> Result<(), Failure> {
    let client = &connection.client;
    match command {
        Hold::Create(options) => {
            let Range { from, to } = options.range;
            let create = HoldCreate { from, to, reason: options.reason, until: options.until };
            let hold = client.create_hold(&options.name, &create).await?;
            if json {
                output::json(&hold);
            } else {
                output::line(format_args!(
                    "Hold {} keeps {} from {} to {}, {}.",
                    hold.id,
                    hold.stream,
                    instant(hold.from_micros),
                    instant(hold.to_micros),
                    end(&hold)
                ));
            }
        }
        Hold::List { name } => {
            let list = client.holds(&HoldQuery { stream: name.map(String::from) }).await?;
            if json {
                output::json(&list);
            } else {
                let rows: Vec<Vec<String>> = list.holds.iter().map(row).collect();
                output::table(&["ID", "STREAM", "FROM", "TO", "ENDS", "OWNER", "REASON"], &rows);
            }
        }
        Hold::Release { name, id, yes } => {
            if !yes {
                let list = client.holds(&HoldQuery { stream: Some(name.to_string()) }).await?;
                return Err(match list.holds.iter().find(|hold| hold.id == id) {
                    Some(hold) => Failure::new(
                        ErrorKind::NeedsConfirmation,
                        format!(
                            "hold {id} keeps {name} from {} to {} ({}); add --yes to give it back to retention",
                            instant(hold.from_micros),
                            instant(hold.to_micros),
                            hold.reason
                        ),
                    ),
                    None => Failure::new(
                        ErrorKind::NotFound,
                        format!(
                            "{name} has no hold {id}; `afterimage hold list {name}` shows those it has"
                        ),
                    ),
                });
            }
            client.release_hold(&name, id).await?;
            if json {
                output::json(&serde_json::json!({ "released": id }));
            } else {
                output::line(format_args!("Hold {id} of {name} is released."));
            }
        }
    }
    Ok(())
}

fn row(hold: &HoldView) -> Vec<String> {
    vec![
        hold.id.to_string(),
        hold.stream.clone(),
        instant(hold.from_micros),
        instant(hold.to_micros),
        end(hold),
        hold.owner.clone(),
        hold.reason.clone(),
    ]
}

fn end(hold: &HoldView) -> String {
    match hold.expires {
        None => "for ever".to_owned(),
        Some(expires) if hold.active => format!("until {expires}"),
        Some(expires) => format!("ended {expires}"),
    }
}

fn instant(micros: i64) -> String {
    WallTime::from_micros(micros).to_string()
}
