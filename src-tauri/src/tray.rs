//! The icon in the tray: how recording stands, and what can be done without a window.
//!
//! Belongs here: what it says, as a pure choice, and the icon itself. Not here: who looks
//! ([`crate::watch`]), what a menu's item does ([`crate::menu`]).
//! Invariant: without a tray, or without its library, there is a window all the same.

use std::panic::{self, AssertUnwindSafe};

use tauri::image::Image;
use tauri::menu::{CheckMenuItemBuilder, Menu, MenuBuilder, MenuItemBuilder, SubmenuBuilder};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager, Wry};

use crate::menu::{Asked, labelled};
use crate::shell::Shell;
use crate::watch::Camera;

const ID: &str = "recording";
const ICON: Image<'_> = tauri::include_image!("../assets/icons/32.png");

/// What the icon shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub light: Light,
    pub headline: String,
    /// Names, and whether each is wanted to record.
    pub cameras: Vec<(String, bool)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    Recording,
    /// Something that should be recorded is not.
    Trouble,
    /// Nobody wants anything recorded.
    Idle,
}

impl Picture {
    /// Of a recorder's cameras; `None` is a recorder without an answer.
    pub fn of(cameras: Option<&[Camera]>) -> Self {
        let Some(cameras) = cameras else {
            return Self::new(Light::Trouble, "The recorder does not answer", &[]);
        };
        let all = cameras.len();
        let recording = cameras.iter().filter(|camera| camera.is_recording()).count();
        let down = cameras.iter().filter(|camera| camera.is_down()).count();
        let plural = if all == 1 { "" } else { "s" };
        let (light, headline) = match (recording, down) {
            _ if all == 0 => (Light::Idle, "No cameras yet".to_owned()),
            (0, 0) => (Light::Idle, "Nothing is to be recorded now".to_owned()),
            (_, 0) if recording == all => {
                (Light::Recording, format!("Recording {all} camera{plural}"))
            }
            (_, 0) => (Light::Recording, format!("Recording {recording} of {all} cameras")),
            (_, 1) => (Light::Trouble, format!("1 of {all} camera{plural} is down")),
            _ => (Light::Trouble, format!("{down} of {all} cameras are down")),
        };
        Self::new(light, headline, cameras)
    }

    fn new(light: Light, headline: impl Into<String>, cameras: &[Camera]) -> Self {
        let cameras = cameras.iter().map(|camera| (camera.name.clone(), camera.enabled)).collect();
        Self { light, headline: headline.into(), cameras }
    }
}

/// Puts the icon there, or says why not where its library is missing.
pub fn start(app: &AppHandle) -> tauri::Result<()> {
    let picture = Picture::of(Some(&[]));
    let menu = menu(app, &picture)?;
    let build = || TrayIconBuilder::with_id(ID).icon(ICON).menu(&menu).build(app);
    // Whoever loads the library ends by a panic where it is missing.
    let quiet = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let built = panic::catch_unwind(AssertUnwindSafe(build));
    panic::set_hook(quiet);
    match built {
        Ok(tray) => tray.map(|_| ()),
        Err(_) => {
            eprintln!(
                "There is no icon in the tray: libayatana-appindicator3.so.1 is missing. \
                 Install libayatana-appindicator3-1 to have one."
            );
            Ok(())
        }
    }
}

/// Whether the icon could be made; whether anything shows it is the session's to say.
pub fn is_there(app: &AppHandle) -> bool {
    app.tray_by_id(ID).is_some()
}

/// Shows how recording stands, if that is not what is shown already.
pub fn show(app: &AppHandle, picture: &Picture) {
    let shell = app.state::<Shell>();
    let shown = shell.swap_picture(picture.clone());
    if shown.as_ref() == Some(picture) {
        return;
    }
    let Some(tray) = app.tray_by_id(ID) else { return };
    let is_new_light = shown.is_none_or(|shown| shown.light != picture.light);
    let changed = menu(app, picture).and_then(|menu| {
        tray.set_menu(Some(menu))?;
        if is_new_light { tray.set_icon(Some(lit(picture.light))) } else { Ok(()) }
    });
    if let Err(error) = changed {
        shell.say_once(&format!("The icon in the tray can't be changed: {error}."));
    }
}

fn menu(app: &AppHandle, picture: &Picture) -> tauri::Result<Menu<Wry>> {
    let headline = MenuItemBuilder::new(labelled(&picture.headline)).enabled(false).build(app)?;
    let mut menu =
        MenuBuilder::new(app).item(&headline).separator().text(Asked::Open.id(), "Open Afterimage");
    if !picture.cameras.is_empty() {
        let mut cameras = SubmenuBuilder::new(app, "Cameras that record");
        for (name, enabled) in &picture.cameras {
            let asked = Asked::Record { camera: name.clone(), on: !enabled };
            let item = CheckMenuItemBuilder::with_id(asked.id(), labelled(name))
                .checked(*enabled)
                .build(app)?;
            cameras = cameras.item(&item);
        }
        menu = menu.item(&cameras.build()?);
    }
    menu.separator()
        .text(Asked::Quit.id(), "Quit, and keep recording")
        .text(Asked::QuitAndStop.id(), "Quit and stop recording")
        .build()
}

/// The icon with a light in its corner.
fn lit(light: Light) -> Image<'static> {
    let (width, height) = (ICON.width(), ICON.height());
    let colour = match light {
        Light::Recording => [0xe5, 0x48, 0x4d, 0xff],
        Light::Trouble => [0xf5, 0xa5, 0x24, 0xff],
        Light::Idle => return Image::new_owned(ICON.rgba().to_vec(), width, height),
    };
    let mut pixels = ICON.rgba().to_vec();
    let radius = f64::from(width) * 0.22;
    let centre = (f64::from(width) - radius - 0.5, f64::from(height) - radius - 0.5);
    for (index, pixel) in pixels.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let (x, y) = (f64::from(index % width) - centre.0, f64::from(index / width) - centre.1);
        if x.hypot(y) <= radius {
            *pixel = colour;
        }
    }
    Image::new_owned(pixels, width, height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cameras(states: &str) -> Vec<Camera> {
        let camera = |(number, state): (usize, &str)| Camera {
            name: format!("c{number}"),
            state: state.into(),
            fault: None,
            enabled: state != "stopped",
        };
        states.split_whitespace().enumerate().map(camera).collect()
    }

    #[test]
    fn the_headline_says_how_recording_stands() {
        for (states, light, headline) in [
            ("", Light::Idle, "No cameras yet"),
            ("recording", Light::Recording, "Recording 1 camera"),
            ("recording recording", Light::Recording, "Recording 2 cameras"),
            ("recording stopped", Light::Recording, "Recording 1 of 2 cameras"),
            ("recording retrying", Light::Trouble, "1 of 2 cameras is down"),
            ("connecting retrying recording", Light::Trouble, "2 of 3 cameras are down"),
            ("stopped resting", Light::Idle, "Nothing is to be recorded now"),
        ] {
            let picture = Picture::of(Some(&cameras(states)));
            let said = (picture.light, picture.headline.as_str());
            assert_eq!(said, (light, headline), "of {states:?}");
        }
        let silent = Picture::of(None);
        assert_eq!(silent.light, Light::Trouble, "nothing is worse than no answer");
    }

    #[test]
    fn a_paused_camera_is_unmarked() {
        let picture = Picture::of(Some(&cameras("recording stopped")));
        assert_eq!(picture.cameras, [("c0".into(), true), ("c1".into(), false)], "one click each");
    }

    #[test]
    fn the_light_leaves_the_rest_of_the_icon_as_it_is() {
        let recording = lit(Light::Recording);
        assert_eq!(recording.rgba().len(), ICON.rgba().len(), "it is as large");
        assert_eq!(recording.rgba()[..4], ICON.rgba()[..4], "the light is in the other corner");
        assert_ne!(recording.rgba(), lit(Light::Trouble).rgba(), "trouble looks different");
    }
}
