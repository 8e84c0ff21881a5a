//! The console's files: built by npm into `ui/dist`, carried in the binary.
//!
//! Belongs here: content types, caching, the page that stands in for a console that was not
//! built. Not here: anything that needs the token; the page gets its session first.
//! Invariant: a path is looked up among the files in the binary, never on the disk.

use crate::guard::headers::console_policy;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Files;

const INDEX: &str = "index.html";
/// Vite names these by their content.
const HASHED: &str = "assets/";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<title>Afterimage</title><h1>Afterimage is running</h1><p>This binary was built without the \
console. Build it with <code>npm ci &amp;&amp; npm run build</code> in <code>ui/</code>, then \
build the binary again. The API is at <a href=\"/api/v1/system\">/api/v1</a>.</p></html>";

pub(crate) async fn serve(request: Request<Body>) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let mut response = match Files::get(path) {
        Some(file) if !path.is_empty() => file_response(path, file),
        // The console's own addresses (`/door?at=…`) are all its one page.
        _ if !path.contains('.') && !path.starts_with(HASHED) => page(),
        _ => (StatusCode::NOT_FOUND, "there is no such file").into_response(),
    };
    let policy = console_policy(request.headers().get(header::HOST));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn page() -> Response {
    match Files::get(INDEX) {
        Some(file) => file_response(INDEX, file),
        None => {
            let no_cache = (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            ([no_cache], Html(NOT_BUILT)).into_response()
        }
    }
}

fn file_response(path: &str, file: EmbeddedFile) -> Response {
    let cache =
        if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type(path))),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, Body::from(file.data)).into_response()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &str) -> Response {
        let request = Request::get(path).header(header::HOST, "127.0.0.1:8750");
        serve(request.body(Body::empty()).expect("a request")).await
    }

    #[tokio::test]
    async fn a_page_answers_whether_or_not_the_console_was_built() {
        for path in ["/", "/door", "/streams/door/at/now"] {
            let response = get(path).await;
            assert_eq!(response.status(), 200, "{path} is an address of the console");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache", "{path} may change");
            let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str();
            assert!(
                policy.is_ok_and(|policy| policy.contains("ws://127.0.0.1:8750 ")),
                "its sockets go to the host that served it"
            );
        }
        for path in [
            "/assets/gone-1a2b3c.js",
            "/favicon.gone.ico",
            "/../Cargo.toml",
            "/../../../etc/mtab.x",
        ] {
            assert_eq!(get(path).await.status(), 404, "{path} is no file of the console");
        }
    }
}
