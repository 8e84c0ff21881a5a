//! Proof that a caller holds the recorder's token.
//!
//! Accepted: `Authorization: Bearer TOKEN`; the session cookie; for a WebSocket, whose headers a
//! page can't set, the subprotocol pair `afterimage, bearer.TOKEN`.
//! Invariants: tokens are compared as BLAKE3 hashes, whose equality takes constant time; the
//! cookie counts only for the recorder's own pages.

use crate::error::HttpError;
use crate::guard::origin;
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_base::{ErrorKind, Secret};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

const COOKIE: &str = "afterimage_session";
/// What the recorder answers to a WebSocket that offers it.
pub(crate) const SUBPROTOCOL: &str = "afterimage";
const SUBPROTOCOL_BEARER: &str = "bearer.";

/// Knows the token and the session cookie that stands for it.
#[derive(Debug)]
pub(crate) struct Gate {
    token: blake3::Hash,
    session: String,
}

impl Gate {
    pub(crate) fn new(token: &Secret) -> Self {
        // The cookie is not the token: what leaks from a browser opens no other door.
        let session =
            blake3::derive_key("afterimage 2026 session cookie", token.expose().as_bytes());
        Self {
            token: blake3::hash(token.expose().as_bytes()),
            session: blake3::Hash::from_bytes(session).to_hex().to_string(),
        }
    }

    pub(crate) fn is_token(&self, presented: &str) -> bool {
        blake3::hash(presented.as_bytes()) == self.token
    }

    fn is_session(&self, presented: &str) -> bool {
        blake3::hash(presented.as_bytes()) == blake3::hash(self.session.as_bytes())
    }

    /// The header that begins a session in a browser.
    pub(crate) fn session_cookie(&self) -> HeaderValue {
        self.cookie_for("/")
    }

    /// The header by which a player that proved itself for a playlist may fetch what it names:
    /// players keep their own headers for the first request, and cookies for all.
    pub(crate) fn media_cookie(&self) -> HeaderValue {
        self.cookie_for("/api/v1/streams")
    }

    fn cookie_for(&self, path: &str) -> HeaderValue {
        let cookie = format!("{COOKIE}={}; Path={path}; HttpOnly; SameSite=Strict", self.session);
        HeaderValue::from_str(&cookie).expect("hexadecimal digits and fixed text")
    }

    fn admits(&self, headers: &HeaderMap) -> bool {
        if let Some(bearer) = bearer(headers) {
            return self.is_token(bearer);
        }
        if let Some(bearer) = subprotocol_bearer(headers) {
            return self.is_token(bearer);
        }
        origin::is_own_page(headers) && cookies(headers).any(|value| self.is_session(value))
    }
}

/// Lets a request pass that proves itself, and tells the handlers who asks.
pub(crate) async fn require(
    State(state): State<HttpState>,
    mut request: Request,
    next: Next,
) -> Response {
    if !state.gate.admits(request.headers()) {
        return HttpError::new(
            ErrorKind::Unauthenticated,
            "the token is missing or wrong; send `Authorization: Bearer TOKEN` \
             (the recorder's recorder.json holds it)",
        )
        .into_response();
    }
    request.extensions_mut().insert(Caller::Owner);
    next.run(request).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn subprotocol_bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|protocol| protocol.trim().strip_prefix(SUBPROTOCOL_BEARER))
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(name, value)| (name == COOKIE).then_some(value))
}
