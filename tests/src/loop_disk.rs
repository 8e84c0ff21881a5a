//! A disk of its own for one test: an image file with ext4, mounted through a loop device, whose
//! power can be cut.
//!
//! Belongs here: making, cutting, mounting again, taking away. Not here: what is recorded on it.
//! Invariant: whatever ends the test, nothing stays mounted and no loop device stays taken.

#![expect(clippy::disallowed_types, reason = "mkfs, losetup, mount and umount are programs")]

use crate::program::eventually;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// `FS_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`: from then on every write fails, and what
/// was not synced is gone. Asked for by Python, because this repository has no `unsafe`. It opens
/// the folder anew for each line that it reads, so that nothing keeps the disk busy.
const CUTTER: &str = "
import fcntl, os, struct, sys
for line in sys.stdin:
    folder = os.open(line.rstrip('\\n'), os.O_RDONLY)
    fcntl.ioctl(folder, 0x8004587D, struct.pack('I', 2))
    os.close(folder)
    print('cut', flush=True)
";

const UNMOUNT_WITHIN: Duration = Duration::from_secs(20);

/// An ext4 file system of its own.
#[derive(Debug)]
pub struct LoopDisk {
    device: String,
    mount: PathBuf,
    cutter: Option<Child>,
    /// The image and the mount point; outlives both.
    _folder: TempDir,
}

impl LoopDisk {
    /// A fresh disk of this size; takes only what is written to it. `None`, with one line that
    /// says why, where this machine lends no loop mounts.
    ///
    /// # Panics
    /// When there is no temporary folder.
    #[must_use]
    pub fn make(megabytes: u64) -> Option<Self> {
        if !is_root() {
            eprintln!("skipped: needs root for a loop mount");
            return None;
        }
        match Self::try_make(megabytes) {
            Ok(disk) => Some(disk),
            Err(reason) => {
                eprintln!("skipped: this machine gives no loop mount: {reason}");
                None
            }
        }
    }

    fn try_make(megabytes: u64) -> Result<Self, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let image = folder.path().join("disk.ext4");
        let mount = folder.path().join("disk");
        std::fs::create_dir(&mount).expect("the folder is new");
        let file = std::fs::File::create_new(&image).expect("the folder is new");
        file.set_len(megabytes << 20).map_err(|error| error.to_string())?;
        drop(file);
        run("mkfs.ext4", &["-q", "-F", "-m", "0", &text(&image)])?;
        let device = run("losetup", &["--find", "--show", &text(&image)])?;
        // From here on, dropping it gives everything back.
        let disk = Self { device, mount, cutter: None, _folder: folder };
        run("mount", &["-t", "ext4", &disk.device, &text(&disk.mount)])?;
        Ok(disk)
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.mount
    }

    /// Starts what will cut the power, so that the cut itself takes no time.
    ///
    /// # Panics
    /// When there is no Python.
    pub fn arm(&mut self) {
        let child = Command::new("python3")
            .args(["-c", CUTTER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed by the set-up");
        self.cutter = Some(child);
    }

    /// The power is gone: nothing that is not synced by now will be found again.
    ///
    /// # Panics
    /// When the disk was not armed, or the kernel refuses.
    pub fn cut_power(&mut self) {
        let cutter = self.cutter.as_mut().expect("it was armed");
        let orders = cutter.stdin.as_mut().expect("it is piped");
        writeln!(orders, "{}", self.mount.display()).expect("Python reads");
        let mut answer = String::new();
        let answers = cutter.stdout.as_mut().expect("it is piped");
        BufReader::new(answers).read_line(&mut answer).expect("Python answers");
        assert_eq!(answer.trim(), "cut", "ext4 takes FS_IOC_SHUTDOWN from root");
    }

    /// The power is back: the same disk with what was durable on it, after ext4's own recovery.
    ///
    /// # Panics
    /// When somebody still has a file open on it, or ext4 can't be mounted.
    pub fn mount_again(&self) {
        let mount = text(&self.mount);
        eventually("the disk to be let go", UNMOUNT_WITHIN, || run("umount", &[&mount]).ok());
        run("mount", &["-t", "ext4", &self.device, &mount]).expect("ext4 recovers by its journal");
    }
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        if let Some(mut cutter) = self.cutter.take() {
            drop(cutter.kill());
            drop(cutter.wait());
        }
        // Lazily: a test that failed may have files open still, and nobody waits for them.
        drop(run("umount", &["--lazy", &text(&self.mount)]));
        drop(run("losetup", &["--detach", &self.device]));
    }
}

fn is_root() -> bool {
    run("id", &["-u"]).is_ok_and(|user| user == "0")
}

fn text(path: &Path) -> String {
    path.to_str().expect("temporary folders have plain names").to_owned()
}

/// What a program said; what it complained about where it failed.
fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{program} can't be started: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
