use afterimage_pipeline::camera::*;
fn main() {
    let specs = std::env::args().skip(1).enumerate().map(|(i, a)| {
        let footage = if let Some(kind) = a.strip_prefix("clock") {
            Footage::ClockPattern(ClockPattern {
                codec: if kind.contains("265") { PatternCodec::H265 } else if kind.contains("mjpeg") { PatternCodec::Mjpeg } else { PatternCodec::H264 },
                b_frames: kind.contains("b,"),
                audio: if kind.contains("aac") { PatternAudio::Aac } else if kind.contains("opus") { PatternAudio::Opus } else if kind.contains("pcmu") {PatternAudio::Pcmu} else { PatternAudio::None },
                width: if kind.contains("640") { 640 } else { 1280 }, height: if kind.contains("640") { 360 } else { 720 },
                ..ClockPattern::default() })
        } else { Footage::File(a.clone().into()) };
        CameraSpec { mount: format!("/c{i}"), footage, credentials: a.contains("auth").then(|| ("user".to_owned(), afterimage_base::Secret::new("pass"))) }
    }).collect();
    let server = CameraServer::start("127.0.0.1:8554".parse().unwrap(), specs).unwrap();
    println!("{}", server.url(0));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    println!("stopping");
    drop(server);
    println!("stopped");
}
