//! `afterimage export make`: what a recorder starts for an export of pictures. Nobody types it.
//!
//! Belongs here: an order from standard input, pictures through the API, one ZIP file, progress on
//! standard output. Not here: who started it ([`crate::picture_process`]).
//! Invariant: it ends when its standard input does, so a killed recorder leaves nothing running.

use super::zip::ZipWriter;
use crate::commands::dataset::{SetGallery, finish};
use crate::failure::Failure;
use crate::output;
use crate::picture_process::{Order, Told};
use crate::pictures::{Gallery, Picture, StreamPictures};
use afterimage_base::{ErrorKind, Secret, StreamName, WallTime};
use afterimage_client::Client;
use afterimage_dataset::{DatasetDescription, DatasetPlan, DatasetWriter};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

/// As training sets have it unless told.
const QUALITY: u8 = 92;
/// Ten thousand picked frames.
const ORDER_LIMIT: u64 = 4 * 1024 * 1024;

pub async fn run() -> Result<(), Failure> {
    let mut input = BufReader::new(tokio::io::stdin());
    let mut line = String::new();
    (&mut input).take(ORDER_LIMIT).read_line(&mut line).await.map_err(Failure::input)?;
    let order: Order = serde_json::from_str(&line)
        .map_err(|error| Failure::input(format!("this is no order of a recorder: {error}")))?;
    let gone = async {
        let mut sink = [0; 64];
        while input.read(&mut sink).await.is_ok_and(|count| count > 0) {}
    };
    tokio::select! {
        made = make(&order) => made,
        () = gone => Err(Failure::new(ErrorKind::Unreachable, "the recorder is gone")),
    }
}

async fn make(order: &Order) -> Result<(), Failure> {
    let client = Client::new(&order.server, Secret::new(order.token.as_str()))?;
    let failed = |error: std::io::Error| cannot_write(&order.output, &error);
    let zip = ZipWriter::new(BufWriter::new(File::create(&order.output).map_err(failed)?));
    let (zip, absent) = if order.is_dataset {
        dataset(&client, order, zip).await?
    } else {
        frames(&client, order, zip).await?
    };
    let bytes = zip.length();
    zip.finish().and_then(|mut output| output.flush()).map_err(failed)?;
    tell(&Told { share: 1.0, bytes, absent });
    Ok(())
}

type Zip = ZipWriter<BufWriter<File>>;

/// Each frame as `stream_instant.jpg`.
async fn frames(client: &Client, order: &Order, zip: Zip) -> Result<(Zip, u64), Failure> {
    let gallery = ZipGallery { zip, names: HashSet::new(), output: &order.output };
    let mut reporting = Reporting::new(order, gallery);
    let absent = take_all(client, order, &mut reporting).await?;
    let ZipGallery { zip, names, .. } = reporting.gallery;
    if names.is_empty() {
        return Err(Failure::new(
            ErrorKind::NotFound,
            "there is no picture at any of these instants; the timeline shows what is recorded",
        ));
    }
    Ok((zip, absent))
}

/// The set that `afterimage dataset create` makes, file by file.
async fn dataset(client: &Client, order: &Order, mut zip: Zip) -> Result<(Zip, u64), Failure> {
    let folder = set_folder(&order.output);
    let writer = DatasetWriter::create(&folder, description(order))?;
    let mut reporting = Reporting::new(order, SetGallery { writer, shown: |_| {} });
    let absent = take_all(client, order, &mut reporting).await?;
    finish(reporting.gallery.writer).await?;
    let failed = |error: std::io::Error| cannot_write(&order.output, &error);
    for name in files_below(&folder).map_err(failed)? {
        let path = folder.join(&name);
        zip.add(&name, &fs::read(&path).map_err(failed)?).map_err(failed)?;
        // There is room for one of both.
        fs::remove_file(&path).map_err(failed)?;
    }
    fs::remove_dir_all(&folder).map_err(failed)?;
    Ok((zip, absent))
}

/// All frames of the order; answers how many picked ones are not recorded.
async fn take_all(
    client: &Client,
    order: &Order,
    gallery: &mut impl Gallery,
) -> Result<u64, Failure> {
    let mut absent = 0;
    for stream in &order.streams {
        let mut pictures = StreamPictures::of(client, stream, QUALITY).await?;
        match order.every() {
            Some(every) => {
                let range = order.range();
                let plan = DatasetPlan::new(range.0, range.1, every)?;
                pictures.planned(range, &plan, order.is_dataset, gallery).await?;
            }
            None => {
                let instants = order.instants(stream);
                absent += pictures.picked(&instants, order.is_dataset, gallery).await?;
            }
        }
    }
    Ok(absent)
}

fn description(order: &Order) -> DatasetDescription {
    let (from, to) = order.range();
    DatasetDescription {
        streams: order.streams.clone(),
        from,
        // Of picked frames the range may be shorter than the millisecond that a recipe knows.
        to: if order.picked.is_empty() { to } else { to.plus(Duration::from_millis(1)) },
        every: order.every().unwrap_or(Duration::from_millis(1)),
        models: Vec::new(),
        labels: Vec::new(),
        picked: order.picked.clone(),
    }
}

/// Pictures as entries of an archive.
struct ZipGallery<'a> {
    zip: Zip,
    /// Instants of frames have fewer digits in names.
    names: HashSet<String>,
    output: &'a Path,
}

impl Gallery for ZipGallery<'_> {
    fn has(&self, _: &StreamName, _: u64, _: u32) -> bool {
        false
    }

    fn take(&mut self, stream: &StreamName, picture: Picture) -> Result<(), Failure> {
        let stem = format!("{stream}_{}", picture.at.compact());
        let mut name = format!("{stem}.jpg");
        if !self.names.insert(name.clone()) {
            name = format!("{stem}_{}_{}.jpg", picture.fragment, picture.sample);
            self.names.insert(name.clone());
        }
        let added = self.zip.add(&name, &picture.jpeg);
        added.map_err(|error| cannot_write(self.output, &error))
    }

    fn reached(&mut self, _: &StreamName, _: WallTime) {}
}

/// Tells the recorder how far it is, whatever is made.
struct Reporting<'a, G> {
    order: &'a Order,
    gallery: G,
    bytes: u64,
}

impl<'a, G> Reporting<'a, G> {
    fn new(order: &'a Order, gallery: G) -> Self {
        Self { order, gallery, bytes: 0 }
    }
}

impl<G: Gallery> Gallery for Reporting<'_, G> {
    fn has(&self, stream: &StreamName, fragment: u64, sample: u32) -> bool {
        self.gallery.has(stream, fragment, sample)
    }

    fn take(&mut self, stream: &StreamName, picture: Picture) -> Result<(), Failure> {
        self.bytes += picture.jpeg.len() as u64;
        self.gallery.take(stream, picture)
    }

    fn reached(&mut self, stream: &StreamName, at: WallTime) {
        self.gallery.reached(stream, at);
        tell(&Told { share: self.order.share_at(stream, at), bytes: self.bytes, absent: 0 });
    }
}

fn tell(told: &Told) {
    output::line(serde_json::to_string(told).expect("plain data"));
}

/// Ends like the archive's own name, so that it goes with it where this is killed.
fn set_folder(output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    output.with_file_name(format!("set-of-{name}"))
}

/// All files, by name: the order of the archive.
fn files_below(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut pending = vec![String::new()];
    while let Some(below) = pending.pop() {
        for entry in fs::read_dir(folder.join(&below))? {
            let entry = entry?;
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                pending.push(format!("{name}/"));
            } else {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    let kind = match error.kind() {
        std::io::ErrorKind::StorageFull => ErrorKind::DiskFull,
        _ => ErrorKind::Unavailable,
    };
    Failure::new(kind, format!("{} can't be written: {error}", path.display()))
}
