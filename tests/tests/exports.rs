//! Exports by the real recorder, read back by ffmpeg, Python, Pillow and pycocotools.

#![expect(clippy::disallowed_types, reason = "Python is the independent reader")]

use afterimage_base::WallTime;
use afterimage_tests::{Running, ask, counters, eventually, instant, repository};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const FRAME: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_secs(120);

/// A recorder of the clock, and what it has recorded at least so long of.
struct Rig {
    folder: tempfile::TempDir,
    recorder: Option<Running>,
    begin: WallTime,
}

impl Rig {
    fn recording(length: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let recorder = serve(folder.path());
        let data = folder.path();
        for arguments in [&["clock", "--source", "test:"][..], &["quiet"]] {
            let made = ask(data, &[&["stream", "create"], arguments].concat());
            assert_eq!(made.code, 0, "{}", made.errors);
        }
        let begin = eventually("footage of the clock", PATIENCE, || {
            let timeline = ask(data, &["timeline", "clock", "--json"]).json();
            let range = timeline["ranges"].get(0)?;
            let (from, to) = (instant(&range["from"]), instant(&range["to"]));
            (to.since(from) >= length).then_some(from)
        });
        Self { folder, recorder: Some(recorder), begin }
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    /// In the middle of a frame's time, so that it is clear which one is on screen.
    fn at(&self, frames: u32) -> String {
        self.begin.plus(FRAME * frames).plus(FRAME / 2).as_micros().to_string()
    }

    /// Before a frame and after the one before it.
    fn before(&self, frames: u32) -> String {
        self.begin.plus(FRAME * frames).minus(FRAME / 2).as_micros().to_string()
    }

    fn out(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    /// Exports frames `from..to` of the clock into a folder, and what the command told.
    fn export(&self, from: u32, to: u32, options: &[&str], out: &Path) -> Value {
        let (from, to) = (self.at(from), self.before(to));
        let range =
            ["export", "create", "--json", "--stream", "clock", "--from", &from, "--to", &to];
        let out = ["--out", out.to_str().expect("a temporary folder's path is text")];
        ask(self.data(), &[&range[..], options, &out].concat()).json()
    }

    fn http(&self, method: &str, route: &str) -> reqwest::RequestBuilder {
        let announced = std::fs::read_to_string(self.data().join("recorder.json"));
        let announced: Value =
            serde_json::from_str(&announced.expect("it is announced")).expect("as JSON");
        let text = |key: &str| announced[key].as_str().expect("announced as text").to_owned();
        let method = method.parse().expect("a method");
        let url = format!("{}/api/v1/{route}", text("address"));
        reqwest::Client::new().request(method, url).bearer_auth(text("token"))
    }

    async fn ask_json(&self, method: &str, route: &str, body: &Value) -> (StatusCode, Value) {
        let answer = self.http(method, route).json(body).send().await.expect("it listens");
        let status = answer.status();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Asks until the export is over.
    async fn over(&self, id: u64) -> Value {
        let began = std::time::Instant::now();
        loop {
            let (_, list) = self.ask_json("GET", "exports", &Value::Null).await;
            let exports = list["exports"].as_array().expect("a list");
            let export = exports.iter().find(|one| one["id"] == id).expect("it is listed");
            if export["state"] != "waiting" && export["state"] != "running" {
                return export.clone();
            }
            assert!(began.elapsed() < PATIENCE, "export {id} does not end: {export}");
        }
    }
}

fn serve(data: &Path) -> Running {
    Running::start(data, &["serve", "--listen", "127.0.0.1:0", "--no-worker"])
}

/// What a Python program of ours prints.
fn python(script: &str, arguments: &[&Path]) -> String {
    let python = repository().join(".venv/bin/python");
    assert!(python.exists(), "{} is missing: scripts/setup test", python.display());
    let output = Command::new(python)
        .arg(repository().join("tests/python").join(script))
        .args(arguments)
        .output()
        .expect("Python starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn written(told: &Value) -> Vec<PathBuf> {
    let written = told["written"].as_array().expect("a list");
    written.iter().map(|path| PathBuf::from(path.as_str().expect("a path"))).collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().expect("a file").to_string_lossy().into_owned()
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(below) = pending.pop() {
        for entry in std::fs::read_dir(&below).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("it lies below").to_owned();
                found.insert(name, std::fs::read(&path).expect("it can be read"));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_are_what_was_asked_for() {
    let rig = Rig::recording(Duration::from_secs(9));
    let first = clips_are_exact(&rig);
    frames_are_the_frames_on_screen(&rig, first).await;
    training_sets_are_those_of_the_command_line(&rig);
    files_are_fetched_in_parts_and_verified(&rig).await;
    mistakes_are_told(&rig);
    deleted_exports_leave_nothing(&rig).await;
    let recorder = rig.recorder.expect("it runs");
    assert!(recorder.interrupt().success(), "it ends in good order");
}

/// Answers the counter of the first recorded frame.
fn clips_are_exact(rig: &Rig) -> u32 {
    let out = rig.out("clips");
    let told = rig.export(30, 105, &["--stream", "quiet", "--format", "mp4"], &out);
    let [clip] = &written(&told)[..] else { panic!("one camera has footage: {told}") };
    let name = name_of(clip);
    assert!(name.starts_with("clock_") && name.ends_with("Z.mp4"), "camera, start, end: {name}");
    let shown = counters(clip);
    let expected: Vec<u32> = (shown[0]..shown[0] + 75).collect();
    assert_eq!(shown, expected, "frames 30 to 104, each exactly once");
    let notes = told["export"]["notes"].to_string();
    assert!(notes.contains("quiet"), "what is not there is said: {notes}");
    assert_eq!(told["export"]["state"], "done", "one camera's footage is an export");
    assert_eq!(told["export"]["progress"], 1.0, "it is whole");

    let told = rig.export(30, 105, &["--format", "mkv"], &out);
    let whole = counters(&written(&told)[0]);
    let run: Vec<u32> = (whole[0]..whole[0] + whole.len() as u32).collect();
    assert_eq!(whole, run, "no frame is lost or doubled");
    assert!(whole.len() >= 75 && whole[0] <= shown[0], "whole fragments around the range");
    shown[0] - 30
}

async fn frames_are_the_frames_on_screen(rig: &Rig, first: u32) {
    let out = rig.out("frames");
    let told = rig.export(50, 151, &["--format", "frames", "--every", "1s"], &out);
    let archive = &written(&told)[0];
    assert!(name_of(archive).ends_with(".frames.zip"), "it says what is in it");
    let pictures = rig.out("pictures");
    let names = python("read_frames.py", &[archive, &pictures]);
    assert_eq!(names.lines().count(), 4, "one each whole second of four: {names}");
    assert!(names.lines().all(|line| line.starts_with("clock_")), "named by stream: {names}");
    let shown: Vec<u32> = names
        .lines()
        .map(|line| {
            let name = line.split(' ').next().expect("a name");
            counters(&pictures.join(name))[0]
        })
        .collect();
    assert!(shown.is_sorted(), "in order of time: {shown:?}");
    let steps = shown.windows(2).all(|pair| (24..=26).contains(&(pair[1] - pair[0])));
    assert!(steps, "a second apart, jitter of one frame aside: {shown:?}");

    let at = |frames: u32| rig.at(frames).parse::<i64>().expect("microseconds");
    let mut picked: Vec<Value> = [120, 60, 60, 61]
        .map(|frames| json!({"stream": "clock", "at_micros": at(frames)}))
        .to_vec();
    picked.push(json!({"stream": "clock", "at_micros": 1_000_000}));
    let body = json!({"format": "frames", "picked": picked});
    let (status, export) = rig.ask_json("POST", "exports", &body).await;
    assert_eq!(status, StatusCode::CREATED, "{export}");
    let export = rig.over(export["id"].as_u64().expect("a number")).await;
    assert_eq!(export["state"], "done", "{export}");
    assert!(export["notes"].to_string().contains("1 picked frame"), "one is of 1970: {export}");
    let folder = PathBuf::from(export["folder"].as_str().expect("a path"));
    let archive = folder.join(export["files"][0]["name"].as_str().expect("a name"));
    let pictures = rig.out("picked");
    let names = python("read_frames.py", &[&archive, &pictures]);
    let shown: Vec<u32> = names
        .lines()
        .map(|line| {
            let name = line.split(' ').next().expect("a name");
            counters(&pictures.join(name))[0]
        })
        .collect();
    let expected = [60, 61, 120].map(|frames| first + frames);
    assert_eq!(shown, expected, "exactly the picked frames, each once");
}

fn training_sets_are_those_of_the_command_line(rig: &Rig) {
    let options = ["--format", "dataset", "--every", "2s"];
    let out = rig.out("sets");
    let told = rig.export(20, 200, &options, &out);
    let archive = &written(&told)[0];
    let unpacked = rig.out("unpacked");
    python("read_frames.py", &[archive, &unpacked]);
    python("read_coco.py", &[&unpacked]);
    let by_hand = rig.out("by-hand");
    let (from, to) = (rig.at(20), rig.before(200));
    let arguments = [
        "dataset",
        "create",
        "--stream",
        "clock",
        "--from",
        &from,
        "--to",
        &to,
        "--every",
        "2s",
        "--output",
        by_hand.to_str().expect("text"),
    ];
    assert_eq!(ask(rig.data(), &arguments).code, 0, "the same range by hand");
    let (ours, theirs) = (contents(&unpacked), contents(&by_hand));
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        theirs.keys().collect::<Vec<_>>(),
        "the same files"
    );
    assert!(ours == theirs, "with the same bytes");
    let again = rig.export(20, 200, &options, &out);
    let hash = |told: &Value| told["export"]["files"][0]["hash"].clone();
    assert_eq!(hash(&told), hash(&again), "the same range and labels are the same archive");
}

async fn files_are_fetched_in_parts_and_verified(rig: &Rig) {
    let out = rig.out("verified");
    let told = rig.export(40, 90, &[], &out);
    let export = &told["export"];
    let id = export["id"].to_string();
    let file = &export["files"][0];
    let name = file["name"].as_str().expect("a name");
    let route = format!("exports/{id}/files/{name}");
    let part =
        rig.http("GET", &route).header("Range", "bytes=4-7").send().await.expect("it listens");
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT, "ranges are honoured");
    let header = |name: &str| part.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(header("content-disposition"), format!("attachment; filename=\"{name}\""));
    let tag = header("etag");
    assert!(tag.contains(file["hash"].as_str().expect("a hash")), "the tag is the hash");
    assert_eq!(part.bytes().await.expect("it answers whole"), "ftyp", "an MP4 begins so");
    let same = rig.http("GET", &route).header("If-None-Match", tag).send().await;
    assert_eq!(same.expect("it listens").status(), StatusCode::NOT_MODIFIED, "who has it has it");
    let climb = rig.http("GET", &format!("exports/{id}/files/export.json")).send().await;
    assert_eq!(climb.expect("it listens").status(), StatusCode::NOT_FOUND, "only what was made");

    assert_eq!(ask(rig.data(), &["export", "verify", &id]).code, 0, "it is as it was written");
    let kept = PathBuf::from(export["folder"].as_str().expect("a path")).join(name);
    let mut bytes = std::fs::read(&kept).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&kept, bytes).expect("there is room");
    let damaged = ask(rig.data(), &["export", "verify", &id]);
    assert_eq!(damaged.code, 1, "one bit is enough: {}", damaged.errors);
    assert!(
        damaged.errors.contains(name) && damaged.errors.contains("changed"),
        "{}",
        damaged.errors
    );
}

fn mistakes_are_told(rig: &Rig) {
    for (wrong, why) in [
        (&["create", "--stream", "clok", "--from", "-1m", "--to", "now"][..], "no such stream"),
        (&["create", "--stream", "quiet", "--from", "-1m", "--to", "now"], "nothing is recorded"),
        (
            &["create", "--stream", "clock", "--from", "-1m", "--to", "now", "--format", "avi"],
            "no such format",
        ),
        (
            &["create", "--stream", "clock", "--from", "-1m", "--to", "now", "--every", "1s"],
            "MP4 has all frames",
        ),
        (&["create", "--stream", "clock", "--from", "-1m", "--to", "-2m"], "backwards"),
        (&["show", "99"], "no such export"),
        (&["verify", "99"], "no such export"),
        (&["delete", "two"], "no number"),
    ] {
        let told = ask(rig.data(), &[&["export"], wrong].concat());
        assert_eq!(told.code, 2, "{why}: {}", told.errors);
        assert!(told.errors.len() > 20, "{why}: a sentence, not `{}`", told.errors);
    }
}

async fn deleted_exports_leave_nothing(rig: &Rig) {
    // Two run, the others wait: cancelled in every state.
    let body = json!({
        "streams": ["clock"], "from": rig.at(0), "to": rig.at(200), "format": "frames",
        "every": "40ms",
    });
    let mut ids = Vec::new();
    for _ in 0..5 {
        let (status, export) = rig.ask_json("POST", "exports", &body).await;
        assert_eq!(status, StatusCode::CREATED, "{export}");
        ids.push(export["id"].as_u64().expect("a number"));
    }
    for id in ids {
        let (status, _) = rig.ask_json("DELETE", &format!("exports/{id}"), &Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "it is gone at once");
        let folder = rig.data().join("exports").join(id.to_string());
        assert!(!folder.exists(), "{} is gone with its files", folder.display());
    }
    for export in
        ask(rig.data(), &["export", "list", "--json"]).json()["exports"].as_array().expect("a list")
    {
        assert_eq!(ask(rig.data(), &["export", "delete", &export["id"].to_string()]).code, 0);
    }
    let left = std::fs::read_dir(rig.data().join("exports")).expect("a folder").count();
    assert_eq!(left, 0, "nothing is left of any");
}

/// The process that makes pictures for a recorder, if one runs now.
fn maker_of(data: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir("/proc").ok()?;
    entries.filter_map(Result::ok).map(|entry| entry.path()).find(|process| {
        let arguments = std::fs::read(process.join("cmdline")).unwrap_or_default();
        let is_maker = String::from_utf8_lossy(&arguments).ends_with("export\0make\0");
        let opened = std::fs::read_dir(process.join("fd")).into_iter().flatten();
        let mut files = opened.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
        is_maker && files.any(|file| file.starts_with(data))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_recorder_was_making_has_failed_and_leaves_no_part() {
    let mut rig = Rig::recording(Duration::from_secs(6));
    let body = json!({
        "streams": ["clock"], "from": rig.at(0), "to": rig.at(140), "format": "dataset",
        "every": "40ms",
    });
    for _ in 0..10 {
        let (status, export) = rig.ask_json("POST", "exports", &body).await;
        assert_eq!(status, StatusCode::CREATED, "two run and eight wait: {export}");
    }
    let (status, refused) = rig.ask_json("POST", "exports", &body).await;
    assert_eq!(status, StatusCode::CONFLICT, "no more than that: {refused}");
    let maker = eventually("a process that decodes", PATIENCE, || maker_of(rig.data()));
    let environment = std::fs::read(maker.join("environ")).unwrap_or_default();
    let token = std::fs::read(rig.data().join("token")).expect("there is one");
    let is_told = environment.windows(token.len()).any(|window| window == token);
    assert!(!is_told, "the token goes through standard input alone");

    rig.recorder.take().expect("it runs").kill();
    eventually("its processes to end", PATIENCE, || maker_of(rig.data()).is_none().then_some(()));
    rig.recorder = Some(serve(rig.data()));
    let list = ask(rig.data(), &["export", "list", "--json"]).json();
    let exports = list["exports"].as_array().expect("a list");
    assert_eq!(exports.len(), 10, "the list survives");
    let failed: Vec<&Value> = exports.iter().filter(|one| one["state"] == "failed").collect();
    assert!(failed.len() >= 8, "those that waited can't have been done: {list}");
    for export in failed {
        let why = export["failure"].as_str().expect("a sentence");
        assert!(why.contains("stopped meanwhile"), "it says why: {why}");
        let folder = PathBuf::from(export["folder"].as_str().expect("a path"));
        let names: Vec<PathBuf> = contents(&folder).into_keys().collect();
        assert_eq!(names, [PathBuf::from("export.json")], "no part is left");
    }
}

#[test]
fn an_export_that_does_not_fit_is_refused_and_costs_no_footage() {
    let rig = Rig::recording(Duration::from_secs(4));
    let data = rig.data();
    // A reserve that no disk has; what is held stays whatever it takes.
    for arguments in [
        &["hold", "create", "clock", "--from", "-1h", "--to", "now", "--reason", "it is evidence"]
            [..],
        &["storage", "set", "--reserve", "1000000GB", "--yes"],
    ] {
        let told = ask(data, arguments);
        assert_eq!(told.code, 0, "{}", told.errors);
    }
    let (from, to) = (rig.at(10), rig.before(60));
    let arguments = ["export", "create", "--stream", "clock", "--from", &from, "--to", &to];
    let told = ask(data, &arguments);
    assert_eq!(told.code, 4, "there is no room for it: {}", told.errors);
    assert!(told.errors.contains("reserve"), "it says what is in the way: {}", told.errors);
    assert!(!data.join("exports").exists(), "nothing was begun");
    let clip = rig.out("clip.mp4");
    let arguments =
        ["clip", "clock", "--from", &from, "--to", &to, "--output", clip.to_str().expect("text")];
    assert_eq!(ask(data, &arguments).code, 0, "the footage is still there");
    assert_eq!(counters(&clip).len(), 50, "all of it");
}
