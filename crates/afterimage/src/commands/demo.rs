//! `afterimage demo`: simulated cameras, recorded and served, ready to look at.

use super::serve::{console_address, run_host};
use crate::child;
use crate::cli::{Demo, Place};
use crate::connect::data_directory;
use crate::failure::Failure;
use crate::footage;
use crate::host::{Host, Mode};
use crate::output;
use afterimage_base::{ErrorKind, StreamName};
use afterimage_pipeline::camera::{CameraServer, CameraSpec, ClockPattern, Footage};
use afterimage_recorder::{Recorder, Source, StreamChange, StreamDraft, Transport};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

const RETENTION: Duration = Duration::from_secs(24 * 3_600);

pub async fn run(place: &Place, options: Demo) -> Result<(), Failure> {
    let data = demo_directory(place)?;
    let specs = cameras(options.cameras);
    let names: Vec<String> =
        specs.iter().map(|spec| spec.mount.trim_start_matches('/').to_owned()).collect();
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = tokio::task::spawn_blocking(move || CameraServer::start(anywhere, specs))
        .await
        .map_err(|error| Failure::new(ErrorKind::Internal, error))??;
    let host = Host::start(&data, options.serve.listen, Mode::Record).await?;
    for (index, name) in names.iter().enumerate() {
        record(&host.recorder, name, &server.url(index)).await?;
    }
    if place.json {
        output::json(
            &serde_json::json!({ "address": host.url(), "console": console_address(&host) }),
        );
    } else {
        output::line(format_args!(
            "{} simulated cameras are recorded into {}",
            names.len(),
            data.display()
        ));
        output::line(format_args!("The console: {}", console_address(&host)));
    }
    let _window = if options.headless { None } else { open_window(&data) };
    run_host(host, &options.serve).await
}

/// Beside the real archive, never in it.
fn demo_directory(place: &Place) -> Result<PathBuf, Failure> {
    if place.data.is_some() {
        return data_directory(place);
    }
    Ok(data_directory(place)?.with_file_name("afterimage-demo"))
}

/// Street, clock, street-2, clock-2, …; clocks alone where the footage was not fetched.
fn cameras(count: u8) -> Vec<CameraSpec> {
    let bikes = footage::bikes();
    if bikes.is_none() {
        tracing::warn!(
            "the street footage is not here (`make setup` fetches it); all cameras show clocks"
        );
    }
    (0..count)
        .map(|index| {
            let is_street = index % 2 == 0;
            let name = if is_street { "bikes" } else { "clock" };
            let number = if index < 2 { String::new() } else { format!("-{}", index / 2 + 1) };
            let footage = match &bikes {
                Some(file) if is_street => Footage::File(file.clone()),
                _ => Footage::ClockPattern(ClockPattern::default()),
            };
            CameraSpec { mount: format!("/{name}{number}"), footage, credentials: None }
        })
        .collect()
}

/// A later demo on the same directory finds its streams and gives them the new address.
async fn record(recorder: &Recorder, name: &str, url: &str) -> Result<(), Failure> {
    let name: StreamName = name.parse().map_err(Failure::input)?;
    let source: Source = url.parse().map_err(Failure::input)?;
    let is_street = name.as_str().starts_with("bikes");
    let mut models = vec!["motion-grid".to_owned()];
    if is_street {
        models.push("yolox-nano".to_owned());
    }
    let change = StreamChange {
        source: Some(source.clone()),
        models: Some(models.clone()),
        ..StreamChange::default()
    };
    match recorder.update_stream(&name, change).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let transport = Transport::Tcp;
            let draft = StreamDraft {
                name,
                source,
                retention: RETENTION,
                capture: None,
                transport,
                models,
                retain_bytes: None,
                schedule: None,
            };
            recorder.create_stream(draft).await?;
            Ok(())
        }
        other => other.map(drop).map_err(Failure::from),
    }
}

fn open_window(data: &std::path::Path) -> Option<tokio::process::Child> {
    match child::open_window(data)? {
        Ok(window) => Some(window),
        Err(error) => {
            tracing::warn!(%error, "the window could not be opened; the console is in the browser");
            None
        }
    }
}
