//! The motion grid: it sees what moves, and not noise.

mod footage;

use afterimage_infer::{Catalogue, Detected, FrameView, Model, Runtime};

const WIDTH: u32 = 640;
const HEIGHT: u32 = 360;

fn open() -> Model {
    let runtime = Runtime::load(None).expect("ONNX Runtime is set up by `make setup`");
    let catalogue = Catalogue::new("no-such-folder".into(), Vec::new());
    catalogue.open(&runtime, "motion-grid").expect("built in: it needs no file")
}

/// A grey picture with noise of ±`amplitude` levels and a bright square at `left`.
fn picture(seed: u32, amplitude: u32, left: Option<u32>) -> Vec<u8> {
    let mut state = seed | 1;
    let mut rgb = Vec::with_capacity((WIDTH * HEIGHT * 3) as usize);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let is_square =
                left.is_some_and(|left| (left..left + 80).contains(&x)) && (120..200).contains(&y);
            for _ in 0..3 {
                // xorshift: the same noise on every machine.
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                let noise = state % (2 * amplitude + 1);
                rgb.push((if is_square { 200 } else { 90 } + noise - amplitude) as u8);
            }
        }
    }
    rgb
}

fn detect(model: &mut Model, previous: &[u8], current: &[u8]) -> Vec<Detected> {
    let view = |rgb| FrameView { width: WIDTH, height: HEIGHT, rgb };
    model.detect(view(current), Some(view(previous))).expect("two frames")
}

#[test]
fn noise_is_no_motion_and_a_moving_square_is() {
    let mut model = open();
    let found = detect(&mut model, &picture(1, 40, Some(0)), &picture(2, 40, Some(0)));
    assert_eq!(found, [], "strong sensor noise alone moves nothing");

    let found = detect(&mut model, &picture(1, 20, Some(80)), &picture(2, 20, Some(400)));
    assert_eq!(found.len(), 2, "where it left and where it came: {found:?}");
    for found in &found {
        assert_eq!(found.label, "motion");
        assert!(found.score > 0.9, "a square of twice its ground's level is strong motion");
        let [_, y, width, height] = found.bbox;
        assert!((0.2..0.4).contains(&y) && width < 0.26 && height < 0.4, "about 80x80: {found:?}");
    }
}

#[test]
fn without_a_frame_to_compare_with_nothing_moves() {
    let mut model = open();
    assert!(model.manifest().needs_previous(), "it compares");
    let rgb = picture(1, 20, Some(80));
    let frame = FrameView { width: WIDTH, height: HEIGHT, rgb: &rgb };
    assert_eq!(model.detect(frame, None).expect("a frame"), [], "the first frame of all");
    let small = FrameView { width: 2, height: 2, rgb: &[255; 12] };
    let seen = model.detect(frame, Some(small)).expect("a frame");
    assert_eq!(seen, [], "another resolution is another picture, not motion");
}

#[test]
fn a_buffer_that_is_no_frame_is_refused() {
    let mut model = open();
    for (width, height, bytes) in [(0, 10, 0), (10, 10, 299), (10, 10, 301), (100_000, 1, 300_000)]
    {
        let rgb = vec![0; bytes];
        let error =
            model.detect(FrameView { width, height, rgb: &rgb }, None).expect_err("refused");
        assert_eq!(error.kind(), afterimage_base::ErrorKind::InvalidInput, "{error}");
    }
}

#[test]
fn walkers_before_a_fixed_camera_are_found_where_they_walk() {
    let name = "motion of real walkers";
    let Some(video) = footage::or_skip(name, footage::mirror().join("media/vtest_h264.mp4")) else {
        return;
    };
    let (width, height) = (768, 576);
    let frames = footage::frames(&video, &[300, 310], width, height);
    let view = |rgb| FrameView { width, height, rgb };
    let found = open().detect(view(&frames[1]), Some(view(&frames[0]))).expect("two frames");
    assert!(!found.is_empty(), "people walk through this second");
    for found in found {
        let [_, y, _, height] = found.bbox;
        assert!(y > 0.1 && y + height < 0.8, "nothing moves in the sky and on the roof: {found:?}");
    }
}
