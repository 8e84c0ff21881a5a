//! The window: the console, or the page that says why there is none.
//!
//! Belongs here: Tauri. Not here: decisions.
//! Invariant: the recorder's token is given to our own page alone, and the window never leaves it.

use tauri::http::Response;
use tauri::menu::{MenuBuilder, SubmenuBuilder};
use tauri::webview::NewWindowResponse;
use tauri::window::Color;
use tauri::{AppHandle, Manager, Theme, Url, WebviewUrl, WebviewWindowBuilder, Wry};

use crate::painting;
use crate::recorder::{Recorder, Wanted};
use crate::trouble::{AGAIN, Trouble};

/// The console's background, so that nothing flashes before it is painted.
const NIGHT: Color = Color(0x0b, 0x0d, 0x13, 0xff);
const QUIT: &str = "quit";
const QUIT_AND_STOP: &str = "quit-and-stop-recording";

/// Shows the window of the recorder that is wanted, until it is closed.
pub fn run(wanted: &Wanted) -> tauri::Result<()> {
    let outcome = Recorder::find_or_start(wanted);
    if let Err(trouble) = &outcome {
        eprintln!("{trouble}");
    }
    let page = outcome.as_ref().err().map(Trouble::page).unwrap_or_default();
    tauri::Builder::default()
        .register_uri_scheme_protocol("trouble", move |_, _| {
            Response::builder()
                .header("content-type", "text/html; charset=utf-8")
                .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
                .body(page.clone().into_bytes())
                .expect("these headers are well formed")
        })
        .setup(move |app| Ok(open(app.handle(), outcome)?))
        .run(tauri::generate_context!())
}

fn open(app: &AppHandle, outcome: Result<Recorder, Trouble>) -> tauri::Result<()> {
    let content = match &outcome {
        Ok(_) => WebviewUrl::App("index.html".into()),
        Err(_) => WebviewUrl::CustomProtocol(trouble_url("/")),
    };
    let again = app.clone();
    let mut builder = WebviewWindowBuilder::new(app, "main", content)
        .title("Afterimage")
        .inner_size(1440.0, 900.0)
        .min_inner_size(800.0, 500.0)
        .background_color(NIGHT)
        .menu(menu(app, outcome.is_ok())?)
        .on_navigation(move |url| {
            if *url == trouble_url(AGAIN) {
                again.request_restart();
            }
            is_ours(url) || *url == trouble_url("/")
        })
        .on_new_window(|_, _| NewWindowResponse::Deny);
    if let Ok(recorder) = &outcome {
        builder = builder.initialization_script(handing_over(recorder));
    }
    let window = builder.build()?;
    painting::choose(&window)?;
    app.set_theme(Some(Theme::Dark));
    window.on_menu_event(move |window, event| match event.id().as_ref() {
        QUIT => window.app_handle().exit(0),
        QUIT_AND_STOP => {
            if let Ok(recorder) = &outcome
                && let Err(error) = recorder.stop()
            {
                eprintln!("The recorder could not be stopped: {error}.");
            }
            window.app_handle().exit(0);
        }
        _ => {}
    });
    Ok(())
}

fn menu(app: &AppHandle, recording: bool) -> tauri::Result<tauri::menu::Menu<Wry>> {
    let mut recorder =
        SubmenuBuilder::new(app, "Afterimage").text(QUIT, "Quit, and keep recording");
    if recording {
        recorder = recorder.separator().text(QUIT_AND_STOP, "Quit and stop recording");
    }
    MenuBuilder::new(app).item(&recorder.build()?).build()
}

/// The script that tells our page, before any of its own runs, which recorder it belongs to.
fn handing_over(recorder: &Recorder) -> String {
    let handed = serde_json::to_string(&recorder.handed()).expect("two strings are JSON");
    format!(
        "if (['tauri://localhost', 'http://tauri.localhost'].includes(location.origin)) \
         Object.defineProperty(window, '__AFTERIMAGE__', {{ value: Object.freeze({handed}) }});"
    )
}

fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

fn trouble_url(path: &str) -> Url {
    Url::parse("trouble://localhost").and_then(|url| url.join(path)).expect("this is an address")
}
