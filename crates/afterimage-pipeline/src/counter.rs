//! The machine-readable frame counter along the top of a clock pattern.
//!
//! Geometry, the whole of it: the top of the frame holds one row of [`CELLS`] = 42 square cells,
//! each `width / 42` wide and high (a fraction; cell `i` reaches from `i·width/42` to
//! `(i+1)·width/42`). A cell is light for 1 and dark for 0. From the left:
//!
//! | cells | meaning |
//! |---|---|
//! | 0, 1 | always light, dark: the marker |
//! | 2 … 33 | the counter, 32 bits, most significant first |
//! | 34 … 41 | checksum, most significant first: the counter's four bytes XORed together, XOR 0x5A |
//!
//! A reader takes the mean luma of the middle half of each cell (a quarter cell away from each
//! edge), so that blocking, ringing, scaling and the gaps between cells do not matter. A mean from
//! 160 is light, up to 96 dark; anything between, a wrong marker or a wrong checksum is no counter.
//! Everything is proportional to the width, so a scaled picture reads the same.
//!
//! Belongs here: writing and reading that row. Not here: the rest of the picture.
//! Invariant: what is not a counter reads as `None`, never as a wrong number.

/// Cells in the row.
pub const CELLS: usize = 42;
/// Narrower frames can't hold the row: the middle half of a cell would be under two pixels.
pub const MINIMUM_WIDTH: usize = 168;

const LIGHT: u8 = 235;
const DARK: u8 = 16;
const LIGHT_FROM: usize = 160;
const DARK_UP_TO: usize = 96;

/// How many pixel rows the counter occupies in a frame of this width.
#[must_use]
pub fn height(width: usize) -> usize {
    width / CELLS
}

/// Writes the counter into a luma plane of 8 bits, limited range.
///
/// Writes nothing when the plane is too small to hold the row.
pub fn draw(counter: u32, luma: &mut [u8], width: usize, height: usize, stride: usize) {
    if !fits(luma.len(), width, height, stride) {
        return;
    }
    let side = self::height(width);
    for row in luma.chunks_mut(stride).take(side) {
        row[..width].fill(DARK);
    }
    // Light cells leave a thin dark gap around them; readers look at the middle half only.
    let gap = side / 10;
    for cell in (0..CELLS).filter(|cell| bit(counter, *cell)) {
        let (left, right) = (cell * width / CELLS + gap, (cell + 1) * width / CELLS - gap);
        for row in luma.chunks_mut(stride).take(side - gap).skip(gap) {
            row[left..right].fill(LIGHT);
        }
    }
}

/// Reads the counter from a luma plane of 8 bits; `None` where there is none.
#[must_use]
pub fn read(luma: &[u8], width: usize, height: usize, stride: usize) -> Option<u32> {
    if !fits(luma.len(), width, height, stride) {
        return None;
    }
    read_with(width, |x, y| usize::from(luma[y * stride + x]))
}

/// Reads the counter from packed RGB pixels, as decoders and JPEG readers give them.
#[must_use]
pub fn read_rgb(rgb: &[u8], width: usize, height: usize) -> Option<u32> {
    if !fits(rgb.len() / 3, width, height, width) {
        return None;
    }
    // The squares are grey, so the green channel is their luma.
    read_with(width, |x, y| usize::from(rgb[(y * width + x) * 3 + 1]))
}

fn read_with(width: usize, luma: impl Fn(usize, usize) -> usize) -> Option<u32> {
    let side = height(width);
    let rows = side / 4..(side * 3).div_ceil(4);
    let light = |cell: usize| {
        let columns = (cell * 4 + 1) * width / (CELLS * 4)..(cell * 4 + 3) * width / (CELLS * 4);
        let count = rows.len() * columns.len();
        let sum: usize = rows
            .clone()
            .flat_map(|y| columns.clone().map(move |x| (x, y)))
            .map(|(x, y)| luma(x, y))
            .sum();
        match sum.checked_div(count)? {
            mean if mean >= LIGHT_FROM => Some(true),
            mean if mean <= DARK_UP_TO => Some(false),
            _ => None,
        }
    };
    let mut counter = 0;
    for cell in 2..34 {
        counter = counter << 1 | u32::from(light(cell)?);
    }
    let matches = |cell: usize| light(cell) == Some(bit(counter, cell));
    (0..2).chain(34..CELLS).all(matches).then_some(counter)
}

/// What a cell holds for this counter.
fn bit(counter: u32, cell: usize) -> bool {
    match cell {
        0 => true,
        1 => false,
        2..34 => counter >> (33 - cell) & 1 == 1,
        _ => checksum(counter) >> (CELLS - 1 - cell) & 1 == 1,
    }
}

fn checksum(counter: u32) -> u8 {
    counter.to_be_bytes().into_iter().fold(0x5A, |sum, byte| sum ^ byte)
}

fn fits(pixels: usize, width: usize, height: usize, stride: usize) -> bool {
    let side = self::height(width);
    let needed =
        stride.checked_mul(side.saturating_sub(1)).and_then(|rows| rows.checked_add(width));
    width >= MINIMUM_WIDTH
        && stride >= width
        && side <= height
        && needed.is_some_and(|needed| needed <= pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_reads_what_was_drawn() {
        for (width, height) in [(168, 120), (320, 240), (641, 361), (1280, 720), (1920, 1080)] {
            let stride = width + 13;
            let mut luma = vec![90; stride * height];
            for counter in [0, 1, 0xDEAD_BEEF, u32::MAX, 123_456] {
                draw(counter, &mut luma, width, height, stride);
                assert_eq!(read(&luma, width, height, stride), Some(counter), "{width}x{height}");
            }
        }
    }

    #[test]
    fn one_wrong_cell_is_no_counter() {
        let (width, height) = (640, 360);
        for cell in 0..CELLS {
            let mut luma = vec![0; width * height];
            draw(0x1234_5678, &mut luma, width, height, width);
            let columns = cell * width / CELLS..(cell + 1) * width / CELLS;
            for row in luma.chunks_mut(width).take(super::height(width)) {
                row[columns.clone()].iter_mut().for_each(|pixel| *pixel = 251 - *pixel);
            }
            assert_eq!(read(&luma, width, height, width), None, "cell {cell} was inverted");
        }
    }

    #[test]
    fn other_pictures_hold_no_counter() {
        let (width, height) = (640, 360);
        for level in [0, 16, 128, 235, 255] {
            let flat = vec![level; width * height];
            assert_eq!(read(&flat, width, height, width), None, "flat {level} has no marker");
        }
        let luma = vec![0; 100];
        assert_eq!(read(&luma, 640, 360, 640), None, "a buffer that is too short is refused");
        assert_eq!(read(&luma, usize::MAX, usize::MAX, usize::MAX), None, "no overflow");
    }
}
