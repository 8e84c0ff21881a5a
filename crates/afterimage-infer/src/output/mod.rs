//! From a model's numbers to boxes; one module for each kind of output.
//!
//! Belongs here: pure functions over slices of `f32`. Not here: ONNX Runtime, pictures.

pub(crate) mod grid;
pub(crate) mod yolox;

/// Boxes of one frame beyond this are dropped, least sure first: whatever a model says, a frame
/// has a bounded number of detections.
pub(crate) const MAX_BOXES: usize = 300;
