//! One camera, asked over HTTP: a request, an answer, a proof of the password where it wants one.
//!
//! Belongs here: HTTP, its digest, limits of what is read. Not here: what is asked.
//! Invariants: nothing is asked of another host than the camera's; no redirect is followed; the
//! password leaves as a digest only; an answer is at most a mebibyte.

use crate::address::ServiceAddress;
use crate::error::DiscoveryError;
use crate::profiles::Credentials;
use crate::soap::{self, Fault, SoapError};
use crate::token::UsernameToken;
use crate::xml;
use afterimage_base::{Clock, WallTime};
use http_auth::{DigestClient, PasswordParams, parse_challenges};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode};
use roxmltree::Node;
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// What is asked: the action, its element, and the name of the answer's element.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub action: String,
    pub request: String,
    pub answer: &'static str,
}

/// Why there is no answer to a question.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// The camera knows the question, or another one, and says no.
    Fault(Fault),
    Error(DiscoveryError),
}

impl From<DiscoveryError> for Unanswered {
    fn from(error: DiscoveryError) -> Self {
        Self::Error(error)
    }
}

pub(crate) struct Conversation {
    http: reqwest::Client,
    host: IpAddr,
    credentials: Option<Credentials>,
    clock: Arc<dyn Clock>,
    /// The camera's clock less ours.
    pub skew_micros: Option<i64>,
    /// Since the camera asked for it.
    digest: Option<DigestClient>,
}

impl Conversation {
    pub(crate) fn new(
        host: IpAddr,
        credentials: Option<Credentials>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, DiscoveryError> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .danger_accept_invalid_certs(true)
            .build()
            .map_err(|error| DiscoveryError::Failed(error.to_string()))?;
        Ok(Self { http, host, credentials, clock, skew_micros: None, digest: None })
    }

    pub(crate) fn now(&self) -> WallTime {
        self.clock.now()
    }

    /// Asks before anybody has said who they are.
    pub(crate) async fn ask_openly<T: Send + 'static>(
        &mut self,
        service: &ServiceAddress,
        question: &Question,
        take: fn(Node<'_, '_>) -> T,
    ) -> Result<T, Unanswered> {
        let response =
            self.post(service, question, soap::envelope(None, &question.request)).await?;
        if is_refusal(response.status()) {
            return Err(Unanswered::Error(self.refused()));
        }
        self.read(response, question.answer, take).await
    }

    /// Asks as the user.
    pub(crate) async fn ask<T: Send + 'static>(
        &mut self,
        service: &ServiceAddress,
        question: &Question,
        take: fn(Node<'_, '_>) -> T,
    ) -> Result<T, Unanswered> {
        let mut response = self.post(service, question, self.envelope(question)).await?;
        // Once to learn that it wants a digest; a second time when its nonce is too old.
        for _ in 0..2 {
            if response.status() != StatusCode::UNAUTHORIZED || !self.take_challenge(&response) {
                break;
            }
            response = self.post(service, question, self.envelope(question)).await?;
        }
        if is_refusal(response.status()) {
            return Err(Unanswered::Error(self.refused()));
        }
        self.read(response, question.answer, take).await
    }

    /// A camera that wants HTTP's digest gets no second proof inside: some refuse both together.
    fn envelope(&self, question: &Question) -> String {
        let token =
            self.credentials.as_ref().filter(|_| self.digest.is_none()).map(|credentials| {
                let now =
                    self.clock.now().as_micros().saturating_add(self.skew_micros.unwrap_or(0));
                UsernameToken::new(
                    &credentials.user,
                    &credentials.password,
                    WallTime::from_micros(now),
                )
            });
        soap::envelope(token.as_ref(), &question.request)
    }

    async fn post(
        &mut self,
        service: &ServiceAddress,
        question: &Question,
        body: String,
    ) -> Result<Response, DiscoveryError> {
        let kind = format!("application/soap+xml; charset=utf-8; action=\"{}\"", question.action);
        let mut request = self.http.post(service.url().clone()).header(CONTENT_TYPE, kind);
        if let (Some(digest), Some(credentials)) = (&mut self.digest, &self.credentials) {
            let parameters = PasswordParams {
                username: &credentials.user,
                password: credentials.password.expose(),
                uri: &service.path(),
                method: "POST",
                body: Some(body.as_bytes()),
            };
            let proof = digest.respond(&parameters).map_err(|_| self.not_onvif("its digest"))?;
            request = request.header(AUTHORIZATION, proof);
        }
        request.body(body).send().await.map_err(|error| self.silent(&error))
    }

    /// Whether the answer to this challenge is another than the one that was just given.
    fn take_challenge(&mut self, response: &Response) -> bool {
        let headers = response.headers().get_all(WWW_AUTHENTICATE);
        let challenges: Vec<DigestClient> = headers
            .iter()
            .filter_map(|header| header.to_str().ok())
            .filter_map(|header| parse_challenges(header).ok())
            .flatten()
            .filter_map(|challenge| DigestClient::try_from(&challenge).ok())
            .collect();
        let Some(challenge) = challenges.into_iter().next() else {
            return false;
        };
        let is_new = self.digest.is_none() || challenge.stale();
        self.digest = Some(challenge);
        is_new && self.credentials.is_some()
    }

    async fn read<T: Send + 'static>(
        &self,
        mut response: Response,
        answer: &'static str,
        take: fn(Node<'_, '_>) -> T,
    ) -> Result<T, Unanswered> {
        let status = response.status();
        if status.is_redirection() {
            return Err(self.not_onvif("it sends us to another address").into());
        }
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.silent(&error))? {
            if bytes.len() + piece.len() > xml::ANSWER.bytes {
                return Err(self.not_onvif("its answer has no end").into());
            }
            bytes.extend_from_slice(&piece);
        }
        // A hostile answer may take a moment to read.
        let read = move || soap::read(&xml::text_of(&bytes), answer, take);
        let read = tokio::task::spawn_blocking(read)
            .await
            .map_err(|error| DiscoveryError::Failed(error.to_string()))?;
        read.map_err(|error| match error {
            SoapError::Fault(fault) if fault.is_about_credentials => self.refused().into(),
            SoapError::Fault(fault) => Unanswered::Fault(fault),
            // What a web server says of itself is no part of the sentence.
            SoapError::NotSoap(_) if !status.is_success() => {
                self.not_onvif(&format!("HTTP {}", status.as_u16())).into()
            }
            SoapError::NotSoap(why) => self.not_onvif(&why).into(),
        })
    }

    pub(crate) fn refused(&self) -> DiscoveryError {
        match self.credentials {
            Some(_) => DiscoveryError::WrongPassword { host: self.host },
            None => DiscoveryError::PasswordWanted { host: self.host },
        }
    }

    fn not_onvif(&self, detail: &str) -> DiscoveryError {
        DiscoveryError::NotOnvif { host: self.host, detail: detail.to_owned() }
    }

    /// The innermost cause says most, and has no address in it.
    fn silent(&self, error: &reqwest::Error) -> DiscoveryError {
        let mut cause: &dyn Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        DiscoveryError::NoAnswer { host: self.host, detail: xml::shown(&cause.to_string()) }
    }
}

fn is_refusal(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}
