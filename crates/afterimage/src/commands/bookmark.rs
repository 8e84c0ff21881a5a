//! `afterimage bookmark`: marks on the timeline.

use crate::cli::Bookmark;
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::{BookmarkCreate, BookmarkQuery, BookmarkView};
use afterimage_base::{Clock, SystemClock, WallTime, parse_instant};

pub async fn run(connection: &Connection, json: bool, command: Bookmark) -> Result<(), Failure> {
    let client = &connection.client;
    match command {
        Bookmark::Create(options) => {
            let now = SystemClock::new().now();
            let instant = |text: &str| {
                parse_instant(text, now).map(WallTime::as_micros).map_err(Failure::input)
            };
            let create = BookmarkCreate {
                stream: options.stream.map(String::from),
                at_micros: instant(&options.at)?,
                to_micros: options.to.as_deref().map(instant).transpose()?,
                title: options.title,
            };
            let bookmark = client.create_bookmark(&create).await?;
            if json {
                output::json(&bookmark);
            } else {
                output::line(format_args!(
                    "Bookmark {} at {}: {}",
                    bookmark.id,
                    WallTime::from_micros(bookmark.at_micros),
                    bookmark.title
                ));
            }
        }
        Bookmark::List { name, from, to } => {
            let query = BookmarkQuery { from, to, stream: name.map(String::from) };
            let list = client.bookmarks(&query).await?;
            if json {
                output::json(&list);
            } else {
                let rows: Vec<Vec<String>> = list.bookmarks.iter().map(row).collect();
                output::table(&["ID", "AT", "LENGTH", "STREAM", "AUTHOR", "TITLE"], &rows);
            }
        }
        Bookmark::Delete { id } => {
            client.delete_bookmark(id).await?;
            if json {
                output::json(&serde_json::json!({ "deleted": id }));
            } else {
                output::line(format_args!("Bookmark {id} is deleted."));
            }
        }
    }
    Ok(())
}

fn row(bookmark: &BookmarkView) -> Vec<String> {
    vec![
        bookmark.id.to_string(),
        WallTime::from_micros(bookmark.at_micros).to_string(),
        bookmark.to_micros.map(|to| output::length(to - bookmark.at_micros)).unwrap_or_default(),
        bookmark.stream.clone().unwrap_or_else(|| "all".to_owned()),
        bookmark.author.clone(),
        bookmark.title.clone(),
    ]
}
