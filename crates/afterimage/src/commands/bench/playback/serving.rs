//! Bytes of a clip for each second of processor time, beside nginx with the same bytes in a file.
//!
//! Belongs here: rounds in turns, one plain asker for all. Not here: how clips are made.

use super::super::process::cpu_seconds;
use super::failed;
use crate::child;
use crate::failure::Failure;
use afterimage_base::ErrorKind;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Child;

const START_LIMIT: Duration = Duration::from_secs(5);
const HEAD_LIMIT: usize = 64 * 1024;

/// Where the same bytes are to be had, and whose processor time they cost.
pub struct Server {
    pub address: SocketAddr,
    pub pid: u32,
    pub target: String,
    /// The recorder's; nginx asks for none.
    pub token: Option<String>,
}

impl Server {
    /// Megabytes for each second of processor time.
    pub async fn serve(&self, times: u32) -> Result<f64, Failure> {
        let before = cpu_seconds(self.pid)?;
        let mut bytes = 0;
        for _ in 0..times {
            bytes += self.fetch(|_| Ok(())).await?;
        }
        let cpu = (cpu_seconds(self.pid)? - before).max(0.01);
        Ok(bytes as f64 / 1e6 / cpu)
    }

    /// Fetches the bytes once; how many they were.
    pub async fn fetch(&self, take: impl FnMut(&[u8]) -> io::Result<()>) -> Result<u64, Failure> {
        self.ask(take).await.map_err(|error| failed("a clip could not be fetched", &error))
    }

    async fn ask(&self, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<u64> {
        let mut connection = TcpStream::connect(self.address).await?;
        let Self { address, target, token, .. } = self;
        let proof = token.as_ref().map(|token| format!("Authorization: Bearer {token}\r\n"));
        let proof = proof.unwrap_or_default();
        let question =
            format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n{proof}Connection: close\r\n\r\n");
        connection.write_all(question.as_bytes()).await?;
        let mut buffer = vec![0; 1 << 20];
        let mut filled = 0;
        let head = loop {
            let read = connection.read(&mut buffer[filled..HEAD_LIMIT]).await?;
            filled += read;
            let end = buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n");
            match end {
                Some(end) => break end + 4,
                None if read == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                None => {}
            }
        };
        if !buffer.starts_with(b"HTTP/1.1 200") {
            let first = String::from_utf8_lossy(&buffer[..head]).lines().next().map(str::to_owned);
            return Err(io::Error::other(first.unwrap_or_default()));
        }
        take(&buffer[head..filled])?;
        let mut bytes = (filled - head) as u64;
        loop {
            let read = connection.read(&mut buffer).await?;
            if read == 0 {
                return Ok(bytes);
            }
            take(&buffer[..read])?;
            bytes += read as u64;
        }
    }
}

/// nginx on the files of a folder; `None` where this machine has none.
pub async fn start_nginx(
    folder: &Path,
    sends_files: bool,
) -> Result<Option<(Child, SocketAddr)>, Failure> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
    let address = free.map_err(|error| failed("no free port", &error))?;
    let prefix = folder.join(if sends_files { "sendfile" } else { "copying" });
    let sendfile = if sends_files { "on" } else { "off" };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {kind};"))
        .concat();
    let config = format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr crit; events {{}} \
         http {{ access_log off; sendfile {sendfile}; tcp_nopush on; {temporary} \
         server {{ listen {address}; root {}; }} }}",
        folder.display()
    );
    let file = prefix.join("nginx.conf");
    std::fs::create_dir_all(&prefix)
        .and_then(|()| std::fs::write(&file, config))
        .map_err(|error| failed("nginx could not be told what to serve", &error))?;
    let child = match child::start_file_server(&prefix, &file) {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("nginx did not start", &error)),
    };
    let began = Instant::now();
    while TcpStream::connect(address).await.is_err() {
        if began.elapsed() > START_LIMIT {
            return Err(Failure::new(ErrorKind::Unavailable, "nginx does not answer"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(Some((child, address)))
}
