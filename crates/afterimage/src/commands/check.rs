//! `afterimage check`: verifies the archive; repairs it, or makes its index anew.
//!
//! A check runs inside the recorder, beside recording; this command starts it, watches it and
//! cancels it when it is interrupted. Only `--rebuild` opens the directory itself.

use super::clip::style;
use super::with_client;
use crate::cli::{Check, Place};
use crate::connect::{Connection, data_directory};
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::{CheckCreate, CheckState, CheckView};
use afterimage_base::{ErrorKind, SystemClock};
use afterimage_client::local;
use afterimage_store::{CheckProgress, RebuildReport, Store, StoreOptions};
use indicatif::{ProgressBar, ProgressDrawTarget};
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How often a running check is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// Where no terminal shows a bar, a line for each such part of the whole.
const LINE_EACH_PERCENT: u64 = 10;

pub async fn run(place: &Place, options: Check) -> Result<(), Failure> {
    if options.rebuild {
        return rebuild(place).await;
    }
    with_client(place, async |connection| check(connection, place.json, options).await).await
}

async fn check(connection: &Connection, json: bool, options: Check) -> Result<(), Failure> {
    let client = &connection.client;
    let create = CheckCreate {
        stream: options.stream.map(String::from),
        quick: options.quick,
        repair: options.repair,
    };
    let mut view = client.start_check(&create).await?;
    let mut meter = Meter::new();
    let mut asks = tokio::time::interval(ASK_EVERY);
    while view.state == CheckState::Running {
        tokio::select! {
            _ = asks.tick() => view = client.check().await?,
            _ = tokio::signal::ctrl_c() => {
                client.cancel_check().await?;
                meter.end();
                return Err(Failure::No("the check was broken off; nothing is known of the rest".into()));
            }
        }
        meter.show(view.bytes, view.total_bytes);
    }
    meter.end();
    if json {
        output::json(&view);
    } else {
        tell(&view);
    }
    verdict(&view)
}

/// What was found, a line each, and a sum.
fn tell(view: &CheckView) {
    for finding in &view.findings {
        let repaired = if finding.repaired { " (repaired)" } else { "" };
        let detail =
            if finding.detail.is_empty() { String::new() } else { format!(": {}", finding.detail) };
        output::line(format_args!("{}: {}{detail}{repaired}", finding.path, finding.kind));
    }
    let told = view.findings.len() as u64;
    if view.found > told {
        output::line(format_args!("… and {} more", view.found - told));
    }
    output::line(format_args!(
        "{} fragments in {} segments, {}: {}",
        view.fragments,
        view.segments,
        output::bytes(view.bytes),
        match (view.found, view.repaired) {
            (0, _) => "all as they were written".to_owned(),
            (found, 0) => format!("{found} found wrong"),
            (found, repaired) => format!("{found} found wrong, {repaired} of them repaired"),
        }
    ));
}

fn verdict(view: &CheckView) -> Result<(), Failure> {
    let left = view.found.saturating_sub(view.repaired);
    match view.state {
        CheckState::Done if left == 0 => Ok(()),
        CheckState::Done => {
            let advice = if view.repair {
                "this can't be repaired: restore these files from a backup, or leave them as they are"
            } else {
                "`afterimage check --repair` turns what is lost into gaps that say so"
            };
            Err(Failure::No(format!("{left} found wrong; {advice}")))
        }
        CheckState::Failed => {
            let why = view.failure.as_deref().unwrap_or("the recorder's log says why");
            Err(Failure::new(ErrorKind::Internal, format!("the check broke off: {why}")))
        }
        CheckState::Cancelled | CheckState::Idle | CheckState::Running => {
            Err(Failure::No("the check was cancelled by somebody else; start it again".into()))
        }
    }
}

async fn rebuild(place: &Place) -> Result<(), Failure> {
    if let Some(server) = &place.server {
        return Err(Failure::input(format!(
            "an index is made anew beside its media, not through {server}; run this on that machine with --data"
        )));
    }
    let data = data_directory(place)?;
    if let Some(running) = local::find(&data).await? {
        return Err(Failure::new(
            ErrorKind::InUse,
            format!(
                "a recorder runs on {} ({}); stop it first: its index can't be made anew under it",
                data.display(),
                running.client.address()
            ),
        ));
    }
    let work = move || {
        let mut meter = Meter::new();
        let options = StoreOptions::new(Arc::new(SystemClock::new()));
        let report = Store::rebuild(&data, &options, &mut |progress: &CheckProgress| {
            meter.show(progress.bytes, progress.total_bytes);
            ControlFlow::Continue(())
        });
        meter.end();
        report
    };
    let report = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::new(ErrorKind::Internal, error))??;
    tell_rebuilt(place.json, &report);
    Ok(())
}

fn tell_rebuilt(json: bool, report: &RebuildReport) {
    if json {
        let shown = |path: &Path| path.display().to_string();
        output::json(&serde_json::json!({
            "segments": report.segments,
            "fragments": report.fragments,
            "bytes": report.bytes,
            "damaged_fragments": report.damaged_fragments,
            "new_streams": report.new_streams,
            "old_index": report.old_index.as_deref().map(shown),
            "left_out": report.left_out.iter().map(|path| shown(path)).collect::<Vec<_>>(),
        }));
        return;
    }
    output::line(format_args!(
        "The index is made anew: {} fragments in {} segments, {}.",
        report.fragments,
        report.segments,
        output::bytes(report.bytes)
    ));
    if report.damaged_fragments > 0 {
        output::line(format_args!("{} fragments are damaged: gaps now.", report.damaged_fragments));
    }
    for name in &report.new_streams {
        output::line(format_args!(
            "{name}: its settings were lost; it keeps ten years and does not record. \
             `afterimage stream update {name} --source URL --retention 30d --enabled true` sets it up again."
        ));
    }
    for file in &report.left_out {
        output::line(format_args!("{}: no segment of this archive; left alone", file.display()));
    }
    if let Some(old) = &report.old_index {
        output::line(format_args!("The old index lies at {}.", old.display()));
    }
}

/// How far it is: a bar on a terminal, a line now and then elsewhere.
struct Meter {
    bar: Option<ProgressBar>,
    next_percent: u64,
}

impl Meter {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                .with_style(style("{wide_bar} {bytes}/{total_bytes} {eta}"))
        });
        Self { bar, next_percent: LINE_EACH_PERCENT }
    }

    fn show(&mut self, bytes: u64, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(total.max(bytes));
            bar.set_position(bytes);
            return;
        }
        let percent = bytes.saturating_mul(100) / total.max(1);
        if percent >= self.next_percent && percent < 100 {
            eprintln!("{percent} %: {} of {}", output::bytes(bytes), output::bytes(total));
            self.next_percent = percent - percent % LINE_EACH_PERCENT + LINE_EACH_PERCENT;
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
