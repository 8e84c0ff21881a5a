/** Where the words of boxes stand: near their box, beneath the tile's own words, none over another. Pure. */

export interface LabelPlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

export const LABEL_HEIGHT = 16;
/** The tile's name and time stand here, on a scrim. */
const CAPTION_HEIGHT = 26;

/** Above the box, or inside of it where there is no room above; further down where others stand already. */
export function labelPlace(
  left: number,
  boxTop: number,
  width: number,
  pictureTop: number,
  taken: readonly LabelPlace[],
): LabelPlace {
  const highest = Math.max(pictureTop, CAPTION_HEIGHT);
  let top = boxTop - LABEL_HEIGHT < highest ? Math.max(boxTop, highest) : boxTop - LABEL_HEIGHT;
  const inTheWay = (): LabelPlace | undefined =>
    taken.find(
      (other) =>
        left < other.left + other.width &&
        other.left < left + width &&
        Math.abs(top - other.top) < LABEL_HEIGHT,
    );
  for (let other = inTheWay(); other !== undefined; other = inTheWay()) top = other.top + LABEL_HEIGHT;
  return { left, top, width };
}
