//! The simulated camera, read back by ffprobe and ffmpeg.

mod rig;

use afterimage_base::{ErrorKind, Secret};
use afterimage_pipeline::camera::{
    CameraServer, ClockPattern, Footage, PatternAudio, PatternCodec,
};
use rig::{camera, film, probe, run, serve, small, sound, spec};
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn clock_patterns_are_what_was_asked_for() {
    let pattern = |codec, b_frames, audio| {
        Footage::ClockPattern(ClockPattern { codec, b_frames, audio, ..small() })
    };
    let cases = [
        (PatternCodec::H264, false, PatternAudio::None, "codec_name=h264", "has_b_frames=0", ""),
        (PatternCodec::H264, true, PatternAudio::Aac, "codec_name=h264", "has_b_frames=2", "aac"),
        (
            PatternCodec::H265,
            false,
            PatternAudio::Opus,
            "codec_name=hevc",
            "has_b_frames=0",
            "opus",
        ),
        (PatternCodec::H265, true, PatternAudio::None, "codec_name=hevc", "has_b_frames=2", ""),
        (PatternCodec::Mjpeg, false, PatternAudio::Pcmu, "codec_name=mjpeg", "", "pcm_mulaw"),
    ];
    for (codec, b_frames, audio, name, reorder, sound) in cases {
        let camera = camera(pattern(codec, b_frames, audio));
        let streams = probe(&camera.url(0), "tcp").expect("ffprobe can watch");
        for expected in [name, reorder, sound, "width=320|height=184"] {
            assert!(streams.contains(expected), "{codec:?} {b_frames}: {expected} in {streams}");
        }
        assert_eq!(streams.matches("codec_name").count(), 1 + usize::from(!sound.is_empty()));
    }
}

#[test]
fn timestamps_rise_across_the_ends_of_the_loop() {
    let folder = tempfile::tempdir().expect("a folder");
    for (encoder, b_frames, with_sound) in
        [("libx264", 0, false), ("libx264", 2, true), ("libx265", 0, true), ("libx265", 2, false)]
    {
        let path = folder.path().join("film.mp4");
        film(&path, encoder, b_frames, 1, with_sound);
        let camera = camera(Footage::File(path));
        let url = camera.url(0);
        for (kind, longest_step) in [("v", 0.045), ("a", 0.050)] {
            if kind == "v" || with_sound {
                let times = watched_times(&url, kind);
                let context = format!("{encoder} b_frames={b_frames} {kind}");
                assert!(times.len() >= 55, "{context}: {} packets in three seconds", times.len());
                for pair in times.windows(2) {
                    let step = pair[1] - pair[0];
                    assert!(
                        step > 0.0005 && step < longest_step,
                        "{context}: from {} to {}: the loop joins without gap or overlap",
                        pair[0],
                        pair[1]
                    );
                }
            }
        }
        let decode = ["-v", "error", "-xerror", "-rtsp_transport", "tcp", "-i", &url, "-t", "3"];
        let to_nothing = ["-map", "0:v", "-f", "null", "-"];
        let errors = run("ffmpeg", &[&decode[..], &to_nothing[..]].concat());
        assert!(errors.is_ok(), "{encoder} {b_frames}: the join loses no reference: {errors:?}");
    }
}

/// The times of the packets of three seconds (three rounds of a film of one), in order of showing.
fn watched_times(url: &str, kind: &str) -> Vec<f64> {
    let arguments = [
        "-v",
        "error",
        "-rtsp_transport",
        "tcp",
        "-select_streams",
        kind,
        "-read_intervals",
        "%+3",
        "-show_entries",
        "packet=pts_time",
        "-of",
        "csv=p=0",
        url,
    ];
    let packets = run("ffprobe", &arguments).expect("ffprobe watches");
    let times = packets.lines().filter_map(|line| line.trim_matches(',').parse().ok());
    // ffprobe guesses the times of packets that come before the answer to PLAY.
    let mut times: Vec<f64> = times.skip(3).collect();
    times.sort_by(f64::total_cmp);
    // Where it stopped reading, B-frames between the last ones had not come yet.
    times.truncate(times.len().saturating_sub(6));
    times
}

#[test]
fn sound_alone_is_played_in_an_endless_loop_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sound.m4a");
    sound(&path, "aac", 1);
    let camera = camera(Footage::File(path));
    let streams = probe(&camera.url(0), "tcp").expect("ffprobe can listen");
    assert!(streams.contains("codec_name=aac"), "{streams}");
    assert_eq!(streams.matches("codec_name").count(), 1, "there is nothing else: {streams}");
    let times = watched_times(&camera.url(0), "a");
    assert!(times.len() >= 120, "{} packets in three seconds", times.len());
    for pair in times.windows(2) {
        let step = pair[1] - pair[0];
        assert!(step > 0.0005 && step < 0.050, "from {} to {}: no gap at a join", pair[0], pair[1]);
    }
}

#[test]
fn a_picture_that_players_would_turn_is_sent_as_it_is_coded() {
    let folder = tempfile::tempdir().expect("a folder");
    let (flat, turned) = (folder.path().join("flat.mp4"), folder.path().join("turned.mp4"));
    film(&flat, "libx264", 0, 1, false);
    let (from, to) = (flat.to_str().expect("plain"), turned.to_str().expect("plain"));
    let turn = ["-v", "error", "-i", from, "-c", "copy", "-metadata:s:v:0", "rotate=90", "-y", to];
    run("ffmpeg", &turn).expect("ffmpeg sets the flag");
    let flag = ["-v", "error", "-show_entries", "stream_side_data=rotation", to];
    assert!(run("ffprobe", &flag).expect("read").contains("rotation="), "the flag is there");
    let camera = camera(Footage::File(turned));
    let streams = probe(&camera.url(0), "tcp").expect("ffprobe can watch");
    assert!(streams.contains("width=320|height=240"), "nobody turns it: {streams}");
}

#[test]
fn datagrams_work_too() {
    let camera = camera(Footage::ClockPattern(small()));
    let streams = probe(&camera.url(0), "udp").expect("ffprobe can watch by UDP");
    assert!(streams.contains("codec_name=h264"), "{streams}");
}

#[test]
fn each_mount_knows_its_own_user() {
    let login = |user: &str, password: &str| Some((user.to_owned(), Secret::new(password)));
    let mut specs: Vec<_> =
        ["/open", "/door", "/yard"].map(|mount| spec(mount, Footage::ClockPattern(small()))).into();
    specs[1].credentials = login("anna", "p ss:w@rd");
    specs[2].credentials = login("bert", "other");
    let camera = serve(specs);
    let address = camera.local_addr();
    let watch = |login: &str, mount: &str| probe(&format!("rtsp://{login}{address}{mount}"), "tcp");
    assert!(watch("", "/open").is_ok(), "no login is asked for here");
    assert!(watch("anna:p%20ss:w%40rd@", "/door").is_ok(), "the right login opens");
    assert!(watch("bert:other@", "/yard").is_ok(), "the other camera has its own");
    for (login, mount) in [
        ("", "/door"),
        ("anna:wrong@", "/door"),
        ("bert:other@", "/door"),
        ("anna:p%20ss:w%40rd@", "/yard"),
    ] {
        let refusal = watch(login, mount).expect_err("this login must not open");
        assert!(refusal.contains("401"), "{login}{mount}: {refusal}");
    }
}

#[test]
fn basic_and_digest_are_both_offered() {
    let mut specs = vec![spec("/door", Footage::ClockPattern(small()))];
    specs[0].credentials = Some(("anna".to_owned(), Secret::new("secret")));
    let camera = serve(specs);
    let mut socket = TcpStream::connect(camera.local_addr()).expect("it listens");
    socket.set_read_timeout(Some(rig::PATIENCE)).expect("a timeout");
    let request = format!("DESCRIBE {} RTSP/1.0\r\nCSeq: 1\r\n\r\n", camera.url(0));
    socket.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    let mut buffer = [0; 1024];
    while !answer.contains("\r\n\r\n") {
        let count = socket.read(&mut buffer).expect("an answer in time");
        assert!(count > 0, "the answer ended early: {answer}");
        answer.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    assert!(answer.starts_with("RTSP/1.0 401"), "{answer}");
    for scheme in ["Basic", "Digest"] {
        assert!(answer.contains(&format!("WWW-Authenticate: {scheme}")), "{answer}");
    }
}

/// A client that does nothing by itself: it asks, and then reads only what its test reads.
struct Client(TcpStream);

impl Client {
    fn play(camera: &CameraServer) -> Self {
        let socket = TcpStream::connect(camera.local_addr()).expect("it listens");
        socket.set_read_timeout(Some(rig::PATIENCE)).expect("a timeout");
        let mut client = Self(socket);
        let url = camera.url(0);
        client.ask(&format!("DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n"));
        let answer = client.ask(&format!(
            "SETUP {url}/stream=0 RTSP/1.0\r\nCSeq: 2\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
        ));
        let session = answer.lines().find_map(|line| line.strip_prefix("Session: "));
        let session = session.and_then(|line| line.split(';').next()).expect("a session");
        client.ask(&format!("PLAY {url} RTSP/1.0\r\nCSeq: 3\r\nSession: {session}\r\n\r\n"));
        client
    }

    fn ask(&mut self, request: &str) -> String {
        self.0.write_all(request.as_bytes()).expect("sent");
        let mut answer = Vec::new();
        let mut byte = [0];
        while !answer.ends_with(b"\r\n\r\n") {
            self.0.read_exact(&mut byte).expect("an answer in time");
            // Media may come before the answer to PLAY: `$`, channel, two bytes of length.
            if answer.is_empty() && byte[0] == b'$' {
                let mut header = [0; 3];
                self.0.read_exact(&mut header).expect("a header");
                self.read(u16::from_be_bytes([header[1], header[2]]).into());
            } else {
                answer.push(byte[0]);
            }
        }
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("RTSP/1.0 200"), "{answer}");
        let length = answer.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let mut body = vec![0; length.map_or(0, |length| length.trim().parse().expect("a number"))];
        self.0.read_exact(&mut body).expect("the body");
        answer
    }

    fn read(&mut self, bytes: usize) {
        self.0.read_exact(&mut vec![0; bytes]).expect("media in time");
    }
}

#[test]
fn clients_may_come_and_go_while_it_plays() {
    let camera = camera(Footage::ClockPattern(ClockPattern { frames_per_second: 100, ..small() }));
    let mut steady = Client::play(&camera);
    for round in 0..20 {
        let mut clients: Vec<Client> = (0..4).map(|_| Client::play(&camera)).collect();
        clients.iter_mut().take(round % 4).for_each(|client| client.read(2_000));
        drop(clients);
        steady.read(1_000);
    }
}

#[test]
fn it_stops_while_clients_watch() {
    for _ in 0..5 {
        let camera =
            camera(Footage::ClockPattern(ClockPattern { frames_per_second: 100, ..small() }));
        let mut clients: Vec<Client> = (0..8).map(|_| Client::play(&camera)).collect();
        clients.iter_mut().for_each(|client| client.read(1_000));
        camera.stop();
        for client in &mut clients {
            let rest = client.0.read_to_end(&mut Vec::new());
            let is_over = rest.is_ok()
                || rest.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset);
            assert!(is_over, "the connection is closed, not left hanging");
        }
    }
}

#[test]
fn a_client_that_stops_reading_costs_the_others_nothing() {
    let camera = camera(Footage::ClockPattern(ClockPattern { width: 640, height: 360, ..small() }));
    let url = camera.url(0);
    let _stalled = Client::play(&camera);
    // From here on nothing is read from that socket. Two seconds of video for another client must
    // take about two seconds.
    let arguments = [
        "-v",
        "error",
        "-rtsp_transport",
        "tcp",
        "-i",
        &url,
        "-t",
        "2",
        "-c",
        "copy",
        "-f",
        "null",
        "-",
    ];
    for _ in 0..3 {
        run("ffmpeg", &arguments).expect("another client watches in time");
    }
}

#[test]
fn several_clients_share_one_mount() {
    let camera = camera(Footage::ClockPattern(small()));
    let url = camera.url(0);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(|| probe(&url, "tcp"))).collect();
        for client in clients {
            let streams = client.join().expect("no panic").expect("ffprobe can watch");
            assert!(streams.contains("codec_name=h264"), "{streams}");
        }
    });
}

#[test]
fn a_port_is_free_again_when_its_camera_is_gone() {
    let first = camera(Footage::ClockPattern(small()));
    let address = first.local_addr();
    assert!(probe(&first.url(0), "tcp").is_ok(), "it served");
    let again =
        || CameraServer::start(address, vec![spec("/door", Footage::ClockPattern(small()))]);
    let refusal = again().expect_err("the port is taken");
    assert_eq!(refusal.kind(), ErrorKind::InUse, "{refusal}");
    first.stop();
    assert!(TcpStream::connect(address).is_err(), "nobody listens after stop");
    let second = again().expect("the port is free");
    assert!(probe(&second.url(0), "tcp").is_ok(), "the second serves as well");
}

#[test]
fn what_is_no_film_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    let start = |path: &std::path::Path| {
        let listen = "127.0.0.1:0".parse().expect("an address");
        let footage = Footage::File(path.to_owned());
        CameraServer::start(listen, vec![spec("/door", footage)]).expect_err("this is no film")
    };
    assert_eq!(start(&path).kind(), ErrorKind::NotFound, "the file does not exist");
    std::fs::write(&path, "MZ is no video").expect("written");
    assert_eq!(start(&path).kind(), ErrorKind::InvalidInput);
    let mut damaged = b"\0\0\0\x18ftypisom".to_vec();
    damaged.extend([0xFF; 4096]);
    std::fs::write(&path, damaged).expect("written");
    assert_eq!(start(&path).kind(), ErrorKind::InvalidInput);
    run(
        "ffmpeg",
        &[
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=64x64:rate=5",
            "-t",
            "1",
            "-c:v",
            "mpeg4",
            "-y",
            path.to_str().expect("plain"),
        ],
    )
    .expect("made");
    let refusal = start(&path).to_string();
    assert!(refusal.contains("H.264 or H.265"), "it says what would do: {refusal}");
}
