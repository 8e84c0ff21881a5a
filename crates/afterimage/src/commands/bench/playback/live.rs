//! Live view: by how much later a frame is on the socket than it came from the camera.

use super::tap::Tap;
use crate::failure::Failure;
use afterimage_base::{ErrorKind, StreamName};
use afterimage_client::{Client, LiveItem};
use std::time::{Duration, Instant};

/// Where somebody begins to watch, the recorder begins to hurry.
const SETTLE: Duration = Duration::from_secs(2);

/// Milliseconds of each frame of a while.
pub async fn watch(
    client: &Client,
    name: &StreamName,
    tap: &Tap,
    lasting: Duration,
) -> Result<Vec<f64>, Failure> {
    let mut stream = client.watch(name).await?;
    let from = Instant::now() + SETTLE;
    let mut added = Vec::new();
    while from.elapsed() < lasting {
        let Some(item) = stream.next().await? else { break };
        let now = Instant::now();
        if let LiveItem::Media { bytes, .. } = item
            && let Some(passed) = tap.passed(&bytes)
            && passed >= from
        {
            added.push(now.duration_since(passed).as_secs_f64() * 1_000.0);
        }
    }
    // 25 a second are sent.
    if added.len() < usize::try_from(lasting.as_secs()).unwrap_or(usize::MAX) * 20 {
        let told = format!("only {} live frames were known again", added.len());
        return Err(Failure::new(ErrorKind::Internal, told));
    }
    Ok(added)
}
