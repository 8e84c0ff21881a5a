//! By which name, and from which page, a request comes.
//!
//! A page of a stranger can make a browser ask a recorder on this machine: directly (its `Origin`
//! tells) or by pointing its own name at 127.0.0.1 (the `Host` tells). Both are refused before
//! routing, also for WebSockets, which know no CORS.

use crate::error::HttpError;
use crate::options::Doors;
use afterimage_base::ErrorKind;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;
use tower_http::cors::CorsLayer;

/// The desktop window's pages, and the console's development server.
const APP_ORIGINS: [&str; 3] =
    ["tauri://localhost", "http://tauri.localhost", "http://localhost:5173"];

pub(crate) async fn check(
    State(doors): State<Arc<Doors>>,
    request: Request,
    next: Next,
) -> Response {
    let refuse = |message: String| HttpError::new(ErrorKind::Forbidden, message).into_response();
    let Some(host) = host(&request) else {
        return refuse("the request names no host".to_owned());
    };
    if !doors.admit_host(host.host()) {
        return refuse(format!(
            "this recorder does not answer to the name {:?}; allow it when starting the recorder",
            host.host()
        ));
    }
    if let Some(origin) = request.headers().get(header::ORIGIN)
        && !is_same_origin(origin, &host)
        && !doors.admit_origin(origin)
    {
        return refuse(format!("pages of {origin:?} may not use this recorder"));
    }
    next.run(request).await
}

/// Lets the desktop window's pages read answers; they bring the token themselves.
pub(crate) fn cors(doors: &Doors) -> CorsLayer {
    let origins = APP_ORIGINS
        .iter()
        .copied()
        .chain(doors.origins.iter().map(String::as_str))
        .filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(origins.collect::<Vec<_>>())
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::RANGE,
            header::IF_RANGE,
            header::IF_NONE_MATCH,
        ])
        .expose_headers([
            header::ACCEPT_RANGES,
            header::CONTENT_DISPOSITION,
            header::CONTENT_LENGTH,
            header::CONTENT_RANGE,
            header::ETAG,
        ])
        .max_age(std::time::Duration::from_secs(600))
}

/// The request comes from the console that this recorder serves, or from no page at all.
pub(crate) fn is_own_page(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    host_header(headers).is_some_and(|host| is_same_origin(origin, &host))
}

fn is_same_origin(origin: &HeaderValue, host: &Authority) -> bool {
    origin
        .to_str()
        .ok()
        .and_then(|origin| {
            origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
        })
        .is_some_and(|authority| authority.eq_ignore_ascii_case(host.as_str()))
}

fn host(request: &Request) -> Option<Authority> {
    host_header(request.headers()).or_else(|| request.uri().authority().cloned())
}

fn host_header(headers: &HeaderMap) -> Option<Authority> {
    headers.get(header::HOST)?.to_str().ok()?.parse().ok()
}

impl Doors {
    fn admit_host(&self, name: &str) -> bool {
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            let bound = self.address.ip();
            // Bound to every address of the machine, it answers to each; a page can't point its
            // own name at a literal address.
            return bound.is_unspecified() || bound == address || address.is_loopback();
        }
        bare.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(bare))
    }

    fn admit_origin(&self, origin: &HeaderValue) -> bool {
        APP_ORIGINS.iter().any(|allowed| origin == allowed)
            || self.origins.iter().any(|allowed| origin == allowed.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doors(address: &str) -> Doors {
        Doors {
            address: address.parse().expect("an address"),
            hosts: vec!["nvr.example".to_owned()],
            origins: vec![],
        }
    }

    #[test]
    fn answers_to_its_own_names_only() {
        let local = doors("127.0.0.1:8750");
        for name in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "nvr.example"] {
            assert!(local.admit_host(name), "{name} names this recorder");
        }
        for name in
            ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.9", ""]
        {
            assert!(!local.admit_host(name), "{name:?} is not this recorder");
        }
        let open = doors("0.0.0.0:8750");
        assert!(
            open.admit_host("10.0.0.9"),
            "bound everywhere, any literal address may be its own"
        );
        assert!(!open.admit_host("evil.example"), "a name must still be allowed");
    }

    #[test]
    fn the_own_page_is_the_one_with_the_same_host_and_port() {
        let host: Authority = "127.0.0.1:8750".parse().expect("an authority");
        let same = |origin| is_same_origin(&HeaderValue::from_static(origin), &host);
        assert!(same("http://127.0.0.1:8750"), "the console itself");
        assert!(!same("http://127.0.0.1:9000"), "another program on this machine is a stranger");
        assert!(!same("null"), "a sandboxed page has no origin");
    }
}
