// Reads the frame counter of the clock pattern from pixels, as the page sees them.
//
// Geometry, in crates/afterimage-pipeline/src/counter.rs: 42 square cells along the top; marker
// (light, dark), 32 bits, 8 bits of checksum; the mean of a cell's middle half counts.
// The function uses no outer names, so that it can be sent into a page as text.

/** The counter in RGBA pixels, or null where there is none. */
export function readCounter({ data, width }) {
  const cells = 42;
  const side = Math.floor(width / cells);
  const light = (cell) => {
    let sum = 0;
    let count = 0;
    for (let y = Math.floor(side / 4); y < Math.ceil((side * 3) / 4); y++) {
      const from = Math.floor(((cell * 4 + 1) * width) / (cells * 4));
      const to = Math.floor(((cell * 4 + 3) * width) / (cells * 4));
      for (let x = from; x < to; x++) {
        // The squares are grey, so one channel says it all.
        sum += data[(y * width + x) * 4 + 1];
        count++;
      }
    }
    const mean = sum / count;
    if (mean >= 160) return 1;
    return mean <= 96 ? 0 : NaN;
  };
  const bits = (from, to) => {
    let value = 0;
    for (let cell = from; cell < to; cell++) value = value * 2 + light(cell);
    return value;
  };
  const counter = bits(2, 34);
  const checksum = (counter >>> 24) ^ (counter >>> 16) ^ (counter >>> 8) ^ counter ^ 0x5a;
  const isCounter = bits(0, 2) === 2 && bits(34, 42) === (checksum & 0xff);
  return isCounter && !Number.isNaN(counter) ? counter : null;
}
