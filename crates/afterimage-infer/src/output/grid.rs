//! A grid of scores: adjacent active cells become one box.

use super::MAX_BOXES;
use crate::Detected;

/// Joins cells of at least `threshold` that touch, corners too. A box's score is its strongest
/// cell's. Surest first; equals from the top left.
pub(crate) fn boxes(cells: &[f32], columns: usize, threshold: f32, label: &str) -> Vec<Detected> {
    let rows = cells.len() / columns;
    let mut open: Vec<bool> = cells.iter().map(|score| *score >= threshold).collect();
    let mut found = Vec::new();
    for start in 0..rows * columns {
        if std::mem::take(&mut open[start]) {
            found.push(grow(start, cells, columns, &mut open, label));
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(MAX_BOXES);
    found
}

/// Takes the cells that hang together with `start` out of `open`.
fn grow(start: usize, cells: &[f32], columns: usize, open: &mut [bool], label: &str) -> Detected {
    let rows = cells.len() / columns;
    let (mut left, mut right) = (start % columns, start % columns);
    let (mut top, mut bottom) = (start / columns, start / columns);
    let mut score = 0.0f32;
    let mut pending = vec![start];
    while let Some(cell) = pending.pop() {
        let (x, y) = (cell % columns, cell / columns);
        (left, right) = (left.min(x), right.max(x));
        (top, bottom) = (top.min(y), bottom.max(y));
        score = score.max(cells[cell]);
        for near_y in y.saturating_sub(1)..=(y + 1).min(rows - 1) {
            for near_x in x.saturating_sub(1)..=(x + 1).min(columns - 1) {
                let near = near_y * columns + near_x;
                if std::mem::take(&mut open[near]) {
                    pending.push(near);
                }
            }
        }
    }
    let share = |from: usize, to: usize, of: usize| {
        (from as f32 / of as f32, (to + 1 - from) as f32 / of as f32)
    };
    let (x, width) = share(left, right, columns);
    let (y, height) = share(top, bottom, rows);
    Detected { label: label.to_owned(), score: score.min(1.0), bbox: [x, y, width, height] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn touching_cells_are_one_box_and_others_are_not() {
        #[rustfmt::skip]
        let cells = [
            0.9, 0.0, 0.0, 0.0,
            0.0, 0.5, 0.0, 0.3,
            0.0, 0.0, 0.0, 0.3,
            0.0, 0.0, 0.1, 0.0,
        ];
        let found = boxes(&cells, 4, 0.3, "motion");
        let seen: Vec<_> = found.iter().map(|found| (found.score, found.bbox)).collect();
        let expected = [(0.9, [0.0, 0.0, 0.5, 0.5]), (0.3, [0.75, 0.25, 0.25, 0.5])];
        assert_eq!(seen, expected, "a corner joins; 0.1 is below the threshold");
    }

    proptest! {
        #[test]
        fn every_active_cell_is_inside_a_box_and_every_box_inside_the_frame(
            columns in 1usize..20, cells in prop::collection::vec(0.0f32..1.0, 1..200),
        ) {
            let rows = cells.len().div_ceil(columns);
            let mut cells = cells;
            cells.resize(rows * columns, f32::NAN);
            let found = boxes(&cells, columns, 0.5, "motion");
            for found in &found {
                let [x, y, width, height] = found.bbox;
                prop_assert!(x >= 0.0 && y >= 0.0 && x + width <= 1.0001 && y + height <= 1.0001);
                prop_assert!((0.5..=1.0).contains(&found.score), "no box without an active cell");
            }
            for (index, _) in cells.iter().enumerate().filter(|(_, score)| **score >= 0.5) {
                let x = (index % columns) as f32 / columns as f32 + 0.5 / columns as f32;
                let y = (index / columns) as f32 / rows as f32 + 0.5 / rows as f32;
                prop_assert!(found.iter().any(|found| {
                    let [left, top, width, height] = found.bbox;
                    x > left && x < left + width && y > top && y < top + height
                }), "cell {index} moved and no box holds it");
            }
        }
    }
}
