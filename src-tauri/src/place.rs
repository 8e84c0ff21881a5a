//! Where a window stands, and where it may stand today.
//!
//! Belongs here: arithmetic on screens. Not here: asking for them ([`crate::windows`]).

use serde::{Deserialize, Serialize};

/// In the screens' pixels; screens left of or above the first have negative places.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
}

/// As much of a window's upper edge as a hand needs to take hold of it.
const HANDLE: i64 = 80;

impl Place {
    /// This place, or the nearest one that today's screens have room for.
    pub fn on(self, screens: &[Self]) -> Self {
        let Some(nearest) = screens.iter().rev().max_by_key(|screen| self.handle_on(screen)) else {
            return self;
        };
        let place = Self {
            width: self.width.min(nearest.width),
            height: self.height.min(nearest.height),
            ..self
        };
        if place.handle_on(nearest) >= HANDLE { place } else { place.inside(nearest) }
    }

    /// How much of the upper edge is seen on a screen, in pixels.
    pub fn handle_on(self, screen: &Self) -> i64 {
        let (left, top) = (i64::from(self.x), i64::from(self.y));
        let (screen_left, screen_top) = (i64::from(screen.x), i64::from(screen.y));
        let screen_bottom = screen_top + i64::from(screen.height);
        if top < screen_top || top + HANDLE > screen_bottom {
            return 0;
        }
        let right = (left + i64::from(self.width)).min(screen_left + i64::from(screen.width));
        (right - left.max(screen_left)).max(0)
    }

    fn inside(self, screen: &Self) -> Self {
        let within = |at: i32, length: u32, from: i32, room: u32| {
            let last = i64::from(from) + i64::from(room) - i64::from(length);
            let at = i64::from(at).min(last).max(i64::from(from));
            i32::try_from(at).unwrap_or(from)
        };
        Self {
            x: within(self.x, self.width, screen.x, screen.width),
            y: within(self.y, self.height, screen.y, screen.height),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn place(x: i32, y: i32, width: u32, height: u32) -> Place {
        Place { x, y, width, height }
    }

    const LEFT: Place = place(-1920, 0, 1920, 1080);
    const RIGHT: Place = place(0, 0, 2560, 1440);

    #[test]
    fn a_window_stays_on_its_screen_while_that_is_there() {
        let on_left = place(-1800, 100, 1200, 800);
        assert_eq!(on_left.on(&[RIGHT, LEFT]), on_left, "nothing is wrong with it");
        let between = place(-600, 100, 1200, 800);
        assert_eq!(between.on(&[RIGHT, LEFT]), between, "a window may lie across two");
        let mostly_out = place(2400, 1200, 1200, 800);
        assert_eq!(mostly_out.on(&[RIGHT]), mostly_out, "it can be taken by its edge");
    }

    #[test]
    fn a_window_whose_screen_is_gone_comes_to_one_that_is_there() {
        let on_left = place(-1800, 100, 1200, 800);
        assert_eq!(on_left.on(&[RIGHT]), place(0, 100, 1200, 800), "its nearest place");
        let below = place(300, 5000, 1200, 800);
        assert_eq!(below.on(&[RIGHT]), place(300, 640, 1200, 800), "all of it is seen");
        let above = place(300, -200, 1200, 800);
        assert_eq!(above.on(&[RIGHT]).y, 0, "its edge would be out of reach");
        let far = place(i32::MAX, i32::MIN, u32::MAX, u32::MAX);
        assert_eq!(far.on(&[RIGHT]), RIGHT, "a file may say anything");
    }

    #[test]
    fn a_window_is_no_larger_than_its_screen() {
        let large = place(0, 0, 4000, 3000);
        assert_eq!(large.on(&[RIGHT]), RIGHT, "all of it is seen");
        assert_eq!(large.on(&[]), large, "without a screen there is nothing to fit");
    }
}
