//! One model on one stream: reads, decodes, infers, posts, commits; one fragment at a time.

use crate::{FragmentDecoder, WorkerError};
use afterimage_api::dto::{ConsumerStart, DetectedBox, DetectionPost, FrameDetections};
use afterimage_base::{StreamName, WallTime, frames_on_grid};
use afterimage_client::{Client, ConsumerFragment, ConsumerItem};
use afterimage_infer::{FrameView, Model};
use afterimage_pipeline::decode::DecodedFrame;
use std::time::Duration;

pub(crate) struct Watch {
    pub client: Client,
    pub stream: StreamName,
    pub model: Model,
}

/// What lives on the decoding thread, handed back and forth.
struct Eyes {
    model: Model,
    decoder: Option<FragmentDecoder>,
    previous: Option<DecodedFrame>,
    interval: Duration,
}

impl Watch {
    /// Follows the stream until the connection ends. The consumer bears the model's name.
    pub(crate) async fn run(self) -> Result<(), WorkerError> {
        let model = self.model.manifest().name.clone();
        let interval = self.model.manifest().every;
        self.client.put_consumer(&self.stream, &model, ConsumerStart::Latest).await?;
        let mut fragments = self.client.read(&self.stream, &model).await?;
        let mut eyes = Eyes { model: self.model, decoder: None, previous: None, interval };
        while let Some(item) = fragments.next().await? {
            match item {
                ConsumerItem::Init { bytes, .. } => {
                    eyes.decoder = Some(FragmentDecoder::new(bytes)?);
                    eyes.previous = None;
                }
                ConsumerItem::Fragment(fragment) => {
                    let number = fragment.number;
                    let (back, seen) = tokio::task::spawn_blocking(move || {
                        let seen = eyes.look(&fragment);
                        (eyes, seen)
                    })
                    .await
                    .expect("decoding and inference do not panic");
                    eyes = back;
                    match seen {
                        Ok(frames) if frames.is_empty() => {}
                        Ok(frames) => {
                            let post = DetectionPost { model: model.clone(), frames };
                            self.client.post_detections(&self.stream, &post).await?;
                        }
                        // One bad fragment must not end the watch: note it and go on.
                        Err(error) => {
                            tracing::warn!(stream = %self.stream, fragment = number, %error, "a fragment could not be looked at");
                        }
                    }
                    fragments.commit(number).await?;
                }
            }
        }
        Ok(())
    }
}

impl Eyes {
    fn look(&mut self, fragment: &ConsumerFragment) -> Result<Vec<FrameDetections>, WorkerError> {
        let Some(decoder) = &mut self.decoder else { return Ok(Vec::new()) };
        let places = decoder.frame_times(&fragment.bytes)?;
        let times: Vec<WallTime> = places.iter().map(|place| place.at).collect();
        let end = WallTime::from_micros(fragment.from_micros + fragment.duration_micros);
        let wanted = frames_on_grid(&times, end, self.interval);
        let wanted: Vec<u32> = wanted.into_iter().map(|index| places[index].sample).collect();
        let mut seen = Vec::new();
        for frame in decoder.decode(&fragment.bytes, &wanted)? {
            let previous = self.previous.as_ref().map(view);
            let found = self.model.detect(view(&frame.picture), previous)?;
            seen.push(FrameDetections {
                fragment: fragment.number,
                sample: frame.sample,
                at_micros: frame.at.as_micros(),
                detections: found
                    .into_iter()
                    .map(|box_| DetectedBox {
                        label: box_.label,
                        score: box_.score,
                        bbox: box_.bbox,
                    })
                    .collect(),
            });
            self.previous = Some(frame.picture);
        }
        Ok(seen)
    }
}

fn view(picture: &DecodedFrame) -> FrameView<'_> {
    FrameView { width: picture.width, height: picture.height, rgb: &picture.rgb }
}
