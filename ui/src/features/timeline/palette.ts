/** The timeline's colours out of the theme, and its two hatchings. */

export interface Palette {
  readonly ink: string;
  readonly inkSoft: string;
  readonly dim: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly lane: string;
  readonly recorded: string;
  readonly recordedSoft: string;
  readonly motion: string;
  readonly object: string;
  readonly glow: string;
  readonly fault: CanvasPattern | string;
  readonly faultInk: string;
  readonly missing: CanvasPattern | string;
}

export function readPalette(context: CanvasRenderingContext2D): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour('ink'),
    inkSoft: colour('ink-soft'),
    dim: colour('dim'),
    line: colour('line'),
    lineStrong: colour('line-strong'),
    lane: colour('lane'),
    recorded: colour('recorded'),
    recordedSoft: colour('recorded-soft'),
    motion: colour('motion'),
    object: colour('object'),
    glow: colour('glow'),
    fault: hatching(context, colour('bad-ground'), colour('bad-line')),
    faultInk: colour('bad'),
    missing: hatching(context, colour('missing'), colour('missing-line')),
  };
}

const HATCH = 6;

function hatching(context: CanvasRenderingContext2D, ground: string, line: string): CanvasPattern | string {
  const ratio = devicePixelRatio;
  const cell = document.createElement('canvas');
  cell.width = cell.height = HATCH * ratio;
  const pen = cell.getContext('2d');
  if (pen === null) return ground;
  pen.scale(ratio, ratio);
  pen.fillStyle = ground;
  pen.fillRect(0, 0, HATCH, HATCH);
  pen.strokeStyle = line;
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (const shift of [-HATCH, 0, HATCH]) {
    pen.moveTo(shift - 1, HATCH + 1);
    pen.lineTo(shift + HATCH + 1, -1);
  }
  pen.stroke();
  const pattern = context.createPattern(cell, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern ?? ground;
}
