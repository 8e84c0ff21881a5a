// What tests look at in the console's page, and the one way in which both browsers are asked.
//
// Belongs here: functions that run in the page; `page.run(f, ...args)` sends `f` as text. Not here:
// how a browser is driven.

import { readCounter } from '../browser/counter.mjs';
import { probe, stillPath } from '../browser/probe.mjs';
import { ownConsole } from './own_console.mjs';

/** Gives the page the counter's reader; to be called once after the page has loaded. */
export async function prepare(page) {
  await page.run(`() => { window.readCounter = ${readCounter}; }`);
}

/**
 * The console loaded anew, with the probe in its page before any script of its own.
 *
 * A web driver puts nothing into a page that is still to come. So the window goes to a file of ours that
 * holds no script, gets the probe there, and the console's page is written into that document.
 */
export async function loadProbed(page) {
  await page.run(async () => {
    const text = await (await fetch('/index.html')).text();
    location.href = text.match(/[^"]+\.css/)[0];
  });
  await page.until(
    () => page.run(() => document.readyState === 'complete' && location.pathname.endsWith('.css')),
    'a page without scripts',
  );
  await page.run(`() => { ${probe.content} }`);
  await page.run(
    async (own) => {
      history.replaceState(null, '', '/');
      const text = own ?? (await (await fetch('/index.html')).text());
      document.open();
      document.write(text);
      document.close();
    },
    await ownConsole(),
  );
  await page.find('.tile');
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

/** The counter in the frame of an instant, by the recorder. Needs the probe. */
export function recordedCounter(page, stream, atMicros) {
  return page.run(
    (path) => {
      const { address, token } = window.__AFTERIMAGE__;
      return window.probe.recorded(`${address}/api/v1${path}`, { authorization: `Bearer ${token}` });
    },
    stillPath(stream, atMicros),
  );
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

/** Stands still at an instant of the past, with its frame in every tile. */
export async function standAt(page, atMicros) {
  await dispatch(page, { type: 'pause' });
  await dispatch(page, { type: 'seek', atMicros: Math.round(atMicros) });
  return page.until(
    () =>
      page.run(() => {
        const { playheadMicros, isPlaying, pendingSteps } = window.afterimage.timeline;
        const tiles = [...document.querySelectorAll('.tile')];
        const isThere = ({ dataset: { mode, state, frameAt } }) =>
          mode === 'past' && state === 'paused' && Math.abs(Number(frameAt) - playheadMicros) < 80_000;
        return !isPlaying && pendingSteps === 0 && tiles.length > 0 && tiles.every(isThere);
      }),
    'every tile to show the frame at the playhead',
  );
}

/** The timeline's place in the page. */
export function axis(page) {
  return page.run(() => {
    const { x, y, width, height } = document
      .querySelector('.timeline [role="slider"]')
      .getBoundingClientRect();
    return { x, y, width, height };
  });
}

/**
 * Turns the mouse's wheel over a place of the page, once a beat for each of `deltas`. The page makes these
 * events itself: WebKitWebDriver 2.50 takes a wheel's actions and passes none of them on.
 */
export function turnWheel(page, { x, y }, deltas) {
  return page.run(
    async (clientX, clientY, turns) => {
      for (const deltaY of turns) {
        const turn = new WheelEvent('wheel', { deltaY, clientX, clientY, bubbles: true, cancelable: true });
        document.elementFromPoint(clientX, clientY).dispatchEvent(turn);
        await new Promise(requestAnimationFrame);
      }
    },
    x,
    y,
    deltas,
  );
}
