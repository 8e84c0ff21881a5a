//! One thing that can be fetched: its length, tag and headers; answers whole, in part or not at
//! all (RFC 9110 §13, §14).

use super::Content;
use super::range::{Wanted, wanted};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The same bytes for ever.
const IMMUTABLE: &str = "private, max-age=31536000, immutable";
/// May grow or lose its oldest part: ask whether it is still the same.
const REVALIDATED: &str = "private, no-cache";

pub(crate) struct Representation {
    pub(crate) content: Content,
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
        let length = self.content.length();
        match wanted(range, length) {
            Wanted::Whole => {
                let mut response = self.head(StatusCode::OK, &tag, self.content.body(0..length));
                response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
                response
            }
            Wanted::Part(part) => {
                let body = self.content.body(part.clone());
                let mut response = self.head(StatusCode::PARTIAL_CONTENT, &tag, body);
                let place = format!("bytes {}-{}/{}", part.start, part.end - 1, length);
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_RANGE, value(&place));
                headers.insert(header::CONTENT_LENGTH, (part.end - part.start).into());
                response
            }
            Wanted::Unsatisfiable => {
                let mut response =
                    self.head(StatusCode::RANGE_NOT_SATISFIABLE, &tag, Body::empty());
                let place = format!("bytes */{length}");
                response.headers_mut().insert(header::CONTENT_RANGE, value(&place));
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
    use std::sync::Arc;

    const LENGTH: usize = 7_000_000;

    /// The same bytes, at hand and read in pieces.
    fn contents() -> [Content; 2] {
        let bytes: Bytes = (0..=255).cycle().take(LENGTH).collect();
        let stored = Content::Stored { source: Arc::new(bytes.clone()), length: LENGTH as u64 };
        [Content::Held(bytes), stored]
    }

    fn ask(headers: &[(header::HeaderName, &'static str)]) -> Response {
        let [_, stored] = contents();
        ask_for(stored, headers)
    }

    fn ask_for(content: Content, headers: &[(header::HeaderName, &'static str)]) -> Response {
        let representation = Representation {
            content,
            tag: "t1".to_owned(),
            mime: "video/mp4".to_owned(),
            file_name: Some("door.mp4".to_owned()),
            is_immutable: false,
        };
        let headers =
            headers.iter().map(|(name, text)| (name.clone(), HeaderValue::from_static(text)));
        representation.answer(&headers.collect())
    }

    async fn bytes_of(response: Response) -> Bytes {
        axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body")
    }

    #[tokio::test]
    async fn answers_whole_in_part_or_not_at_all() {
        for content in contents() {
            let whole = ask_for(content, &[]);
            assert_eq!(whole.status(), 200, "no range asks for all");
            assert_eq!(whole.headers()[header::CONTENT_LENGTH], "7000000", "the exact length");
            assert_eq!(bytes_of(whole).await.len(), LENGTH, "the pieces add up");
        }
        for content in contents() {
            let part = ask_for(content, &[(header::RANGE, "bytes=-3000001")]);
            assert_eq!(part.status(), 206, "a range is honoured");
            assert_eq!(part.headers()[header::CONTENT_RANGE], "bytes 3999999-6999999/7000000");
            let bytes = bytes_of(part).await;
            assert_eq!(bytes.len(), 3_000_001, "the suffix, over several pieces");
            assert_eq!(usize::from(bytes[0]), 3_999_999 % 256, "and it begins where it says");
        }
        let past = ask(&[(header::RANGE, "bytes=7000000-")]);
        assert_eq!(past.status(), 416, "it begins after the end");
        assert_eq!(past.headers()[header::CONTENT_RANGE], "bytes */7000000", "the length is told");
    }

    #[tokio::test]
    async fn conditions_come_before_ranges() {
        for tag in ["\"t1\"", "W/\"t1\"", "\"x\", \"t1\"", "*"] {
            let same = ask(&[(header::IF_NONE_MATCH, tag), (header::RANGE, "bytes=0-1")]);
            assert_eq!(same.status(), 304, "{tag} is what the asker has");
            assert_eq!(bytes_of(same).await.len(), 0, "304 has no body");
        }
        let same = ask(&[(header::IF_RANGE, "\"t1\""), (header::RANGE, "bytes=0-1")]);
        assert_eq!(same.status(), 206, "the asker goes on with the same bytes");
        for other in ["\"t0\"", "W/\"t1\"", "Mon, 23 Nov 2026 01:15:00 GMT"] {
            let changed = ask(&[(header::IF_RANGE, other), (header::RANGE, "bytes=0-1")]);
            assert_eq!(changed.status(), 200, "{other}: not surely the same, so all of it");
        }
    }
}
