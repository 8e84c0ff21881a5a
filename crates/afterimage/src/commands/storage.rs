//! `afterimage storage`: what is held, whether the promises fit, and the archive's limits.

use crate::cli::{Storage, StorageSet, WhatIf};
use crate::connect::Connection;
use crate::failure::Failure;
use crate::output;
use afterimage_api::dto::{
    ConfirmQuery, Forecast, StorageSettings, StorageView, StreamStorage, WhatIfQuery,
};
use afterimage_base::ErrorKind;

pub async fn run(
    connection: &Connection,
    json: bool,
    command: Option<Storage>,
) -> Result<(), Failure> {
    let client = &connection.client;
    match command.unwrap_or(Storage::Usage) {
        Storage::Usage => {
            let storage = client.storage().await?;
            if json {
                output::json(&storage);
            } else {
                tell_usage(&storage);
            }
        }
        Storage::Forecast => tell_forecast(json, &client.storage().await?.forecast),
        Storage::WhatIf(options) => {
            let WhatIf { retention, stream, retain_bytes, bytes_per_hour } = options;
            let stream = stream.map(String::from);
            let query = WhatIfQuery { stream, retention, retain_bytes, bytes_per_hour };
            tell_forecast(json, &client.what_if(&query).await?);
        }
        Storage::ConfirmClock => client.confirm_clock().await?,
        Storage::Set(options) => {
            let StorageSet { retain_bytes, reserve, scrub, yes } = options;
            let settings =
                StorageSettings { retain_bytes, free_space_reserve: reserve, scrub_period: scrub };
            let confirm = ConfirmQuery { confirm: yes.then_some(true) };
            let settings = match client.update_storage(&settings, confirm).await {
                Ok(settings) => settings,
                Err(error) if error.kind == ErrorKind::NeedsConfirmation => {
                    return Err(with_yes(&error.message));
                }
                Err(error) => return Err(error.into()),
            };
            if json {
                output::json(&settings);
            } else {
                tell_settings(&settings);
            }
        }
    }
    Ok(())
}

/// The recorder asks for a confirmation; here that is `--yes`.
pub fn with_yes(message: &str) -> Failure {
    let said = message.rsplit_once("; confirm").map_or(message, |(said, _)| said);
    Failure::new(ErrorKind::NeedsConfirmation, format!("{said}; add --yes if that is meant"))
}

fn tell_usage(storage: &StorageView) {
    let rows: Vec<Vec<String>> = storage.streams.iter().map(row).collect();
    output::table(
        &[
            "STREAM", "HELD", "PROMISED", "AN HOUR", "KEEPS", "LIMIT", "RECORDED", "ON HOLD",
            "OLDEST",
        ],
        &rows,
    );
    output::line("");
    for volume in &storage.volumes {
        output::line(format_args!(
            "The {} volume has {} free of {}; {} are footage, {} are kept free.",
            volume.name,
            output::bytes(volume.free_bytes),
            output::bytes(volume.total_bytes),
            output::bytes(volume.recorded_bytes),
            output::bytes(volume.reserve_bytes),
        ));
    }
    tell_settings(&storage.settings);
    if let Some(ended) = storage.scrub.last_round_ended {
        output::line(format_args!(
            "All footage was read and verified until {ended}; {} fragments were found damaged ever.",
            storage.scrub.damaged
        ));
    }
    sentence(&storage.forecast);
}

fn row(stream: &StreamStorage) -> Vec<String> {
    vec![
        stream.stream.clone(),
        output::bytes(stream.bytes),
        output::bytes(stream.promised_bytes),
        output::bytes(stream.bytes_per_hour),
        stream.retention.clone(),
        stream.retain_bytes.map_or_else(|| "none".to_owned(), output::bytes),
        output::length(stream.recorded_micros),
        output::bytes(stream.held_bytes),
        stream.oldest.map(|oldest| oldest.to_string()).unwrap_or_default(),
    ]
}

fn tell_settings(settings: &StorageSettings) {
    let limit = match settings.retain_bytes {
        None | Some(0) => "has no limit of its own".to_owned(),
        Some(bytes) => format!("holds at most {}", output::bytes(bytes)),
    };
    let scrub = match settings.scrub_period.as_deref() {
        None | Some("0s") => "footage is never read again to verify it".to_owned(),
        Some(period) => format!("all footage is read and verified once in {period}"),
    };
    output::line(format_args!(
        "The archive {limit}; {} are kept free; {scrub}.",
        output::bytes(settings.free_space_reserve.unwrap_or_default())
    ));
}

fn tell_forecast(json: bool, forecast: &Forecast) {
    if json {
        output::json(forecast);
        return;
    }
    output::line(format_args!(
        "All streams need {} to keep what they promise; {} are there for them.",
        output::bytes(forecast.needed_bytes),
        output::bytes(forecast.available_bytes)
    ));
    sentence(forecast);
}

/// Whether the promises fit, in one sentence.
pub fn sentence(forecast: &Forecast) {
    match (forecast.full_at, forecast.days_kept_when_full) {
        (Some(full_at), Some(days)) => output::line(format_args!(
            "The promises don't fit: {} are missing. From {full_at} on footage goes early; the longest promise is then kept for {days:.1} days.",
            output::bytes(forecast.short_bytes)
        )),
        _ => output::line("The promises fit."),
    }
}
