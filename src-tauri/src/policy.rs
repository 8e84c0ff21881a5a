//! What the page of a window may speak to: the one recorder that the window is for.
//!
//! The configuration's content security policy names a recorder that does not exist; each window
//! puts its own there. Where that is forgotten the page reaches nobody.

use tauri::Url;

/// What `tauri.conf.json` has in the recorder's place. `.invalid` is never found: RFC 2606.
const PLACE: &str = "http://recorder.invalid";
const SOCKETS_PLACE: &str = "ws://recorder.invalid";

/// The policy with this recorder in its place.
pub fn narrowed(policy: &str, address: &Url) -> String {
    let origin = address.origin().ascii_serialization();
    let sockets = origin.replacen("http", "ws", 1);
    policy.replace(SOCKETS_PLACE, &sockets).replace(PLACE, &origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured() -> String {
        let text = include_str!("../tauri.conf.json");
        let configuration: serde_json::Value = serde_json::from_str(text).unwrap();
        configuration["app"]["security"]["csp"]["connect-src"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_window_speaks_to_its_own_recorder_alone() {
        let policy = configured();
        assert!(policy.contains(PLACE) && policy.contains(SOCKETS_PLACE), "both places are there");
        let of = |address: &str| narrowed(&policy, &Url::parse(address).unwrap());
        let local = of("http://127.0.0.1:8750/");
        assert!(local.contains(" http://127.0.0.1:8750 ws://127.0.0.1:8750"), "{local}");
        let remote = of("https://nvr.example/");
        assert!(remote.contains(" https://nvr.example wss://nvr.example"), "{remote}");
        assert!(!remote.contains("invalid"), "no place is left over: {remote}");
        assert!(!remote.contains('*'), "no other host, no other port: {remote}");
    }
}
