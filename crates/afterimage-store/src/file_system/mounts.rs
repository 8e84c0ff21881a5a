//! Mount points that `/etc/fstab` names and where nothing is mounted.
//!
//! A recorder that starts before its disk is there would find an empty directory, make an archive
//! in it and fill the system's disk.
//!
//! Belongs here: reading the two tables. Not here: what follows from it ([`crate::directory`]).

use std::collections::HashSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// The mount point that `path` is or lies in, if `fstab` names it and `mountinfo` does not.
/// `path` is absolute and without links.
pub(super) fn unmounted(fstab: &str, mountinfo: &str, path: &Path) -> Option<PathBuf> {
    let mounted: HashSet<PathBuf> =
        mountinfo.lines().filter_map(|line| line.split(' ').nth(4)).map(unescaped).collect();
    let lines = fstab.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let named = lines.filter_map(|line| line.split_ascii_whitespace().nth(1));
    let places = named.filter(|place| place.starts_with('/')).map(unescaped);
    // Of several around the path the innermost tells most.
    places
        .filter(|place| path.starts_with(place) && !mounted.contains(place))
        .max_by_key(|place| place.components().count())
}

/// Both tables write a space as `\040`. A trailing slash means nothing.
fn unescaped(text: &str) -> PathBuf {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 4).and_then(|digits| str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match escaped {
            Some(escaped) if *byte == b'\\' => {
                plain.push(escaped);
                at += 4;
            }
            _ => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    PathBuf::from(OsString::from_vec(plain)).components().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FSTAB: &str = "# <file system> <mount point> <type> <options>
UUID=1 / ext4 defaults 0 1
UUID=2 none swap sw 0 0
UUID=3 /srv/video ext4 nofail 0 2
UUID=4\t/srv/cold\\040disk/ ext4 noauto 0 2
";

    #[test]
    fn a_named_mount_point_without_its_disk_is_told() {
        let all = "22 1 8:1 / / rw - ext4 /dev/sda1 rw
30 22 8:16 / /srv/video rw - ext4 /dev/sdb1 rw
31 22 8:32 / /srv/cold\\040disk rw - ext4 /dev/sdc1 rw
";
        let some = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n";
        let told = |mountinfo: &str, path: &str| unmounted(FSTAB, mountinfo, Path::new(path));
        assert_eq!(told(all, "/srv/video"), None, "its disk is there");
        assert_eq!(told(all, "/srv/cold disk/archive"), None, "also with a space in its name");
        let video = Some(PathBuf::from("/srv/video"));
        assert_eq!(told(some, "/srv/video"), video, "the mount point itself");
        assert_eq!(told(some, "/srv/video/archive"), video, "a directory on that disk");
        let cold = Some(PathBuf::from("/srv/cold disk"));
        assert_eq!(told(some, "/srv/cold disk/archive"), cold, "escapes are read");
        assert_eq!(told(some, "/srv/video2"), None, "a name that only begins so is another");
        assert_eq!(told(some, "/var/lib/afterimage"), None, "the system's disk is meant");
    }

    #[test]
    fn any_text_is_survived() {
        let odd = "\\\n\\04\n / \\999 \n   \nx /\\0 y";
        assert_eq!(unmounted(odd, odd, Path::new("/srv")), None, "no line of it is about /srv");
    }
}
