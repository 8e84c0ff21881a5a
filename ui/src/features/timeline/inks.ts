/**
 * The theme's colours as pixels of an image.
 *
 * Belongs here: what a colour is in an image, alone and on another one. Not here: where it goes
 * ({@link ./lane_pixels}). Invariant: a canvas has mixed them, so that a pixel is exactly what a canvas
 * would have painted there.
 */

/** One colour that is told by its height. */
export interface SeenInks {
  /** By the shade below it; the first lies on nothing. */
  readonly plain: Uint32Array;
  /** The same where it is a quiet ground and no news. */
  readonly quiet: Uint32Array;
}

/** A pattern that goes on in both directions from the corner of the canvas. */
export interface Hatching {
  readonly size: number;
  readonly pixels: Uint32Array;
}

/** Four bytes a pixel, in the order that an image has them. */
export interface Inks {
  /** By shade; the first is nothing. */
  readonly recorded: Uint32Array;
  readonly motion: SeenInks;
  readonly objects: SeenInks;
  readonly bad: number;
  readonly fault: Hatching;
  readonly missing: Hatching;
}

const QUIET_ALPHA = 0.55;

export interface InkColours {
  /** The first is nothing. */
  readonly recordedSteps: readonly string[];
  readonly motion: string;
  readonly object: string;
  readonly bad: string;
}

export function mixInks(
  { recordedSteps, motion, object, bad }: InkColours,
  fault: HTMLCanvasElement,
  missing: HTMLCanvasElement,
): Inks {
  const grounds = recordedSteps.map((colour, shade): Layers => (shade === 0 ? [] : [{ colour, alpha: 1 }]));
  const seen = (colour: string): SeenInks => ({
    plain: mixed(grounds.map((ground) => [...ground, { colour, alpha: 1 }])),
    quiet: mixed(grounds.map((ground) => [...ground, { colour, alpha: QUIET_ALPHA }])),
  });
  return {
    recorded: mixed(grounds),
    motion: seen(motion),
    objects: seen(object),
    bad: mixed([[{ colour: bad, alpha: 1 }]])[0] ?? 0,
    fault: hatchingOf(fault),
    missing: hatchingOf(missing),
  };
}

/** The lowest first. */
type Layers = readonly { readonly colour: string; readonly alpha: number }[];

function mixed(mixtures: readonly Layers[]): Uint32Array {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [mixtures.length, 1];
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (pen === null) return new Uint32Array(mixtures.length);
  for (const [x, layers] of mixtures.entries()) {
    for (const { colour, alpha } of layers) {
      pen.globalAlpha = alpha;
      pen.fillStyle = colour;
      pen.fillRect(x, 0, 1, 1);
    }
  }
  return new Uint32Array(pen.getImageData(0, 0, mixtures.length, 1).data.buffer);
}

function hatchingOf(cell: HTMLCanvasElement): Hatching {
  const size = cell.width;
  const pen = cell.getContext('2d');
  if (pen === null) return { size: 1, pixels: new Uint32Array(1) };
  return { size, pixels: new Uint32Array(pen.getImageData(0, 0, size, size).data.buffer) };
}
