/**
 * A part of a picture, enlarged on the screen. Pure; shares of the tile, not pixels.
 *
 * Invariant: the picture always fills the tile: `scale` is at least 1, and the corner stays inside.
 */

export interface DigitalZoom {
  readonly scale: number;
  /** The visible part begins here, 0 to 1 − 1/scale. */
  readonly left: number;
  readonly top: number;
}

export const WHOLE: DigitalZoom = { scale: 1, left: 0, top: 0 };
/** Beyond this a picture has nothing more to tell. */
export const MOST_ZOOM = 12;

/** The point under the pointer stays under the pointer. */
export function zoomedAt(zoom: DigitalZoom, x: number, y: number, factor: number): DigitalZoom {
  const scale = Math.min(MOST_ZOOM, Math.max(1, zoom.scale * factor));
  const shift = 1 / zoom.scale - 1 / scale;
  return inside({ scale, left: zoom.left + x * shift, top: zoom.top + y * shift });
}

/** By shares of the tile: dragging the picture to the right shows more of its left. */
export const dragged = (zoom: DigitalZoom, x: number, y: number): DigitalZoom =>
  inside({ ...zoom, left: zoom.left - x / zoom.scale, top: zoom.top - y / zoom.scale });

function inside({ scale, left, top }: DigitalZoom): DigitalZoom {
  if (scale <= 1) return WHOLE;
  const most = 1 - 1 / scale;
  return { scale, left: Math.min(most, Math.max(0, left)), top: Math.min(most, Math.max(0, top)) };
}

/** For an element whose origin is its upper left corner. */
export const transformOf = ({ scale, left, top }: DigitalZoom): string =>
  `scale(${scale}) translate(${-left * 100}%, ${-top * 100}%)`;
