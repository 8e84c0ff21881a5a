//! The connection: address, token, and one way to ask and to read what comes back.

use crate::ClientError;
use afterimage_api::dto::{HealthView, SERVICE, SystemView};
use afterimage_base::{ErrorKind, Secret};
use reqwest::{Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::time::Duration;
use url::Url;

pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Between two pieces of an answer; an operation that asks the disk may think for a while.
const READ_WITHIN: Duration = Duration::from_secs(60);
/// An error's body is a sentence; whatever is longer is not a recorder's.
const ERROR_BODY_LIMIT: usize = 64 * 1024;

/// One recorder. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    base: Url,
    token: Secret,
    http: reqwest::Client,
}

impl Client {
    /// `address` is `127.0.0.1:8750` or `http://host:port`. Nothing is sent yet.
    pub fn new(address: &str, token: Secret) -> Result<Self, ClientError> {
        let base = parse_address(address)?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .read_timeout(READ_WITHIN)
            // The token must not pass through whatever the environment names.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| ClientError::new(ErrorKind::Internal, error.to_string()))?;
        Ok(Self { base, token, http })
    }

    /// `http://127.0.0.1:8750`
    #[must_use]
    pub fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    #[must_use]
    pub const fn token(&self) -> &Secret {
        &self.token
    }

    /// The recorder as a whole.
    pub async fn system(&self) -> Result<SystemView, ClientError> {
        self.get(&["system"], &()).await
    }

    /// Whether a recorder answers at this address at all. The token is not sent.
    pub async fn is_alive(&self, within: Duration) -> bool {
        let mut url = self.base.clone();
        url.set_path("/healthz");
        let asked = self.http.get(url).timeout(within).send().await;
        match asked {
            Ok(answer) if answer.status().is_success() => {
                answer.json::<HealthView>().await.is_ok_and(|health| health.service == SERVICE)
            }
            _ => false,
        }
    }

    /// The address of a route: `/api/v1` and these parts, percent-encoded.
    pub(crate) fn url(&self, parts: &[&str]) -> Result<Url, ClientError> {
        // An address can't hold these two; no stream has such a name.
        if let Some(part) = parts.iter().find(|part| matches!(**part, "." | "..")) {
            return Err(ClientError::new(
                ErrorKind::NotFound,
                format!("nothing is named `{part}`"),
            ));
        }
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("an http address has a path")
            .clear()
            .extend(["api", "v1"])
            .extend(parts);
        Ok(url)
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        parts: &[&str],
        query: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.read_json(self.fetch(parts, query).await?).await
    }

    /// A GET whose answer is read by the caller.
    pub(crate) async fn fetch(
        &self,
        parts: &[&str],
        query: &impl Serialize,
    ) -> Result<Response, ClientError> {
        let request = self.http.get(self.url(parts)?).query(query);
        self.answered(request.bearer_auth(self.token.expose())).await
    }

    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        parts: &[&str],
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.send_with(method, parts, &(), body).await
    }

    pub(crate) async fn send_with<T: DeserializeOwned>(
        &self,
        method: Method,
        parts: &[&str],
        query: &impl Serialize,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let request = self.http.request(method, self.url(parts)?).query(query).json(body);
        self.read_json(self.answered(request.bearer_auth(self.token.expose())).await?).await
    }

    /// A request whose success says all.
    pub(crate) async fn submit(
        &self,
        method: Method,
        parts: &[&str],
        body: Option<&impl Serialize>,
    ) -> Result<Response, ClientError> {
        let mut request = self.http.request(method, self.url(parts)?);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.answered(request.bearer_auth(self.token.expose())).await
    }

    pub(crate) async fn put_bytes(
        &self,
        parts: &[&str],
        query: &impl Serialize,
        body: bytes::Bytes,
    ) -> Result<(), ClientError> {
        let request = self.http.put(self.url(parts)?).query(query).body(body);
        self.answered(request.bearer_auth(self.token.expose())).await?;
        Ok(())
    }

    pub(crate) fn lost(&self, error: &reqwest::Error) -> ClientError {
        ClientError::unreachable(self.address(), &root_cause(error))
    }

    pub(crate) async fn answered(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<Response, ClientError> {
        let mut response = request.send().await.map_err(|error| self.lost(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let mut body = Vec::new();
        while body.len() < ERROR_BODY_LIMIT
            && let Ok(Some(piece)) = response.chunk().await
        {
            body.extend_from_slice(&piece);
        }
        Err(ClientError::answered(self.address(), status.as_u16(), &body))
    }

    pub(crate) async fn read_json<T: DeserializeOwned>(
        &self,
        response: Response,
    ) -> Result<T, ClientError> {
        let bytes = response.bytes().await.map_err(|error| self.lost(&error))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| ClientError::nonsense(self.address(), &error))
    }
}

fn parse_address(address: &str) -> Result<Url, ClientError> {
    let wrong = || {
        let message = format!(
            "`{address}` is not a recorder's address; write 127.0.0.1:8750 or http://host:port"
        );
        ClientError::new(ErrorKind::InvalidInput, message)
    };
    let text =
        if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let mut url = Url::parse(&text).map_err(|_| wrong())?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    if url.scheme() != "http" || !url.has_host() || !is_plain {
        return Err(wrong());
    }
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// The innermost cause says most: `connection refused`.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses_as_people_write_them() {
        for (text, address) in [
            ("127.0.0.1:8750", "http://127.0.0.1:8750"),
            ("http://nvr.example:8750/", "http://nvr.example:8750"),
            ("[::1]:8750", "http://[::1]:8750"),
            ("localhost:8750", "http://localhost:8750"),
        ] {
            let client = Client::new(text, Secret::new("t")).expect(text);
            assert_eq!(client.address(), address, "{text}");
        }
        for wrong in ["", "ftp://host", "http://", "https://host", "http://user:pw@host", "a b"] {
            assert!(Client::new(wrong, Secret::new("t")).is_err(), "{wrong:?} is no address");
        }
    }

    #[test]
    fn names_stay_inside_their_part_of_the_address() {
        let client = Client::new("127.0.0.1:8750", Secret::new("t")).expect("an address");
        let url = client.url(&["streams", "a?b#c/d"]).expect("a url");
        assert_eq!(url.path(), "/api/v1/streams/a%3Fb%23c%2Fd", "nothing escapes its part");
        assert!(client.url(&["streams", ".."]).is_err(), "a name must not climb");
    }

    #[tokio::test]
    async fn an_address_where_nobody_listens_is_unreachable() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound").to_string();
        drop(listener);
        let client = Client::new(&address, Secret::new("hidden")).expect("an address");
        let error = client.system().await.expect_err("nobody listens");
        assert_eq!(error.kind, ErrorKind::Unreachable, "the kind that exit code 3 stands for");
        assert!(error.message.contains(&address), "the message names it: {error}");
        assert!(!format!("{error:?} {client:?}").contains("hidden"), "the token is not printed");
    }
}
