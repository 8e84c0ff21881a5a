//! The one place that starts processes: the recorder's worker, who makes pictures for an export, and
//! the window of the demo.
//!
//! Invariant: what is started is this very program or the desktop app beside it, never a name from
//! outside. Secrets go through the environment or the standard input of the child, never through its
//! arguments.

#![expect(clippy::disallowed_types, reason = "this is the one place that may start a process")]

use crate::failure::{FAILURE_PREFIX, Failure};
use afterimage_base::{ErrorKind, Secret};
use afterimage_recorder::Notices;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio_util::sync::CancellationToken;

const WORKER: &str = "worker";

/// A worker that ends is started again after this long, doubling up to the second.
const RESTART_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Keeps one worker running until told to stop. Its end costs no recorded frame; why it ended is
/// among the recorder's notices.
pub async fn keep_worker(server: String, token: Secret, notices: Notices, stop: CancellationToken) {
    let mut wait = RESTART_AFTER.0;
    while !stop.is_cancelled() {
        let reason = match start_worker(&server, &token) {
            Ok(mut child) => {
                // Waiting would close it, and the worker ends when it closes.
                let _lifeline = child.stdin.take();
                let told = Arc::new(Mutex::new(None));
                let forwarding =
                    child.stderr.take().map(|stderr| forward(stderr, Arc::clone(&told)));
                let forwarding = forwarding.map(tokio::spawn);
                tokio::select! {
                    () = stop.cancelled() => {
                        drop(child.kill().await);
                        return;
                    }
                    _ = child.wait() => {}
                }
                if let Some(forwarding) = forwarding {
                    drop(forwarding.await);
                }
                let last = told.lock().expect("nothing panics while this is held").take();
                last.unwrap_or_else(|| "it ended without a word".to_owned())
            }
            Err(error) => format!("it could not be started: {error}"),
        };
        tracing::warn!(%reason, ?wait, "the worker ended; recording goes on and the worker is started again");
        notices.set(WORKER, format!("Models don't run: {reason}"));
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => wait = (wait * 2).min(RESTART_AFTER.1),
        }
        notices.clear(WORKER);
    }
}

fn start_worker(server: &str, token: &Secret) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(["worker", "--server", server])
        .env_remove("AFTERIMAGE_DATA")
        .env("AFTERIMAGE_TOKEN", token.expose())
        // The worker ends when this pipe does: a killed recorder leaves no orphan.
        .env("AFTERIMAGE_ENDS_WITH_STDIN", "1")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

/// Waits for its order on standard input, and ends when that does.
pub fn start_picture_maker() -> std::io::Result<Child> {
    let mut maker = this_program()?;
    maker.args(["export", "make"]).env_remove("AFTERIMAGE_TOKEN");
    maker.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// Passes a child's words on; its last sentence is kept for the notice of its end.
pub async fn forward(stderr: ChildStderr, told: Arc<Mutex<Option<String>>>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match line.strip_prefix(FAILURE_PREFIX) {
            Some(sentence) => {
                *told.lock().expect("nothing panics while this is held") =
                    Some(sentence.to_owned());
            }
            None => eprintln!("{line}"),
        }
    }
}

/// Opens the desktop window on a data directory. `None` where it was not built beside this program.
pub fn open_window(data: &Path) -> Option<std::io::Result<Child>> {
    let desktop: PathBuf = std::env::current_exe().ok()?.with_file_name("afterimage-desktop");
    desktop.exists().then(|| {
        Command::new(desktop)
            .arg("--data")
            .arg(data)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    })
}

/// Ten seconds of 1080p at about 4 Mbit/s with a key frame every two seconds.
pub async fn make_bench_footage(output: &Path) -> Result<(), Failure> {
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "lavfi"])
        .args(["-i", "testsrc2=size=1920x1080:rate=25,noise=alls=12:allf=t"])
        .args(["-t", "10", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"])
        .args(["-b:v", "4M", "-maxrate", "4M", "-bufsize", "4M", "-g", "50", "-pix_fmt", "yuv420p"])
        .arg(output)
        .status()
        .await;
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            Err(Failure::new(ErrorKind::Internal, format!("ffmpeg made no footage: {status}")))
        }
        Err(error) => Err(Failure::new(
            ErrorKind::Unavailable,
            format!("ffmpeg can't be started ({error}); apt install ffmpeg"),
        )),
    }
}

pub fn start_bench_camera(footage: &Path) -> std::io::Result<Child> {
    let mut camera = this_program()?;
    camera.args(["camera", "--listen", "127.0.0.1:0/bench", "--file"]).arg(footage);
    camera.stdout(Stdio::piped()).spawn()
}

pub fn start_bench_recorder(data: &Path) -> std::io::Result<Child> {
    let mut recorder = this_program()?;
    recorder.args(["serve", "--no-worker", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    recorder.env("AFTERIMAGE_LOG", "warn").stdout(Stdio::piped()).spawn()
}

/// The recorder that ours is measured beside.
pub fn start_rival(url: &str, output: &Path) -> std::io::Result<Child> {
    Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i", url])
        .args(["-c", "copy", "-f", "segment", "-segment_time", "60"])
        .arg(output)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// What clips are measured beside: a server of the files in a folder, as its configuration says.
pub fn start_file_server(prefix: &Path, configuration: &Path) -> std::io::Result<Child> {
    let mut server = Command::new("nginx");
    server.arg("-p").arg(prefix).arg("-c").arg(configuration);
    server.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn()
}

/// Counts a process' system calls for a while; strace's summary.
pub async fn count_system_calls(pid: u32, lasting: Duration) -> std::io::Result<String> {
    let output = Command::new("timeout")
        .args(["--signal=INT", &lasting.as_secs().to_string()])
        .args(["strace", "-f", "-c", "-p", &pid.to_string()])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn this_program() -> std::io::Result<Command> {
    let mut program = Command::new(std::env::current_exe()?);
    program.env_remove("AFTERIMAGE_DATA").env_remove("AFTERIMAGE_SERVER");
    program.stdin(Stdio::null()).kill_on_drop(true);
    Ok(program)
}
