/**
 * ISO base media boxes (ISO/IEC 14496-12, 4.2): walking over bytes without trusting them.
 *
 * Belongs here: bounds and headers. Not here: what a box means.
 */

/** The bytes are not what the standard says. Always carries a sentence. */
export class DamagedMedia extends Error {
  override readonly name = 'DamagedMedia';
}

/** Reads big-endian numbers and refuses to leave its range. */
export class ByteReader {
  readonly #view: DataView;
  #position: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, from = 0, to = bytes.byteLength) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = from;
    this.#end = to;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#end - this.#position;
  }

  skip(count: number): void {
    this.#take(count);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u24(): number {
    return this.u8() * 0x10000 + this.u16();
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  /** As a number: media ticks and file sizes stay far below 2^53. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new DamagedMedia(`The number ${value} is too large.`);
    return Number(value);
  }

  i64(): number {
    const value = Number(this.#view.getBigInt64(this.#take(8)));
    if (!Number.isSafeInteger(value)) throw new DamagedMedia(`The number ${value} is too large.`);
    return value;
  }

  fourCharacters(): string {
    return String.fromCharCode(this.u8(), this.u8(), this.u8(), this.u8());
  }

  #take(count: number): number {
    const at = this.#position;
    if (count < 0 || at + count > this.#end) throw new DamagedMedia('The media ends in the middle of a box.');
    this.#position = at + count;
    return at;
  }
}

export interface Box {
  readonly type: string;
  /** Offset of its header. */
  readonly start: number;
  /** Offset of its contents. */
  readonly body: number;
  readonly end: number;
}

/** The boxes between two offsets, in order. */
export function* boxes(bytes: Uint8Array, from = 0, to = bytes.byteLength): Generator<Box> {
  let start = from;
  while (start + 8 <= to) {
    const reader = new ByteReader(bytes, start, to);
    let size = reader.u32();
    const type = reader.fourCharacters();
    if (size === 1) size = reader.u64();
    else if (size === 0) size = to - start;
    const body = reader.position;
    if (size < body - start || start + size > to) {
      throw new DamagedMedia(`The box "${type}" claims ${size} bytes where ${to - start} are left.`);
    }
    yield { type, start, body, end: start + size };
    start += size;
  }
}

export function findBox(bytes: Uint8Array, parent: { body: number; end: number }, type: string): Box | null {
  for (const box of boxes(bytes, parent.body, parent.end)) if (box.type === type) return box;
  return null;
}

export function needBox(bytes: Uint8Array, parent: { body: number; end: number }, type: string): Box {
  const box = findBox(bytes, parent, type);
  if (box === null) throw new DamagedMedia(`The box "${type}" is missing.`);
  return box;
}
