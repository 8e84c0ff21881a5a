/**
 * A browser on a running demo, and the questions that its tests ask.
 *
 * AFTERIMAGE_URL and AFTERIMAGE_TOKEN name the demo. AFTERIMAGE_CHROMIUM names the browser (default
 * `/usr/bin/chromium`); AFTERIMAGE_SCREENSHOTS a folder for pictures. Needs `npm ci` in `ui/` for
 * playwright-core; downloads nothing.
 * AFTERIMAGE_CONSOLE is a folder such as `ui/dist`, shown in place of the console that the recorder
 * carries: so that a console can be tried without building the recorder anew.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { readCounter } from './counter.mjs';

const require = createRequire(new URL('../../ui/package.json', import.meta.url));
const { chromium } = require('playwright-core');

export const url = process.env.AFTERIMAGE_URL;
export const token = process.env.AFTERIMAGE_TOKEN;
const screenshots = process.env.AFTERIMAGE_SCREENSHOTS;
const ownConsole = process.env.AFTERIMAGE_CONSOLE;

const PATIENCE_MS = 20_000;
/** Both cameras of the demo send 25 frames a second. */
export const FRAME_MICROS = 40_000;
export const SECOND = 1_000_000;
export const CAMERAS = ['bikes', 'clock'];

export class Rig {
  /** What the browser complained about. */
  complaints = [];

  /** Whom it looks at: the demo, or a recorder of the test's own ({@link ./recorder.mjs}). */
  recorder = { url, token };

  /** `before` runs in each page before any script of its own. */
  static async open(before, recorder = { url, token }) {
    assert.ok(recorder.url && recorder.token, 'AFTERIMAGE_URL and AFTERIMAGE_TOKEN name a running demo');
    if (screenshots) mkdirSync(screenshots, { recursive: true });
    const rig = new Rig();
    rig.recorder = recorder;
    rig.browser = await chromium.launch({
      executablePath: process.env.AFTERIMAGE_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        // What stands in comes from no network, and is to be let into that of the recorder.
        ...(ownConsole ? ['--disable-features=LocalNetworkAccessChecks'] : []),
      ],
    });
    rig.page = await rig.browser.newPage({ viewport: { width: 1440, height: 900 } });
    if (before) await rig.page.addInitScript(before);
    if (ownConsole) await rig.#show(ownConsole);
    rig.page.on('pageerror', (error) => rig.complaints.push(`uncaught: ${error.message}`));
    rig.page.on('console', (message) => {
      if (message.type() === 'error') rig.complaints.push(`${message.text()} ${message.location().url}`);
    });
    return rig;
  }

  async close() {
    await this.browser.close();
  }

  /** Answers for the console's own files from a folder. */
  #show(folder) {
    const isFile = ({ origin, pathname }) =>
      origin === this.recorder.url && !/^\/(api|session|healthz)/.test(pathname);
    return this.page.route(isFile, (route) => {
      const path = join(folder, new URL(route.request().url()).pathname);
      return route.fulfill({
        path: existsSync(path) && !path.endsWith('/') ? path : join(folder, 'index.html'),
      });
    });
  }

  /** By the link that the recorder prints. */
  async enter() {
    const link = `${this.recorder.url}/session?token=${this.recorder.token}`;
    if (ownConsole) {
      // The link ends in a redirection, which leads past what stands in.
      await this.page.context().request.get(link);
      await this.page.goto(this.recorder.url);
    } else {
      await this.page.goto(link);
    }
    await this.page.getByRole('region', { name: 'Wall' }).waitFor();
  }

  /** A console on the demo, with footage to look back on; a demo that has just begun has none. */
  static async look(seconds = 8) {
    const rig = await Rig.open();
    await rig.enter();
    await rig.until(`${seconds} seconds are recorded`, async () => {
      const { recorded } = await rig.timeline();
      return recorded !== null && recorded.to - recorded.from > seconds * SECOND;
    });
    return rig;
  }

  /** What the recorder itself says, past the console. */
  async api(path, { method = 'GET', body } = {}) {
    const answer = await fetch(`${this.recorder.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.recorder.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  tile(name) {
    return this.page.locator(`.tile[data-stream="${name}"]`);
  }

  button(name) {
    return this.page.getByRole('button', { name });
  }

  dialog(name) {
    return this.page.getByRole('dialog', { name });
  }

  press(...keys) {
    return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
  }

  /** Closes what lies over the wall; until it has left the page, keys are still its own. */
  async escape() {
    await this.page.keyboard.press('Escape');
    await this.until('Escape has closed what was open', () =>
      this.page.evaluate(() => document.querySelector('dialog, [popover]:not([id]), :popover-open') === null),
    );
  }

  /** The sentence that goes away by itself. */
  notice(words) {
    return this.page.locator('.notice', { hasText: words }).waitFor();
  }

  /** Stands still in the past, each tile with its picture of then. */
  async stand(secondsAgo = 4) {
    await this.dispatch({ type: 'pause' });
    const { recorded } = await this.timeline();
    return this.standAt(recorded.to - secondsAgo * SECOND);
  }

  async standAt(atMicros) {
    await this.dispatch({ type: 'pause' });
    await this.dispatch({ type: 'seek', atMicros: Math.round(atMicros) });
    return this.settled();
  }

  /** Paused, with the frame of the playhead in every tile; the playhead. */
  settled() {
    return this.until('every tile shows the frame at the playhead', async () => {
      const { playheadMicros, isPlaying, pendingSteps } = await this.timeline();
      const tiles = Object.values(await this.tiles());
      const isThere = ({ mode, state, frameAt }) =>
        mode === 'past' &&
        state === 'paused' &&
        Math.abs(Number(frameAt) - playheadMicros) < 2 * FRAME_MICROS;
      return !isPlaying && pendingSteps === 0 && tiles.length > 0 && tiles.every(isThere) && playheadMicros;
    });
  }

  /** The playhead once it is where it should be, within `within`. */
  async arrives(what, atMicros, within = 2 * FRAME_MICROS) {
    return this.until(what, async () => {
      const { playheadMicros } = await this.timeline();
      return Math.abs(playheadMicros - atMicros) <= within && playheadMicros;
    });
  }

  /** Where an instant stands on the timeline, in pixels of its canvas. */
  async placeOf(atMicros) {
    return this.page.evaluate((at) => {
      const canvas = document.querySelector('.timeline [role="slider"]');
      const { width, left } = canvas.getBoundingClientRect();
      const { view } = window.afterimage.timeline;
      // The axis begins where the names end, and ends a little before the edge.
      const start = document.querySelector('.timeline .name').getBoundingClientRect().right - left;
      const rightMargin = 14;
      return start + ((at - view.from) / (view.to - view.from)) * (width - start - rightMargin);
    }, atMicros);
  }

  /** A digest of what a tile's canvas shows. */
  digest(name) {
    return this.page.$eval(`.tile[data-stream="${name}"] canvas`, (canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0;
      for (let at = 0; at < data.length; at += 4) sum = (Math.imul(sum, 31) + data[at]) | 0;
      return sum;
    });
  }

  /** Nothing complained; kept in every file, because what one looks at breaks in passing. */
  isContent() {
    assert.deepEqual(this.complaints, [], 'no error in the console, no refused resource, no exception');
  }

  dispatch(command) {
    return this.page.evaluate((given) => window.afterimage.dispatch(given), command);
  }

  timeline() {
    return this.page.evaluate(() => window.afterimage.timeline);
  }

  counter() {
    return this.page.evaluate(readCounter, 'clock');
  }

  tiles() {
    return this.page.$$eval('.tile', (all) =>
      Object.fromEntries(all.map((tile) => [tile.dataset.stream, { ...tile.dataset }])),
    );
  }

  async picture(name) {
    if (screenshots) await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  /** Asks until the answer is true; the last answer is in the failure. */
  async until(what, ask) {
    const end = Date.now() + PATIENCE_MS;
    let answer;
    while (Date.now() < end) {
      answer = await ask();
      if (answer) return answer;
      await this.page.waitForTimeout(50);
    }
    const tiles = JSON.stringify(await this.tiles());
    return assert.fail(
      `${what}: not within ${PATIENCE_MS / 1000} s, last ${JSON.stringify(answer)}, tiles ${tiles}`,
    );
  }

  /** The live picture of the clock, with a counter in it. */
  liveCounter() {
    return this.until('a live frame of the clock shows its counter', async () => {
      const read = await this.counter();
      return read?.mode === 'live' ? read : null;
    });
  }

  /** Stands at an instant and reads the clock there. */
  async counterAt(atMicros) {
    await this.dispatch({ type: 'pause' });
    await this.dispatch({ type: 'seek', atMicros });
    return this.until('the frame at the playhead is shown', async () => {
      const read = await this.counter();
      const isThere = read?.mode === 'past' && read.at <= atMicros && atMicros < read.at + 2 * FRAME_MICROS;
      return isThere ? read : null;
    });
  }
}
