/**
 * A browser on a running demo, and the questions that its tests ask.
 *
 * AFTERIMAGE_URL and AFTERIMAGE_TOKEN name the demo. AFTERIMAGE_CHROMIUM names the browser (default
 * `/usr/bin/chromium`); AFTERIMAGE_SCREENSHOTS a folder for pictures. Needs `npm ci` in `ui/` for
 * playwright-core; downloads nothing.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { readCounter } from './counter.mjs';

const require = createRequire(new URL('../../ui/package.json', import.meta.url));
const { chromium } = require('playwright-core');

export const url = process.env.AFTERIMAGE_URL;
export const token = process.env.AFTERIMAGE_TOKEN;
const screenshots = process.env.AFTERIMAGE_SCREENSHOTS;

const PATIENCE_MS = 20_000;
/** Both cameras of the demo send 25 frames a second. */
export const FRAME_MICROS = 40_000;
export const CAMERAS = ['bikes', 'clock'];

export class Rig {
  /** What the browser complained about. */
  complaints = [];

  /** `before` runs in each page before any script of its own. */
  static async open(before) {
    assert.ok(url && token, 'AFTERIMAGE_URL and AFTERIMAGE_TOKEN name a running demo');
    if (screenshots) mkdirSync(screenshots, { recursive: true });
    const rig = new Rig();
    rig.browser = await chromium.launch({
      executablePath: process.env.AFTERIMAGE_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
    rig.page = await rig.browser.newPage({ viewport: { width: 1440, height: 900 } });
    if (before) await rig.page.addInitScript(before);
    rig.page.on('pageerror', (error) => rig.complaints.push(`uncaught: ${error.message}`));
    rig.page.on('console', (message) => {
      if (message.type() === 'error') rig.complaints.push(message.text());
    });
    return rig;
  }

  async close() {
    await this.browser.close();
  }

  /** By the link that the recorder prints. */
  async enter() {
    await this.page.goto(`${url}/session?token=${token}`);
    await this.page.getByRole('region', { name: 'Wall' }).waitFor();
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
