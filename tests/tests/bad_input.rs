//! Mistakes and misfortunes: each is a sentence that says what to do, and costs nobody else.

use afterimage_tests::{Running, ask, eventually};
use std::path::Path;
use std::time::Duration;

const START: Duration = Duration::from_secs(60);
const SERVE: [&str; 4] = ["serve", "--listen", "127.0.0.1:0", "--no-worker"];

fn refused(data: &Path, arguments: &[&str], code: i32, words: &[&str]) {
    let answer = ask(data, arguments);
    assert_eq!(answer.code, code, "{arguments:?}: {}", answer.errors);
    for word in words {
        assert!(
            answer.errors.contains(word),
            "{arguments:?} should say `{word}`: {}",
            answer.errors
        );
    }
}

#[test]
fn mistyped_commands_say_what_was_wrong() {
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path();
    let _recorder = Running::start(data, &SERVE);
    refused(data, &["steam", "list"], 2, &["steam", "stream"]);
    refused(
        data,
        &["stream", "create", "front door", "--source", "test:"],
        2,
        &["front door", "a-z"],
    );
    refused(
        data,
        &["stream", "create", "door", "--source", "http://x"],
        2,
        &["http://x", "rtsp://"],
    );
    refused(data, &["stream", "create", "door", "--retention", "20y"], 2, &["1h", "10y"]);
    refused(data, &["stream", "create", "door", "--retention", "30"], 2, &["`30`"]);
    refused(data, &["stream", "show", "nobody"], 2, &["nobody"]);
    refused(data, &["timeline", "nobody"], 2, &["nobody"]);
    refused(data, &["detections", "list", "nobody", "--from", "yesterday"], 2, &["yesterday"]);
}

#[test]
fn a_second_recorder_is_told_who_holds_the_directory() {
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path();
    let _recorder = Running::start(data, &SERVE);
    refused(data, &SERVE, 2, &["in use by"]);
}

#[test]
fn a_port_in_use_and_a_directory_that_is_none_are_named() {
    let data = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    refused(
        data.path(),
        &["serve", "--no-worker", "--listen", &address],
        2,
        &[&address, "--listen"],
    );
    let file = data.path().join("file");
    std::fs::write(&file, b"not a folder").expect("written");
    refused(&file, &SERVE, 2, &["--data"]);
    refused(&data.path().join("absent"), &["stream", "list"], 2, &["does not exist"]);
    refused(Path::new("/proc/afterimage"), &SERVE, 2, &["/proc/afterimage"]);
}

#[test]
fn a_camera_in_trouble_says_why_and_leaves_the_others_alone() {
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path();
    let environment = [("AFTERIMAGE_CAMERA_PASSWORD", "correct-horse")];
    let locked = Running::start_with(
        data,
        &["camera", "--clock", "--listen", "127.0.0.1:0/locked", "--user", "admin"],
        &environment,
    );
    let open = Running::start(data, &["camera", "--clock", "--listen", "127.0.0.1:0/open"]);
    let _recorder = Running::start(data, &SERVE);
    let wrong = locked.first_line.replace("rtsp://", "rtsp://admin:battery-staple@");
    let free_port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = format!("rtsp://{}/door", free_port.local_addr().expect("bound"));
    drop(free_port);
    for (name, source) in
        [("wrong", wrong.as_str()), ("nobody", &nobody), ("open", &open.first_line)]
    {
        assert_eq!(ask(data, &["stream", "create", name, "--source", source]).code, 0, "{name}");
    }
    for (name, code) in [("wrong", "authentication_failed"), ("nobody", "camera_unreachable")] {
        let shown = eventually(code, START, || {
            let shown = ask(data, &["stream", "show", name, "--json"]);
            (shown.json()["fault"]["code"] == code).then_some(shown)
        });
        assert_eq!(shown.json()["state"], "retrying", "it will be tried again");
        assert!(!shown.output.contains("battery-staple"), "a password is never shown");
        let timeline = ask(data, &["timeline", name, "--json"]).json();
        let gaps = timeline["gaps"].as_array().expect("a list");
        assert!(gaps.iter().any(|gap| gap["reason"] == code), "the ledger says it too: {gaps:?}");
    }
    eventually("the camera that is well to record", START, || {
        let shown = ask(data, &["stream", "show", "open", "--json"]).json();
        (shown["state"] == "recording").then_some(())
    });
}

#[tokio::test]
async fn without_onnx_runtime_recording_goes_on_and_the_recorder_says_why_models_do_not_run() {
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path();
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let environment = [("ORT_DYLIB_PATH", "/nonexistent/libonnxruntime.so")];
    let _recorder = Running::start_with(data, &serve, &environment);
    let create = ["stream", "create", "door", "--source", "test:", "--model", "motion-grid"];
    assert_eq!(ask(data, &create).code, 0, "a model that can't run here may still be named");
    let recorder = afterimage_client::local::find(data).await.expect("its file is whole");
    let client = recorder.expect("it runs").client;
    let began = std::time::Instant::now();
    loop {
        assert!(began.elapsed() < START, "waited in vain for the notice about models");
        let warnings = client.system().await.expect("it answers").warnings;
        if warnings.iter().any(|warning| warning.contains("ONNX Runtime")) {
            break;
        }
    }
    eventually("the test pattern to be recorded", START, || {
        let shown = ask(data, &["stream", "show", "door", "--json"]).json();
        (shown["state"] == "recording").then_some(())
    });
}
