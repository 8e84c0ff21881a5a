//! ZIP archives of what is compressed already: stored, in one pass, the same bytes every time.
//!
//! Belongs here: the format (APPNOTE.TXT 6.3.10 of PKWARE, §4.3), with ZIP64 where offsets or
//! counts need it. Not here: what is in an archive.
//! Invariant: an entry's bytes are followed by nothing but other entries and the directory; times
//! are 1980-01-01, so that equal contents are equal archives.

use std::io::{self, Write};

/// 1980-01-01 00:00, the first day that the format knows.
const DATE: u16 = 0x0021;
const TIME: u16 = 0;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
const STORED: u16 = 0;
/// 2.0 for plain entries, 4.5 for ZIP64.
const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;
/// Made on UNIX: the upper half of the attributes is a mode.
const MADE_BY: u16 = 3 << 8;
const FILE_MODE: u32 = 0o100_644 << 16;

/// Writes an archive to anything that takes bytes in order.
pub struct ZipWriter<W> {
    output: W,
    offset: u64,
    directory: Vec<Entry>,
}

struct Entry {
    name: String,
    crc: u32,
    length: u32,
    offset: u64,
}

impl<W: Write> ZipWriter<W> {
    pub fn new(output: W) -> Self {
        Self { output, offset: 0, directory: Vec::new() }
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.offset
    }

    /// Adds one file; its name is relative, with `/` between parts.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let too_long = || io::Error::new(io::ErrorKind::InvalidInput, "too long for an archive");
        let length = u32::try_from(bytes.len()).map_err(|_| too_long())?;
        let name_length = u16::try_from(name.len()).map_err(|_| too_long())?;
        let crc = crc32fast::hash(bytes);
        let mut header = Vec::with_capacity(30 + name.len());
        header.extend(0x0403_4b50_u32.to_le_bytes());
        for part in [VERSION, FLAGS, STORED, TIME, DATE] {
            header.extend(part.to_le_bytes());
        }
        for part in [crc, length, length] {
            header.extend(part.to_le_bytes());
        }
        header.extend(name_length.to_le_bytes());
        header.extend(0_u16.to_le_bytes());
        header.extend(name.as_bytes());
        let offset = self.offset;
        self.put(&header)?;
        self.put(bytes)?;
        self.directory.push(Entry { name: name.to_owned(), crc, length, offset });
        Ok(())
    }

    /// Writes the directory and gives the output back.
    pub fn finish(mut self) -> io::Result<W> {
        let start = self.offset;
        let entries = std::mem::take(&mut self.directory);
        for entry in &entries {
            self.put(&entry.record())?;
        }
        let size = self.offset - start;
        self.put(&end(entries.len() as u64, size, start))?;
        Ok(self.output)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }
}

impl Entry {
    /// Its line in the directory.
    fn record(&self) -> Vec<u8> {
        let (offset, extra) = match u32::try_from(self.offset) {
            Ok(offset) if offset != u32::MAX => (offset, Vec::new()),
            _ => {
                let mut extra = Vec::with_capacity(12);
                extra.extend(1_u16.to_le_bytes());
                extra.extend(8_u16.to_le_bytes());
                extra.extend(self.offset.to_le_bytes());
                (u32::MAX, extra)
            }
        };
        let version = if extra.is_empty() { VERSION } else { VERSION_ZIP64 };
        let mut record = Vec::with_capacity(46 + self.name.len() + extra.len());
        record.extend(0x0201_4b50_u32.to_le_bytes());
        for part in [MADE_BY | version, version, FLAGS, STORED, TIME, DATE] {
            record.extend(part.to_le_bytes());
        }
        for part in [self.crc, self.length, self.length] {
            record.extend(part.to_le_bytes());
        }
        let lengths = [self.name.len(), extra.len()];
        for length in lengths.map(|length| u16::try_from(length).unwrap_or(u16::MAX)) {
            record.extend(length.to_le_bytes());
        }
        // No comment, the first disk, binary.
        record.extend([0; 6]);
        record.extend(FILE_MODE.to_le_bytes());
        record.extend(offset.to_le_bytes());
        record.extend(self.name.as_bytes());
        record.extend(extra);
        record
    }
}

/// What ends an archive: where its directory is.
fn end(count: u64, size: u64, start: u64) -> Vec<u8> {
    let mut end = Vec::with_capacity(98);
    let short_count = u16::try_from(count).unwrap_or(u16::MAX);
    let short = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    if short_count == u16::MAX || short(size) == u32::MAX || short(start) == u32::MAX {
        end.extend(0x0606_4b50_u32.to_le_bytes());
        end.extend(44_u64.to_le_bytes());
        end.extend((MADE_BY | VERSION_ZIP64).to_le_bytes());
        end.extend(VERSION_ZIP64.to_le_bytes());
        end.extend([0; 8]);
        for value in [count, count, size, start] {
            end.extend(value.to_le_bytes());
        }
        end.extend(0x0706_4b50_u32.to_le_bytes());
        end.extend(0_u32.to_le_bytes());
        end.extend((start + size).to_le_bytes());
        end.extend(1_u32.to_le_bytes());
    }
    end.extend(0x0605_4b50_u32.to_le_bytes());
    end.extend([0; 4]);
    end.extend(short_count.to_le_bytes());
    end.extend(short_count.to_le_bytes());
    end.extend(short(size).to_le_bytes());
    end.extend(short(start).to_le_bytes());
    end.extend(0_u16.to_le_bytes());
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, SeekFrom};
    use std::path::Path;

    /// What Python's own reader says of an archive: how many entries, and that all are whole.
    #[expect(clippy::disallowed_types, reason = "Python is the independent reader")]
    fn python_reads(path: &Path) -> String {
        let script = "import sys, zipfile\n\
                      z = zipfile.ZipFile(sys.argv[1])\n\
                      assert z.testzip() is None\n\
                      print(len(z.namelist()), z.namelist()[-1], len(z.read(z.namelist()[-1])))";
        let output = std::process::Command::new("python3")
            .args(["-c", script])
            .arg(path)
            .output()
            .expect("Python is installed by the set-up");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Python can't read it: {errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    #[test]
    fn python_reads_few_entries_and_more_than_the_old_format_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        for (count, file) in [(2, "few.zip"), (70_000, "many.zip")] {
            let path = folder.path().join(file);
            let mut zip = ZipWriter::new(Vec::new());
            for index in 0..count {
                zip.add(&format!("gate/{index}.jpg"), b"picture").expect("memory takes all");
            }
            let length = zip.length();
            let bytes = zip.finish().expect("memory takes all");
            assert!(bytes.len() as u64 > length, "the directory comes last");
            std::fs::write(&path, bytes).expect("there is room");
            let last = count - 1;
            assert_eq!(python_reads(&path), format!("{count} gate/{last}.jpg 7"), "all are there");
        }
    }

    #[test]
    fn python_reads_what_lies_beyond_four_gigabytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("long.zip");
        let mut file = std::fs::File::create(&path).expect("there is room");
        // A hole takes no room.
        let far = 5_000_000_000;
        file.seek(SeekFrom::Start(far)).expect("a sparse file");
        let mut zip = ZipWriter { output: file, offset: far, directory: Vec::new() };
        zip.add("gate.jpg", b"picture").expect("there is room");
        zip.finish().expect("there is room");
        assert_eq!(python_reads(&path), "1 gate.jpg 7", "its offset needs 64 bits");
    }
}
