//! Asks a recorder whether it is there: one HTTP request, bounded in time and size.
//!
//! Not here: who is asked ([`crate::recorder`]).

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// A recorder on this machine answers at once; what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether `GET {address}/healthz` is answered with 200.
pub fn answers(address: &str) -> bool {
    let Some(authority) = authority(address) else { return false };
    status_line(authority).is_ok_and(|line| line.starts_with("HTTP/1.1 200"))
}

/// `127.0.0.1:8750` of `http://127.0.0.1:8750/`.
fn authority(address: &str) -> Option<&str> {
    let authority = address.strip_prefix("http://")?.trim_end_matches('/');
    (!authority.is_empty() && !authority.contains(['/', '@', '\r', '\n'])).then_some(authority)
}

fn status_line(authority: &str) -> io::Result<String> {
    let socket = authority
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    let mut stream = TcpStream::connect_timeout(&socket, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n")?;
    let mut start = [0; 16];
    stream.read_exact(&mut start)?;
    Ok(String::from_utf8_lossy(&start).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers one request with `reply` and returns where.
    fn answering(reply: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::Builder::new()
            .name("answer".into())
            .spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 1024];
                let length = stream.read(&mut request).unwrap();
                assert!(request[..length].starts_with(b"GET /healthz "), "that is the route");
                stream.write_all(reply.as_bytes()).unwrap();
            })
            .unwrap();
        address
    }

    #[test]
    fn only_a_healthy_answer_counts() {
        assert!(answers(&answering("HTTP/1.1 200 OK\r\n\r\n")), "this is a recorder");
        assert!(!answers(&answering("HTTP/1.1 503 Unavailable\r\n\r\n")), "this one isn't well");
        assert!(!answers(&answering("SSH-2.0-OpenSSH_9.2\r\n")), "this is something else");
    }

    #[test]
    fn nobody_there_is_an_answer_too() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(!answers(&format!("http://{free}")), "nobody listens there any more");
        for nonsense in
            ["", "http://", "127.0.0.1:1", "ftp://127.0.0.1:1", "http://a@b:1", "http://x"]
        {
            assert!(!answers(nonsense), "{nonsense:?} is no address of a recorder");
        }
    }
}
