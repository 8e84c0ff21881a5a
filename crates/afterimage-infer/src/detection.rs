//! What a model saw: a labelled box on one frame.

/// One box on one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Detected {
    pub label: String,
    /// 0..1, as sure as the model is.
    pub score: f32,
    /// Left, top, width, height as shares of the frame, inside 0..1.
    pub bbox: [f32; 4],
}

/// A box by its corners, in whatever unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Corners {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Corners {
    pub fn area(&self) -> f32 {
        (self.right - self.left).max(0.0) * (self.bottom - self.top).max(0.0)
    }

    /// Intersection over union; 0 where the boxes don't meet or are empty.
    pub fn overlap(&self, other: &Self) -> f32 {
        let common = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
        .area();
        let union = self.area() + other.area() - common;
        if union > 0.0 { common / union } else { 0.0 }
    }

    /// As shares of a `width`×`height` picture, cut at its edges; `None` where nothing is left.
    pub fn normalised(&self, width: f32, height: f32) -> Option<[f32; 4]> {
        let share = |value: f32, of: f32| (value / of).clamp(0.0, 1.0);
        let (left, right) = (share(self.left, width), share(self.right, width));
        let (top, bottom) = (share(self.top, height), share(self.bottom, height));
        (right > left && bottom > top).then_some([left, top, right - left, bottom - top])
    }
}
