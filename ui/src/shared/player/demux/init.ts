/**
 * The init section (`ftyp` + `moov`): which tracks there are and how to set a decoder up for them.
 */
import { boxes, ByteReader, DamagedMedia, findBox, needBox, type Box } from './boxes';
import { avcCodec, hevcCodec } from './codec';
import { soundSetup, type SoundSetup } from './sound_entry';

export interface VideoTrack {
  readonly id: number;
  readonly timescale: number;
  /** `avc1.64001f`, `hvc1.1.6.L93.B0` */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** The payload of `avcC` or `hvcC`. */
  readonly description: Uint8Array<ArrayBuffer>;
}

export interface SoundTrack extends SoundSetup {
  readonly id: number;
  readonly timescale: number;
}

/** What `trex` says about samples whose fragment says nothing. */
export interface SampleDefaults {
  readonly duration: number;
  readonly size: number;
  readonly flags: number;
}

export interface InitTracks {
  /** Null for a stream of sound alone. */
  readonly video: VideoTrack | null;
  /** Null for a stream without sound, or with sound of a kind that nothing here knows. */
  readonly sound: SoundTrack | null;
  readonly defaults: ReadonlyMap<number, SampleDefaults>;
}

export function parseInit(bytes: Uint8Array): InitTracks {
  const moov = needBox(bytes, { body: 0, end: bytes.byteLength }, 'moov');
  const defaults = new Map<number, SampleDefaults>();
  let video: VideoTrack | null = null;
  let sound: SoundTrack | null = null;
  for (const box of boxes(bytes, moov.body, moov.end)) {
    if (box.type === 'trak') {
      const handler = handlerOf(bytes, box);
      if (handler === 'vide') video ??= parseVideoTrack(bytes, box);
      else if (handler === 'soun') sound ??= parseSoundTrack(bytes, box);
    }
    if (box.type === 'mvex') {
      for (const trex of boxes(bytes, box.body, box.end)) {
        if (trex.type !== 'trex') continue;
        const reader = new ByteReader(bytes, trex.body, trex.end);
        reader.skip(4);
        const id = reader.u32();
        reader.skip(4);
        defaults.set(id, { duration: reader.u32(), size: reader.u32(), flags: reader.u32() });
      }
    }
  }
  return { video, sound, defaults };
}

function handlerOf(bytes: Uint8Array, trak: Box): string {
  const hdlr = needBox(bytes, needBox(bytes, trak, 'mdia'), 'hdlr');
  const handler = new ByteReader(bytes, hdlr.body, hdlr.end);
  handler.skip(8);
  return handler.fourCharacters();
}

/** The first sample entry: each track of the archive has one. */
function entryOf(bytes: Uint8Array, mdia: Box): Box {
  const stsd = needBox(bytes, needBox(bytes, needBox(bytes, mdia, 'minf'), 'stbl'), 'stsd');
  const entry = [...boxes(bytes, stsd.body + 8, stsd.end)][0];
  if (entry === undefined) throw new DamagedMedia('A track has no sample entry.');
  return entry;
}

function parseSoundTrack(bytes: Uint8Array, trak: Box): SoundTrack | null {
  const mdia = needBox(bytes, trak, 'mdia');
  const setup = soundSetup(bytes, entryOf(bytes, mdia));
  return setup === null ? null : { ...setup, id: trackId(bytes, trak), timescale: timescale(bytes, mdia) };
}

function parseVideoTrack(bytes: Uint8Array, trak: Box): VideoTrack {
  const mdia = needBox(bytes, trak, 'mdia');
  const entry = entryOf(bytes, mdia);
  const size = new ByteReader(bytes, entry.body, entry.end);
  size.skip(24);
  const width = size.u16();
  const height = size.u16();
  // A visual sample entry has 78 bytes before its boxes.
  const inside = { body: entry.body + 78, end: entry.end };
  const { codec, description } = decoderSetup(bytes, entry.type, inside);
  return { id: trackId(bytes, trak), timescale: timescale(bytes, mdia), codec, width, height, description };
}

function decoderSetup(
  bytes: Uint8Array,
  entry: string,
  inside: { body: number; end: number },
): Pick<VideoTrack, 'codec' | 'description'> {
  if (entry === 'avc1' || entry === 'avc3') {
    const description = payload(bytes, needBox(bytes, inside, 'avcC'));
    return { codec: avcCodec(description), description };
  }
  if (entry === 'hvc1' || entry === 'hev1') {
    const description = payload(bytes, needBox(bytes, inside, 'hvcC'));
    return { codec: hevcCodec(description, entry), description };
  }
  throw new DamagedMedia(`The video codec "${entry}" is not one that the archive holds.`);
}

const payload = (bytes: Uint8Array, box: Box): Uint8Array<ArrayBuffer> =>
  new Uint8Array(bytes.slice(box.body, box.end));

function trackId(bytes: Uint8Array, trak: Box): number {
  const tkhd = needBox(bytes, trak, 'tkhd');
  const reader = new ByteReader(bytes, tkhd.body, tkhd.end);
  const version = reader.u8();
  reader.skip(3 + (version === 1 ? 16 : 8));
  return reader.u32();
}

function timescale(bytes: Uint8Array, mdia: Box): number {
  const mdhd = findBox(bytes, mdia, 'mdhd');
  if (mdhd === null) throw new DamagedMedia('The box "mdhd" is missing.');
  const reader = new ByteReader(bytes, mdhd.body, mdhd.end);
  const version = reader.u8();
  reader.skip(3 + (version === 1 ? 16 : 8));
  const ticks = reader.u32();
  if (ticks === 0) throw new DamagedMedia('A track counts no ticks a second.');
  return ticks;
}
