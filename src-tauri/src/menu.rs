//! The menus' items: their names, and what each does.
//!
//! Belongs here: the window's menu, and acting on a choice from it or from the tray. Not here: the
//! tray's menu ([`crate::tray`]), how a window is opened ([`crate::windows`]).
//! Invariant: an item does one thing, told in one line; what can take long runs on a thread.

use std::{env, io, thread};

use tauri::menu::{CheckMenuItemBuilder, Menu, MenuBuilder, MenuItemBuilder, SubmenuBuilder};
use tauri::{AppHandle, Manager, Wry};

use crate::launch::Mode;
use crate::recorder::Recorder;
use crate::shell::Shell;
use crate::wishes::{TOPICS, Topic, Wishes};
use crate::{autostart, dialogs, windows};

/// What a person chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The windows as they were, or the one that is there to the front.
    Open,
    NewWindow,
    ThisComputer,
    Recorder(String),
    AddRecorder,
    RemoveRecorder(String),
    StartAtLogin,
    Tell(Topic),
    Record {
        camera: String,
        on: bool,
    },
    Quit,
    QuitAndStop,
}

impl Asked {
    pub fn id(&self) -> String {
        match self {
            Self::Open => "open".into(),
            Self::NewWindow => "new-window".into(),
            Self::ThisComputer => "this-computer".into(),
            Self::Recorder(name) => format!("recorder:{name}"),
            Self::AddRecorder => "add-recorder".into(),
            Self::RemoveRecorder(name) => format!("remove:{name}"),
            Self::StartAtLogin => "start-at-login".into(),
            Self::Tell(topic) => {
                let known = TOPICS.iter().find(|(known, _, _)| known == topic);
                format!("tell:{}", known.expect("every topic is listed").1)
            }
            Self::Record { camera, on: true } => format!("record:{camera}"),
            Self::Record { camera, on: false } => format!("pause:{camera}"),
            Self::Quit => "quit".into(),
            Self::QuitAndStop => "quit-and-stop-recording".into(),
        }
    }

    pub fn parse(id: &str) -> Option<Self> {
        let plain = [
            Self::Open,
            Self::NewWindow,
            Self::ThisComputer,
            Self::AddRecorder,
            Self::StartAtLogin,
            Self::Quit,
            Self::QuitAndStop,
        ];
        if let Some(asked) = plain.into_iter().find(|asked| asked.id() == id) {
            return Some(asked);
        }
        let (what, name) = id.split_once(':')?;
        match what {
            "recorder" => Some(Self::Recorder(name.into())),
            "remove" => Some(Self::RemoveRecorder(name.into())),
            "record" => Some(Self::Record { camera: name.into(), on: true }),
            "pause" => Some(Self::Record { camera: name.into(), on: false }),
            "tell" => TOPICS
                .iter()
                .find(|(_, known, _)| *known == name)
                .map(|(topic, _, _)| Self::Tell(*topic)),
            _ => None,
        }
    }
}

/// A name as a menu shows it: there `&` underlines the letter behind it.
pub fn labelled(name: &str) -> String {
    name.replace('&', "&&")
}

/// The menu of every window.
pub fn of_windows(app: &AppHandle) -> tauri::Result<Menu<Wry>> {
    let shell = app.state::<Shell>();
    let new_window = MenuItemBuilder::with_id(Asked::NewWindow.id(), "New window")
        .accelerator("CmdOrCtrl+Shift+N")
        .build(app)?;
    let login = CheckMenuItemBuilder::with_id(Asked::StartAtLogin.id(), "Start at login")
        .checked(autostart::is_on())
        .build(app)?;
    let mut topics = shell.memory().wishes.topics;
    let mut tell = SubmenuBuilder::new(app, "Notifications");
    for (topic, _, words) in TOPICS {
        let item = CheckMenuItemBuilder::with_id(Asked::Tell(topic).id(), words)
            .checked(*topics.of(topic))
            .build(app)?;
        tell = tell.item(&item);
    }
    let own = SubmenuBuilder::new(app, "Afterimage")
        .item(&new_window)
        .separator()
        .item(&tell.build()?)
        .item(&login)
        .separator()
        .text(Asked::Quit.id(), "Quit, and keep recording")
        .text(Asked::QuitAndStop.id(), "Quit and stop recording")
        .build()?;

    let names = shell.book().names();
    let mut recorders =
        SubmenuBuilder::new(app, "Recorders").text(Asked::ThisComputer.id(), "This computer");
    for name in &names {
        recorders = recorders.text(Asked::Recorder(name.clone()).id(), labelled(name));
    }
    recorders = recorders.separator().text(Asked::AddRecorder.id(), "Add…");
    if !names.is_empty() {
        let mut remove = SubmenuBuilder::new(app, "Remove");
        for name in &names {
            remove = remove.text(Asked::RemoveRecorder(name.clone()).id(), labelled(name));
        }
        recorders = recorders.item(&remove.build()?);
    }
    MenuBuilder::new(app).item(&own).item(&recorders.build()?).build()
}

/// Shows in every window what has changed.
pub fn renew(app: &AppHandle) {
    if let Err(error) = of_windows(app).and_then(|menu| app.set_menu(menu)) {
        app.state::<Shell>().say_once(&format!("The menu can't be changed: {error}."));
    }
}

/// Changes what a person wants to be told of; every menu and every page shows it.
pub fn wish(app: &AppHandle, change: impl FnOnce(&mut Wishes)) {
    app.state::<Shell>().remember(|memory| change(&mut memory.wishes));
    renew(app);
    windows::say_wishes_changed(app);
}

/// Does what was chosen.
pub fn act(app: &AppHandle, asked: Asked) {
    let shell = app.state::<Shell>();
    match asked {
        Asked::Open => windows::open_again(app),
        Asked::NewWindow => windows::open_another(app),
        Asked::ThisComputer => windows::open(app, None, None),
        Asked::Recorder(name) => windows::open(app, Some(name), None),
        Asked::AddRecorder => dialogs::add_recorder(app),
        Asked::RemoveRecorder(name) => {
            let removed = shell.book().remove(&name);
            if let Err(error) = removed {
                dialogs::say(app, &format!("The address book can’t be written: {error}."));
            }
            renew(app);
        }
        Asked::StartAtLogin => {
            if let Err(error) = toggle_start_at_login(&shell) {
                dialogs::say(app, &format!("Starting at login can’t be set: {error}."));
            }
            renew(app);
        }
        Asked::Tell(topic) => wish(app, |wishes| {
            let wanted = wishes.topics.of(topic);
            *wanted = !*wanted;
        }),
        Asked::Record { camera, on } => record(app, camera, on),
        Asked::Quit => quit(app),
        Asked::QuitAndStop => quit_and_stop(app),
    }
}

fn quit(app: &AppHandle) {
    windows::remember(app);
    app.exit(0);
}

fn quit_and_stop(app: &AppHandle) {
    let app = app.clone();
    let stopping = move || {
        let running = Recorder::running(&app.state::<Shell>().wanted.data).ok().flatten();
        match running.map_or(Ok(()), |recorder| recorder.stop()) {
            Ok(()) => quit(&app),
            Err(error) => {
                dialogs::say(&app, &format!("The recorder could not be stopped: {error}."));
            }
        }
    };
    thread::Builder::new().name("stop".into()).spawn(stopping).expect("a thread can be started");
}

fn toggle_start_at_login(shell: &Shell) -> io::Result<()> {
    let is_demo = shell.wanted.if_none_runs == Mode::Demo;
    autostart::set(!autostart::is_on(), &env::current_exe()?, shell.named.as_deref(), is_demo)
}

/// Pauses a camera, or goes on with it, as the console does.
fn record(app: &AppHandle, camera: String, on: bool) {
    let app = app.clone();
    let asking = move || {
        let shell = app.state::<Shell>();
        let path = format!("/streams/{camera}");
        let body = serde_json::json!({ "enabled": on }).to_string();
        let answer = match Recorder::running(&shell.wanted.data) {
            Ok(Some(recorder)) => recorder.ask("PATCH", &path, &body).map(|_| ()),
            _ => Err(io::Error::other("no recorder answers")),
        };
        if let Err(error) = answer {
            let what = if on { "recorded" } else { "paused" };
            dialogs::say(&app, &format!("{camera} could not be {what}: {error}."));
        }
        shell.look_now();
    };
    thread::Builder::new().name("pause".into()).spawn(asking).expect("a thread can be started");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_found_by_its_name() {
        let mut all = vec![
            Asked::Open,
            Asked::NewWindow,
            Asked::ThisComputer,
            Asked::Recorder("Barn: north".into()),
            Asked::AddRecorder,
            Asked::RemoveRecorder("pause:x".into()),
            Asked::StartAtLogin,
            Asked::Record { camera: "gate".into(), on: true },
            Asked::Record { camera: "gate".into(), on: false },
            Asked::Quit,
            Asked::QuitAndStop,
        ];
        all.extend(TOPICS.iter().map(|(topic, _, _)| Asked::Tell(*topic)));
        for asked in all {
            assert_eq!(Asked::parse(&asked.id()), Some(asked.clone()), "{asked:?} is told apart");
        }
        for strange in ["", "tell:", "tell:weather", "other:x"] {
            assert_eq!(Asked::parse(strange), None, "{strange:?} is no item of ours");
        }
    }
}
