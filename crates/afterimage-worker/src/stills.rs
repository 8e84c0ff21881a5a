//! Stills for whoever waits at the recorder: takes an order, decodes, brings the picture.
//!
//! Invariant: an order that fails is answered, and the next one is taken.

use crate::still::{StillShape, encode_still, still_frame};
use crate::{FragmentDecoder, WorkerError};
use afterimage_api::dto::{StillJob, StillPlace};
use afterimage_base::{StreamName, WallTime};
use afterimage_client::Client;
use bytes::Bytes;
use std::time::Duration;

/// A recorder that can't be asked is asked again after this long.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Serves until cancelled.
pub(crate) async fn serve(client: Client) {
    let mut bench = Bench::default();
    loop {
        let job = match client.next_still().await {
            Ok(Some(job)) => job,
            Ok(None) => continue,
            Err(error) => {
                tracing::debug!(%error, "no stills can be asked for");
                tokio::time::sleep(AGAIN_AFTER).await;
                continue;
            }
        };
        let id = job.id;
        let brought = match bench.make(&client, job).await {
            Ok((place, picture)) => client.put_still(id, &place, picture).await,
            Err(error) => client.fail_still(id, error.to_string()).await,
        };
        if let Err(error) = brought {
            tracing::debug!(%error, "a still could not be brought");
        }
    }
}

/// What one maker keeps from still to still.
#[derive(Default)]
struct Bench {
    /// The init section that the decoder was made for.
    decoder: Option<(Bytes, FragmentDecoder)>,
    /// Of the segment that was asked for last.
    init: Option<(StreamName, i64, Bytes)>,
}

impl Bench {
    async fn make(
        &mut self,
        client: &Client,
        job: StillJob,
    ) -> Result<(StillPlace, Bytes), WorkerError> {
        let stream: StreamName = job.stream.parse().map_err(|_| WorkerError::NoFrame)?;
        let init = match self.init.take() {
            Some((known, segment, init)) if known == stream && segment == job.segment => init,
            _ => client.init(&stream, job.segment).await?,
        };
        self.init = Some((stream.clone(), job.segment, init.clone()));
        let mut fragments = Vec::with_capacity(job.fragments.len());
        for number in &job.fragments {
            fragments.push(client.fragment(&stream, *number).await?);
        }
        let decoder = self.decoder.take();
        let shape = StillShape {
            choice: job.nearest,
            at: WallTime::from_micros(job.at_micros),
            width: job.width,
            format: job.format,
        };
        let fragment = job.fragments.last().copied().unwrap_or_default();
        let work = tokio::task::spawn_blocking(move || {
            let mut decoder = match decoder {
                Some((known, decoder)) if known == init => decoder,
                _ => FragmentDecoder::new(init.clone())?,
            };
            let frame = still_frame(&mut decoder, &fragments, &shape)?;
            let picture = encode_still(&frame, shape.width, shape.format)?;
            let place =
                StillPlace { fragment, sample: frame.sample, at_micros: frame.at.as_micros() };
            Ok::<_, WorkerError>(((init, decoder), place, Bytes::from(picture)))
        });
        let (decoder, place, picture) = match work.await {
            Ok(made) => made?,
            Err(_) => return Err(WorkerError::NoFrame),
        };
        self.decoder = Some(decoder);
        Ok((place, picture))
    }
}
