//! What the page may ask of the shell: what a browser can't do, and no more.
//!
//! Belongs here: the commands, each one line of decision. Not here: the page's side of them, in
//! `desktop.js`. Which pages may ask is in `capabilities/console.json`: those of our own origin.

#![expect(clippy::needless_pass_by_value, reason = "Tauri makes for each command what it takes")]

use std::path::{Path, PathBuf};

use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, State, WebviewWindow};

use crate::save::{SaveFailed, suggested};
use crate::shell::{Shell, Showing};
use crate::wishes::{Told, Topic};
use crate::{dialogs, menu, reveal as exports, session};

/// As many letters of a notice as a desktop shows.
const LONGEST_NOTICE: usize = 300;

/// Shows an export of this computer's recorder in the file manager; false where it is not there.
#[tauri::command(async)]
pub fn reveal(window: WebviewWindow, shell: State<'_, Shell>, path: PathBuf) -> bool {
    let is_here = matches!(shell.showing(window.label()), Some(Showing::ThisComputer(_)));
    let file = is_here.then(|| exports::shown(&shell.wanted.data, &path)).flatten();
    file.is_some_and(|file| show_in_folder(&shell, &file))
}

/// Shows the file that this window saved last; false where it is no longer there.
#[tauri::command(async)]
pub fn reveal_saved(window: WebviewWindow, shell: State<'_, Shell>) -> bool {
    let file = shell.saves.last_whole(window.label()).filter(|file| file.exists());
    file.is_some_and(|file| show_in_folder(&shell, &file))
}

fn show_in_folder(shell: &Shell, file: &Path) -> bool {
    session::show_in_folder(file)
        .inspect_err(|error| {
            shell.say_once(&format!("The file manager can't be opened: {error}."));
        })
        .is_ok()
}

/// What the person wants to be told of.
#[tauri::command(async)]
pub fn wishes(shell: State<'_, Shell>) -> Told {
    shell.memory().wishes.told()
}

#[tauri::command(async)]
pub fn wish_topic(app: AppHandle, topic: Topic, wanted: bool) {
    menu::wish(&app, |wishes| *wishes.topics.of(topic) = wanted);
}

#[tauri::command(async)]
pub fn wish_camera(app: AppHandle, camera: String, wanted: bool) {
    menu::wish(&app, |wishes| wishes.set_camera(camera, wanted));
}

/// Tells somebody who looks elsewhere.
#[tauri::command(async)]
pub fn notify(shell: State<'_, Shell>, title: &str, body: &str) {
    let short = |text: &str| text.chars().take(LONGEST_NOTICE).collect::<String>();
    if let Err(error) = session::notify(&short(title), &short(body)) {
        shell.say_once(&format!("Notifications can't be shown: {error}."));
    }
}

/// Asks a person for a place. The number of the file to come, or none where nobody chose one.
#[tauri::command]
pub async fn save_begin(
    app: AppHandle,
    window: WebviewWindow,
    shell: State<'_, Shell>,
    name: String,
) -> Result<Option<u32>, SaveFailed> {
    let name = suggested(&name)?.to_owned();
    let (answer, mut chosen) = tauri::async_runtime::channel(1);
    dialogs::save_as(&app, window.label(), name, move |target| {
        let _ = answer.try_send(target);
    });
    match chosen.recv().await.flatten() {
        Some(target) => shell.saves.begin(window.label(), &target).map(Some),
        None => Ok(None),
    }
}

#[tauri::command(async)]
pub fn save_piece(
    window: WebviewWindow,
    shell: State<'_, Shell>,
    request: Request<'_>,
) -> Result<(), SaveFailed> {
    let number = request
        .headers()
        .get("afterimage-file")
        .and_then(|number| number.to_str().ok()?.parse().ok())
        .ok_or(SaveFailed::Gone)?;
    let InvokeBody::Raw(bytes) = request.body() else {
        shell.saves.abandon(window.label(), number);
        return Err(SaveFailed::NoBytes);
    };
    shell.saves.piece(window.label(), number, bytes)
}

#[tauri::command(async)]
pub fn save_end(
    window: WebviewWindow,
    shell: State<'_, Shell>,
    file: u32,
) -> Result<(), SaveFailed> {
    shell.saves.end(window.label(), file).map(|_| ())
}

#[tauri::command(async)]
pub fn save_abandon(window: WebviewWindow, shell: State<'_, Shell>, file: u32) {
    shell.saves.abandon(window.label(), file);
}
