//! Pictures for exports, made by a process of this program: the recorder decodes nothing.
//!
//! Belongs here: what both sides say to each other, and the recorder's side. Not here: starting a
//! process ([`crate::child`]), making pictures ([`crate::pictures`]).
//! Invariant: the token goes through standard input; once `stop` is cancelled the process is killed
//! and waited for.

use crate::child;
use afterimage_api::{
    ApiError, FrameChoice, Making, PictureMaker, PictureOrder, PicturesMade, PicturesTold,
};
use afterimage_base::{ErrorKind, Secret, StreamName, WallTime};
use afterimage_dataset::PickedFrame;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio_util::sync::CancellationToken;

/// One line on the maker's standard input.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    pub server: String,
    pub token: String,
    pub is_dataset: bool,
    pub streams: Vec<StreamName>,
    from_micros: i64,
    to_micros: i64,
    /// Absent where frames are picked.
    every_micros: Option<u64>,
    pub picked: Vec<PickedFrame>,
    pub output: PathBuf,
}

/// One line on its standard output.
#[derive(Serialize, Deserialize)]
pub struct Told {
    pub share: f64,
    pub bytes: u64,
    pub absent: u64,
}

impl Order {
    fn new(order: PictureOrder, server: String, token: &Secret) -> Self {
        let (every_micros, picked) = match order.choice {
            FrameChoice::Every(every) => (u64::try_from(every.as_micros()).ok(), Vec::new()),
            FrameChoice::Picked(picked) => {
                let picked = picked.into_iter().map(|frame| PickedFrame {
                    stream: frame.stream,
                    at_micros: frame.at.as_micros(),
                });
                (None, picked.collect())
            }
        };
        Self {
            server,
            token: token.expose().to_owned(),
            is_dataset: order.is_dataset,
            streams: order.streams,
            from_micros: order.range.from.as_micros(),
            to_micros: order.range.to.as_micros(),
            every_micros,
            picked,
            output: order.output,
        }
    }

    pub fn range(&self) -> (WallTime, WallTime) {
        (WallTime::from_micros(self.from_micros), WallTime::from_micros(self.to_micros))
    }

    pub fn every(&self) -> Option<Duration> {
        self.every_micros.map(Duration::from_micros)
    }

    /// Of one stream, in order.
    pub fn instants(&self, stream: &StreamName) -> Vec<WallTime> {
        let of_stream = self.picked.iter().filter(|frame| frame.stream == *stream);
        of_stream.map(|frame| WallTime::from_micros(frame.at_micros)).collect()
    }

    /// How much is done once all before `at` of this stream is: streams come one after the other.
    #[expect(clippy::cast_precision_loss, reason = "a part of one, to show")]
    pub fn share_at(&self, stream: &StreamName, at: WallTime) -> f64 {
        let before = self.streams.iter().take_while(|name| *name != stream).count();
        let length = (self.to_micros - self.from_micros).max(1);
        let within = (at.as_micros() - self.from_micros).clamp(0, length);
        (before as f64 + within as f64 / length as f64) / self.streams.len().max(1) as f64
    }
}

/// Starts one process for each order.
pub struct PictureProcesses {
    /// This recorder, as programs on this machine reach it.
    pub server: String,
    pub token: Secret,
}

impl PictureMaker for PictureProcesses {
    fn make(&self, order: PictureOrder, told: PicturesTold, stop: CancellationToken) -> Making {
        let order = Order::new(order, self.server.clone(), &self.token);
        Box::pin(async move { make(&order, &told, &stop).await })
    }
}

async fn make(
    order: &Order,
    told: &PicturesTold,
    stop: &CancellationToken,
) -> Result<PicturesMade, ApiError> {
    let lost = |error: std::io::Error| {
        ApiError::new(
            ErrorKind::Unavailable,
            format!("the process that decodes can't be talked to: {error}"),
        )
    };
    let mut process = child::start_picture_maker().map_err(lost)?;
    let words = Arc::new(Mutex::new(None));
    let forwarding = process
        .stderr
        .take()
        .map(|errors| tokio::spawn(child::forward(errors, Arc::clone(&words))));
    // Open until it is over: the process ends when it closes.
    let mut input = process.stdin.take();
    let output = process.stdout.take();
    let talk = async {
        if let Some(input) = &mut input {
            let mut line = serde_json::to_vec(order).expect("plain data");
            line.push(b'\n');
            input.write_all(&line).await?;
            input.flush().await?;
        }
        let mut made = PicturesMade::default();
        if let Some(output) = output {
            let mut lines = BufReader::new(output).lines();
            while let Some(line) = lines.next_line().await? {
                let Ok(now) = serde_json::from_str::<Told>(&line) else { continue };
                made = PicturesMade { share: now.share, bytes: now.bytes, absent: now.absent };
                told(made);
            }
        }
        process.wait().await.map(|status| (status, made))
    };
    let outcome = tokio::select! {
        outcome = talk => Some(outcome),
        () = stop.cancelled() => None,
    };
    let Some(outcome) = outcome else {
        process.kill().await.map_err(lost)?;
        return Err(ApiError::new(ErrorKind::Unavailable, "it was stopped"));
    };
    if let Some(forwarding) = forwarding {
        drop(forwarding.await);
    }
    match outcome {
        Ok((status, made)) if status.success() => Ok(made),
        // It may end before it has read all of its order; its own words say more.
        Ok((status, _)) => Err(ended(&words, &status.to_string())),
        Err(error) => Err(ended(&words, &error.to_string())),
    }
}

fn ended(words: &Mutex<Option<String>>, how: &str) -> ApiError {
    let words = words.lock().unwrap_or_else(PoisonError::into_inner).take();
    let sentence = words.unwrap_or_else(|| {
        format!("the process that decodes ended in the middle ({how}); start the export anew")
    });
    ApiError::new(ErrorKind::Unavailable, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_counts_streams_and_time() {
        let name = |text: &str| text.parse::<StreamName>().expect("a name");
        let order = Order {
            server: String::new(),
            token: String::new(),
            is_dataset: false,
            streams: vec![name("a"), name("b")],
            from_micros: 100,
            to_micros: 300,
            every_micros: Some(1),
            picked: Vec::new(),
            output: PathBuf::new(),
        };
        let share = |stream: &str, at| order.share_at(&name(stream), WallTime::from_micros(at));
        assert!((share("a", 200) - 0.25).abs() < 1e-9, "half of the first of two");
        assert!((share("b", 900) - 1.0).abs() < 1e-9, "what lies after the range is no more");
    }
}
