//! What the HTTP door needs to know before it opens.

use afterimage_base::Secret;
use std::net::SocketAddr;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Who presents it is the owner of the recorder.
    pub token: Secret,
    pub doors: Doors,
    /// Ends long answers (live views, consumers) when the recorder stops.
    pub shutdown: CancellationToken,
}

/// By which names, and from which pages, requests may come.
#[derive(Clone, Debug)]
pub struct Doors {
    /// Where the listener is bound.
    pub address: SocketAddr,
    /// Further names that this recorder answers to, as behind a reverse proxy.
    pub hosts: Vec<String>,
    /// Further origins (`https://console.example`) whose pages may use this recorder.
    pub origins: Vec<String>,
}

impl Doors {
    /// The bound address and this machine's own names.
    #[must_use]
    pub const fn at(address: SocketAddr) -> Self {
        Self { address, hosts: Vec::new(), origins: Vec::new() }
    }
}
