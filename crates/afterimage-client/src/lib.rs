//! A recorder, asked over HTTP: what the command line, the worker and the desktop window use.
//!
//! Belongs here: one typed call per operation of the API, downloads, the WebSockets, and finding
//! the recorder of a data directory ([`local`]). Not here: what an operation means.
//! Invariant: the token is sent to the recorder's address alone and never printed.

mod client;
mod consumer;
mod detection;
mod discovery;
mod download;
mod error;
mod export;
mod footage;
mod live;
pub mod local;
mod mark;
mod socket;
mod still;
mod storage;
mod stream;

pub use client::Client;
pub use consumer::{ConsumerFragment, ConsumerItem, ConsumerStream};
pub use download::{Container, Progress};
pub use error::ClientError;
pub use live::{LiveItem, LiveStream};
