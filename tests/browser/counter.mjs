/**
 * Reads the frame counter of the clock pattern from a tile's canvas.
 *
 * The geometry is that of `crates/afterimage-pipeline/src/counter.rs`: 42 square cells along the
 * top, marker, 32 bits, checksum. Runs inside the page, so it stands alone.
 */
export function readCounter(stream) {
  const tile = document.querySelector(`.tile[data-stream="${stream}"]`);
  const canvas = tile?.querySelector('canvas');
  if (!canvas) return null;
  const cells = 42;
  const side = Math.floor(canvas.width / cells);
  // One task: the frame's instant and its pixels belong together.
  const at = Number(tile.dataset.frameAt);
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, Math.max(1, side));
  const light = (cell) => {
    const left = Math.floor(((cell * 4 + 1) * canvas.width) / (cells * 4));
    const right = Math.floor(((cell * 4 + 3) * canvas.width) / (cells * 4));
    let sum = 0;
    let count = 0;
    for (let y = Math.floor(side / 4); y < Math.ceil((side * 3) / 4); y += 1) {
      for (let x = left; x < right; x += 1) {
        sum += data[(y * canvas.width + x) * 4 + 1];
        count += 1;
      }
    }
    const mean = sum / count;
    return mean >= 160 ? 1 : mean <= 96 ? 0 : null;
  };
  const bits = Array.from({ length: cells }, (_, cell) => light(cell));
  if (bits.includes(null) || bits[0] !== 1 || bits[1] !== 0) return null;
  const number = (from, to) => bits.slice(from, to).reduce((value, bit) => value * 2 + bit, 0);
  const counter = number(2, 34);
  const checksum = [24, 16, 8, 0].reduce((sum, shift) => sum ^ ((counter >>> shift) & 0xff), 0x5a);
  if (checksum !== number(34, 42)) return null;
  return {
    counter,
    at,
    mode: tile.dataset.mode,
    fragment: tile.dataset.fragment,
    sample: tile.dataset.sample,
  };
}
