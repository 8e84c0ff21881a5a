//! Asks the recorder of this computer: one HTTP request at a time, bounded in time and size.
//!
//! Belongs here: as much of HTTP as that needs. Not here: who is asked ([`crate::recorder`]) and what
//! ([`crate::watch`]); recorders elsewhere are asked by their windows' pages alone.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// A recorder on this machine answers at once; what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// The list of a thousand cameras has room in it.
const LARGEST_ANSWER: u64 = 16 * 1024 * 1024;

/// Whether `GET {address}/healthz` is answered with 200.
pub fn answers(address: &str) -> bool {
    let Some(authority) = authority(address) else { return false };
    status_line(authority).is_ok_and(|line| line.starts_with("HTTP/1.1 200"))
}

/// What a route of the API answers with success. `body` is JSON.
pub fn ask(
    address: &str,
    token: &str,
    method: &str,
    path: &str,
    body: &str,
) -> io::Result<Vec<u8>> {
    let authority = authority(address).ok_or(io::ErrorKind::InvalidInput)?;
    let mut stream = connected(authority)?;
    // By HTTP/1.0 the answer comes whole and ends with the connection.
    let request = format!(
        "{method} /api/v1{path} HTTP/1.0\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(LARGEST_ANSWER).read_to_end(&mut answer)?;
    successful(answer)
}

/// The body of an answer whose status is 2xx.
fn successful(mut answer: Vec<u8>) -> io::Result<Vec<u8>> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let (Some(end), true) = (end, answer.starts_with(b"HTTP/1.")) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "that was no answer of a recorder"));
    };
    let is_success = answer.get(9) == Some(&b'2');
    answer.drain(..end + 4);
    if is_success { Ok(answer) } else { Err(io::Error::other(refusal(&answer))) }
}

/// The sentence that a recorder refuses with.
fn refusal(body: &[u8]) -> String {
    serde_json::from_slice::<serde_json::Value>(body)
        .ok()
        .and_then(|body| body["message"].as_str().map(str::to_owned))
        .unwrap_or_else(|| "the recorder refused".into())
}

/// `127.0.0.1:8750` of `http://127.0.0.1:8750/`.
fn authority(address: &str) -> Option<&str> {
    let authority = address.strip_prefix("http://")?.trim_end_matches('/');
    (!authority.is_empty() && !authority.contains(['/', '@', '\r', '\n'])).then_some(authority)
}

fn connected(authority: &str) -> io::Result<TcpStream> {
    let socket = authority
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    let stream = TcpStream::connect_timeout(&socket, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn status_line(authority: &str) -> io::Result<String> {
    let mut stream = connected(authority)?;
    let request =
        format!("GET /healthz HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    // At once: whoever answers a part of it and closes would take the answer back.
    stream.write_all(request.as_bytes())?;
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
    fn an_answer_is_its_body_or_the_sentence_of_a_refusal() {
        let answer = |text: &str| successful(text.as_bytes().to_vec());
        let body = answer("HTTP/1.0 200 OK\r\nA: b\r\n\r\n{}\r\n\r\n").unwrap();
        assert_eq!(body, b"{}\r\n\r\n", "the body begins at the first empty line");
        let refused = answer("HTTP/1.0 404 Not Found\r\n\r\n{\"message\":\"no such stream\"}");
        assert_eq!(refused.unwrap_err().to_string(), "no such stream", "its own words");
        let refused = answer("HTTP/1.0 502 Bad Gateway\r\n\r\n<html>");
        assert_eq!(refused.unwrap_err().to_string(), "the recorder refused", "not a page's source");
        for nonsense in ["", "HTTP/1.0 200 OK\r\n", "SSH-2.0\r\n\r\n"] {
            assert!(answer(nonsense).is_err(), "{nonsense:?} is no answer");
        }
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
