/** The timeline's colours out of the theme, and its two hatchings. */
import { mixInks, type Inks } from './inks';
import { STEPS } from './shades';

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
  readonly hold: string;
  readonly bookmark: string;
  readonly bad: string;
  /** From little to all of a bucket recorded. */
  readonly recordedSoftSteps: readonly string[];
  readonly fault: CanvasPattern | string;
  readonly faultInk: string;
  readonly missing: CanvasPattern | string;
  /** The same where lanes are put together pixel by pixel; mixed when they are first asked for. */
  readonly inks: Inks;
}

/** A theme's colours at a resolution, read once. */
export class Colours {
  #kept: { theme: string; ratio: number; palette: Palette } | null = null;

  of(context: CanvasRenderingContext2D, theme: string): Palette {
    const ratio = devicePixelRatio;
    if (this.#kept?.theme !== theme || this.#kept.ratio !== ratio)
      this.#kept = { theme, ratio, palette: readPalette(context) };
    return this.#kept.palette;
  }
}

function readPalette(context: CanvasRenderingContext2D): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const inkColours = {
    recordedSteps: steps(colour('lane'), colour('recorded')),
    motion: colour('motion'),
    object: colour('object'),
    bad: colour('bad'),
  };
  let inks: Inks | null = null;
  const fault = hatching(colour('bad-ground'), colour('bad-line'));
  const missing = hatching(colour('missing'), colour('missing-line'));
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
    hold: colour('hold'),
    bookmark: colour('bookmark'),
    bad: colour('bad'),
    recordedSoftSteps: steps(colour('lane'), colour('recorded-soft')),
    fault: patternOf(context, fault) ?? colour('bad-ground'),
    faultInk: colour('bad'),
    missing: patternOf(context, missing) ?? colour('missing'),
    get inks(): Inks {
      return (inks ??= mixInks(inkColours, fault, missing));
    },
  };
}

/** Shades of `to` on `ground`; the first is nothing at all, the second is clearly something. */
function steps(ground: string, to: string): string[] {
  const parts = (text: string): number[] =>
    [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
  const [low, high] = [parts(ground), parts(to)];
  return Array.from({ length: STEPS + 1 }, (_, index) => {
    const share = index === 0 ? 0 : 0.3 + (0.7 * index) / STEPS;
    const mixed = low.map((value, at) => Math.round(value + ((high[at] ?? 0) - value) * share));
    return `rgb(${mixed.join(' ')})`;
  });
}

const HATCH = 6;

/** One cell of a hatching, in pixels of the screen. */
function hatching(ground: string, line: string): HTMLCanvasElement {
  const ratio = devicePixelRatio;
  const cell = document.createElement('canvas');
  cell.width = cell.height = HATCH * ratio;
  const pen = cell.getContext('2d', { willReadFrequently: true });
  if (pen === null) return cell;
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
  return cell;
}

function patternOf(context: CanvasRenderingContext2D, cell: HTMLCanvasElement): CanvasPattern | null {
  const ratio = devicePixelRatio;
  const pattern = context.createPattern(cell, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern;
}
