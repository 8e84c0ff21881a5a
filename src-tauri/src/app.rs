//! The program: one per data directory, with its windows, its menus and its icon in the tray.
//!
//! Belongs here: Tauri's events, each handed to its module. Not here: decisions.
//! Invariant: the recorder outlives the program unless the person asks for its end.

use std::path::PathBuf;
use std::sync::mpsc;

use tauri::http::Response;
use tauri::{AppHandle, Manager, RunEvent, Theme, WindowEvent};

use crate::address_book::AddressBook;
use crate::instance::{self, Instance};
use crate::menu::Asked;
use crate::recorder::Recorder;
use crate::shell::{First, Shell, Start};
use crate::{directories, menu, port, session, tray, watch, windows};

/// Runs until the last window is closed where there is no tray, or until the person quits.
pub fn run(start: &Start) -> tauri::Result<()> {
    let own = directories::own();
    let knocks = match instance::claim(&instance::place(&own, &start.wanted.data), &start.first) {
        Instance::First(listener) => Some(listener),
        Instance::Second => return Ok(()),
        Instance::Alone(error) => {
            eprintln!("A second window can't find this one: {error}.");
            None
        }
    };
    // One of the address book needs none on this computer.
    let local = match start.first {
        First::Elsewhere(_) => None,
        _ => Some(Recorder::find_or_start(&start.wanted)),
    };
    let (wake, woken) = mpsc::sync_channel(1);
    let book = AddressBook::load(&own.join("recorders.json"));
    let shell = Shell::new(start, book, memory_path(start), wake);
    let first = start.first.clone();
    let app = tauri::Builder::default()
        .manage(shell)
        .invoke_handler(tauri::generate_handler![
            port::reveal,
            port::notify,
            port::save_begin,
            port::save_piece,
            port::save_end,
            port::save_abandon,
            port::reveal_saved,
            port::wishes,
            port::wish_topic,
            port::wish_camera,
        ])
        .register_uri_scheme_protocol("trouble", |context, _| {
            let page = context.app_handle().state::<Shell>().trouble();
            Response::builder()
                .header("content-type", "text/html; charset=utf-8")
                .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
                .body(page.into_bytes())
                .expect("these headers are well formed")
        })
        .setup(move |app| {
            let app = app.handle();
            app.set_theme(Some(Theme::Dark));
            app.set_menu(menu::of_windows(app)?)?;
            tray::start(app)?;
            match (first, local) {
                (First::Elsewhere(name), _) => windows::show_elsewhere(app, &name, None)?,
                (First::ThisComputer, Some(local)) => windows::restore(app, || local)?,
                (_, Some(Err(trouble))) => eprintln!("{trouble}"),
                _ => {}
            }
            if let Some(knocks) = knocks {
                let knocked = app.clone();
                instance::listen(knocks, move |first| front(&knocked, first))?;
            }
            Ok(watch::start(app, woken)?)
        })
        .on_menu_event(|app, event| {
            if let Some(asked) = Asked::parse(event.id().as_ref()) {
                menu::act(app, asked);
            }
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| on_event(app, &event));
    Ok(())
}

/// What is remembered of a data directory's windows, beside its recorder's log.
fn memory_path(start: &Start) -> PathBuf {
    let mut name = start.wanted.data.file_name().unwrap_or("recorder".as_ref()).to_owned();
    name.push(".desktop.json");
    directories::own().join(name)
}

fn on_event(app: &AppHandle, event: &RunEvent) {
    let shell = app.state::<Shell>();
    match event {
        RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { .. }, .. } => {
            windows::remember(app);
            // Of several windows, one that is closed does not come back; the last one does.
            shell.forget(label);
            windows::remember(app);
        }
        RunEvent::WindowEvent { label, event: WindowEvent::Destroyed, .. } => {
            shell.forget(label);
            shell.saves.abandon_all(label);
        }
        // The last window was closed. Without an icon to come back by, that is the end.
        RunEvent::ExitRequested { code: None, api, .. } if stays(app) => api.prevent_exit(),
        _ => {}
    }
}

fn stays(app: &AppHandle) -> bool {
    if !tray::is_there(app) || !session::has_tray() {
        return false;
    }
    app.state::<Shell>().remember(|memory| {
        let is_known = std::mem::replace(&mut memory.told_of_tray, true);
        if !is_known {
            let body = "Open and quit it by its icon in the tray.";
            let _ = session::notify("Afterimage goes on in the tray", body);
        }
    });
    true
}

/// A second start asked for this.
fn front(app: &AppHandle, first: First) {
    match first {
        First::ThisComputer => menu::act(app, Asked::Open),
        First::Elsewhere(name) => windows::open(app, Some(name), None),
        First::Nothing => {}
    }
}
