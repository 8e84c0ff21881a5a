//! YOLOX's raw output: anchors of several strides become boxes, overlaps are dropped.
//!
//! The format is of YOLOX's `demo_postprocess` with its exported graphs: a row an anchor, strides
//! in rising order and cells row by row, holding centre x and y (in strides from the cell), log of
//! width and height (in strides), objectness and class scores (both already 0..1).

use super::MAX_BOXES;
use crate::detection::Corners;

/// Candidates that go into suppression; it compares pairs.
const MAX_CANDIDATES: usize = 1_000;

/// One box in pixels of the model's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub corners: Corners,
    pub class: usize,
    pub score: f32,
}

/// How many anchors an input of this size has.
pub(crate) fn anchors(width: u32, height: u32, strides: &[u32]) -> usize {
    strides.iter().map(|stride| (width / stride) as usize * (height / stride) as usize).sum()
}

/// Rows of `values` to boxes of at least `score_threshold`, surest first, overlapping ones of a
/// class dropped. `values` holds `anchors(…)` rows of `5 + classes`.
pub(crate) fn boxes(
    values: &[f32],
    (width, height): (u32, u32),
    strides: &[u32],
    classes: usize,
    score_threshold: f32,
    nms_threshold: f32,
) -> Vec<Candidate> {
    let cells = strides.iter().flat_map(|stride| {
        let (columns, rows) = (width / stride, height / stride);
        (0..rows).flat_map(move |y| (0..columns).map(move |x| (*stride as f32, x as f32, y as f32)))
    });
    let mut candidates: Vec<Candidate> = values
        .chunks_exact(5 + classes)
        .zip(cells)
        .filter_map(|(row, cell)| candidate(row, cell))
        .filter(|candidate| candidate.score >= score_threshold)
        .collect();
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    candidates.truncate(MAX_CANDIDATES);
    suppress(&candidates, nms_threshold)
}

fn candidate(row: &[f32], (stride, x, y): (f32, f32, f32)) -> Option<Candidate> {
    let [centre_x, centre_y, log_width, log_height, objectness, classes @ ..] = row else {
        return None;
    };
    // The first of equal classes, as argmax of numpy.
    let (class, best) = classes
        .iter()
        .enumerate()
        .reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    let score = (objectness * best).min(1.0);
    let (centre_x, centre_y) = ((centre_x + x) * stride, (centre_y + y) * stride);
    let (half_width, half_height) =
        (log_width.exp() * stride / 2.0, log_height.exp() * stride / 2.0);
    let is_finite =
        [score, centre_x, centre_y, half_width, half_height].iter().all(|value| value.is_finite());
    let corners = Corners {
        left: centre_x - half_width,
        top: centre_y - half_height,
        right: centre_x + half_width,
        bottom: centre_y + half_height,
    };
    is_finite.then_some(Candidate { corners, class, score })
}

/// Greedy suppression within each class; `candidates` come surest first.
fn suppress(candidates: &[Candidate], nms_threshold: f32) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let is_covered = kept.iter().any(|other| {
            other.class == candidate.class
                && other.corners.overlap(&candidate.corners) > nms_threshold
        });
        if !is_covered {
            kept.push(*candidate);
        }
        if kept.len() == MAX_BOXES {
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One stride of 8 over 16x16: four anchors of two classes.
    fn decode(rows: &[[f32; 7]]) -> Vec<Candidate> {
        boxes(rows.as_flattened(), (16, 16), &[8], 2, 0.3, 0.45)
    }

    #[test]
    fn an_anchor_decodes_to_its_box() {
        let mut rows = [[0.0; 7]; 4];
        rows[3] = [0.5, 0.25, 0.0, 2.0f32.ln(), 0.9, 0.1, 0.8];
        let found = decode(&rows);
        assert_eq!(found.len(), 1, "the other anchors have no objectness");
        let corners = found[0].corners;
        assert_eq!((corners.left, corners.right), (8.0, 16.0), "centre (0.5+1)*8, width 8");
        assert!((corners.top - 2.0).abs() < 1e-4 && (corners.bottom - 18.0).abs() < 1e-4);
        assert_eq!(found[0].class, 1);
        assert!((found[0].score - 0.72).abs() < 1e-6, "objectness times class");
    }

    #[test]
    fn overlaps_are_dropped_within_a_class_only() {
        let rows = [
            [0.5, 0.5, 0.0, 0.0, 0.9, 0.9, 0.0],
            // The same place as seen from the next cell: one object, twice.
            [-0.5, 0.5, 0.0, 0.0, 0.8, 0.9, 0.0],
            [0.5, -0.5, 0.0, 0.0, 0.8, 0.0, 0.9],
            [0.0; 7],
        ];
        let classes: Vec<_> = decode(&rows).iter().map(|found| found.class).collect();
        assert_eq!(classes, [0, 1], "a person on a bicycle is two things");
    }

    #[test]
    fn numbers_out_of_this_world_give_no_box() {
        let wild = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30];
        for value in wild {
            let found = decode(&[[value; 7]; 4]);
            assert!(found.is_empty(), "{value} is no place in a picture: {found:?}");
        }
    }
}
