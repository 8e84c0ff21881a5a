/** Detections over a picture that is letterboxed into its tile. */
import type { FrameBoxes } from '$shared/detections/boxes';
import { kindOf } from '$shared/detections/sightings';
import type { DigitalZoom } from '$shared/wall/digital_zoom';
import { LABEL_HEIGHT, labelPlace, type LabelPlace } from './box_labels';

export interface PicturePlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where a picture stands in a tile that shows all of it. */
export function placed(width: number, height: number, tileWidth: number, tileHeight: number): PicturePlace {
  const scale = Math.min(tileWidth / Math.max(1, width), tileHeight / Math.max(1, height));
  const [w, h] = [width * scale, height * scale];
  return { left: (tileWidth - w) / 2, top: (tileHeight - h) / 2, width: w, height: h };
}

/** Where it stands once a part of the tile fills all of it. */
export function zoomedPlace(
  { left, top, width, height }: PicturePlace,
  zoom: DigitalZoom,
  tileWidth: number,
  tileHeight: number,
): PicturePlace {
  return {
    left: (left - zoom.left * tileWidth) * zoom.scale,
    top: (top - zoom.top * tileHeight) * zoom.scale,
    width: width * zoom.scale,
    height: height * zoom.scale,
  };
}

const COLOURS = { motion: '#4fb3a5', object: '#a698ff' } as const;
const SCRIM = 'rgb(6 8 11 / 0.6)';

export function drawBoxes(context: CanvasRenderingContext2D, place: PicturePlace, boxes: FrameBoxes): void {
  context.font = '600 11px Inter, sans-serif';
  context.textBaseline = 'middle';
  const labels: LabelPlace[] = [];
  for (const detection of boxes.detections) {
    const [left = 0, top = 0, width = 0, height = 0] = detection.box;
    const x = Math.round(place.left + left * place.width) + 0.5;
    const y = Math.round(place.top + top * place.height) + 0.5;
    const kind = kindOf(detection.label);
    context.globalAlpha = boxes.isExact ? 1 : 0.7;
    context.strokeStyle = COLOURS[kind];
    context.lineWidth = 1.5;
    // A box of an earlier frame is dashed: it was there a moment ago.
    context.setLineDash(boxes.isExact ? [] : [5, 4]);
    context.strokeRect(x, y, Math.round(width * place.width), Math.round(height * place.height));
    context.setLineDash([]);
    if (kind === 'motion') continue;
    const text = `${detection.label} ${detection.score.toFixed(2)}`;
    const labelWidth = context.measureText(text).width + 8;
    const label = labelPlace(x, y, labelWidth, place.top, labels);
    labels.push(label);
    context.globalAlpha = 1;
    context.fillStyle = boxes.isExact ? COLOURS[kind] : SCRIM;
    context.fillRect(x - 0.5, label.top - 0.5, labelWidth, LABEL_HEIGHT);
    context.fillStyle = boxes.isExact ? '#0b0d11' : COLOURS[kind];
    context.fillText(text, x + 3.5, label.top + LABEL_HEIGHT / 2);
  }
  context.globalAlpha = 1;
}
