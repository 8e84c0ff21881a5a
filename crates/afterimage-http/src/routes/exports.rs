//! `/exports`: files that the recorder makes of footage.

use crate::error::{Answer, Failures};
use crate::extract::{Json, Path};
use crate::media::{Content, Representation};
use crate::state::HttpState;
use afterimage_api::Caller;
use afterimage_api::dto::{ExportCreate, ExportEstimate, ExportList, ExportVerified, ExportView};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json as JsonAnswer};

/// Ten thousand picked frames.
pub(super) const BODY_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// Takes an export on. Two are made at once, eight wait.
#[utoipa::path(post, path = "/exports", operation_id = "createExport", tag = "exports",
    request_body = ExportCreate, responses((status = 201, body = ExportView), Failures))]
pub(super) async fn create(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<ExportCreate>,
) -> Answer<(StatusCode, JsonAnswer<ExportView>)> {
    let wanted = body.parse(state.api.now())?;
    let export = state.api.create_export(caller, wanted).await?;
    Ok((StatusCode::CREATED, JsonAnswer(export)))
}

/// What an export would be: its size, how long it takes, what is missing.
#[utoipa::path(post, path = "/exports/estimate", operation_id = "estimateExport", tag = "exports",
    request_body = ExportCreate, responses((status = 200, body = ExportEstimate), Failures))]
pub(super) async fn estimate(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Json(body): Json<ExportCreate>,
) -> Answer<JsonAnswer<ExportEstimate>> {
    let wanted = body.parse(state.api.now())?;
    Ok(JsonAnswer(state.api.estimate_export(caller, wanted).await?))
}

/// All exports, the newest first, with how far each has come.
#[utoipa::path(get, path = "/exports", operation_id = "listExports", tag = "exports",
    responses((status = 200, body = ExportList), Failures))]
pub(super) async fn list(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
) -> Answer<JsonAnswer<ExportList>> {
    Ok(JsonAnswer(ExportList { exports: state.api.exports(caller)? }))
}

/// Cancels an export that is not over, and removes its files.
#[utoipa::path(delete, path = "/exports/{id}", operation_id = "deleteExport", tag = "exports",
    params(("id" = u64, Path, description = "The export")),
    responses((status = 204, description = "Nothing of it is left."), Failures))]
pub(super) async fn delete(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<u64>,
) -> Answer<StatusCode> {
    state.api.delete_export(caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads the files anew and compares them with what was written.
#[utoipa::path(post, path = "/exports/{id}/verify", operation_id = "verifyExport",
    tag = "exports", params(("id" = u64, Path, description = "The export")),
    responses((status = 200, body = ExportVerified), Failures))]
pub(super) async fn verify(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<u64>,
) -> Answer<JsonAnswer<ExportVerified>> {
    Ok(JsonAnswer(state.api.verify_export(caller, id).await?))
}

/// A finished file of an export, to save.
#[utoipa::path(get, path = "/exports/{id}/files/{file}", operation_id = "fetchExportFile",
    tag = "exports", params(("id" = u64, Path, description = "The export"),
        ("file" = String, Path, description = "As the export names it")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "The range of bytes that was asked for."),
        (status = 304, description = "The asker has it."),
        (status = 416, description = "The range begins after the end."), Failures))]
pub(super) async fn fetch(
    State(state): State<HttpState>,
    Extension(caller): Extension<Caller>,
    Path((id, file)): Path<(u64, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let file = state.api.export_file(caller, id, file).await?;
    let representation = Representation {
        content: Content::Stored { source: file.source, length: file.length },
        tag: file.tag,
        mime: file.mime.to_owned(),
        file_name: Some(file.name),
        is_immutable: false,
    };
    Ok(representation.answer(&headers))
}
