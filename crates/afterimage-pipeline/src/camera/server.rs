//! The RTSP server of simulated cameras.
//!
//! Belongs here: sockets, mounts, the thread they live on. Not here: what is sent.
//! Invariant: when a `CameraServer` is gone, its port is free and its threads have ended.

use super::auth::MountAuth;
use super::media::MediaSource;
use super::{CameraSpec, media::prepare};
use crate::PipelineError;
use crate::error::failed;
use afterimage_base::{Secret, SystemClock};
use gstreamer_rtsp_server as rtsp_server;
use rtsp_server::prelude::*;
use rtsp_server::{gio, glib, gst};
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// How often sessions of clients that vanished are cleared away.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(5);
/// How long stopping waits for clients to let go.
const FAREWELL: Duration = Duration::from_secs(3);
/// Enough for a key frame of 1080p, so that a burst of UDP packets is not lost in the kernel.
const UDP_SEND_BYTES: u32 = 1 << 20;

/// Serves cameras from its own thread until it is dropped.
#[derive(Debug)]
pub struct CameraServer {
    scheme: &'static str,
    address: SocketAddr,
    mounts: Vec<String>,
    main_loop: glib::MainLoop,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl CameraServer {
    /// Loads the footage, binds `listen` (port 0: any free one) and serves from then on.
    pub fn start(listen: SocketAddr, specs: Vec<CameraSpec>) -> Result<Self, PipelineError> {
        Self::start_with(listen, specs, None)
    }

    /// The same inside TLS, as `rtsps://`. `identity_pem` holds the certificate and its key.
    pub fn start_tls(
        listen: SocketAddr,
        specs: Vec<CameraSpec>,
        identity_pem: &Secret,
    ) -> Result<Self, PipelineError> {
        let identity = gio::TlsCertificate::from_pem(identity_pem.expose()).map_err(|error| {
            let reason = error.message();
            PipelineError::Setting(format!("the certificate can't be used: {reason}"))
        })?;
        Self::start_with(listen, specs, Some(&identity))
    }

    fn start_with(
        listen: SocketAddr,
        specs: Vec<CameraSpec>,
        identity: Option<&gio::TlsCertificate>,
    ) -> Result<Self, PipelineError> {
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
        if identity.is_some() || specs.iter().any(|spec| spec.credentials.is_some()) {
            let logins = specs.iter().map(|spec| (&*spec.mount, spec.credentials.as_ref()));
            let auth = MountAuth::new(logins);
            auth.set_tls_certificate(identity);
            server.set_auth(Some(&auth));
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
            scheme: if identity.is_some() { "rtsps" } else { "rtsp" },
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
        format!("{}://{}{}", self.scheme, self.address, self.mounts[index])
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
    factory.set_stop_on_disconnect(true);
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

/// Runs until the loop is quit, then lets go of the clients and the socket.
fn serve(server: &rtsp_server::RTSPServer, main_loop: &glib::MainLoop, accepting: &glib::Source) {
    let context = main_loop.context();
    let departed = Departed::default();
    let (sessions, list) = (server.session_pool(), departed.clone());
    let cleanup =
        glib::timeout_source_new(CLEANUP_INTERVAL, None, glib::Priority::DEFAULT, move || {
            if let Some(sessions) = &sessions {
                sessions.cleanup();
            }
            list.forget_old();
            glib::ControlFlow::Continue
        });
    cleanup.attach(Some(&context));
    let list = departed.clone();
    server.connect_client_connected(move |_, client| {
        let list = list.clone();
        client.connect_closed(move |client| list.add(client));
    });
    if let Err(error) = context.with_thread_default(|| main_loop.run()) {
        tracing::error!(%error, "the camera server could not run");
    }
    cleanup.destroy();
    accepting.destroy();
    disconnect_all(server);
}

/// Closes every client and waits, for a while, until each has let go of its media.
fn disconnect_all(server: &rtsp_server::RTSPServer) {
    let (closed, news) = mpsc::sync_channel(64);
    for client in server.client_filter(None) {
        let closed = closed.clone();
        client.connect_closed(move |_| {
            // A full channel has news enough.
            let _ = closed.try_send(());
        });
    }
    // Sessions go with their clients: removing them here, too, would free clients in use.
    server.client_filter(Some(&mut |_, _| rtsp_server::RTSPFilterResult::Remove));
    let begun = Instant::now();
    while !server.client_filter(None).is_empty() && begun.elapsed() < FAREWELL {
        let _ = news.recv_timeout(Duration::from_millis(100));
    }
}

/// Clients that have disconnected, kept alive a little longer.
///
/// The library sends to a client through a pointer that it does not own, on another thread than
/// the one that frees the client (1.22 aborts with "'data_seq' should not be NULL" when they meet).
#[derive(Clone, Default)]
struct Departed(Arc<Mutex<VecDeque<(Instant, rtsp_server::RTSPClient)>>>);

impl Departed {
    fn add(&self, client: &rtsp_server::RTSPClient) {
        self.lock().push_back((Instant::now(), client.clone()));
    }

    fn forget_old(&self) {
        let mut list = self.lock();
        let is_old = |since: &Instant| since.elapsed() >= CLEANUP_INTERVAL;
        let count = list.iter().take_while(|(since, _)| is_old(since)).count();
        let old: Vec<_> = list.drain(..count).collect();
        // Freed after the lock is released: freeing runs code of the library.
        drop(list);
        drop(old);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Instant, rtsp_server::RTSPClient)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
