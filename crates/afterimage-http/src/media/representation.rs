//! One thing that can be fetched: its length, tag and headers; answers whole, in part or not at
//! all (RFC 9110 §13, §14).

use super::body::body_of;
use super::range::{Wanted, wanted};
use afterimage_api::ReadAt;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The same bytes for ever.
const IMMUTABLE: &str = "private, max-age=31536000, immutable";
/// May grow or lose its oldest part: ask whether it is still the same.
const REVALIDATED: &str = "private, no-cache";

pub(crate) struct Representation {
    pub(crate) source: Arc<dyn ReadAt>,
    pub(crate) length: u64,
    /// Opaque and strong: other bytes have another tag.
    pub(crate) tag: String,
    pub(crate) mime: String,
    /// Offered as the name of a file to save.
    pub(crate) file_name: Option<String>,
    pub(crate) is_immutable: bool,
}

impl Representation {
    /// Answers a GET or HEAD with these headers; axum drops the body of a HEAD unread.
    pub(crate) fn answer(self, request: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", self.tag);
        if names_tag(request, header::IF_NONE_MATCH, &tag) {
            return self.head(StatusCode::NOT_MODIFIED, &tag, Body::empty());
        }
        let range = text(request, header::RANGE).filter(|_| {
            text(request, header::IF_RANGE).is_none_or(|condition| condition.trim() == tag)
        });
        match wanted(range, self.length) {
            Wanted::Whole => {
                let body = body_of(Arc::clone(&self.source), 0..self.length);
                let mut response = self.head(StatusCode::OK, &tag, body);
                response.headers_mut().insert(header::CONTENT_LENGTH, self.length.into());
                response
            }
            Wanted::Part(part) => {
                let body = body_of(Arc::clone(&self.source), part.clone());
                let mut response = self.head(StatusCode::PARTIAL_CONTENT, &tag, body);
                let place = format!("bytes {}-{}/{}", part.start, part.end - 1, self.length);
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_RANGE, value(&place));
                headers.insert(header::CONTENT_LENGTH, (part.end - part.start).into());
                response
            }
            Wanted::Unsatisfiable => {
                let mut response =
                    self.head(StatusCode::RANGE_NOT_SATISFIABLE, &tag, Body::empty());
                let length = format!("bytes */{}", self.length);
                response.headers_mut().insert(header::CONTENT_RANGE, value(&length));
                response
            }
        }
    }

    fn head(&self, status: StatusCode, tag: &str, body: Body) -> Response {
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let cache = if self.is_immutable { IMMUTABLE } else { REVALIDATED };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        headers.insert(header::ETAG, value(tag));
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CONTENT_TYPE, value(&self.mime));
        if let Some(name) = &self.file_name {
            let disposition = format!("attachment; filename=\"{name}\"");
            headers.insert(header::CONTENT_DISPOSITION, value(&disposition));
        }
        response
    }
}

/// Tags, types and names here are made of the characters that headers allow.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The weak comparison of RFC 9110 §8.8.3.2.
fn names_tag(headers: &HeaderMap, name: header::HeaderName, tag: &str) -> bool {
    text(headers, name).is_some_and(|list| {
        list.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn ask(headers: &[(header::HeaderName, &'static str)]) -> Response {
        let bytes: Vec<u8> = (0..=255).cycle().take(700_000).collect();
        let representation = Representation {
            source: Arc::new(Bytes::from(bytes)),
            length: 700_000,
            tag: "t1".to_owned(),
            mime: "video/mp4".to_owned(),
            file_name: Some("door.mp4".to_owned()),
            is_immutable: false,
        };
        let headers =
            headers.iter().map(|(name, text)| (name.clone(), HeaderValue::from_static(text)));
        representation.answer(&headers.collect())
    }

    async fn length_of(response: Response) -> usize {
        axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body").len()
    }

    #[tokio::test]
    async fn answers_whole_in_part_or_not_at_all() {
        let whole = ask(&[]);
        assert_eq!(whole.status(), 200, "no range asks for all");
        assert_eq!(whole.headers()[header::CONTENT_LENGTH], "700000", "the exact length");
        assert_eq!(length_of(whole).await, 700_000, "the pieces add up");

        let part = ask(&[(header::RANGE, "bytes=-300000")]);
        assert_eq!(part.status(), 206, "a range is honoured");
        assert_eq!(part.headers()[header::CONTENT_RANGE], "bytes 400000-699999/700000");
        assert_eq!(length_of(part).await, 300_000, "the suffix, over several pieces");

        let past = ask(&[(header::RANGE, "bytes=700000-")]);
        assert_eq!(past.status(), 416, "it begins after the end");
        assert_eq!(past.headers()[header::CONTENT_RANGE], "bytes */700000", "the length is told");
    }

    #[tokio::test]
    async fn conditions_come_before_ranges() {
        for tag in ["\"t1\"", "W/\"t1\"", "\"x\", \"t1\"", "*"] {
            let same = ask(&[(header::IF_NONE_MATCH, tag), (header::RANGE, "bytes=0-1")]);
            assert_eq!(same.status(), 304, "{tag} is what the asker has");
            assert_eq!(length_of(same).await, 0, "304 has no body");
        }
        let same = ask(&[(header::IF_RANGE, "\"t1\""), (header::RANGE, "bytes=0-1")]);
        assert_eq!(same.status(), 206, "the asker goes on with the same bytes");
        for other in ["\"t0\"", "W/\"t1\"", "Mon, 23 Nov 2026 01:15:00 GMT"] {
            let changed = ask(&[(header::IF_RANGE, other), (header::RANGE, "bytes=0-1")]);
            assert_eq!(changed.status(), 200, "{other}: not surely the same, so all of it");
        }
    }
}
