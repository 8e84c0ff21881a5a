/**
 * What a page measures of itself: when which frame was painted, how steady its beat is.
 *
 * Belongs here: instants and instances, taken inside the page, where no message delays them. Not here:
 * what they must be. Invariant: the console under test is not touched; decoders are counted from outside.
 */
import { readCounter } from './counter.mjs';

/** For `Rig.open`: it runs before the page's own scripts. */
export const probe = { content: `window.readCounter = ${readCounter}; (${install})();` };

/** Where the recorder has the frame of an instant, exact to the microsecond, for `window.probe.recorded`. */
export function stillPath(stream, atMicros) {
  const seconds = Math.floor(atMicros / 1e6);
  const fraction = String(Math.round(atMicros - seconds * 1e6)).padStart(6, '0');
  const at = `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
  return `/streams/${stream}/frame.jpg?at=${encodeURIComponent(at)}`;
}

function install() {
  const tileOf = (stream) => document.querySelector(`.tile[data-stream="${stream}"]`);
  const tiles = () => [...document.querySelectorAll('.tile')];
  /** When `isThere` first holds of a tile; looked at after each painting. */
  const painted = (tile, isThere, patienceMs = 20_000) =>
    new Promise((resolve, reject) => {
      const observer = new MutationObserver(() => look());
      const end = () => {
        observer.disconnect();
        clearTimeout(timer);
      };
      const look = () => {
        if (!isThere(tile.dataset)) return;
        const ms = performance.now();
        end();
        resolve(ms);
      };
      const timer = setTimeout(() => {
        end();
        const words = tile.innerText.replaceAll('\n', ' ');
        reject(new Error(`${JSON.stringify({ ...tile.dataset })}, “${words}” after ${patienceMs} ms`));
      }, patienceMs);
      observer.observe(tile, { attributes: true, attributeFilter: ['data-frame-at'] });
      look();
    });
  const each = async (isThere, begin) => {
    const all = tiles();
    const began = performance.now();
    begin();
    const done = await Promise.all(all.map((tile) => painted(tile, isThere)));
    return { began, tiles: all.map((tile, index) => ({ ...tile.dataset, ms: done[index] - began })) };
  };

  window.probe = {
    /** Pictures that decoders gave out and nobody has given back. */
    openPictures: 0,
    mostPictures: 0,
    /** From the tile's appearance to its first live picture, by stream. */
    firstPictures: {},

    /** From the command to the frame of that instant in every tile; what was asked for meanwhile. */
    async seek(atMicros, longestFrameMicros) {
      performance.clearResourceTimings();
      const isThere = ({ mode, frameAt }) =>
        mode === 'past' && Number(frameAt) <= atMicros && atMicros < Number(frameAt) + longestFrameMicros;
      const seek = () => window.afterimage.dispatch({ type: 'seek', atMicros });
      const { began, tiles: shown } = await each(isThere, seek);
      const asked = performance
        .getEntriesByType('resource')
        .filter(({ startTime }) => startTime >= began)
        .flatMap(({ name, transferSize }) => {
          const [, stream, number] = name.match(/streams\/([^/]+)\/fragments\/(\d+)$/) ?? [];
          return stream === undefined ? [] : [{ stream, number: Number(number), bytes: transferSize }];
        });
      return { shown, asked, clock: window.readCounter('clock') };
    },

    /** From LIVE to the first live picture of every tile. */
    async live() {
      const follow = () => window.afterimage.dispatch({ type: 'followLive' });
      const { tiles: shown } = await each(({ mode, frameAt }) => mode === 'live' && frameAt !== '', follow);
      return shown.map(({ ms }) => ms);
    },

    /** Each live frame of the clock: when it was painted, its instant, its counter, its burned-in time. */
    watch(stream, forMs) {
      const tile = tileOf(stream);
      const seen = [];
      return new Promise((resolve) => {
        const observer = new MutationObserver(() => {
          const nowMs = performance.timeOrigin + performance.now();
          const read = window.readCounter(stream);
          if (read?.mode !== 'live') return;
          seen.push({ nowMs, at: read.at, counter: read.counter, turn: window.probe.rim(stream) });
        });
        observer.observe(tile, { attributes: true, attributeFilter: ['data-frame-at'] });
        setTimeout(() => {
          observer.disconnect();
          resolve(seen);
        }, forMs);
      });
    },

    /**
     * How far the light on the rim of the dial has come, 0 to 1: once round in four seconds of the
     * camera's clock. The geometry is that of `crates/afterimage-pipeline/src/pattern/mod.rs`.
     */
    rim(stream) {
      const canvas = tileOf(stream).querySelector('canvas');
      const { width, height } = canvas;
      const row = Math.floor(width / 42);
      const unit = Math.min(width / 16, (height - row) / 8.5);
      const [x, y] = [(width - 15.4 * unit) / 2 + 3.1 * unit, row + (height - row) / 2];
      const radius = 2.9 * unit;
      const left = Math.floor(x - radius - 2);
      const top = Math.floor(y - radius - 2);
      const side = Math.ceil(2 * radius + 4);
      const { data } = canvas.getContext('2d').getImageData(left, top, side, side);
      const steps = 1440;
      const light = Array.from({ length: steps }, (_, step) => {
        const angle = (step / steps) * 2 * Math.PI;
        const px = Math.round(x + radius * Math.sin(angle)) - left;
        const py = Math.round(y - radius * Math.cos(angle)) - top;
        return data[(py * side + px) * 4 + 1];
      });
      // It is brightest at its end, and behind that is nothing.
      let best = { fall: 0, step: null };
      for (let step = 0; step < steps; step += 1) {
        const sum = (from, count) =>
          Array.from({ length: count }, (_, at) => light[(step + from + at + steps) % steps]).reduce(
            (all, one) => all + one,
            0,
          );
        const fall = sum(-6, 6) - sum(0, 6);
        if (fall > best.fall) best = { fall, step };
      }
      return best.fall > 6 * 60 ? best.step / steps : null;
    },

    /** The frames of all tiles, once a beat: first as they stand, then at that speed. */
    together(speed, forMs) {
      const seen = [];
      const until = performance.now() + forMs;
      return new Promise((resolve) => {
        const look = () => {
          seen.push(tiles().map(({ dataset: { mode, frameAt } }) => ({ mode, at: Number(frameAt) })));
          if (performance.now() < until) requestAnimationFrame(look);
          else resolve(seen);
        };
        look();
        window.afterimage.dispatch({ type: 'setSpeed', speed });
      });
    },

    /**
     * The beat of the page and its long tasks, until `stopBeat`. Where nobody tells long tasks, `waits`
     * has how late a timer came: as long as a task, or several in a row, kept everything else waiting.
     */
    startBeat() {
      const beat = { frames: [], tasks: [], waits: [], isOver: false };
      let last = null;
      const look = (ms) => {
        if (last !== null) beat.frames.push(ms - last);
        last = ms;
        if (!beat.isOver) requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
      beat.observer = new PerformanceObserver((list) =>
        beat.tasks.push(...list.getEntries().map(({ duration }) => duration)),
      );
      const isTold = PerformanceObserver.supportedEntryTypes.includes('longtask');
      if (isTold) beat.observer.observe({ entryTypes: ['longtask'] });
      const everyMs = 10;
      const wait = (sinceMs) =>
        setTimeout(() => {
          const nowMs = performance.now();
          beat.waits.push(nowMs - sinceMs - everyMs);
          if (!beat.isOver) wait(nowMs);
        }, everyMs);
      if (!isTold) wait(performance.now());
      window.probe.beat = beat;
    },
    stopBeat() {
      const { beat } = window.probe;
      beat.isOver = true;
      beat.observer.disconnect();
      return { frames: beat.frames, tasks: beat.tasks, waits: beat.waits };
    },

    /** When the picture under the pointer came, since the pointer moved there; and its counter. */
    startScrub() {
      const scrub = { movedMs: 0, cameMs: null, counter: null, src: null };
      window.probe.scrub = scrub;
      window.addEventListener(
        'pointermove',
        () => Object.assign(scrub, { movedMs: performance.now(), cameMs: null, counter: null }),
        { capture: true },
      );
      new MutationObserver(async () => {
        const image = document.querySelector('.timeline [role="tooltip"] img');
        if (image === null || image.src === scrub.src) {
          if (image === null) scrub.src = null;
          return;
        }
        scrub.src = image.src;
        const { movedMs } = scrub;
        await image.decode().catch(() => {});
        if (scrub.movedMs !== movedMs || image.src !== scrub.src) return;
        scrub.counter = window.probe.counterOf(image);
        scrub.cameMs = performance.now() - movedMs;
      }).observe(document.querySelector('.timeline'), {
        subtree: true,
        childList: true,
        attributes: true,
        attributeFilter: ['src'],
      });
    },
    /** The counter in a still, which the worker has decoded: no decoder of the page had a part in it. */
    async recorded(address, headers = {}) {
      const answer = await fetch(address, { headers });
      if (!answer.ok) throw new Error(`${address}: ${answer.status} ${await answer.text()}`);
      const image = new Image();
      image.src = URL.createObjectURL(await answer.blob());
      await image.decode();
      URL.revokeObjectURL(image.src);
      return window.probe.counterOf(image);
    },
    /** The counter in a small picture: laid on a tile that is there for this one task only. */
    counterOf(image) {
      const tile = document.createElement('div');
      tile.className = 'tile';
      tile.dataset.stream = 'small picture';
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      canvas.getContext('2d').drawImage(image, 0, 0);
      tile.append(canvas);
      document.body.append(tile);
      const read = window.readCounter('small picture');
      tile.remove();
      return read?.counter ?? null;
    },
  };

  const appeared = new Map();
  const watcher = new MutationObserver(() => {
    for (const tile of tiles()) {
      const { stream, mode, frameAt } = tile.dataset;
      if (!appeared.has(stream)) appeared.set(stream, performance.now());
      if (mode === 'live' && frameAt !== '')
        window.probe.firstPictures[stream] ??= performance.now() - appeared.get(stream);
    }
    const found = Object.keys(window.probe.firstPictures).length;
    if (found > 0 && found === tiles().length) watcher.disconnect();
  });
  watcher.observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['data-frame-at', 'data-stream'],
  });

  const close = VideoFrame.prototype.close;
  VideoFrame.prototype.close = function closeCounted() {
    // What is closed has no format, and may be closed again.
    if (this.format !== null) window.probe.openPictures -= 1;
    return close.call(this);
  };
  window.VideoDecoder = new Proxy(VideoDecoder, {
    construct(target, [{ output, ...rest }], newTarget) {
      const counted = (frame) => {
        const { probe } = window;
        probe.openPictures += 1;
        probe.mostPictures = Math.max(probe.mostPictures, probe.openPictures);
        output(frame);
      };
      return Reflect.construct(target, [{ ...rest, output: counted }], newTarget);
    },
  });
}
