//! `afterimage camera`: simulated cameras, to test a set-up with.

use super::serve::until_told;
use crate::cli::Camera;
use crate::failure::Failure;
use crate::output;
use afterimage_base::{ErrorKind, Secret};
use afterimage_pipeline::camera::{CameraServer, CameraSpec, Footage};
use std::net::SocketAddr;

pub async fn run(options: Camera) -> Result<(), Failure> {
    let (listen, mount) = listen_address(&options.listen)?;
    let credentials = match options.user {
        Some(user) => {
            let password = std::env::var("AFTERIMAGE_CAMERA_PASSWORD").map_err(|_| {
                Failure::input("--user needs a password; put it into the environment as AFTERIMAGE_CAMERA_PASSWORD")
            })?;
            Some((user, Secret::new(password)))
        }
        None => None,
    };
    let clock = options
        .clock
        .then(|| Footage::ClockPattern(afterimage_pipeline::camera::ClockPattern::default()));
    let footage: Vec<Footage> = options.files.into_iter().map(Footage::File).chain(clock).collect();
    if footage.is_empty() {
        return Err(Failure::input(
            "there is nothing to show; name footage with --file, or add --clock",
        ));
    }
    let specs = footage
        .into_iter()
        .enumerate()
        .map(|(index, footage)| {
            // The first camera has the path that was given, the others a number more.
            let mount = if index == 0 { mount.clone() } else { format!("{mount}-{}", index + 1) };
            CameraSpec { mount, footage, credentials: credentials.clone() }
        })
        .collect::<Vec<_>>();
    let count = specs.len();
    let server = tokio::task::spawn_blocking(move || CameraServer::start(listen, specs))
        .await
        .map_err(|error| Failure::new(ErrorKind::Internal, error))??;
    for index in 0..count {
        output::line(format_args!("{}", server.url(index)));
    }
    until_told(options.run_for).await;
    Ok(())
}

fn listen_address(text: &str) -> Result<(SocketAddr, String), Failure> {
    let (address, path) = text.split_once('/').unwrap_or((text, "camera"));
    let address = address.parse().map_err(|_| {
        Failure::input(format!(
            "`{text}` is not of the form 127.0.0.1:8554/door (an address, a port, a path)"
        ))
    })?;
    Ok((address, format!("/{path}")))
}
