//! An I420 picture and the few smooth shapes that the clock needs.
//!
//! Belongs here: pixels, coverage, colour conversion. Not here: what is drawn.
//! Invariant: nothing outside the picture is touched, whatever the shape.

use super::glyphs;

/// BT.709, limited range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Color {
    y: u8,
    u: u8,
    v: u8,
}

impl Color {
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        let (r, g, b) = (red as i32, green as i32, blue as i32);
        Self {
            y: (16 + (r * 4_667 + g * 15_717 + b * 1_585) * 219 / (21_969 * 255)) as u8,
            u: (128 + (-r * 2_573 - g * 8_659 + b * 11_232) * 112 / (11_232 * 255)) as u8,
            v: (128 + (r * 11_232 - g * 10_205 - b * 1_027) * 112 / (11_232 * 255)) as u8,
        }
    }
}

#[derive(Clone)]
pub(super) struct Canvas {
    width: usize,
    height: usize,
    planes: Vec<u8>,
}

type Point = (f32, f32);

impl Canvas {
    pub fn new(width: usize, height: usize, background: Color) -> Self {
        let mut planes = vec![background.y; width * height * 3 / 2];
        let quarter = width * height / 4;
        planes[width * height..width * height + quarter].fill(background.u);
        planes[width * height + quarter..].fill(background.v);
        Self { width, height, planes }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.planes
    }

    pub fn luma(&mut self) -> &mut [u8] {
        &mut self.planes[..self.width * self.height]
    }

    /// Makes the top rows grey, whatever was painted there.
    pub fn clear_chroma_rows(&mut self, luma_rows: usize) {
        let (chroma_width, plane) = (self.width / 2, self.width * self.height / 4);
        let used = luma_rows.div_ceil(2) * chroma_width;
        let (_, chroma) = self.planes.split_at_mut(self.width * self.height);
        chroma[..used].fill(128);
        chroma[plane..plane + used].fill(128);
    }

    pub fn disc(&mut self, center: Point, radius: f32, color: Color) {
        let corner = (center.0 - radius, center.1 - radius);
        let opposite = (center.0 + radius, center.1 + radius);
        self.paint(corner, opposite, color, |x, y| {
            edge(radius - (x - center.0).hypot(y - center.1))
        });
    }

    /// A line with round ends; `thickness` is half its width.
    pub fn stroke(&mut self, from: Point, to: Point, thickness: f32, color: Color) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length_squared = (dx * dx + dy * dy).max(1e-6);
        let corner = (from.0.min(to.0) - thickness, from.1.min(to.1) - thickness);
        let opposite = (from.0.max(to.0) + thickness, from.1.max(to.1) + thickness);
        self.paint(corner, opposite, color, |x, y| {
            let along = ((x - from.0) * dx + (y - from.1) * dy) / length_squared;
            let along = along.clamp(0.0, 1.0);
            edge(thickness - (x - from.0 - along * dx).hypot(y - from.1 - along * dy))
        });
    }

    /// A part of a ring that ends bright at `end_turn` and fades out over `length` turns before it.
    pub fn arc(
        &mut self,
        center: Point,
        radius: f32,
        thickness: f32,
        end_turn: f32,
        length: f32,
        color: Color,
    ) {
        let outer = radius + thickness;
        let corner = (center.0 - outer, center.1 - outer);
        let opposite = (center.0 + outer, center.1 + outer);
        self.paint(corner, opposite, color, |x, y| {
            let (dx, dy) = (x - center.0, y - center.1);
            let ring = edge(thickness - (dx.hypot(dy) - radius).abs());
            if ring <= 0.0 {
                return 0.0;
            }
            let turn = dx.atan2(-dy) / std::f32::consts::TAU;
            let behind = (end_turn - turn).rem_euclid(1.0);
            ring * (1.0 - behind / length).max(0.0)
        });
    }

    /// Draws text with its top left corner at `at`; answers where the next letter would begin.
    pub fn text(&mut self, text: &str, at: Point, height: f32, color: Color) -> f32 {
        let unit = height / glyphs::HEIGHT;
        let mut left = at.0;
        for letter in text.chars() {
            for line in glyphs::strokes(letter) {
                let place = |point: &(f32, f32)| (left + point.0 * unit, at.1 + point.1 * unit);
                for pair in line.windows(2) {
                    self.stroke(place(&pair[0]), place(&pair[1]), unit * 0.42, color);
                }
            }
            left += glyphs::advance(letter) * unit;
        }
        left
    }

    /// Blends `color` by `coverage` (0 to 1) at pixel centres between two corners.
    fn paint(
        &mut self,
        corner: Point,
        opposite: Point,
        color: Color,
        coverage: impl Fn(f32, f32) -> f32,
    ) {
        let clamp = |value: f32, end: usize| (value.max(0.0) as usize).min(end);
        let (left, top) = (clamp(corner.0 - 1.0, self.width), clamp(corner.1 - 1.0, self.height));
        let right = clamp(opposite.0 + 2.0, self.width);
        let bottom = clamp(opposite.1 + 2.0, self.height);
        let (luma, chroma) = self.planes.split_at_mut(self.width * self.height);
        for y in top..bottom {
            let row = &mut luma[y * self.width + left..y * self.width + right.max(left)];
            for (x, pixel) in (left..).zip(row) {
                blend(pixel, color.y, coverage(x as f32 + 0.5, y as f32 + 0.5));
            }
        }
        let (u_plane, v_plane) = chroma.split_at_mut(self.width * self.height / 4);
        let chroma_width = self.width / 2;
        for y in top / 2..bottom.div_ceil(2).min(self.height / 2) {
            for x in left / 2..right.div_ceil(2).min(chroma_width) {
                let amount = coverage(x as f32 * 2.0 + 1.0, y as f32 * 2.0 + 1.0);
                blend(&mut u_plane[y * chroma_width + x], color.u, amount);
                blend(&mut v_plane[y * chroma_width + x], color.v, amount);
            }
        }
    }
}

/// Coverage of a pixel whose centre is this far inside an edge.
fn edge(distance: f32) -> f32 {
    (distance + 0.5).clamp(0.0, 1.0)
}

fn blend(pixel: &mut u8, target: u8, amount: f32) {
    if amount > 0.0 {
        let from = f32::from(*pixel);
        *pixel = (from + (f32::from(target) - from) * amount + 0.5) as u8;
    }
}
