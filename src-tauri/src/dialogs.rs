//! What the window asks a person for: a place for a file, a recorder elsewhere.
//!
//! Belongs here: GTK's dialogs; each runs beside the others and answers by a call. Not here: what an
//! answer may be ([`crate::address_book`], [`crate::save`]).
//! Invariant: a typed token is shown as dots and goes into the address book only.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;

use gtk::glib;
use gtk::prelude::*;
use tauri::{AppHandle, Manager, WebviewWindow};

use crate::address_book::Entry;
use crate::shell::Shell;
use crate::{menu, windows};

/// Asks for a place for a file; none where nobody chose one.
pub fn save_as(
    app: &AppHandle,
    label: &str,
    name: String,
    answer: impl FnOnce(Option<PathBuf>) + Send + 'static,
) {
    let parent = app.get_webview_window(label);
    on_main_thread(app, move || {
        let parent = parent.as_ref().and_then(gtk_window);
        let dialog = gtk::FileChooserNative::new(
            Some("Save"),
            parent.as_ref(),
            gtk::FileChooserAction::Save,
            Some("_Save"),
            Some("_Cancel"),
        );
        dialog.set_do_overwrite_confirmation(true);
        let downloads = glib::user_special_dir(glib::UserDirectory::Downloads);
        dialog.set_current_folder(downloads.unwrap_or_else(glib::home_dir));
        dialog.set_current_name(&name);
        let answer = Cell::new(Some(answer));
        // Nothing else holds it while it is shown; its answer lets it go.
        let held = Rc::new(Cell::new(None));
        let shown = Rc::clone(&held);
        dialog.connect_response(move |dialog, response| {
            let chosen = (response == gtk::ResponseType::Accept).then(|| dialog.filename());
            if let Some(answer) = answer.take() {
                answer(chosen.flatten());
            }
            dialog.destroy();
            shown.take();
        });
        dialog.show();
        held.set(Some(dialog));
    });
}

/// Asks for a recorder elsewhere, and opens it.
pub fn add_recorder(app: &AppHandle) {
    let app = app.clone();
    on_main_thread(&app.clone(), move || {
        let parent = windows::focused(&app).as_ref().and_then(gtk_window);
        let dialog = gtk::Dialog::with_buttons(
            Some("Add a recorder"),
            parent.as_ref(),
            gtk::DialogFlags::DESTROY_WITH_PARENT,
            &[("_Cancel", gtk::ResponseType::Cancel), ("_Add", gtk::ResponseType::Accept)],
        );
        dialog.set_default_response(gtk::ResponseType::Accept);
        let form = gtk::Grid::builder().row_spacing(8).column_spacing(12).margin(16).build();
        let name = field(&form, 0, "_Name", "Barn");
        let address = field(&form, 1, "_Address", "https://nvr.example:8750");
        let token = field(&form, 2, "_Token", "");
        token.set_visibility(false);
        token.set_input_purpose(gtk::InputPurpose::Password);
        let refusal = gtk::Label::builder().wrap(true).max_width_chars(44).xalign(0.0).build();
        form.attach(&refusal, 0, 3, 2, 1);
        dialog.content_area().add(&form);
        dialog.connect_response(move |dialog, response| {
            if response != gtk::ResponseType::Accept {
                dialog.close();
                return;
            }
            let added = Entry::new(&name.text(), &address.text(), &token.text())
                .map_err(Into::into)
                .and_then(|entry| app.state::<Shell>().book().add(entry));
            match added {
                Ok(()) => {
                    menu::renew(&app);
                    windows::open(&app, Some(name.text().trim().to_owned()), None);
                    dialog.close();
                }
                Err(error) => refusal.set_text(&error.to_string()),
            }
        });
        dialog.show_all();
    });
}

/// Says a sentence and waits for nobody.
pub fn say(app: &AppHandle, sentence: &str) {
    let (handle, sentence) = (app.clone(), sentence.to_owned());
    on_main_thread(app, move || {
        let dialog = gtk::MessageDialog::new(
            windows::focused(&handle).as_ref().and_then(gtk_window).as_ref(),
            gtk::DialogFlags::DESTROY_WITH_PARENT,
            gtk::MessageType::Warning,
            gtk::ButtonsType::Close,
            &sentence,
        );
        dialog.connect_response(|dialog, _| dialog.close());
        dialog.show();
    });
}

fn field(form: &gtk::Grid, row: i32, label: &str, example: &str) -> gtk::Entry {
    let entry = gtk::Entry::builder()
        .placeholder_text(example)
        .activates_default(true)
        .width_chars(32)
        .hexpand(true)
        .build();
    let label = gtk::Label::builder()
        .label(label)
        .use_underline(true)
        .xalign(1.0)
        .mnemonic_widget(&entry)
        .build();
    form.attach(&label, 0, row, 1, 1);
    form.attach(&entry, 1, row, 1, 1);
    entry
}

fn gtk_window(window: &WebviewWindow) -> Option<gtk::ApplicationWindow> {
    window.gtk_window().ok()
}

/// GTK is asked there alone.
fn on_main_thread(app: &AppHandle, ask: impl FnOnce() + Send + 'static) {
    if let Err(error) = app.run_on_main_thread(ask) {
        eprintln!("A dialog could not be shown: {error}.");
    }
}
