//! A recorder and its HTTP door in this process: what `serve`, `demo` and, for a moment, every
//! command on a data directory without a recorder run.
//!
//! Belongs here: wiring and the order of start and stop. Not here: deciding anything.

use crate::failure::Failure;
use crate::picture_process::PictureProcesses;
use crate::token;
use afterimage_api::{Api, ApiOptions};
use afterimage_base::{Clock, ErrorKind, Secret, SystemClock, WallTime};
use afterimage_client::local::RecorderFile;
use afterimage_http::{Doors, HttpOptions};
use afterimage_infer::Catalogue;
use afterimage_recorder::{RealCaptures, Recorder, RecorderOptions};
use afterimage_store::{Store, StoreOptions};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub struct Host {
    pub address: SocketAddr,
    pub token: Secret,
    pub recorder: Recorder,
    data: PathBuf,
    announces: bool,
    stop: CancellationToken,
    http: JoinHandle<std::io::Result<()>>,
}

#[derive(Clone, Copy)]
pub enum Mode {
    /// Capture, and tell local clients through `DATA/recorder.json`.
    Record,
    /// Serve what is there to this process alone.
    Look,
}

impl Host {
    pub async fn start(data: &Path, listen: SocketAddr, mode: Mode) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let store = open_store(data.to_owned(), Arc::clone(&clock)).await?;
        // Before any camera is asked: a port in use must not leave a session behind.
        let listener =
            TcpListener::bind(listen).await.map_err(|error| cannot_listen(listen, &error))?;
        let address = listener.local_addr().map_err(|error| cannot_listen(listen, &error))?;
        let token = token::of_directory(data)?;
        let recorder = Recorder::start(
            store,
            RecorderOptions {
                captures: Arc::new(RealCaptures { clock: Arc::clone(&clock) }),
                clock,
                recording: matches!(mode, Mode::Record),
            },
        )?;
        let stop = CancellationToken::new();
        let router = afterimage_http::router(
            Api::new(recorder.clone(), about(data, recorder.clock().now())).with_pictures(
                Arc::new(PictureProcesses { server: url_of(address), token: token.clone() }),
            ),
            HttpOptions { token: token.clone(), doors: Doors::at(address), shutdown: stop.clone() },
        );
        let http = tokio::spawn(afterimage_http::serve(listener, router, stop.clone()));
        let announces = matches!(mode, Mode::Record);
        let host = Self { address, token, recorder, data: data.to_owned(), announces, stop, http };
        if announces {
            host.announce()?;
        }
        Ok(host)
    }

    fn announce(&self) -> Result<(), Failure> {
        let file = RecorderFile {
            address: self.url(),
            token: self.token.clone(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.recorder.clock().now(),
        };
        file.write(&self.data).map_err(|error| {
            let file = RecorderFile::path(&self.data);
            Failure::input(format!("{} can't be written: {error}", file.display()))
        })
    }

    /// For programs on this machine: one that listens everywhere is reached over loopback.
    pub fn url(&self) -> String {
        url_of(self.address)
    }

    /// Flushes what is recorded, then stops serving.
    pub async fn stop(self) -> Result<(), Failure> {
        self.recorder.shutdown().await;
        if self.announces
            && let Err(error) = RecorderFile::remove(&self.data)
        {
            tracing::warn!(%error, "recorder.json stays behind; clients notice that nobody answers");
        }
        self.stop.cancel();
        match self.http.await {
            Ok(served) => served.map_err(|error| Failure::new(ErrorKind::Internal, error)),
            Err(error) => Err(Failure::new(ErrorKind::Internal, error)),
        }
    }
}

fn url_of(mut address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("http://{address}")
}

fn about(data: &Path, started: WallTime) -> ApiOptions {
    let models = Catalogue::of_data(data).list().into_iter().map(|model| model.name).collect();
    ApiOptions { version: env!("CARGO_PKG_VERSION").to_owned(), started, models }
}

async fn open_store(data: PathBuf, clock: Arc<dyn Clock>) -> Result<Store, Failure> {
    tokio::task::spawn_blocking(move || Store::open(&data, StoreOptions::new(clock)))
        .await
        .map_err(|error| Failure::new(ErrorKind::Internal, error))?
        .map_err(Failure::from)
}

fn cannot_listen(listen: SocketAddr, error: &std::io::Error) -> Failure {
    let advice = match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "another program listens there; choose another address with --listen"
        }
        std::io::ErrorKind::PermissionDenied => {
            "ports below 1024 need privileges; choose another with --listen"
        }
        _ => "choose an address of this machine with --listen",
    };
    Failure::new(ErrorKind::InUse, format!("can't listen on {listen}: {error}; {advice}"))
}
