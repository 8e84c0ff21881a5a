//! Where the ONNX Runtime library may lie.
//!
//! Belongs here: the places, in order, and picking the newest file in each. Not here: loading it
//! ([`crate::runtime`]).
//! Invariant: neither a request nor the current directory decides which library is loaded.

use crate::checkout;
use std::path::{Path, PathBuf};

/// What was found, and where we looked.
pub(crate) struct Search {
    /// Libraries to try, best first.
    pub candidates: Vec<PathBuf>,
    /// The places, for the error that says none was found.
    pub looked: Vec<String>,
    /// Somebody named this one: if it can't be used, that is an error, not a reason to look on.
    pub is_named: bool,
}

const SYSTEM_FOLDERS: [&str; 6] = [
    "/usr/local/lib",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/opt/homebrew/lib",
];

pub(crate) fn search(explicit: Option<&Path>) -> Search {
    let named = explicit.map(Path::to_path_buf).or_else(|| {
        std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()).map(PathBuf::from)
    });
    match named {
        Some(path) => Search {
            looked: vec![path.display().to_string()],
            candidates: vec![path],
            is_named: true,
        },
        None => search_folders(&folders()),
    }
}

fn folders() -> Vec<PathBuf> {
    let beside_program = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.parent()?.join("lib/afterimage")));
    let set_up = checkout::root().map(|root| root.join(".cache/onnxruntime"));
    beside_program.into_iter().chain(set_up).chain(SYSTEM_FOLDERS.map(PathBuf::from)).collect()
}

fn search_folders(folders: &[PathBuf]) -> Search {
    Search {
        candidates: folders.iter().filter_map(|folder| library_in(folder)).collect(),
        looked: folders.iter().map(|folder| folder.display().to_string()).collect(),
        is_named: false,
    }
}

/// `libonnxruntime.so.1.32.0` before `libonnxruntime.so.1` before `libonnxruntime.so`;
/// `libonnxruntime_providers_shared.so` is another thing.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let stem = format!("{}onnxruntime.", std::env::consts::DLL_PREFIX);
    let extension = std::env::consts::DLL_SUFFIX.trim_start_matches('.');
    std::fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let rest = name.strip_prefix(&stem)?;
            rest.split('.').any(|part| part == extension).then(|| (version(rest), entry.path()))
        })
        .max()
        .map(|(_, path)| path)
}

fn version(rest: &str) -> Vec<u32> {
    rest.split('.').filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_library_of_a_folder_is_picked_and_its_providers_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        for name in [
            format!("{prefix}onnxruntime{suffix}"),
            format!("{prefix}onnxruntime{suffix}.1.9.0"),
            format!("{prefix}onnxruntime{suffix}.1.32.0"),
            format!("{prefix}onnxruntime_providers_shared{suffix}"),
            "README".to_owned(),
        ] {
            std::fs::write(folder.path().join(name), b"").expect("written");
        }
        let search = search_folders(&[folder.path().join("absent"), folder.path().to_path_buf()]);
        let expected = folder.path().join(format!("{prefix}onnxruntime{suffix}.1.32.0"));
        assert_eq!(search.candidates, [expected], "1.32 is newer than 1.9 and than no version");
        assert_eq!(search.looked.len(), 2, "the error names every place, empty ones too");
    }
}
