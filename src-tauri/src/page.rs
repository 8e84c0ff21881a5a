//! What is in a window: our page, what it is given, whom it may speak to, where it may go.
//!
//! Not here: which window is opened when ([`crate::windows`]).
//! Invariant: a recorder's token is given to our own page alone, in windows of that recorder, and no
//! window leaves our page.

use std::path::PathBuf;

use tauri::http::{HeaderValue, header};
use tauri::webview::{DownloadEvent, NewWindowResponse};
use tauri::window::Color;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder, Wry};

use crate::recorder::Handed;
use crate::shell::Shell;
use crate::trouble::AGAIN;
use crate::{directories, policy, session, windows};

/// The console's background, so that nothing flashes before it is painted.
const NIGHT: Color = Color(0x0b, 0x0d, 0x13, 0xff);
const USUAL: (f64, f64) = (1440.0, 900.0);
const LEAST: (f64, f64) = (800.0, 500.0);

/// A window on this page, which it never leaves.
pub fn window<'app>(
    app: &'app AppHandle,
    label: &str,
    page: WebviewUrl,
    title: &str,
) -> WebviewWindowBuilder<'app, Wry, AppHandle> {
    let (again, again_label) = (app.clone(), label.to_owned());
    WebviewWindowBuilder::new(app, label, page)
        .title(title)
        .inner_size(USUAL.0, USUAL.1)
        .min_inner_size(LEAST.0, LEAST.1)
        .background_color(NIGHT)
        .on_navigation(move |url| {
            if *url == trouble(AGAIN) {
                windows::try_again(&again, &again_label);
                return false;
            }
            is_ours(url) || *url == trouble("/")
        })
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, event| {
            // Into the folder for downloads, over nothing that is there.
            if let DownloadEvent::Finished { path: Some(path), success: true, .. } = event {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let folder = path.parent().unwrap_or(&path).display().to_string();
                let _ = session::notify(&format!("Saved {name}"), &folder);
            }
            true
        })
}

/// Lets the page speak to its recorder alone. The web view asks the first window of a kind for the
/// pages of all, so the recorder is looked up each time.
pub fn speaking_to<'app>(
    builder: WebviewWindowBuilder<'app, Wry, AppHandle>,
    app: &AppHandle,
    elsewhere: Option<String>,
) -> WebviewWindowBuilder<'app, Wry, AppHandle> {
    let app = app.clone();
    builder.on_web_resource_request(move |_, response| {
        let shell = app.state::<Shell>();
        let address = match &elsewhere {
            Some(name) => shell.book().entry(name).map(|entry| entry.address.clone()),
            None => shell.local_address().and_then(|address| Url::parse(&address).ok()),
        };
        let headers = response.headers_mut();
        let narrowed = headers
            .get(header::CONTENT_SECURITY_POLICY)
            .and_then(|policy| policy.to_str().ok())
            .zip(address)
            .and_then(|(policy, address)| {
                HeaderValue::from_str(&policy::narrowed(policy, &address)).ok()
            });
        if let Some(narrowed) = narrowed {
            headers.insert(header::CONTENT_SECURITY_POLICY, narrowed);
        }
    })
}

/// Where the web view keeps what the page of a recorder elsewhere remembers: apart from all others.
pub fn data_of(origin: &str) -> PathBuf {
    let name: String = origin
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '_' })
        .collect();
    directories::own().join("pages").join(name)
}

/// The script that tells our page, before any of its own runs, which recorder it belongs to.
pub fn script(handed: &Handed<'_>, is_here: bool) -> String {
    let handed = serde_json::to_string(handed).expect("two strings are JSON");
    let port = include_str!("desktop.js");
    format!(
        "if (['tauri://localhost', 'http://tauri.localhost'].includes(location.origin)) {{\n\
         Object.defineProperty(window, '__AFTERIMAGE__', {{ value: Object.freeze({handed}) }});\n\
         const isHere = {is_here};\n{port}}}"
    )
}

fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

pub fn trouble(path: &str) -> Url {
    Url::parse("trouble://localhost").and_then(|url| url.join(path)).expect("this is an address")
}
