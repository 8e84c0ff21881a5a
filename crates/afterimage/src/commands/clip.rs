//! `afterimage clip`: a time range to a file, without re-encoding.

use crate::cli::{Clip, ClipCut, ClipLayout};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::ClipQuery;
use afterimage_client::{Container, Progress};
use indicatif::{ProgressBar, ProgressStyle};

pub async fn run(connection: &Connection, json: bool, options: Clip) -> Result<(), Failure> {
    let container = Container::of(&options.output).ok_or_else(|| {
        Failure::input(format!(
            "{} ends neither in .mp4 nor in .mkv; the ending chooses the format",
            options.output.display()
        ))
    })?;
    let cut = match options.cut {
        ClipCut::Exact => "exact",
        ClipCut::Fragment => "fragment",
    };
    let layout = options.layout.map(|layout| match layout {
        ClipLayout::Plain => "plain",
        ClipLayout::Fragmented => "fragmented",
    });
    let query = ClipQuery {
        from: options.range.from,
        to: Some(options.range.to),
        cut: Some(cut.to_owned()),
        layout: layout.map(str::to_owned),
    };
    let bar = ProgressBar::new(0).with_style(style("{wide_bar} {bytes}/{total_bytes} {eta}"));
    let show = |progress: Progress| {
        bar.set_length(progress.total.unwrap_or(progress.bytes));
        bar.set_position(progress.bytes);
    };
    let client = &connection.client;
    let written =
        client.download_clip(&options.name, &query, container, &options.output, show).await?;
    bar.finish_and_clear();
    if json {
        output::json(&serde_json::json!({ "output": options.output, "bytes": written }));
    } else {
        output::line(format_args!("{}: {}", options.output.display(), output::bytes(written)));
    }
    Ok(())
}

pub fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("our templates are valid")
}
