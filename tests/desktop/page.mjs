// What tests look at in the console's page, and the one way in which both browsers are asked.
//
// Belongs here: functions that run in the page; `page.run(f, ...args)` sends `f` as text. Not here:
// how a browser is driven.

import { readCounter } from '../browser/counter.mjs';

/** Gives the page the counter's reader; to be called once after the page has loaded. */
export async function prepare(page) {
  await page.run(`() => { window.readCounter = ${readCounter}; }`);
}

/** What a tile shows: the frame's instant, its counter if it has one, and a digest of its picture. */
export function shownFrame(page, stream) {
  return page.run((name) => {
    const tile = document.querySelector(`.tile[data-stream="${CSS.escape(name)}"]`);
    const canvas = tile?.querySelector('canvas.picture');
    if (!tile?.dataset.frameAt || !canvas?.width) return null;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let digest = 0;
    for (let i = 0; i < data.length; i += 61) digest = (Math.imul(digest, 31) + data[i]) | 0;
    const { mode, state, frameAt } = tile.dataset;
    const counter = window.readCounter(name)?.counter ?? null;
    return { mode, state, atMicros: Number(frameAt), counter, digest };
  }, stream);
}

/** Notes every frame with a counter that a tile shows from now on. */
export async function watch(page, stream) {
  await page.run((name) => {
    const seen = (window.seenFrames = new Map());
    const look = () => {
      const read = window.readCounter(name);
      if (read) seen.set(read.at, read.counter);
      requestAnimationFrame(look);
    };
    look();
  }, stream);
}

/** The frames noted since `watch`, by their instants: `[atMicros, counter]`. */
export function watched(page) {
  return page.run(() => [...window.seenFrames].sort(([a], [b]) => a - b));
}

/** The timeline's state, as the console's own commands leave it. */
export function timeline(page) {
  return page.run(() => {
    const { mode, playheadMicros, nowMicros, view } = window.afterimage.timeline;
    return { mode, playheadMicros, nowMicros, view: { ...view } };
  });
}

/** Sends one of the console's commands. */
export function dispatch(page, command) {
  return page.run((sent) => window.afterimage.dispatch(sent), command);
}

/** Where an instant stands on the timeline, counted from the centre of its canvas. */
export function placeOf(page, atMicros) {
  return page.run((at) => {
    const canvas = document.querySelector('.timeline [role="slider"]');
    const { width, left } = canvas.getBoundingClientRect();
    const { view } = window.afterimage.timeline;
    // The axis begins where the names end, and ends a little before the edge.
    const start = document.querySelector('.timeline .name').getBoundingClientRect().right - left;
    const rightMargin = 14;
    const x = start + ((at - view.from) / (view.to - view.from)) * (width - start - rightMargin);
    return x - width / 2;
  }, atMicros);
}
