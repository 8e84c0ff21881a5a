/**
 * The lanes' pixels, bar below bar on a sheet of their own, from which they are laid on the timeline.
 *
 * Belongs here: which lane has to be done anew. Not here: what its pixels are ({@link ./lane_pixels}).
 * Invariant: a lane is done anew only when its sums, its place or the theme are others.
 */
import { emptyColumns, isExact, lay, wiped, type Activity, type Columns } from '$shared/timeline/activity';
import type { Axis } from '$shared/timeline/axis';
import type { Inks } from './inks';
import { hatchColumns, inkActivity, inkColumnsSeen, type Bar } from './lane_pixels';
import type { Lane, LaneLayout } from './lanes';

/** What is known of a lane: the sums of the whole archive, and finer ones of the view. */
export interface Sums {
  readonly coarse: Activity | undefined;
  readonly fine: Activity | undefined;
}

interface Strip {
  readonly bar: Bar;
  /** Where it stands on the sheet. */
  readonly row: number;
  readonly columns: Columns;
  readonly hatches: Int16Array;
  /** What it was done from. */
  done: { readonly axis: Axis; readonly inks: Inks; readonly sums: Sums } | null;
}

interface Sheet {
  readonly canvas: HTMLCanvasElement;
  readonly pen: CanvasRenderingContext2D | null;
  readonly image: ImageData;
  readonly strips: ReadonlyMap<string, Strip>;
  readonly of: Place;
}

/** What the sheet is cut for. */
interface Place {
  readonly layout: LaneLayout;
  readonly left: number;
  readonly width: number;
  readonly ratio: number;
}

export interface LaneColumns {
  readonly columns: Columns;
  /** What each of them is hatched with ({@link hatchColumns}). */
  readonly hatches: Int16Array;
}

export class LaneSheet {
  #sheet: Sheet | null = null;

  /** The sums of all lanes on this axis; those that changed are ready to be laid. */
  prepare(axis: Axis, layout: LaneLayout, inks: Inks, sumsOf: (lane: string) => Sums): void {
    const sheet = this.#sheetFor(axis, layout);
    let [first, end] = [Infinity, 0];
    for (const [name, strip] of sheet.strips) {
      const sums = sumsOf(name);
      if (isSame(strip.done, axis, inks, sums)) continue;
      strip.done = { axis, inks, sums };
      sum(strip, axis, sums);
      if (isExact(axis)) inkColumnsSeen(strip.bar, inks, strip.columns);
      else {
        hatchColumns(strip.columns, strip.hatches);
        inkActivity(strip.bar, inks, strip.columns, strip.hatches);
      }
      first = Math.min(first, strip.row);
      end = Math.max(end, strip.row + strip.bar.height);
    }
    if (first < end) sheet.pen?.putImageData(sheet.image, 0, 0, 0, first, sheet.image.width, end - first);
  }

  /** Lays a lane on its place. */
  lay(pen: CanvasRenderingContext2D, { name }: Lane): LaneColumns | null {
    const strip = this.#sheet?.strips.get(name);
    if (this.#sheet === null || strip === undefined) return null;
    const { left, top, width, height } = strip.bar;
    pen.save();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.#sheet.canvas, 0, strip.row, width, height, left, top, width, height);
    pen.restore();
    return strip;
  }

  #sheetFor(axis: Axis, layout: LaneLayout): Sheet {
    const of = { layout, left: axis.left, width: axis.width, ratio: devicePixelRatio };
    if (this.#sheet === null || !isSamePlace(this.#sheet.of, of)) this.#sheet = newSheet(of);
    return this.#sheet;
  }
}

function isSamePlace(known: Place, place: Place): boolean {
  if (known.left !== place.left || known.width !== place.width || known.ratio !== place.ratio) return false;
  const [before, now] = [known.layout.lanes, place.layout.lanes];
  return (
    before.length === now.length &&
    now.every(({ name, barTop, barHeight }, index) => {
      const lane = before[index];
      return lane?.name === name && lane.barTop === barTop && lane.barHeight === barHeight;
    })
  );
}

function newSheet(of: Place): Sheet {
  const { layout, ratio } = of;
  const count = Math.ceil(of.width);
  const left = Math.round(of.left * ratio);
  const width = Math.max(1, Math.round((of.left + count) * ratio) - left);
  const columnAt = Uint16Array.from({ length: width }, (_, x) =>
    Math.min(count - 1, Math.max(0, Math.floor((left + x + 0.5) / ratio - of.left))),
  );
  const places = layout.lanes
    .filter(({ isUnion }) => !isUnion)
    .map(({ name, barTop, barHeight }) => {
      const top = Math.round(barTop * ratio);
      return { name, top, height: Math.round((barTop + barHeight) * ratio) - top };
    });
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = Math.max(
    1,
    places.reduce((rows, { height }) => rows + height, 0),
  );
  const image = new ImageData(canvas.width, canvas.height);
  const all = new Uint32Array(image.data.buffer);
  let row = 0;
  const strips = new Map<string, Strip>();
  for (const { name, top, height } of places) {
    const pixels = all.subarray(row * width, (row + height) * width);
    const bar = { pixels, width, height, columnAt, left, top, ratio };
    strips.set(name, {
      bar,
      row,
      columns: emptyColumns(of.width),
      hatches: new Int16Array(count),
      done: null,
    });
    row += height;
  }
  return { canvas, pen: canvas.getContext('2d'), image, strips, of };
}

function isSame(done: Strip['done'], axis: Axis, inks: Inks, sums: Sums): boolean {
  return (
    done !== null &&
    done.inks === inks &&
    done.sums.coarse === sums.coarse &&
    done.sums.fine === sums.fine &&
    done.axis.view.from === axis.view.from &&
    done.axis.view.to === axis.view.to
  );
}

/** Where a pixel is short only the fine ones, because coarse ones would smear over it. */
function sum({ columns }: Strip, axis: Axis, { coarse, fine }: Sums): void {
  wiped(columns);
  if (coarse !== undefined && !isExact(axis)) lay(columns, coarse, axis, fine);
  if (fine !== undefined) lay(columns, fine, axis);
}
