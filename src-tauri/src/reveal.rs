//! Which files the page may have shown in the file manager: the exports of this recorder.
//!
//! Belongs here: the choice. Not here: the file manager ([`crate::session`]).
//! Invariant: whatever the page says, nothing outside of `DATA/exports` is opened, by no `..` and no
//! link.

use std::path::{Path, PathBuf};

/// The file or folder to show, if it is one of the exports and is there.
pub fn shown(data: &Path, asked: &Path) -> Option<PathBuf> {
    let exports = data.join("exports").canonicalize().ok()?;
    let file = asked.is_absolute().then(|| asked.canonicalize().ok())??;
    (file.starts_with(&exports) && file != exports).then_some(file)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_what_lies_in_the_exports_is_shown() {
        let data = tempfile::tempdir().unwrap();
        let data = data.path().canonicalize().unwrap();
        let export = data.join("exports/1-gate");
        fs::create_dir_all(&export).unwrap();
        fs::write(export.join("gate.mp4"), "").unwrap();
        fs::write(data.join("recorder.json"), "").unwrap();
        symlink(data.join("recorder.json"), export.join("link.mp4")).unwrap();

        let clip = export.join("gate.mp4");
        assert_eq!(shown(&data, &clip), Some(clip.clone()), "an export's file is shown");
        assert_eq!(shown(&data, &export), Some(export.clone()), "so is its folder");
        for (asked, why) in [
            (data.join("recorder.json"), "the token's file is no export"),
            (data.join("exports/../recorder.json"), "a path may not climb out"),
            (export.join("link.mp4"), "a link may not lead out"),
            (data.join("exports"), "the folder of all exports is not one of them"),
            (export.join("gone.mp4"), "it is not there"),
            (PathBuf::from("exports/1-gate"), "a relative path depends on where we were started"),
            (PathBuf::from("/etc/passwd"), "that is none of ours"),
            (PathBuf::new(), "nothing was asked for"),
        ] {
            assert_eq!(shown(&data, &asked), None, "{}: {why}", asked.display());
        }
        assert_eq!(shown(Path::new("/nowhere"), &clip), None, "without exports there are none");
    }
}
