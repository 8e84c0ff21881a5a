//! The sample tables of an MP4 file that is not fragmented (ISO/IEC 14496-12, section 8.6 and 8.7).
//!
//! Belongs here: times, sizes, sync samples and chunks of one track, in their shortest form. Not
//! here: which samples a file has.
//! Invariant: decode times in the table begin at zero and never go back, whatever is pushed.

use super::boxes::BoxWriter;

/// The samples of one track of a file, in decode order.
#[derive(Clone, Debug, Default)]
pub struct SampleTable {
    /// Runs of equal distances of decode times.
    deltas: Vec<(u32, u32)>,
    /// Runs of equal distances from decode to presentation.
    compositions: Vec<(u32, i32)>,
    /// Numbers of sync samples, from 1.
    syncs: Vec<u32>,
    sizes: Vec<u32>,
    chunks: Vec<Chunk>,
    /// Decode time of the first and of the last sample, as pushed.
    decoded: Option<(i64, i64)>,
    duration: u64,
}

#[derive(Clone, Copy, Debug)]
struct Chunk {
    /// From the first byte of the media.
    offset: u64,
    samples: u32,
}

impl SampleTable {
    /// The samples that follow lie behind each other from `offset` of the media on.
    pub fn begin_chunk(&mut self, offset: u64) {
        self.chunks.push(Chunk { offset, samples: 0 });
    }

    /// Adds a sample of the chunk that was begun last; times in ticks of the track.
    pub fn push(&mut self, decode: i64, presentation: i64, is_sync: bool, size: u32) {
        let decode = match self.decoded {
            None => {
                self.decoded = Some((decode, decode));
                decode
            }
            Some((first, last)) => {
                let decode = decode.max(last);
                self.add_delta(decode - last);
                self.decoded = Some((first, decode));
                decode
            }
        };
        let composition = presentation.saturating_sub(decode);
        let composition = i32::try_from(composition).unwrap_or(i32::MAX);
        extend(&mut self.compositions, composition);
        self.sizes.push(size);
        if is_sync {
            self.syncs.push(self.count());
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.samples += 1;
        }
    }

    /// Says how long the last sample lasts.
    pub fn finish(&mut self, last_duration: i64) {
        if self.decoded.is_some() {
            self.add_delta(last_duration.max(0));
        }
    }

    /// The decode time of the first sample as it was pushed: media time zero of the file's track.
    #[must_use]
    pub fn first_decode(&self) -> Option<i64> {
        self.decoded.map(|(first, _)| first)
    }

    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.sizes.len()).unwrap_or(u32::MAX)
    }

    fn add_delta(&mut self, delta: i64) {
        let delta = u32::try_from(delta).unwrap_or(u32::MAX);
        extend(&mut self.deltas, delta);
        self.duration += u64::from(delta);
    }

    /// In ticks of the track.
    pub(super) fn duration(&self) -> u64 {
        self.duration
    }

    /// The boxes behind `stsd`. The media begins at byte `media_at` of the file.
    pub(super) fn write(&self, out: &mut BoxWriter, media_at: u64, is_large: bool) {
        out.full_box(b"stts", 0, 0, |out| pairs(out, &self.deltas, |delta| *delta));
        if self.compositions.iter().any(|(_, composition)| *composition != 0) {
            let version = u8::from(self.compositions.iter().any(|(_, value)| *value < 0));
            out.full_box(b"ctts", version, 0, |out| {
                pairs(out, &self.compositions, |composition| composition.cast_unsigned());
            });
        }
        if self.syncs.len() < self.sizes.len() {
            out.full_box(b"stss", 0, 0, |out| numbers(out, &self.syncs));
        }
        let filled = || self.chunks.iter().filter(|chunk| chunk.samples > 0);
        out.full_box(b"stsc", 0, 0, |out| {
            let mut runs: Vec<(u32, u32)> = Vec::new();
            for (number, chunk) in (1_u32..).zip(filled()) {
                if runs.last().is_none_or(|(_, samples)| *samples != chunk.samples) {
                    runs.push((number, chunk.samples));
                }
            }
            out.u32(count(&runs));
            for (first, samples) in runs {
                out.u32(first);
                out.u32(samples);
                out.u32(1);
            }
        });
        out.full_box(b"stsz", 0, 0, |out| {
            out.u32(0);
            numbers(out, &self.sizes);
        });
        let chunks = u32::try_from(filled().count()).unwrap_or(u32::MAX);
        let kind = if is_large { b"co64" } else { b"stco" };
        out.full_box(kind, 0, 0, |out| {
            out.u32(chunks);
            for chunk in filled() {
                let at = media_at + chunk.offset;
                if is_large {
                    out.u64(at);
                } else {
                    out.u32(u32::try_from(at).unwrap_or(u32::MAX));
                }
            }
        });
    }
}

fn extend<T: PartialEq>(runs: &mut Vec<(u32, T)>, value: T) {
    match runs.last_mut() {
        Some((count, last)) if *last == value => *count += 1,
        _ => runs.push((1, value)),
    }
}

fn pairs<T>(out: &mut BoxWriter, runs: &[(u32, T)], value: impl Fn(&T) -> u32) {
    out.u32(count(runs));
    for (samples, run) in runs {
        out.u32(*samples);
        out.u32(value(run));
    }
}

fn numbers(out: &mut BoxWriter, list: &[u32]) {
    out.u32(count(list));
    list.iter().for_each(|number| out.u32(*number));
}

fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}
