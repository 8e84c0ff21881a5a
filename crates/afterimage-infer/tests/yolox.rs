//! YOLOX-nano on real frames sees what ONNX Runtime's Python package sees (`reference.py`).

mod footage;

use afterimage_infer::{Catalogue, FrameView, Model, Runtime};

const WIDTH: u32 = 640;
const HEIGHT: u32 = 272;

#[derive(serde::Deserialize)]
struct Reference {
    frame: u32,
    seen: Vec<Seen>,
}

#[derive(serde::Deserialize)]
struct Seen {
    class: usize,
    score: f32,
    bbox: [f32; 4],
}

fn open() -> (Model, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue =
        Catalogue::new(folder.path().to_path_buf(), vec![footage::mirror().join("models")]);
    let labels = catalogue.manifest("yolox-nano").expect("built in").labels().to_vec();
    let runtime = Runtime::load(None).expect("ONNX Runtime is set up by `make setup`");
    (catalogue.open(&runtime, "yolox-nano").expect("it opens"), labels)
}

#[test]
fn it_sees_what_the_reference_sees_and_finds_the_cyclist() {
    let name = "YOLOX against its reference";
    let weights = footage::mirror().join("models/yolox_nano.onnx");
    let Some(_) = footage::or_skip(name, weights) else { return };
    let Some(video) = footage::or_skip(name, footage::root().join(".cache/footage/bikes.mp4"))
    else {
        return;
    };
    let (mut model, labels) = open();
    let references: Vec<Reference> =
        serde_json::from_str(include_str!("reference.json")).expect("reference.py's output");
    let numbers: Vec<u32> = references.iter().map(|reference| reference.frame).collect();
    let frames = footage::frames(&video, &numbers, WIDTH, HEIGHT);

    for (reference, rgb) in references.iter().zip(&frames) {
        let number = reference.frame;
        let frame = FrameView { width: WIDTH, height: HEIGHT, rgb };
        let found = model.detect(frame, None).expect("a frame");
        assert_eq!(found.len(), reference.seen.len(), "frame {number}: {found:?}");
        for expected in &reference.seen {
            let label = &labels[expected.class];
            let is_same = |found: &afterimage_infer::Detected| {
                let near = |(a, b): (&f32, &f32)| (a - b).abs() < 0.005;
                found.label == *label
                    && (found.score - expected.score).abs() < 0.005
                    && found.bbox.iter().zip(&expected.bbox).all(near)
            };
            assert!(
                found.iter().any(is_same),
                "frame {number}: {label} {} at {:?} is missing in {found:?}",
                expected.score,
                expected.bbox
            );
        }
    }

    let cyclist = references.iter().position(|one| one.frame == 130).expect("frame 130");
    let frame = FrameView { width: WIDTH, height: HEIGHT, rgb: &frames[cyclist] };
    let found = model.detect(frame, None).expect("a frame");
    for label in ["person", "bicycle"] {
        let on_the_spot = found.iter().any(|found| {
            // He stands at two thirds of the picture's width, seen by eye.
            let centre = found.bbox[0] + found.bbox[2] / 2.0;
            found.label == label && found.score > 0.7 && (0.6..0.75).contains(&centre)
        });
        assert!(on_the_spot, "the {label} in the middle of frame 130 is plain to see: {found:?}");
    }
}
