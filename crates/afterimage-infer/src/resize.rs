//! Resizing: a triangle filter as wide as what one pixel of the result covers.
//!
//! Belongs here: the filter and its one pass over the picture. Enlarging, it is bilinear;
//! reducing, it averages, so thin things don't vanish and noise does. The same definition as
//! Pillow's `BILINEAR`, in `f32` and without rounding between the passes.
//! Invariant: memory is the result and one of its rows, however large the picture is.

use crate::FrameView;

/// The weights with which one run of source pixels makes one pixel of the result.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

impl Taps {
    fn end(&self) -> usize {
        self.first + self.weights.len()
    }
}

fn taps(source: usize, target: usize) -> Vec<Taps> {
    let scale = source as f64 / target as f64;
    let support = scale.max(1.0);
    (0..target)
        .map(|index| {
            let centre = (index as f64 + 0.5) * scale;
            let first = (centre - support + 0.5).floor().max(0.0) as usize;
            let end = ((centre + support + 0.5).floor() as usize).min(source).max(first + 1);
            let raw: Vec<f64> = (first..end)
                .map(|pixel| (1.0 - ((pixel as f64 + 0.5 - centre) / support).abs()).max(0.0))
                .collect();
            let sum: f64 = raw.iter().sum();
            Taps { first, weights: raw.iter().map(|weight| (weight / sum) as f32).collect() }
        })
        .collect()
}

/// The frame at `width`×`height`, interleaved RGB, values 0..=255. The frame is checked already.
pub(crate) fn resize(frame: &FrameView<'_>, width: usize, height: usize) -> Vec<f32> {
    let source_width = frame.width as usize;
    let columns = taps(source_width, width);
    let rows = taps(frame.height as usize, height);
    let mut result = vec![0.0f32; width * height * 3];
    let mut narrowed = vec![0.0f32; width * 3];
    // Rows of the result use rising runs of source rows: those before this one are complete.
    let mut first_open = 0;
    for (y, source) in frame.rgb.chunks_exact(source_width * 3).enumerate() {
        narrow(source, &columns, &mut narrowed);
        while rows.get(first_open).is_some_and(|row| row.end() <= y) {
            first_open += 1;
        }
        for (row, target) in rows.iter().zip(result.chunks_exact_mut(width * 3)).skip(first_open) {
            if row.first > y {
                break;
            }
            let Some(&weight) = row.weights.get(y - row.first) else { continue };
            for (sum, value) in target.iter_mut().zip(&narrowed) {
                *sum += weight * value;
            }
        }
    }
    result
}

fn narrow(source: &[u8], columns: &[Taps], target: &mut [f32]) {
    for (column, pixel) in columns.iter().zip(target.chunks_exact_mut(3)) {
        let mut sum = [0.0f32; 3];
        let run = &source[column.first * 3..column.end() * 3];
        for (weight, rgb) in column.weights.iter().zip(run.chunks_exact(3)) {
            for (channel, value) in sum.iter_mut().zip(rgb) {
                *channel += weight * f32::from(*value);
            }
        }
        pixel.copy_from_slice(&sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halving_weighs_neighbours_as_a_triangle() {
        let rgb: Vec<u8> = [0u8, 0, 80, 80].iter().flat_map(|value| [*value; 3]).collect();
        let half = resize(&FrameView { width: 4, height: 1, rgb: &rgb }, 2, 1);
        // Support 2 around 1.0: weights .75 .75 .25 over pixels 0, 1, 2, so 80 * .25 / 1.75.
        assert!((half[0] - 80.0 * 0.25 / 1.75).abs() < 1e-4, "what Pillow's BILINEAR gives");
    }

    proptest! {
        #[test]
        fn a_flat_picture_stays_flat_at_any_size(
            width in 1u32..70, height in 1u32..70, to_width in 1usize..90, to_height in 1usize..90,
            level: u8,
        ) {
            let rgb = vec![level; (width * height * 3) as usize];
            let resized = resize(&FrameView { width, height, rgb: &rgb }, to_width, to_height);
            prop_assert_eq!(resized.len(), to_width * to_height * 3);
            for value in resized {
                prop_assert!((value - f32::from(level)).abs() < 0.01, "weights add up to one");
            }
        }
    }
}
