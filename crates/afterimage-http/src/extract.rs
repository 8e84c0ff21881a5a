//! Axum's extractors with refusals in the shape of every other error.

use crate::error::HttpError;
use axum::extract::{FromRequest, FromRequestParts};

#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(HttpError))]
pub(crate) struct Path<T>(pub T);

#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(HttpError))]
pub(crate) struct Query<T>(pub T);

#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(HttpError))]
pub(crate) struct Json<T>(pub T);
