//! One frame as a picture: from the recorder's worker over HTTP, and from the command line.

use afterimage_pipeline::counter;
use afterimage_tests::{Running, ask, decode_luma, eventually, instant};
use reqwest::StatusCode;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
/// The clock camera sends 25 frames a second.
const FRAME_MICROS: i64 = 40_000;

struct Fetched {
    status: StatusCode,
    place: Option<(i64, u64)>,
    is_immutable: bool,
    body: Vec<u8>,
}

async fn fetch(recorder: &Value, route: &str) -> Fetched {
    let text = |key: &str| recorder[key].as_str().expect("announced as text").to_owned();
    let response = reqwest::Client::new()
        .get(format!("{}/api/v1/{route}", text("address")))
        .bearer_auth(text("token"))
        .send()
        .await
        .expect("it listens");
    let header = |name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let number = |name: &str| header(name).and_then(|text| text.parse::<i64>().ok());
    let place = number("x-afterimage-at").zip(number("x-afterimage-sample").map(i64::unsigned_abs));
    let is_immutable = header("cache-control").is_some_and(|cache| cache.contains("immutable"));
    let status = response.status();
    let body = response.bytes().await.expect("it answers whole").to_vec();
    Fetched { status, place, is_immutable, body }
}

/// The counter in a picture, as ffmpeg decodes it.
fn counter_of(picture: &Path, width: usize, height: usize) -> u32 {
    let mut found = None;
    decode_luma(picture, width, height, |picture| {
        found = counter::read(picture.luma, width, height, width);
    });
    found.expect("every frame of the clock shows its counter")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_still_is_the_frame_of_its_instant() {
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path();
    let camera = Running::start(data, &["camera", "--clock", "--listen", "127.0.0.1:0/door"]);
    let recorder = Running::start(data, &["serve", "--listen", "127.0.0.1:0"]);
    let created = ask(data, &["stream", "create", "door", "--source", &camera.first_line]);
    assert_eq!(created.code, 0, "{}", created.errors);
    let timeline = eventually("six recorded seconds", PATIENCE, || {
        let timeline = ask(data, &["timeline", "door", "--json"]).json();
        let range = timeline["ranges"].get(0)?;
        let long = instant(&range["to"]).since(instant(&range["from"]));
        (long >= Duration::from_secs(6)).then_some(timeline)
    });
    let begin = instant(&timeline["ranges"][0]["from"]).as_micros() + 1_000_000;
    let track = &ask(data, &["stream", "show", "door", "--json"]).json()["tracks"][0];
    let side = |name: &str| usize::try_from(track[name].as_u64().expect("a size")).expect("small");
    let (width, height) = (side("width"), side("height"));
    let announced = std::fs::read_to_string(data.join("recorder.json")).expect("announced");
    let announced: Value = serde_json::from_str(&announced).expect("as JSON");

    // A worker needs a moment to start; until then the answer says what is missing.
    let mut first = fetch(&announced, &format!("streams/door/frame.jpg?at={begin}")).await;
    let began = std::time::Instant::now();
    while first.status == StatusCode::SERVICE_UNAVAILABLE && began.elapsed() < PATIENCE {
        first = fetch(&announced, &format!("streams/door/frame.jpg?at={begin}")).await;
    }
    let said = String::from_utf8_lossy(&first.body).into_owned();
    assert_eq!(first.status, StatusCode::OK, "the worker of the recorder makes it: {said}");
    assert!(first.is_immutable, "an instant that is over shows the same for ever");

    let mut counters = Vec::new();
    for step in [0, 7, 30, 75] {
        let at = begin + step * FRAME_MICROS;
        let still = fetch(&announced, &format!("streams/door/frame.jpg?at={at}")).await;
        let (shown, _) = still.place.expect("the frame is named");
        assert!(shown <= at && at < shown + 2 * FRAME_MICROS, "{shown} is on screen at {at}");
        let file = data.join(format!("{step}.jpg"));
        std::fs::write(&file, &still.body).expect("there is room");
        counters.push(i64::from(counter_of(&file, width, height)) - step);

        let png = data.join(format!("{step}.png"));
        let output = png.to_str().expect("a temporary folder's path is text");
        let told =
            ask(data, &["frame", "door", "--at", &at.to_string(), "--output", output, "--json"]);
        assert_eq!(told.json()["at_micros"], shown, "the command line names the same frame");
        let by_hand = i64::from(counter_of(&png, width, height)) - step;
        assert_eq!(Some(&by_hand), counters.last(), "and shows the same picture");
    }
    let offset = counters[0];
    assert!(
        counters.iter().all(|counter| (counter - offset).abs() <= 1),
        "so many frames later the counter is so much higher, jitter of one aside: {counters:?}"
    );

    let key = format!("streams/door/frame.jpg?at={}&nearest=key&width=192", begin + 500_000);
    let key = fetch(&announced, &key).await;
    assert_eq!(key.place.map(|(_, sample)| sample), Some(0), "a key frame begins its fragment");
    let thumbnail = data.join("key.jpg");
    std::fs::write(&thumbnail, &key.body).expect("there is room");
    let size = &afterimage_tests::probe(&thumbnail)["streams"][0];
    assert_eq!(size["width"], 192, "as wide as was asked");

    let none = fetch(&announced, "streams/door/frame.jpg?at=2020-01-01T00:00:00Z").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND, "nothing is recorded there");
    let wrong = fetch(&announced, "streams/door/frame.jpg?at=now&nearest=best").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "there is no such choice");
    let ending = ask(data, &["frame", "door", "--at", "-2s", "--output", "frame.gif"]);
    assert_eq!(ending.code, 2, "the ending names no format: {}", ending.errors);
    assert!(recorder.interrupt().success(), "it ends in good order");
}
