/** The sixteen bytes before each binary message of the live connection. */
import { ByteReader, DamagedMedia } from './boxes';

const HEADER_LENGTH = 16;
const WHOLE_FRAGMENT = 255;

export interface LiveMessage {
  readonly kind: 'init' | 'media';
  /** Index of the track whose single sample this is; null where it holds a fragment so far. */
  readonly track: number | null;
  /** A decoder can start here. */
  readonly isSync: boolean;
  /** The instant of the first frame, microseconds since 1970. */
  readonly atMicros: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

export function parseLiveMessage(message: ArrayBuffer): LiveMessage {
  const bytes = new Uint8Array(message);
  if (bytes.byteLength < HEADER_LENGTH) throw new DamagedMedia('A live message is shorter than its header.');
  const reader = new ByteReader(bytes);
  const kind = reader.u8();
  const track = reader.u8();
  const sync = reader.u8();
  reader.skip(5);
  if (kind > 1) throw new DamagedMedia(`A live message is of the unknown kind ${kind}.`);
  return {
    kind: kind === 0 ? 'init' : 'media',
    track: track === WHOLE_FRAGMENT ? null : track,
    isSync: sync === 1,
    atMicros: reader.i64(),
    payload: bytes.subarray(HEADER_LENGTH),
  };
}
