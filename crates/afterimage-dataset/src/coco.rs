//! The COCO file: images, annotations, categories.
//!
//! The format is COCO's "object detection" (<https://cocodataset.org/#format-data>), boxes in
//! pixels from the top left. Beyond it, an image says which frame of which stream it is, and an
//! annotation made by a model says its score. `file_name` is relative to `images/`.
//! Invariant: ids follow the order of the frames given; the same frames give the same bytes.

use crate::categories;
use crate::state::FinishedFrame;
use crate::{DatasetDescription, Label};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Serialize)]
struct Coco<'a> {
    info: Info<'a>,
    /// Whose pictures these are, the archive does not know.
    licenses: [(); 0],
    images: Vec<Image<'a>>,
    annotations: Vec<Annotation>,
    categories: Vec<Category>,
}

#[derive(Serialize)]
struct Info<'a> {
    description: &'static str,
    version: &'static str,
    recipe: &'a DatasetDescription,
}

#[derive(Serialize)]
struct Image<'a> {
    id: u64,
    file_name: String,
    width: u32,
    height: u32,
    stream: &'a str,
    fragment_number: u64,
    sample_index: u32,
    /// RFC 3339 with microseconds.
    time: String,
}

#[derive(Serialize)]
struct Annotation {
    id: u64,
    image_id: u64,
    category_id: u32,
    bbox: [f64; 4],
    area: f64,
    iscrowd: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Category {
    id: u32,
    name: String,
    supercategory: &'static str,
}

/// The file's bytes, and how many annotations it has. `frames` are in the order of their ids.
pub(crate) fn file(recipe: &DatasetDescription, frames: &[&FinishedFrame]) -> (Vec<u8>, u64) {
    let labels_of = |finished: &&'_ FinishedFrame| {
        finished.frame.annotations.iter().map(|label| label.label.clone()).collect::<Vec<_>>()
    };
    let used: Vec<String> = frames.iter().flat_map(labels_of).collect();
    let labels: BTreeSet<&str> = recipe.labels.iter().chain(&used).map(String::as_str).collect();
    let numbers = categories::number(&labels);

    let mut images = Vec::with_capacity(frames.len());
    let mut annotations = Vec::new();
    for (id, finished) in (1..).zip(frames) {
        let frame = &finished.frame;
        images.push(Image {
            id,
            file_name: frame.file_name(),
            width: frame.width,
            height: frame.height,
            stream: frame.stream.as_str(),
            fragment_number: frame.fragment,
            sample_index: frame.sample,
            time: frame.at.format("%Y-%m-%dT%H:%M:%S%.6fZ"),
        });
        for label in &frame.annotations {
            let Some(bbox) = pixels(label, frame.width, frame.height) else { continue };
            annotations.push(Annotation {
                id: annotations.len() as u64 + 1,
                image_id: id,
                category_id: numbers[&label.label],
                bbox,
                area: round(bbox[2] * bbox[3], 100.0),
                iscrowd: 0,
                score: label.score.map(|score| round(f64::from(score), 10_000.0)),
            });
        }
    }
    let mut categories: Vec<Category> =
        numbers.into_iter().map(|(name, id)| Category { id, name, supercategory: "" }).collect();
    categories.sort();
    let count = annotations.len() as u64;
    let info =
        Info { description: "Frames of recorded video, by Afterimage", version: "1", recipe };
    let coco = Coco { info, licenses: [], images, annotations, categories };
    let mut text = serde_json::to_vec(&coco).expect("strings and finite numbers serialise");
    text.push(b'\n');
    (text, count)
}

/// Edges to a hundredth of a pixel, inside the picture; `None` for what is thinner than that.
fn pixels(label: &Label, width: u32, height: u32) -> Option<[f64; 4]> {
    let [left, top, box_width, box_height] = label.bbox.map(f64::from);
    let edge = |share: f64, of: u32| round(share.clamp(0.0, 1.0) * f64::from(of), 100.0);
    let (x, right) = (edge(left, width), edge(left + box_width, width));
    let (y, bottom) = (edge(top, height), edge(top + box_height, height));
    (right > x && bottom > y).then(|| [x, y, round(right - x, 100.0), round(bottom - y, 100.0)])
}

fn round(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}
