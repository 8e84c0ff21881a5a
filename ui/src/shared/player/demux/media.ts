/**
 * `moof` + `mdat`: the samples of one track, in decode order, with their times in ticks.
 *
 * Belongs here: whole fragments and single live frames alike. Not here: wall times
 * ({@link ./frames}).
 */
import { boxes, ByteReader, DamagedMedia, findBox, type Box } from './boxes';
import type { InitTracks } from './init';

export interface MediaSample {
  /** Position in the track's decode order, from 0: one half of a frame's identity. */
  readonly sample: number;
  readonly decodeTicks: number;
  readonly presentationTicks: number;
  readonly durationTicks: number;
  readonly isSync: boolean;
  readonly data: Uint8Array<ArrayBuffer>;
}

const BASE_DATA_OFFSET = 0x1;
const SAMPLE_DESCRIPTION = 0x2;
const DEFAULT_DURATION = 0x8;
const DEFAULT_SIZE = 0x10;
const DEFAULT_FLAGS = 0x20;

const DATA_OFFSET = 0x1;
const FIRST_SAMPLE_FLAGS = 0x4;
const SAMPLE_DURATION = 0x100;
const SAMPLE_SIZE = 0x200;
const SAMPLE_FLAGS = 0x400;
const COMPOSITION_OFFSET = 0x800;

const NON_SYNC_SAMPLE = 0x10000;

/** More would be a 20 s fragment at 5,000 frames a second. */
const MOST_SAMPLES = 100_000;

export function parseMedia(bytes: Uint8Array<ArrayBuffer>, init: InitTracks, trackId: number): MediaSample[] {
  const samples: MediaSample[] = [];
  let seen = false;
  for (const moof of boxes(bytes)) {
    if (moof.type !== 'moof') continue;
    seen = true;
    for (const traf of boxes(bytes, moof.body, moof.end)) {
      if (traf.type === 'traf') parseTrackFragment(bytes, moof, traf, init, trackId, samples);
    }
  }
  if (!seen) throw new DamagedMedia('The fragment has no "moof".');
  return samples;
}

function parseTrackFragment(
  bytes: Uint8Array<ArrayBuffer>,
  moof: Box,
  traf: Box,
  init: InitTracks,
  trackId: number,
  samples: MediaSample[],
): void {
  const tfhd = findBox(bytes, traf, 'tfhd');
  if (tfhd === null) throw new DamagedMedia('The box "tfhd" is missing.');
  const header = new ByteReader(bytes, tfhd.body, tfhd.end);
  header.skip(1);
  const headerFlags = header.u24();
  if (header.u32() !== trackId) return;
  const trex = init.defaults.get(trackId);
  let base = moof.start;
  let { duration, size, flags } = trex ?? { duration: 0, size: 0, flags: 0 };
  if (headerFlags & BASE_DATA_OFFSET) base = header.u64();
  if (headerFlags & SAMPLE_DESCRIPTION) header.skip(4);
  if (headerFlags & DEFAULT_DURATION) duration = header.u32();
  if (headerFlags & DEFAULT_SIZE) size = header.u32();
  if (headerFlags & DEFAULT_FLAGS) flags = header.u32();

  let decodeTicks = decodeTime(bytes, traf);
  let offset = base;
  for (const trun of boxes(bytes, traf.body, traf.end)) {
    if (trun.type !== 'trun') continue;
    const reader = new ByteReader(bytes, trun.body, trun.end);
    const version = reader.u8();
    const runFlags = reader.u24();
    const count = reader.u32();
    if (samples.length + count > MOST_SAMPLES) throw new DamagedMedia(`A fragment claims ${count} samples.`);
    if (runFlags & DATA_OFFSET) offset = base + reader.i32();
    const firstFlags = runFlags & FIRST_SAMPLE_FLAGS ? reader.u32() : null;
    for (let index = 0; index < count; index += 1) {
      const durationTicks = runFlags & SAMPLE_DURATION ? reader.u32() : duration;
      const byteLength = runFlags & SAMPLE_SIZE ? reader.u32() : size;
      const ownFlags = runFlags & SAMPLE_FLAGS ? reader.u32() : flags;
      const sampleFlags = index === 0 && firstFlags !== null ? firstFlags : ownFlags;
      let composition = 0;
      if (runFlags & COMPOSITION_OFFSET) composition = version === 0 ? reader.u32() : reader.i32();
      if (offset < 0 || offset + byteLength > bytes.byteLength) {
        throw new DamagedMedia(`Sample ${samples.length} lies outside its fragment.`);
      }
      samples.push({
        sample: samples.length,
        decodeTicks,
        presentationTicks: decodeTicks + composition,
        durationTicks,
        isSync: (sampleFlags & NON_SYNC_SAMPLE) === 0,
        data: bytes.subarray(offset, offset + byteLength),
      });
      decodeTicks += durationTicks;
      offset += byteLength;
    }
  }
}

function decodeTime(bytes: Uint8Array, traf: Box): number {
  const tfdt = findBox(bytes, traf, 'tfdt');
  if (tfdt === null) return 0;
  const reader = new ByteReader(bytes, tfdt.body, tfdt.end);
  const version = reader.u8();
  reader.skip(3);
  return version === 1 ? reader.u64() : reader.u32();
}
