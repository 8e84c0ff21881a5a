//! The clock pattern: a picture that proves by itself which frame it is.
//!
//! Belongs here: composing one frame (counter row, dial, time, frame number). Not here: when
//! frames are made ([`crate::camera`]), the counter's geometry ([`crate::counter`]).
//! Invariant: a frame depends on nothing but its number, its time and its size.

mod canvas;
mod glyphs;

use crate::counter;
use afterimage_base::WallTime;
use canvas::{Canvas, Color};
use std::f32::consts::TAU;

const BACKGROUND: Color = Color::rgb(0x0C, 0x12, 0x19);
const FACE: Color = Color::rgb(0x14, 0x1D, 0x27);
const LINE: Color = Color::rgb(0x2B, 0x3A, 0x4A);
const MUTED: Color = Color::rgb(0x7D, 0x8F, 0xA3);
const TEXT: Color = Color::rgb(0xE8, 0xEE, 0xF4);
const ACCENT: Color = Color::rgb(0x3F, 0xC8, 0xB4);

/// Paints frames of one size.
pub(crate) struct ClockPainter {
    background: Canvas,
    layout: Layout,
}

/// Where things stand, in pixels.
struct Layout {
    center: (f32, f32),
    radius: f32,
    text_left: f32,
    text_top: f32,
    /// Height of the time's digits; everything else is measured by it.
    digit: f32,
}

impl Layout {
    fn of(width: usize, height: usize) -> Self {
        let row = counter::height(width) as f32;
        let (width, height) = (width as f32, height as f32);
        let unit = (width / 16.0).min((height - row) / 8.5);
        let middle = row + (height - row) / 2.0;
        let left = (width - 15.4 * unit) / 2.0;
        Self {
            center: (left + 3.1 * unit, middle),
            radius: 2.9 * unit,
            text_left: left + 7.1 * unit,
            text_top: middle - 1.45 * unit,
            digit: unit,
        }
    }
}

impl ClockPainter {
    /// Both sides must be even.
    pub fn new(width: usize, height: usize) -> Self {
        let layout = Layout::of(width, height);
        let mut canvas = Canvas::new(width, height, BACKGROUND);
        let (center, radius) = (layout.center, layout.radius);
        canvas.disc(center, radius * 1.08, LINE);
        canvas.disc(center, radius * 1.06, FACE);
        for tick in 0..60u16 {
            let is_hour = tick % 5 == 0;
            let (inner, color) = if is_hour { (0.82, MUTED) } else { (0.89, LINE) };
            let from = on_circle(center, radius * inner, f32::from(tick) / 60.0);
            let to = on_circle(center, radius * 0.93, f32::from(tick) / 60.0);
            canvas.stroke(from, to, radius * if is_hour { 0.014 } else { 0.009 }, color);
        }
        let label = layout.digit * 0.28;
        let top = layout.text_top + layout.digit * 2.42;
        canvas.text("FRAME", (layout.text_left, top), label, MUTED);
        Self { background: canvas, layout }
    }

    /// Writes one I420 frame (limited range, BT.709), planes packed without padding.
    pub fn paint(&self, number: u32, time: WallTime) -> Vec<u8> {
        let mut canvas = self.background.clone();
        self.paint_hands(&mut canvas, time);
        self.paint_text(&mut canvas, number, time);
        let (width, height) = (canvas.width(), canvas.height());
        canvas.clear_chroma_rows(counter::height(width));
        counter::draw(number, canvas.luma(), width, height, width);
        canvas.into_bytes()
    }

    fn paint_hands(&self, canvas: &mut Canvas, time: WallTime) {
        let (center, radius) = (self.layout.center, self.layout.radius);
        let seconds = (time.as_micros().rem_euclid(86_400_000_000) as f64 / 1e6) as f32;
        // A light runs round the rim every four seconds, so that motion shows at a glance.
        canvas.arc(center, radius, radius * 0.022, (seconds / 4.0).fract(), 0.22, ACCENT);
        let hand = |canvas: &mut Canvas, turn: f32, length: f32, thickness: f32, color| {
            let tip = on_circle(center, radius * length, turn);
            canvas.stroke(center, tip, radius * thickness, color);
        };
        hand(canvas, seconds / 43_200.0, 0.48, 0.032, TEXT);
        hand(canvas, seconds / 3_600.0, 0.72, 0.022, TEXT);
        let sweep = seconds / 60.0;
        let tail = on_circle(center, -radius * 0.14, sweep);
        canvas.stroke(tail, on_circle(center, radius * 0.84, sweep), radius * 0.011, ACCENT);
        canvas.disc(center, radius * 0.05, ACCENT);
        canvas.disc(center, radius * 0.02, FACE);
    }

    fn paint_text(&self, canvas: &mut Canvas, number: u32, time: WallTime) {
        let Layout { text_left: left, text_top: top, digit, .. } = self.layout;
        let end = canvas.text(&time.format("%H:%M:%S"), (left, top), digit, TEXT);
        let small = digit * 0.45;
        canvas.text(&time.format("%.3f"), (end, top + digit - small), small, MUTED);
        let date_top = top + digit * 1.45;
        canvas.text(&time.format("%Y-%m-%d UTC"), (left, date_top), digit * 0.4, MUTED);
        let number_top = top + digit * 2.3;
        let label_width = glyphs::width("FRAME ", digit * 0.28);
        canvas.text(&format!("{number:06}"), (left + label_width, number_top), digit * 0.5, ACCENT);
    }
}

/// The point at `turn` (0 is up, a quarter is right) on a circle.
fn on_circle(center: (f32, f32), radius: f32, turn: f32) -> (f32, f32) {
    let (sin, cos) = (turn * TAU).sin_cos();
    (center.0 + radius * sin, center.1 - radius * cos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_says_its_number_and_moves() {
        let painter = ClockPainter::new(640, 360);
        let now = WallTime::from_millis(1_795_000_000_000);
        let first = painter.paint(41, now);
        let second = painter.paint(42, now.plus(std::time::Duration::from_millis(40)));
        assert_eq!(first.len(), 640 * 360 * 3 / 2, "I420 has three halves of a byte per pixel");
        assert_eq!(counter::read(&first, 640, 360, 640), Some(41));
        assert_eq!(counter::read(&second, 640, 360, 640), Some(42));
        let changed = first[640 * 20..640 * 360].iter().zip(&second[640 * 20..]);
        let changed = changed.filter(|(a, b)| a.abs_diff(**b) > 40).count();
        assert!(changed > 60, "40 ms must be visible below the counter: {changed} pixels changed");
    }

    #[test]
    fn every_shape_of_frame_can_be_painted() {
        for (width, height) in [(168, 96), (320, 240), (720, 1280), (1920, 1080), (1000, 60)] {
            let frame = ClockPainter::new(width, height).paint(7, WallTime::EPOCH);
            assert_eq!(counter::read(&frame, width, height, width), Some(7), "{width}x{height}");
        }
    }
}
