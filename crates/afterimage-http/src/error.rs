//! How a failure answers over HTTP: a status and the body of every error.
//!
//! Belongs here: the one table from [`ErrorKind`] to status, and the extractors' refusals in the
//! same shape. Not here: deciding what is an error.

use afterimage_api::ApiError;
use afterimage_api::dto::ErrorBody;
use afterimage_base::ErrorKind;
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa::IntoResponses;

pub(crate) type Answer<T> = Result<T, HttpError>;

#[derive(Debug)]
pub(crate) struct HttpError {
    status: StatusCode,
    error: ApiError,
}

/// The failures that any operation may answer with, for the API's description.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) enum Failures {
    /// The request is wrong; the message says what.
    #[response(status = 400)]
    Invalid(ErrorBody),
    /// The token is missing or wrong.
    #[response(status = 401)]
    Unauthenticated(ErrorBody),
    /// You may not, or the request comes by a foreign name or page.
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// What was named does not exist, or nothing was recorded there; the message says why.
    #[response(status = 404)]
    NotFound(ErrorBody),
    /// It exists already, or another holds it; or it deletes footage and was not confirmed.
    #[response(status = 409)]
    InUse(ErrorBody),
    /// The recorder's own failure.
    #[response(status = 500)]
    Internal(ErrorBody),
    /// Something needed does not answer or is missing.
    #[response(status = 503)]
    Unavailable(ErrorBody),
    /// No room on the volume.
    #[response(status = 507)]
    DiskFull(ErrorBody),
}

#[must_use]
const fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::InvalidInput => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::InUse | ErrorKind::NeedsConfirmation => StatusCode::CONFLICT,
        ErrorKind::Unreachable | ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        ErrorKind::Damaged | ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl HttpError {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        ApiError::new(kind, message).into()
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "this route does not take this method".to_owned();
        Self::refused(StatusCode::METHOD_NOT_ALLOWED, message)
    }

    fn refused(status: StatusCode, message: String) -> Self {
        Self { status, error: ApiError::invalid(message) }
    }
}

impl From<ApiError> for HttpError {
    fn from(error: ApiError) -> Self {
        Self { status: status_of(error.kind), error }
    }
}

impl From<JsonRejection> for HttpError {
    fn from(rejection: JsonRejection) -> Self {
        let status = match rejection {
            // What is no JSON and what is no such document is one thing to the asker.
            JsonRejection::JsonDataError(_) => StatusCode::BAD_REQUEST,
            _ => rejection.status(),
        };
        Self::refused(status, rejection.body_text())
    }
}

impl From<QueryRejection> for HttpError {
    fn from(rejection: QueryRejection) -> Self {
        Self::refused(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for HttpError {
    fn from(rejection: PathRejection) -> Self {
        Self::refused(rejection.status(), rejection.body_text())
    }
}

impl From<WebSocketUpgradeRejection> for HttpError {
    fn from(rejection: WebSocketUpgradeRejection) -> Self {
        let message = format!("this address is a WebSocket: {}", rejection.body_text());
        Self::refused(rejection.status(), message)
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::error!(code = self.error.kind.code(), "{}", self.error.message);
        }
        let mut response = (self.status, Json(self.error.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
