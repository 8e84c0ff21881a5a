//! What strangers' programs rely on: byte ranges, tags, HEAD, subprotocols, closing words.

use crate::rig::{Rig, TOKEN};
use afterimage_base::ErrorKind;
use reqwest::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, IF_RANGE, RANGE, SET_COOKIE,
};
use reqwest::{Method, RequestBuilder};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, http};

fn ask(rig: &Rig, method: Method, path: &str) -> RequestBuilder {
    let url = format!("{}/api/v1/streams/door/{path}", rig.client.address());
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
        .request(method, url)
        .bearer_auth(TOKEN)
}

#[tokio::test(flavor = "multi_thread")]
async fn any_range_of_a_clip_is_that_part_of_the_whole() {
    let mut rig = Rig::new(6).await;
    rig.camera.run(5).await;
    rig.recorded(4).await;
    for (file, mime) in [("clip.mp4", "video/mp4"), ("clip.mkv", "video/x-matroska")] {
        let path = format!("{file}?from={}&to={}", rig.at(0), rig.at(4));
        let whole = ask(&rig, Method::GET, &path).send().await.expect("an answer");
        assert_eq!(whole.status(), 200, "{file}");
        let headers = whole.headers().clone();
        assert!(headers[CONTENT_TYPE].to_str().expect("text").starts_with(mime), "{file}");
        assert_eq!(headers[ACCEPT_RANGES], "bytes", "{file} can be sought in");
        let name = headers[CONTENT_DISPOSITION].to_str().expect("text").to_owned();
        let expected = format!("door_20260301T120000.000Z_20260301T120004.000Z.{}", &file[5..]);
        assert!(name.contains(&expected), "{name} says what and when");
        let whole = whole.bytes().await.expect("a body");
        let length = whole.len();
        assert_eq!(headers[CONTENT_LENGTH], length.to_string(), "{file}: the exact length");

        let head = ask(&rig, Method::HEAD, &path).send().await.expect("an answer");
        assert_eq!(head.headers()[CONTENT_LENGTH], length.to_string(), "{file}: HEAD tells it too");

        // The borders of the clip and of its first fragment, and one byte around each.
        for (from, to) in
            [(0, 0), (0, 1_000), (length / 3, 2 * length / 3), (length - 1, length - 1)]
        {
            let range = format!("bytes={from}-{to}");
            let part = ask(&rig, Method::GET, &path).header(RANGE, &range).send().await;
            let part = part.expect("an answer");
            assert_eq!(part.status(), 206, "{file} {range}");
            let place = format!("bytes {from}-{to}/{length}");
            assert_eq!(part.headers()[CONTENT_RANGE], place.as_str(), "{file} {range}");
            let part = part.bytes().await.expect("a body");
            assert_eq!(part, whole[from..=to], "{file} {range} is that part of the whole");
        }
        let past = format!("bytes={length}-");
        let past = ask(&rig, Method::GET, &path).header(RANGE, past).send().await;
        assert_eq!(past.expect("an answer").status(), 416, "{file}: nothing lies behind its end");

        let tag = headers[ETAG].clone();
        let same = ask(&rig, Method::GET, &path).header(IF_NONE_MATCH, &tag).send().await;
        assert_eq!(same.expect("an answer").status(), 304, "{file}: the asker has it");
        let other = format!("{file}?from={}&to={}", rig.at(0), rig.at(3));
        let other = ask(&rig, Method::GET, &other)
            .header(IF_RANGE, &tag)
            .header(RANGE, "bytes=10-")
            .send()
            .await
            .expect("an answer");
        assert_eq!(other.status(), 200, "{file}: a part of another clip would not fit");
    }
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_of_a_playlist_opens_what_it_names_and_only_to_its_player() {
    let mut rig = Rig::new(4).await;
    rig.camera.run(3).await;
    rig.recorded(2).await;
    let playlist = format!("hls/index.m3u8?from={}&to={}", rig.at(0), rig.at(2));
    let answer = ask(&rig, Method::GET, &playlist).send().await.expect("an answer");
    let cookie = answer.headers()[SET_COOKIE].to_str().expect("text").to_owned();
    for rule in ["; Path=/api/v1/streams;", "; HttpOnly;", "SameSite=Strict"] {
        assert!(cookie.contains(rule), "{rule} in {cookie}");
    }
    assert!(!cookie.contains(TOKEN), "it is not the token");
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let url = format!("{}/api/v1/streams/door/fragments/1.m4s", rig.client.address());
    let open = async |headers: &[(&str, &str)]| {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut request = client.get(&url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(open(&[("cookie", &cookie)]).await, 200, "as players fetch it");
    assert_eq!(open(&[]).await, 401, "without it");
    let stranger = [("cookie", &*cookie), ("origin", "https://evil.example")];
    assert_eq!(open(&stranger).await, 403, "a page of a stranger");
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_takes_its_proof_as_a_page_can_give_it() {
    let rig = Rig::new(1).await;
    let url = format!("{}/api/v1/streams/door/live", rig.client.address());
    let url = url.replace("http://", "ws://");
    let open = async |headers: &[(&'static str, &str)]| {
        let mut request = url.as_str().into_client_request().expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a value"));
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((_, answer)) => {
                let chosen = answer.headers().get(http::header::SEC_WEBSOCKET_PROTOCOL);
                Ok(chosen.map(|chosen| chosen.to_str().expect("text").to_owned()))
            }
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("no answer: {error}"),
        }
    };
    let pair = format!("afterimage, bearer.{TOKEN}");
    let (protocol, origin) = ("sec-websocket-protocol", "origin");
    let app = open(&[(protocol, &pair), (origin, "tauri://localhost")]).await;
    assert_eq!(app, Ok(Some("afterimage".to_owned())), "the answer does not echo the token");
    assert_eq!(open(&[(protocol, "afterimage, bearer.wrong")]).await, Err(401), "a wrong token");
    assert_eq!(open(&[]).await, Err(401), "no token");
    let stranger = open(&[(protocol, &pair), (origin, "https://evil.example")]).await;
    assert_eq!(stranger, Err(403), "sockets know no CORS, so the recorder looks itself");
    assert_eq!(
        open(&[(protocol, &pair), ("host", "evil.example")]).await,
        Err(403),
        "a foreign name"
    );
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_stops_says_goodbye() {
    let rig = Rig::new(1).await;
    let mut live = rig.client.watch(&rig.door).await.expect("connected");
    live.next().await.expect("open").expect("the state");
    rig.shutdown.cancel();
    let error = loop {
        match live.next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a stop is not the end of the stream"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind, ErrorKind::Unreachable, "worth coming back: {error}");
    assert!(error.message.contains("stops"), "it says why: {error}");
    rig.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_for_prometheus() {
    let mut rig = Rig::new(4).await;
    rig.camera.run(3).await;
    rig.recorded(2).await;
    let url = format!("{}/metrics", rig.client.address());
    let page = reqwest::Client::builder().no_proxy().build().expect("a client").get(url);
    let page = page.bearer_auth(TOKEN).send().await.expect("an answer");
    let page = page.text().await.expect("text");
    for line in [
        "# TYPE afterimage_stream_recording gauge",
        "afterimage_stream_recording{stream=\"door\"} 1",
        "afterimage_stream_recorded_fragments{stream=\"door\"} 2",
        "afterimage_stream_connections_total{stream=\"door\"} 1",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is in\n{page}");
    }
    rig.finish().await;
}
