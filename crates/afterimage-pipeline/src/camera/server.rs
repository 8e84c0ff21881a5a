//! The RTSP server of simulated cameras.
//!
//! Belongs here: sockets, mounts, the thread they live on. Not here: what is sent.
//! Invariant: when a `CameraServer` is gone, its port is free and its threads have ended.

use super::auth::MountAuth;
use super::media::MediaSource;
use super::{CameraSpec, media::prepare};
use crate::PipelineError;
use crate::error::failed;
use afterimage_base::SystemClock;
use gstreamer_rtsp_server as rtsp_server;
use rtsp_server::prelude::*;
use rtsp_server::{gio, glib, gst};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How often sessions of clients that vanished are cleared away.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(5);
/// Enough for a key frame of 1080p, so that a burst of UDP packets is not lost in the kernel.
const UDP_SEND_BYTES: u32 = 1 << 20;

/// Serves cameras from its own thread until it is dropped.
#[derive(Debug)]
pub struct CameraServer {
    address: SocketAddr,
    mounts: Vec<String>,
    main_loop: glib::MainLoop,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl CameraServer {
    /// Loads the footage, binds `listen` (port 0: any free one) and serves from then on.
    pub fn start(listen: SocketAddr, specs: Vec<CameraSpec>) -> Result<Self, PipelineError> {
        crate::init()?;
        check(&specs)?;
        let clock = Arc::new(SystemClock::new());
        let mut loaded = HashMap::new();
        let mut sources = Vec::new();
        for spec in &specs {
            sources.push((spec.mount.clone(), prepare(&spec.footage, &mut loaded, &clock)?));
        }
        let server = rtsp_server::RTSPServer::new();
        server.set_address(&listen.ip().to_string());
        server.set_service(&listen.port().to_string());
        server.set_backlog(64);
        let mounts = rtsp_server::RTSPMountPoints::new();
        for (mount, source) in sources {
            mounts.add_factory(&mount, factory(source, listen.ip())?);
        }
        server.set_mount_points(Some(&mounts));
        if specs.iter().any(|spec| spec.credentials.is_some()) {
            let logins = specs.iter().map(|spec| (&*spec.mount, spec.credentials.as_ref()));
            server.set_auth(Some(&MountAuth::new(logins)));
        }
        let accepting = server.create_source(gio::Cancellable::NONE).map_err(|error| {
            if error.matches(gio::IOErrorEnum::AddressInUse) {
                PipelineError::AddressInUse { address: listen }
            } else {
                PipelineError::Listen { address: listen, reason: error.message().to_owned() }
            }
        })?;
        let port = u16::try_from(server.bound_port()).map_err(failed)?;
        let context = glib::MainContext::new();
        accepting.attach(Some(&context));
        let main_loop = glib::MainLoop::new(Some(&context), false);
        let running = main_loop.clone();
        let thread = std::thread::Builder::new()
            .name("camera-server".to_owned())
            .spawn(move || serve(&server, &running, &accepting))
            .map_err(failed)?;
        Ok(Self {
            address: SocketAddr::new(listen.ip(), port),
            mounts: specs.into_iter().map(|spec| spec.mount).collect(),
            main_loop,
            thread: Some(thread),
        })
    }

    /// Where it listens, with the real port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The address of the camera with this index, without credentials.
    ///
    /// # Panics
    /// When there are not so many cameras.
    #[must_use]
    pub fn url(&self, index: usize) -> String {
        format!("rtsp://{}{}", self.address, self.mounts[index])
    }

    /// Disconnects every client and frees the port. Dropping does the same.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.main_loop.quit();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(address = %self.address, "the camera server's thread had panicked");
        }
    }
}

impl Drop for CameraServer {
    fn drop(&mut self) {
        self.end();
    }
}

fn check(specs: &[CameraSpec]) -> Result<(), PipelineError> {
    let mut passwords = HashMap::new();
    for (index, spec) in specs.iter().enumerate() {
        let mount = &spec.mount;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "/_.-".contains(c);
        if !mount.starts_with('/') || mount.len() < 2 || !mount.chars().all(allowed) {
            return Err(PipelineError::Setting(format!(
                "`{mount}` can't be a camera's path; write a slash and then letters, digits, _ . or -"
            )));
        }
        if specs[..index].iter().any(|other| other.mount == *mount) {
            return Err(PipelineError::Setting(format!("two cameras are to be served at {mount}")));
        }
        if let Some((user, password)) = &spec.credentials {
            if user.is_empty() {
                return Err(PipelineError::Setting(format!("the user of {mount} needs a name")));
            }
            let known = passwords.entry(user).or_insert(password);
            if *known != password {
                return Err(PipelineError::Setting(format!(
                    "user {user} is given two passwords; cameras of one server may differ in user, \
                     not in one user's password"
                )));
            }
        }
    }
    Ok(())
}

fn factory(
    source: MediaSource,
    ip: IpAddr,
) -> Result<rtsp_server::RTSPMediaFactory, PipelineError> {
    let factory = rtsp_server::RTSPMediaFactory::new();
    factory.set_launch(&source.launch()?);
    factory.set_shared(true);
    factory.set_buffer_size(UDP_SEND_BYTES);
    if !ip.is_unspecified() {
        // Without a pool the server would open its UDP ports on every interface.
        let pool = rtsp_server::RTSPAddressPool::new();
        let text = ip.to_string();
        pool.add_range(&text, &text, 40_000, 65_000, 0).map_err(failed)?;
        factory.set_address_pool(Some(&pool));
    }
    factory.connect_media_configure(move |_, media| match media.element().downcast::<gst::Bin>() {
        Ok(bin) => source.feed(&bin),
        Err(_) => tracing::error!("the server made a media that is no bin; nothing will be sent"),
    });
    Ok(factory)
}

/// Runs until the loop is quit, then lets go of clients, sessions and the socket.
fn serve(server: &rtsp_server::RTSPServer, main_loop: &glib::MainLoop, accepting: &glib::Source) {
    let context = main_loop.context();
    let sessions = server.session_pool();
    let cleanup =
        glib::timeout_source_new(CLEANUP_INTERVAL, None, glib::Priority::DEFAULT, move || {
            if let Some(sessions) = &sessions {
                sessions.cleanup();
            }
            glib::ControlFlow::Continue
        });
    cleanup.attach(Some(&context));
    let outcome = context.with_thread_default(|| main_loop.run());
    if let Err(error) = outcome {
        tracing::error!(%error, "the camera server could not run");
    }
    cleanup.destroy();
    server.client_filter(Some(&mut |_, _| rtsp_server::RTSPFilterResult::Remove));
    if let Some(sessions) = server.session_pool() {
        sessions.filter(Some(&mut |_, _| rtsp_server::RTSPFilterResult::Remove));
    }
    accepting.destroy();
    // Clients close in sources of this context.
    while context.iteration(false) {}
}
