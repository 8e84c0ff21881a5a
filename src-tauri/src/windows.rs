//! The windows: each shows one recorder's console, or the page that says why there is none.
//!
//! Belongs here: opening, following, placing and remembering them. Not here: what is in a window
//! ([`crate::page`]), where one may stand ([`crate::place`]), what its menu does ([`crate::menu`]).
//! Invariant: a window shows the recorder that it was opened for until it is closed.

use std::thread;

use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Wry};

use crate::memory::Remembered;
use crate::place::Place;
use crate::recorder::{Handed, Recorder};
use crate::shell::{Shell, Showing};
use crate::trouble::Trouble;
use crate::{dialogs, page, painting};

/// Opens the windows of the last time; `local` finds this computer's recorder, if one of them needs it.
pub fn restore(
    app: &AppHandle,
    local: impl FnOnce() -> Result<Recorder, Trouble>,
) -> tauri::Result<()> {
    let shell = app.state::<Shell>();
    let mut remembered = shell.memory().windows;
    remembered.retain(|window| {
        window.recorder.as_ref().is_none_or(|name| shell.book().entry(name).is_some())
    });
    if remembered.is_empty() {
        return show_local(app, &local(), None);
    }
    let is_local = remembered.iter().any(|window| window.recorder.is_none());
    let local = is_local.then(local);
    for window in &remembered {
        match (&window.recorder, &local) {
            (Some(name), _) => show_elsewhere(app, name, Some(window))?,
            (None, Some(local)) => show_local(app, local, Some(window))?,
            (None, None) => {}
        }
    }
    Ok(())
}

/// Opens a window of a recorder of the address book, or of this computer's, which may have to be
/// started first.
pub fn open(app: &AppHandle, recorder: Option<String>, place: Option<Remembered>) {
    let app = app.clone();
    let opening = move || {
        let opened = match &recorder {
            Some(name) => show_elsewhere(&app, name, place.as_ref()),
            None => {
                let shell = app.state::<Shell>();
                shell.expect_recorder(true);
                let found = Recorder::find_or_start(&shell.wanted);
                show_local(&app, &found, place.as_ref())
            }
        };
        if let Err(error) = opened {
            dialogs::say(&app, &format!("The window could not be opened: {error}."));
        }
    };
    thread::Builder::new().name("open".into()).spawn(opening).expect("a thread can be started");
}

/// Another window of the recorder that is looked at.
pub fn open_another(app: &AppHandle) {
    let looked_at = focused(app).and_then(|window| app.state::<Shell>().showing(window.label()));
    match looked_at {
        Some(Showing::Elsewhere(name)) => open(app, Some(name), None),
        _ => open(app, None, None),
    }
}

/// The windows that are there to the front, or those of the last time.
pub fn open_again(app: &AppHandle) {
    // Tauri counts a window that is closing until it has gone; it can't come to the front any more.
    let shown = app.state::<Shell>().shown();
    for window in shown.keys().filter_map(|label| app.get_webview_window(label)) {
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
    if !shown.is_empty() {
        return;
    }
    let app = app.clone();
    let opening = move || {
        let find = || Recorder::find_or_start(&app.state::<Shell>().wanted);
        if let Err(error) = restore(&app, find) {
            dialogs::say(&app, &format!("The windows could not be opened: {error}."));
        }
    };
    thread::Builder::new().name("open".into()).spawn(opening).expect("a thread can be started");
}

/// The window that is looked at, or any.
pub fn focused(app: &AppHandle) -> Option<WebviewWindow> {
    let windows = app.webview_windows();
    let focused = windows.values().find(|window| window.is_focused().unwrap_or(false));
    focused.or_else(|| windows.values().next()).cloned()
}

/// Lets the pages know that what the person wants to be told of was changed somewhere.
pub fn say_wishes_changed(app: &AppHandle) {
    for window in app.webview_windows().values() {
        let _ = window.eval("window.dispatchEvent(new Event('afterimage:wishes'))");
    }
}

/// Notes where the windows are. Without any, what was noted stays: they come back there.
pub fn remember(app: &AppHandle) {
    let shell = app.state::<Shell>();
    let windows: Vec<_> = shell
        .shown()
        .into_iter()
        .filter_map(|(label, showing)| {
            let recorder = match showing {
                Showing::ThisComputer(_) => None,
                Showing::Elsewhere(name) => Some(name),
                Showing::Trouble => return None,
            };
            let window = app.get_webview_window(&label)?;
            Some(Remembered {
                recorder,
                place: place_of(&window).ok()?,
                maximized: window.is_maximized().unwrap_or(false),
            })
        })
        .collect();
    if windows.is_empty() {
        return;
    }
    shell.remember(|memory| {
        // The place of a maximised window is the one that it returns to.
        let before = std::mem::take(&mut memory.windows);
        memory.windows = windows;
        for (window, before) in memory.windows.iter_mut().zip(before) {
            if window.maximized && window.recorder == before.recorder {
                window.place = before.place;
            }
        }
    });
}

/// Windows of a recorder that was started again elsewhere speak to where it is now.
pub fn follow(app: &AppHandle, recorder: &Recorder) {
    let shell = app.state::<Shell>();
    let address = recorder.handed().address.to_owned();
    let stale: Vec<_> = shell
        .shown()
        .into_iter()
        .filter(|(_, showing)| matches!(showing, Showing::ThisComputer(known) if *known != address))
        .filter_map(|(label, _)| app.get_webview_window(&label))
        .collect();
    for window in stale {
        let place = place_of(&window).ok().map(|place| Remembered {
            recorder: None,
            place,
            maximized: window.is_maximized().unwrap_or(false),
        });
        shell.forget(window.label());
        if show(app, &Page::Local(recorder.handed()), place.as_ref()).is_ok() {
            let _ = window.destroy();
        }
    }
}

fn show_local(
    app: &AppHandle,
    found: &Result<Recorder, Trouble>,
    place: Option<&Remembered>,
) -> tauri::Result<()> {
    match found {
        Ok(recorder) => show(app, &Page::Local(recorder.handed()), place),
        Err(trouble) => {
            eprintln!("{trouble}");
            app.state::<Shell>().set_trouble(trouble.page());
            show(app, &Page::Trouble, place)
        }
    }
}

/// Opens a window of a recorder of the address book, or says that it isn't there.
pub fn show_elsewhere(
    app: &AppHandle,
    name: &str,
    place: Option<&Remembered>,
) -> tauri::Result<()> {
    let entry = app.state::<Shell>().book().entry(name).cloned();
    let Some(entry) = entry else {
        let trouble = Trouble::Unknown { name: name.into() };
        eprintln!("{trouble}");
        app.state::<Shell>().set_trouble(trouble.page());
        return show(app, &Page::Trouble, place);
    };
    let origin = entry.origin();
    let handed = Handed { address: &origin, token: &entry.token };
    show(app, &Page::Elsewhere(name, handed), place)
}

enum Page<'recorder> {
    Local(Handed<'recorder>),
    Elsewhere(&'recorder str, Handed<'recorder>),
    Trouble,
}

fn show(app: &AppHandle, page: &Page<'_>, place: Option<&Remembered>) -> tauri::Result<()> {
    let shell = app.state::<Shell>();
    let label = shell.next_label();
    let console = WebviewUrl::App("index.html".into());
    let mut builder = match page {
        Page::Local(handed) => {
            shell.set_showing(&label, Showing::ThisComputer(handed.address.into()));
            page::window(app, &label, console, "Afterimage")
                .initialization_script(page::script(handed, true))
        }
        Page::Elsewhere(name, handed) => {
            shell.set_showing(&label, Showing::Elsewhere((*name).into()));
            page::window(app, &label, console, &format!("{name} – Afterimage"))
                .data_directory(page::data_of(handed.address))
                .initialization_script(page::script(handed, false))
        }
        Page::Trouble => {
            shell.set_showing(&label, Showing::Trouble);
            let address = WebviewUrl::CustomProtocol(page::trouble("/"));
            page::window(app, &label, address, "Afterimage")
        }
    };
    builder = match page {
        Page::Local(_) => page::speaking_to(builder, app, None),
        Page::Elsewhere(name, _) => page::speaking_to(builder, app, Some((*name).to_owned())),
        Page::Trouble => builder,
    };
    if let Some(remembered) = place {
        builder = put(builder, app, remembered)?;
    }
    let window = builder.build().inspect_err(|_| shell.forget(&label))?;
    painting::choose(&window)?;
    Ok(())
}

/// The page's button was pressed: a window takes this one's place, or the page says why still not.
pub fn try_again(app: &AppHandle, label: &str) {
    let (app, label) = (app.clone(), label.to_owned());
    let trying = move || {
        let shell = app.state::<Shell>();
        let found = Recorder::find_or_start(&shell.wanted);
        let Some(window) = app.get_webview_window(&label) else { return };
        match found {
            Ok(recorder) => {
                if show(&app, &Page::Local(recorder.handed()), None).is_ok() {
                    let _ = window.destroy();
                }
            }
            Err(trouble) => {
                eprintln!("{trouble}");
                shell.set_trouble(trouble.page());
                let _ = window.navigate(page::trouble("/"));
            }
        }
    };
    thread::Builder::new().name("open".into()).spawn(trying).expect("a thread can be started");
}

fn place_of(window: &WebviewWindow) -> tauri::Result<Place> {
    let (position, size) = (window.outer_position()?, window.inner_size()?);
    Ok(Place { x: position.x, y: position.y, width: size.width, height: size.height })
}

/// Opens it where it was, or where today's screens have room for it.
fn put<'app>(
    builder: WebviewWindowBuilder<'app, Wry, AppHandle>,
    app: &AppHandle,
    remembered: &Remembered,
) -> tauri::Result<WebviewWindowBuilder<'app, Wry, AppHandle>> {
    let screens: Vec<_> = app
        .available_monitors()?
        .iter()
        .map(|monitor| {
            let area = monitor.work_area();
            let screen = Place {
                x: area.position.x,
                y: area.position.y,
                width: area.size.width,
                height: area.size.height,
            };
            (screen, monitor.scale_factor())
        })
        .collect();
    let areas: Vec<_> = screens.iter().map(|(area, _)| *area).collect();
    let place = remembered.place.on(&areas);
    let scale = screens
        .iter()
        .max_by_key(|(area, _)| place.handle_on(area))
        .map_or(1.0, |(_, scale)| *scale);
    Ok(builder
        .inner_size(f64::from(place.width) / scale, f64::from(place.height) / scale)
        .position(f64::from(place.x) / scale, f64::from(place.y) / scale)
        .maximized(remembered.maximized))
}
