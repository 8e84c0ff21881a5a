/**
 * The audio sample entry (ISO/IEC 14496-12, 12.2): what a decoder has to know of a sound track.
 *
 * Belongs here: `mp4a` with its `esds` (ISO/IEC 14496-1, 7.2.6) and `Opus` (RFC 7845). Not here: packets.
 */
import { ByteReader, DamagedMedia, needBox, type Box } from './boxes';

export interface SoundSetup {
  /** `mp4a.40.2`, `opus` */
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
  /** The AudioSpecificConfig of AAC; Opus needs none. */
  readonly description: Uint8Array<ArrayBuffer> | null;
}

/** Bytes of an audio sample entry before its boxes. */
const ENTRY_LENGTH = 28;
const SAMPLE_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const EXPLICIT_RATE = 15;
const ESCAPED_TYPE = 31;
const [ES, DECODER_CONFIG, DECODER_SPECIFIC] = [3, 4, 5];
const DECODER_CONFIG_LENGTH = 13;

/** Null for a codec that the archive does not hold. */
export function soundSetup(bytes: Uint8Array, entry: Box): SoundSetup | null {
  const fields = new ByteReader(bytes, entry.body, entry.end);
  fields.skip(16);
  const channels = fields.u16();
  fields.skip(6);
  const sampleRate = fields.u32() >>> 16;
  const inside = { body: entry.body + ENTRY_LENGTH, end: entry.end };
  if (entry.type === 'Opus') return { codec: 'opus', sampleRate: 48_000, channels, description: null };
  if (entry.type !== 'mp4a') return null;
  const description = specificConfig(bytes, needBox(bytes, inside, 'esds'));
  const { type, rate } = parseSpecificConfig(description);
  // A rate above 65,535 does not fit into the entry.
  const known = sampleRate === 0 ? rate : sampleRate;
  if (known === 0 || channels === 0) throw new DamagedMedia('The sound track has no rate or no channels.');
  return { codec: `mp4a.40.${type}`, sampleRate: known, channels, description };
}

/** The object type and the sampling rate (ISO/IEC 14496-3, 1.6.2.1). */
export function parseSpecificConfig(config: Uint8Array): { type: number; rate: number } {
  let at = 0;
  const bits = (count: number): number => {
    let value = 0;
    for (let taken = 0; taken < count; taken += 1, at += 1) {
      const byte = config[at >> 3];
      if (byte === undefined) throw new DamagedMedia('The AudioSpecificConfig is cut short.');
      value = value * 2 + ((byte >> (7 - (at & 7))) & 1);
    }
    return value;
  };
  const short = bits(5);
  const type = short === ESCAPED_TYPE ? 32 + bits(6) : short;
  const index = bits(4);
  return { type, rate: index === EXPLICIT_RATE ? bits(24) : (SAMPLE_RATES[index] ?? 0) };
}

function specificConfig(bytes: Uint8Array, esds: Box): Uint8Array<ArrayBuffer> {
  const reader = new ByteReader(bytes, esds.body, esds.end);
  reader.skip(4);
  enter(reader, ES);
  reader.skip(2);
  const flags = reader.u8();
  if (flags & 0x80) reader.skip(2);
  if (flags & 0x40) reader.skip(reader.u8());
  if (flags & 0x20) reader.skip(2);
  enter(reader, DECODER_CONFIG);
  reader.skip(DECODER_CONFIG_LENGTH);
  const length = enter(reader, DECODER_SPECIFIC);
  const start = reader.position;
  reader.skip(length);
  return new Uint8Array(bytes.slice(start, start + length));
}

/** The length of a descriptor that has to stand here: seven bits a byte, four bytes at most. */
function enter(reader: ByteReader, tag: number): number {
  if (reader.u8() !== tag) throw new DamagedMedia(`The "esds" has no descriptor ${tag} where it belongs.`);
  let length = 0;
  for (let count = 0; count < 4; count += 1) {
    const byte = reader.u8();
    length = length * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) break;
  }
  return length;
}
