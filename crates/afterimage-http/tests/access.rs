//! Who gets in where: every route with every sort of proof, from one table.

mod rig;

use axum::body::Body;
use axum::http::Request;
use rig::{Rig, TOKEN, request, with_token};
use std::collections::BTreeSet;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// Anybody may ask.
    Open,
    /// It takes the token itself.
    Exchange,
    Token,
}

/// Method, route as documented, an address of it, body, guard.
const ROUTES: [(&str, &str, &str, &str, Guard); 57] = [
    ("get", "/healthz", "/healthz", "", Guard::Open),
    ("get", "/readyz", "/readyz", "", Guard::Open),
    ("get", "/metrics", "/metrics", "", Guard::Token),
    ("get", "/session", "/session?token=wrong", "", Guard::Exchange),
    ("post", "/session", "/session", r#"{"token":"wrong"}"#, Guard::Exchange),
    ("get", "/api/v1/system", "/api/v1/system", "", Guard::Token),
    ("get", "/api/v1/openapi.json", "/api/v1/openapi.json", "", Guard::Token),
    ("get", "/api/v1/streams", "/api/v1/streams", "", Guard::Token),
    ("post", "/api/v1/streams", "/api/v1/streams", r#"{"name":"new"}"#, Guard::Token),
    ("get", "/api/v1/streams/{name}", "/api/v1/streams/door", "", Guard::Token),
    ("patch", "/api/v1/streams/{name}", "/api/v1/streams/door", "{}", Guard::Token),
    ("delete", "/api/v1/streams/{name}", "/api/v1/streams/gone", "", Guard::Token),
    ("get", "/api/v1/streams/{name}/timeline", "/api/v1/streams/door/timeline", "", Guard::Token),
    ("get", "/api/v1/streams/{name}/fragments", "/api/v1/streams/door/fragments", "", Guard::Token),
    (
        "get",
        "/api/v1/streams/{name}/fragments/{number}",
        "/api/v1/streams/door/fragments/1",
        "",
        Guard::Token,
    ),
    (
        "get",
        "/api/v1/streams/{name}/init/{segment}",
        "/api/v1/streams/door/init/1",
        "",
        Guard::Token,
    ),
    (
        "get",
        "/api/v1/streams/{name}/clip.mp4",
        "/api/v1/streams/door/clip.mp4?from=-1m",
        "",
        Guard::Token,
    ),
    (
        "get",
        "/api/v1/streams/{name}/clip.mkv",
        "/api/v1/streams/door/clip.mkv?from=-1m",
        "",
        Guard::Token,
    ),
    (
        "get",
        "/api/v1/streams/{name}/hls/index.m3u8",
        "/api/v1/streams/door/hls/index.m3u8?from=-1m",
        "",
        Guard::Token,
    ),
    ("get", "/api/v1/streams/{name}/live", "/api/v1/streams/door/live", "", Guard::Token),
    (
        "get",
        "/api/v1/streams/{name}/detections",
        "/api/v1/streams/door/detections",
        "",
        Guard::Token,
    ),
    (
        "post",
        "/api/v1/streams/{name}/detections",
        "/api/v1/streams/door/detections",
        r#"{"model":"m","frames":[]}"#,
        Guard::Token,
    ),
    ("get", "/api/v1/streams/{name}/consumers", "/api/v1/streams/door/consumers", "", Guard::Token),
    (
        "get",
        "/api/v1/streams/{name}/frame.jpg",
        "/api/v1/streams/door/frame.jpg?at=-1m",
        "",
        Guard::Token,
    ),
    (
        "get",
        "/api/v1/streams/{name}/frame.png",
        "/api/v1/streams/door/frame.png?at=-1m",
        "",
        Guard::Token,
    ),
    ("post", "/api/v1/stills/next", "/api/v1/stills/next?wait=0", "", Guard::Token),
    (
        "put",
        "/api/v1/stills/{id}",
        "/api/v1/stills/1?fragment=1&sample=0&at_micros=0",
        "",
        Guard::Token,
    ),
    (
        "post",
        "/api/v1/stills/{id}/failure",
        "/api/v1/stills/1/failure",
        r#"{"message":"no"}"#,
        Guard::Token,
    ),
    ("post", "/api/v1/trials", "/api/v1/trials", r#"{"source":"none"}"#, Guard::Token),
    ("get", "/api/v1/discovery", "/api/v1/discovery", "", Guard::Token),
    (
        "post",
        "/api/v1/discovery/profiles",
        "/api/v1/discovery/profiles",
        r#"{"service":"http://8.8.8.8/"}"#,
        Guard::Token,
    ),
    (
        "put",
        "/api/v1/streams/{name}/consumers/{consumer}",
        "/api/v1/streams/door/consumers/c",
        r#"{"start":{"type":"EARLIEST"}}"#,
        Guard::Token,
    ),
    (
        "delete",
        "/api/v1/streams/{name}/consumers/{consumer}",
        "/api/v1/streams/door/consumers/gone",
        "",
        Guard::Token,
    ),
    ("get", "/api/v1/streams/{name}/activity", "/api/v1/streams/door/activity", "", Guard::Token),
    ("get", "/api/v1/share", "/api/v1/share", "", Guard::Token),
    ("get", "/api/v1/events", "/api/v1/events", "", Guard::Token),
    (
        "post",
        "/api/v1/events/seen",
        "/api/v1/events/seen",
        r#"{"ids":[],"seen":true}"#,
        Guard::Token,
    ),
    ("get", "/api/v1/bookmarks", "/api/v1/bookmarks", "", Guard::Token),
    (
        "post",
        "/api/v1/bookmarks",
        "/api/v1/bookmarks",
        r#"{"at_micros":1,"title":"a mark"}"#,
        Guard::Token,
    ),
    ("delete", "/api/v1/bookmarks/{id}", "/api/v1/bookmarks/99", "", Guard::Token),
    ("get", "/api/v1/holds", "/api/v1/holds", "", Guard::Token),
    (
        "post",
        "/api/v1/streams/{name}/holds",
        "/api/v1/streams/door/holds",
        r#"{"from":"-1h","to":"now","reason":"theft"}"#,
        Guard::Token,
    ),
    (
        "delete",
        "/api/v1/streams/{name}/holds/{id}",
        "/api/v1/streams/door/holds/99",
        "",
        Guard::Token,
    ),
    ("get", "/api/v1/storage", "/api/v1/storage", "", Guard::Token),
    ("patch", "/api/v1/storage/settings", "/api/v1/storage/settings", "{}", Guard::Token),
    ("get", "/api/v1/storage/what-if", "/api/v1/storage/what-if?retention=90d", "", Guard::Token),
    ("post", "/api/v1/storage/confirm-clock", "/api/v1/storage/confirm-clock", "", Guard::Token),
    ("post", "/api/v1/streams/{name}/preview", "/api/v1/streams/door/preview", "{}", Guard::Token),
    ("post", "/api/v1/check", "/api/v1/check", "{}", Guard::Token),
    ("get", "/api/v1/check", "/api/v1/check", "", Guard::Token),
    ("delete", "/api/v1/check", "/api/v1/check", "", Guard::Token),
    ("get", "/api/v1/exports", "/api/v1/exports", "", Guard::Token),
    (
        "post",
        "/api/v1/exports",
        "/api/v1/exports",
        r#"{"streams":["door"],"from":"-1h","format":"mp4"}"#,
        Guard::Token,
    ),
    (
        "post",
        "/api/v1/exports/estimate",
        "/api/v1/exports/estimate",
        r#"{"streams":["door"],"from":"-1h","format":"mp4"}"#,
        Guard::Token,
    ),
    ("delete", "/api/v1/exports/{id}", "/api/v1/exports/99", "", Guard::Token),
    ("post", "/api/v1/exports/{id}/verify", "/api/v1/exports/99/verify", "", Guard::Token),
    (
        "get",
        "/api/v1/exports/{id}/files/{file}",
        "/api/v1/exports/99/files/door.mp4",
        "",
        Guard::Token,
    ),
];
/// WebSocket routes are GETs that a proof gets past to the upgrade.
const READ: (&str, &str) =
    ("/api/v1/streams/{name}/consumers/{consumer}/read", "/api/v1/streams/door/consumers/c/read");

fn rows() -> Vec<(&'static str, &'static str, &'static str, &'static str, Guard)> {
    let mut rows = ROUTES.to_vec();
    rows.push(("get", READ.0, READ.1, "", Guard::Token));
    rows
}

fn body(text: &str) -> Body {
    Body::from(text.to_owned())
}

#[test]
fn every_documented_route_has_a_row() {
    let document: serde_json::Value =
        serde_json::from_str(&afterimage_http::openapi_json()).expect("the document is JSON");
    let paths = document["paths"].as_object().expect("it has paths");
    let documented: BTreeSet<(String, String)> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("a path has methods");
            methods.keys().map(move |method| (method.clone(), path.clone()))
        })
        .collect();
    let tested: BTreeSet<(String, String)> = rows()
        .iter()
        .map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(documented, tested, "a route without a row is a door that nobody tried");
}

#[tokio::test]
async fn every_route_wants_the_token_unless_it_is_open() {
    let rig = Rig::new().await;
    let cookie = session_cookie(&rig).await;
    for (method, route, path, text, guard) in rows() {
        let ask = |headers: Vec<(&'static str, String)>| {
            let mut builder = request(&method.to_uppercase(), path);
            for (name, value) in headers {
                builder = builder.header(name, value);
            }
            builder.header("Content-Type", "application/json").body(body(text)).expect("a request")
        };
        let without = rig.ask(ask(vec![])).await.status().as_u16();
        let wrong = vec![("Authorization", "Bearer wrong-token".to_owned())];
        let wrong = rig.ask(ask(wrong)).await.status().as_u16();
        let strange = vec![("Cookie", "afterimage_session=0123".to_owned())];
        let strange = rig.ask(ask(strange)).await.status().as_u16();
        match guard {
            Guard::Open => {
                assert_eq!([without, wrong, strange], [200; 3], "{method} {route} is for anybody");
            }
            Guard::Exchange => {
                assert_eq!([without, wrong, strange], [401; 3], "{method} {route} got a wrong one");
            }
            Guard::Token => {
                assert_eq!([without, wrong, strange], [401; 3], "{method} {route} is guarded");
                let right = vec![("Authorization", format!("Bearer {TOKEN}"))];
                let right = rig.ask(ask(right)).await.status().as_u16();
                let by_cookie = vec![("Cookie", format!("theme=dark; {cookie}"))];
                let by_cookie = rig.ask(ask(by_cookie)).await.status().as_u16();
                let by_subprotocol =
                    vec![("Sec-WebSocket-Protocol", format!("afterimage, bearer.{TOKEN}"))];
                let by_subprotocol = rig.ask(ask(by_subprotocol)).await.status().as_u16();
                for status in [right, by_cookie, by_subprotocol] {
                    assert!(![401, 403, 405, 500].contains(&status), "{method} {route}: {status}");
                }
            }
        }
    }
}

#[tokio::test]
async fn foreign_names_and_pages_are_refused_before_routing() {
    let rig = Rig::new().await;
    for path in ["/", "/api/v1/system", "/api/v1/streams/door/live", "/healthz", "/nowhere"] {
        let cases = [
            ("Host", "evil.example", 403),
            ("Host", "127.0.0.1.evil.example:8750", 403),
            ("Origin", "http://evil.example", 403),
            ("Origin", "null", 403),
            ("Origin", "http://127.0.0.1:9999", 403),
            ("Origin", "tauri://localhost", 0),
            ("Origin", "http://127.0.0.1:8750", 0),
        ];
        for (name, value, expected) in cases {
            let host = if name == "Host" { value } else { "127.0.0.1:8750" };
            let mut builder = Request::get(path)
                .header("Host", host)
                .header("Authorization", format!("Bearer {TOKEN}"))
                .header("Connection", "Upgrade")
                .header("Upgrade", "websocket")
                .header("Sec-WebSocket-Version", "13")
                .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
            if name == "Origin" {
                builder = builder.header("Origin", value);
            }
            let status = rig.ask(builder.body(Body::empty()).expect("a request")).await.status();
            if expected == 403 {
                assert_eq!(status, 403, "{path} by {name}: {value}, WebSocket or not");
            } else {
                assert_ne!(status, 403, "{path} by {name}: {value} is at home");
            }
        }
    }
}

#[tokio::test]
async fn a_cookie_does_not_work_for_other_pages() {
    let rig = Rig::new().await;
    let cookie = session_cookie(&rig).await;
    let ask = |origin: &str| {
        request("GET", "/api/v1/system")
            .header("Cookie", &cookie)
            .header("Origin", origin)
            .body(Body::empty())
            .expect("a request")
    };
    let own = rig.ask(ask("http://127.0.0.1:8750")).await.status();
    assert_eq!(own, 200, "the console's own page");
    let other = rig.ask(ask("http://localhost:5173")).await.status();
    assert_eq!(other, 401, "an allowed page brings the token itself, never the cookie");
}

#[tokio::test]
async fn the_desktop_window_may_read_answers_and_strangers_may_not() {
    let rig = Rig::new().await;
    let preflight = |origin: &str| {
        request("OPTIONS", "/api/v1/streams")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type")
            .body(Body::empty())
            .expect("a request")
    };
    for origin in ["tauri://localhost", "http://tauri.localhost", "http://localhost:5173"] {
        let answer = rig.ask(preflight(origin)).await;
        assert_eq!(answer.status(), 200, "{origin} may ask");
        assert_eq!(answer.headers()["access-control-allow-origin"], origin, "and is told so");
        assert!(
            !answer.headers().contains_key("access-control-allow-credentials"),
            "cookies are not for {origin}"
        );
    }
    let stranger = rig.ask(preflight("https://evil.example")).await;
    assert_eq!(stranger.status(), 403, "a stranger is refused before CORS is asked");
}

#[tokio::test]
async fn errors_have_one_shape() {
    let rig = Rig::new().await;
    let cases = [
        ("GET", "/api/v1/streams/none", "", 404, "not_found"),
        ("GET", "/api/v1/nowhere", "", 404, "not_found"),
        ("GET", "/api/v1/streams/a%20b", "", 400, "invalid_input"),
        ("GET", "/api/v1/streams/door/timeline?from=yesterday", "", 400, "invalid_input"),
        ("GET", "/api/v1/streams/door/timeline?form=-1m", "", 400, "invalid_input"),
        ("GET", "/api/v1/streams/door/timeline?from=now&to=-1m", "", 400, "invalid_input"),
        ("GET", "/api/v1/streams/door/fragments?limit=0", "", 400, "invalid_input"),
        ("GET", "/api/v1/streams/door/fragments/one", "", 400, "invalid_input"),
        ("GET", "/api/v1/streams/door/fragments/1", "", 404, "not_found"),
        ("GET", "/api/v1/streams/door/clip.mp4?from=-1m", "", 404, "not_found"),
        ("GET", "/api/v1/streams/door/clip.mp4", "", 400, "invalid_input"),
        ("GET", "/api/v1/streams/door/live", "", 400, "invalid_input"),
        ("PUT", "/api/v1/streams", "{}", 405, "invalid_input"),
        ("POST", "/api/v1/streams", "{", 400, "invalid_input"),
        ("POST", "/api/v1/streams", r#"{"name":"door"}"#, 409, "in_use"),
        ("POST", "/api/v1/streams", r#"{"name":"x","retention":"1s"}"#, 400, "invalid_input"),
        (
            "POST",
            "/api/v1/streams",
            r#"{"name":"x","source":"file:///etc/passwd"}"#,
            400,
            "invalid_input",
        ),
        ("POST", "/api/v1/streams", r#"{"name":"x","sauce":"test:"}"#, 400, "invalid_input"),
        ("GET", "/api/v1/streams/none/activity", "", 404, "not_found"),
        ("GET", "/api/v1/streams/door/activity?buckets=0", "", 400, "invalid_input"),
        ("GET", "/api/v1/share?stream=none", "", 404, "not_found"),
        ("GET", "/api/v1/events?kinds=murder", "", 400, "invalid_input"),
        ("DELETE", "/api/v1/bookmarks/99", "", 404, "not_found"),
        ("DELETE", "/api/v1/streams/door/holds/99", "", 404, "not_found"),
        (
            "POST",
            "/api/v1/streams/door/holds",
            r#"{"from":"now","to":"-1h","reason":"theft"}"#,
            400,
            "invalid_input",
        ),
        ("GET", "/api/v1/storage/what-if?retention=20y", "", 400, "invalid_input"),
        ("PATCH", "/api/v1/storage/settings", r#"{"scrub_period":"soon"}"#, 400, "invalid_input"),
        (
            "PATCH",
            "/api/v1/streams/door",
            r#"{"schedule":{"zone":"Mars","periods":[{"days":["mon"],"from":"08:00","to":"18:00"}]}}"#,
            400,
            "invalid_input",
        ),
        ("POST", "/api/v1/check", r#"{"stream":"none"}"#, 404, "not_found"),
        (
            "POST",
            "/api/v1/exports",
            r#"{"streams":["none"],"from":"-1m","format":"mp4"}"#,
            404,
            "not_found",
        ),
        (
            "POST",
            "/api/v1/exports",
            r#"{"streams":["door"],"from":"-1m","format":"mp4"}"#,
            404,
            "not_found",
        ),
        (
            "POST",
            "/api/v1/exports",
            r#"{"streams":["door"],"from":"-1m","format":"frames"}"#,
            503,
            "unavailable",
        ),
        (
            "POST",
            "/api/v1/exports",
            r#"{"streams":["door"],"from":"-1m","format":"avi"}"#,
            400,
            "invalid_input",
        ),
        ("DELETE", "/api/v1/exports/99", "", 404, "not_found"),
        ("GET", "/api/v1/exports/1/files/..%2F..%2Ftoken", "", 404, "not_found"),
    ];
    for (method, path, text, status, code) in cases {
        let request = with_token(method, path)
            .header("Content-Type", "application/json")
            .body(body(text))
            .expect("a request");
        let (answered, error) = rig.json(request).await;
        assert_eq!(
            (answered, error["code"].as_str()),
            (status, Some(code)),
            "{method} {path}: {error}"
        );
        assert!(
            error["message"].as_str().is_some_and(|text| text.len() > 10),
            "a sentence: {error}"
        );
    }
}

#[tokio::test]
async fn bodies_are_bounded_and_must_be_json() {
    let rig = Rig::new().await;
    let long = format!(r#"{{"name":"x","source":"{}"}}"#, "x".repeat(100_000));
    let request = |kind: &str, text: &str| {
        with_token("POST", "/api/v1/streams")
            .header("Content-Type", kind.to_owned())
            .body(body(text))
            .expect("a request")
    };
    let (status, _) = rig.json(request("application/json", &long)).await;
    assert_eq!(status, 413, "settings are small");
    let (status, _) = rig.json(request("text/plain", r#"{"name":"x"}"#)).await;
    assert_eq!(status, 415, "a form of a foreign page can't pass for JSON");
}

#[tokio::test]
async fn a_link_lets_a_browser_in_and_leaves_no_trace_of_the_token() {
    let rig = Rig::new().await;
    let link = request("GET", &format!("/session?token={TOKEN}"));
    let answer = rig.ask(link.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.status(), 303, "on to the console");
    assert_eq!(answer.headers()["location"], "/");
    let cookie = answer.headers()["set-cookie"].to_str().expect("text");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie} is for this recorder's pages alone: {part}");
    }
    assert!(!cookie.contains(TOKEN), "the cookie is not the token");
    assert_eq!(answer.headers()["cache-control"], "no-store", "no cache keeps it");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer", "no page tells it on");
}

#[tokio::test]
async fn the_console_is_strict_about_itself() {
    let rig = Rig::new().await;
    let page = rig.ask(request("GET", "/").body(Body::empty()).expect("a request")).await;
    assert_eq!(page.status(), 200, "the page needs no token to show how to get in");
    let policy = page.headers()["content-security-policy"].to_str().expect("text");
    assert!(policy.contains("default-src 'self'"), "nothing from elsewhere: {policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "nobody frames it: {policy}");
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
}

async fn session_cookie(rig: &Rig) -> String {
    let request = request("POST", "/session")
        .header("Content-Type", "application/json")
        .body(body(&format!(r#"{{"token":"{TOKEN}"}}"#)))
        .expect("a request");
    let answer = rig.ask(request).await;
    assert_eq!(answer.status(), 204, "the right token opens a session");
    let cookie = answer.headers()["set-cookie"].to_str().expect("text");
    cookie.split(';').next().expect("a pair").to_owned()
}
