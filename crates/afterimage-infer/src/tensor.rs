//! A frame as the numbers that a model takes.
//!
//! Belongs here: fit, colour order, range, layout; and the way back from the model's pixels to the
//! frame. Not here: the filter ([`crate::resize`]).

use crate::FrameView;
use crate::detection::Corners;
use crate::manifest::{Colour, Fit, InputSpec};
use crate::resize::resize;

/// Where a frame lies inside the model's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    /// Size of the frame's picture inside the input, from the top left.
    width: usize,
    height: usize,
}

impl Placement {
    pub fn of(frame: &FrameView<'_>, input: &InputSpec) -> Self {
        let (width, height) = (input.width as usize, input.height as usize);
        match input.fit {
            Fit::Stretch => Self { width, height },
            Fit::LetterboxTopLeft { .. } => {
                let by_width = width as f64 / f64::from(frame.width);
                let scale = by_width.min(height as f64 / f64::from(frame.height));
                let scaled = |side: u32, limit: usize| {
                    ((f64::from(side) * scale + 1e-9).floor() as usize).clamp(1, limit)
                };
                Self { width: scaled(frame.width, width), height: scaled(frame.height, height) }
            }
        }
    }

    /// A box in pixels of the input, as shares of the frame.
    pub fn normalised(&self, corners: &Corners) -> Option<[f32; 4]> {
        corners.normalised(self.width as f32, self.height as f32)
    }
}

/// Fills `tensor` with planes of `input.colour` order.
pub(crate) fn fill(
    tensor: &mut Vec<f32>,
    frame: &FrameView<'_>,
    input: &InputSpec,
    placement: Placement,
) {
    let (width, height) = (input.width as usize, input.height as usize);
    let [low, high] = input.range;
    let scaled = |level: f32| low + level / 255.0 * (high - low);
    let padding = match input.fit {
        Fit::Stretch => 0.0,
        Fit::LetterboxTopLeft { padding } => scaled(f32::from(padding)),
    };
    tensor.clear();
    tensor.resize(3 * width * height, padding);

    let picture = resize(frame, placement.width, placement.height);
    for (plane, target) in tensor.chunks_exact_mut(width * height).enumerate() {
        let channel = match input.colour {
            Colour::Rgb => plane,
            Colour::Bgr => 2 - plane,
        };
        let rows = target.chunks_exact_mut(width).zip(picture.chunks_exact(placement.width * 3));
        for (row, source) in rows {
            for (value, rgb) in row.iter_mut().zip(source.chunks_exact(3)) {
                *value = scaled(rgb[channel]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(fit: Fit) -> InputSpec {
        InputSpec {
            current: "images".to_owned(),
            previous: None,
            width: 8,
            height: 8,
            colour: Colour::Bgr,
            range: [0.0, 255.0],
            fit,
        }
    }

    #[test]
    fn a_letterboxed_frame_lies_top_left_over_padding_in_the_models_colour_order() {
        let rgb: Vec<u8> = std::iter::repeat_n([10, 20, 30], 16 * 8).flatten().collect();
        let frame = FrameView { width: 16, height: 8, rgb: &rgb };
        let input = input(Fit::LetterboxTopLeft { padding: 114 });
        let placement = Placement::of(&frame, &input);
        let mut tensor = Vec::new();
        fill(&mut tensor, &frame, &input, placement);
        let at = |plane: usize, y: usize| tensor[plane * 64 + y * 8].round();
        assert_eq!([at(0, 3), at(1, 3), at(2, 3)], [30.0, 20.0, 10.0], "blue first");
        assert_eq!([at(0, 4), at(2, 7)], [114.0, 114.0], "the lower half is padding");
    }

    #[test]
    fn a_box_comes_back_as_shares_of_the_frame_and_is_cut_at_its_edge() {
        let rgb = vec![0; 16 * 8 * 3];
        let frame = FrameView { width: 16, height: 8, rgb: &rgb };
        let placement = Placement::of(&frame, &input(Fit::LetterboxTopLeft { padding: 114 }));
        let corners = |left, top, right, bottom| Corners { left, top, right, bottom };
        assert_eq!(
            placement.normalised(&corners(2.0, 1.0, 4.0, 9.0)),
            Some([0.25, 0.25, 0.25, 0.75])
        );
        assert_eq!(placement.normalised(&corners(0.0, 5.0, 8.0, 8.0)), None, "only padding");
    }
}
