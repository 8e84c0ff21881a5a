//! A part of the picture that somebody asks about.
//!
//! Invariant: it lies in the picture and is no line.

use crate::StoreError;

/// A rectangle; left, top, width and height are fractions of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

/// Fractions that were rounded may add up to a little more than the picture.
const ROUNDING: f32 = 1e-3;

impl Region {
    pub fn new(x: f32, y: f32, width: f32, height: f32) -> Result<Self, StoreError> {
        let is_inside = |at: f32, length: f32| {
            at >= 0.0 && length > 0.0 && length.is_finite() && at + length <= 1.0 + ROUNDING
        };
        if is_inside(x, width) && is_inside(y, height) {
            return Ok(Self { x, y, width, height });
        }
        Err(StoreError::Invalid(format!(
            "the region {x},{y},{width},{height} does not lie in the picture; give left, top, width and height as fractions of it, such as 0.5,0,0.5,1 for its right half"
        )))
    }

    /// Left, top, right, bottom.
    pub(crate) fn edges(self) -> [f32; 4] {
        [self.x, self.y, self.x + self.width, self.y + self.height]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_lies_in_the_picture() {
        assert!(Region::new(0.0, 0.0, 1.0, 1.0).is_ok(), "the whole picture is one");
        assert!(Region::new(0.7, 0.0, 0.300_01, 1.0).is_ok(), "rounded in a browser");
        for [x, y, width, height] in [
            [-0.1, 0.0, 0.5, 0.5],
            [0.6, 0.0, 0.5, 0.5],
            [0.0, 0.0, 0.0, 0.5],
            [0.0, f32::NAN, 0.5, 0.5],
            [0.0, 0.0, 0.5, f32::INFINITY],
        ] {
            let error = Region::new(x, y, width, height).expect_err("outside");
            assert!(error.to_string().contains("fractions"), "says what to give: {error}");
        }
    }
}
