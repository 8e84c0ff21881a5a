//! Finds the recorder that a command is about.
//!
//! A recorder elsewhere is reached by its address. A data directory is reached through the
//! recorder that owns it; where none runs, this process serves it to itself for a moment. So a
//! command has one way only, and tells the same whether the recorder runs, stopped or was killed.

use crate::cli::Place;
use crate::failure::Failure;
use crate::host::{Host, Mode};
use afterimage_base::{ErrorKind, Secret};
use afterimage_client::{Client, local};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

pub struct Connection {
    pub client: Client,
    host: Option<Host>,
}

impl Connection {
    pub async fn open(place: &Place) -> Result<Self, Failure> {
        if let Some(server) = &place.server {
            let token = std::env::var("AFTERIMAGE_TOKEN").map_err(|_| {
                Failure::new(
                    ErrorKind::Unauthenticated,
                    format!(
                        "{server} needs a token; put it into the environment as AFTERIMAGE_TOKEN"
                    ),
                )
            })?;
            return Ok(Self { client: Client::new(server, Secret::new(token))?, host: None });
        }
        let data = data_directory(place)?;
        if let Some(running) = local::find(&data).await? {
            return Ok(Self { client: running.client, host: None });
        }
        if !data.exists() {
            return Err(Failure::input(format!(
                "{} does not exist; `afterimage serve --data {0}` makes it, or name another with --data",
                data.display()
            )));
        }
        let host =
            Host::start(&data, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Mode::Look).await?;
        Ok(Self { client: Client::new(&host.url(), host.token.clone())?, host: Some(host) })
    }

    /// Whether the recorder that answers is this process.
    pub const fn is_for_this_command(&self) -> bool {
        self.host.is_some()
    }

    pub async fn close(self) -> Result<(), Failure> {
        match self.host {
            Some(host) => host.stop().await,
            None => Ok(()),
        }
    }
}

/// The directory that was named, or the platform's.
pub fn data_directory(place: &Place) -> Result<PathBuf, Failure> {
    if let Some(data) = &place.data {
        return Ok(data.clone());
    }
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(home)
        .map(|base| base.join("afterimage"))
        .ok_or_else(|| {
            Failure::input("there is no home directory; name a data directory with --data")
        })
}
