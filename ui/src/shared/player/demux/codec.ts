/** Codec strings (RFC 6381; ISO/IEC 14496-15 annex E) out of decoder configuration records. */
import { ByteReader } from './boxes';

const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** `avc1.64001f` out of an AVCDecoderConfigurationRecord. */
export function avcCodec(record: Uint8Array): string {
  const reader = new ByteReader(record);
  reader.skip(1);
  return `avc1.${hex(reader.u8())}${hex(reader.u8())}${hex(reader.u8())}`;
}

/** `hvc1.1.6.L93.B0` out of an HEVCDecoderConfigurationRecord. */
export function hevcCodec(record: Uint8Array, entry: 'hvc1' | 'hev1'): string {
  const reader = new ByteReader(record);
  reader.skip(1);
  const profile = reader.u8();
  const compatibility = reader.u32();
  const constraints = Array.from({ length: 6 }, () => reader.u8());
  const level = reader.u8();
  const space = ['', 'A', 'B', 'C'][profile >> 6] ?? '';
  const tier = (profile & 0x20) === 0 ? 'L' : 'H';
  while (constraints.at(-1) === 0) constraints.pop();
  const parts = [
    entry,
    `${space}${profile & 0x1f}`,
    reversed(compatibility).toString(16),
    `${tier}${level}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase()),
  ];
  return parts.join('.');
}

function reversed(bits: number): number {
  let result = 0;
  for (let index = 0; index < 32; index += 1) result = ((result << 1) | ((bits >>> index) & 1)) >>> 0;
  return result;
}
