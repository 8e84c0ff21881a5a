/** Footage for the fake recorder: cut by ffmpeg, split into fragments and single frames. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A loop of fragments: `{init, codec, width, height, fragments: [{bytes, frames, durationMicros}]}`. */
export function cutLoop(input, codecArguments = ['-c:v', 'copy']) {
  const folder = mkdtempSync(join(tmpdir(), 'afterimage-fake-'));
  const output = join(folder, 'loop.mp4');
  try {
    execFileSync(
      'ffmpeg',
      [
        '-v',
        'error',
        ...input,
        '-an',
        ...codecArguments,
        '-movflags',
        'frag_keyframe+empty_moov+default_base_moof',
        output,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    return split(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function* boxes(bytes, from = 0, to = bytes.length) {
  for (let at = from; at + 8 <= to;) {
    const size = bytes.readUInt32BE(at);
    yield { type: bytes.toString('latin1', at + 4, at + 8), start: at, body: at + 8, end: at + size };
    at += size;
  }
}

const find = (bytes, parent, ...path) =>
  path.reduce(
    (box, type) => [...boxes(bytes, box.body, box.end)].find((child) => child.type === type),
    parent,
  );

function split(bytes) {
  const top = [...boxes(bytes)];
  const moov = top.find((box) => box.type === 'moov');
  const init = bytes.subarray(0, moov.end);
  const mdia = find(bytes, moov, 'trak', 'mdia');
  const mdhd = find(bytes, mdia, 'mdhd');
  const timescale = bytes.readUInt32BE(mdhd.body + 12);
  const stsd = find(bytes, mdia, 'minf', 'stbl', 'stsd');
  const entry = { body: stsd.body + 16, end: stsd.end };
  const avcC = find(bytes, { body: entry.body + 78, end: entry.end }, 'avcC');
  const codec = `avc1.${bytes.toString('hex', avcC.body + 1, avcC.body + 4)}`;
  const [width, height] = [bytes.readUInt16BE(entry.body + 24), bytes.readUInt16BE(entry.body + 26)];
  const fragments = [];
  top.forEach((box, index) => {
    if (box.type !== 'moof') return;
    const mdat = top[index + 1];
    const frames = samples(bytes, box, timescale);
    fragments.push({
      bytes: bytes.subarray(box.start, mdat.end),
      frames,
      durationMicros: frames.reduce((sum, frame) => sum + frame.durationMicros, 0),
    });
  });
  return { init, codec, width, height, timescale, fragments };
}

function samples(bytes, moof, timescale) {
  const traf = find(bytes, moof, 'traf');
  const tfhd = find(bytes, traf, 'tfhd');
  const headerFlags = bytes.readUInt32BE(tfhd.body) & 0xffffff;
  let at = tfhd.body + 8;
  const next = () => bytes.readUInt32BE((at += 4) - 4);
  if (headerFlags & 2) next();
  const defaultDuration = headerFlags & 8 ? next() : 0;
  const defaultSize = headerFlags & 16 ? next() : 0;
  const trun = find(bytes, traf, 'trun');
  const flags = bytes.readUInt32BE(trun.body) & 0xffffff;
  const count = bytes.readUInt32BE(trun.body + 4);
  at = trun.body + 8;
  let offset = moof.start + (flags & 1 ? next() : 0);
  if (flags & 4) next();
  const frames = [];
  let decode = 0;
  for (let index = 0; index < count; index += 1) {
    const duration = flags & 0x100 ? next() : defaultDuration;
    const size = flags & 0x200 ? next() : defaultSize;
    if (flags & 0x400) next();
    const composition = flags & 0x800 ? bytes.readInt32BE((at += 4) - 4) : 0;
    frames.push({
      decode,
      composition,
      duration,
      isSync: index === 0,
      data: bytes.subarray(offset, offset + size),
    });
    decode += duration;
    offset += size;
  }
  const first = Math.min(...frames.map((frame) => frame.decode + frame.composition));
  return frames.map((frame) => ({
    ...frame,
    decodeMicros: (frame.decode / timescale) * 1e6,
    showMicros: ((frame.decode + frame.composition - first) / timescale) * 1e6,
    durationMicros: (frame.duration / timescale) * 1e6,
  }));
}

const box = (type, ...parts) => {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(body.length + 8);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, body]);
};
const words = (...values) => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, index * 4));
  return bytes;
};

/** One frame as the live connection sends it. */
export function liveMessage(frame, atMicros) {
  const moof = (offset) =>
    box(
      'moof',
      box('mfhd', words(0, 1)),
      box(
        'traf',
        box('tfhd', words(0x020000, 1)),
        box('tfdt', words(0x01000000, 0, frame.decode)),
        box(
          'trun',
          words(
            0x01000f01,
            1,
            offset,
            frame.duration,
            frame.data.length,
            frame.isSync ? 0x02000000 : 0x01010000,
            frame.composition,
          ),
        ),
      ),
    );
  const length = moof(0).length;
  return Buffer.concat([liveHeader(1, 0, frame.isSync, atMicros), moof(length + 8), box('mdat', frame.data)]);
}

export function liveHeader(kind, track, isSync, atMicros) {
  const header = Buffer.alloc(16);
  header[0] = kind;
  header[1] = track;
  header[2] = isSync ? 1 : 0;
  header.writeBigInt64BE(BigInt(Math.round(atMicros)), 8);
  return header;
}
