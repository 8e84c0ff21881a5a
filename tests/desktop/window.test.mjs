// The real desktop window, driven by WebKitWebDriver on a display of our own.
//
// AFTERIMAGE_DESKTOP  the window's program
// AFTERIMAGE_BIN      the recorder's program
// AFTERIMAGE_DATA     the data directory of a running demo
// AFTERIMAGE_SCREENSHOTS  where pictures of the window go; optional

import assert from 'node:assert/strict';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { dispatch, placeOf, prepare, shownFrame, timeline, watch, watched } from './page.mjs';
import { Rig, keepScreenshot, recorderOf, until } from './rig.mjs';

const SECOND = 1e6;
const { AFTERIMAGE_BIN, AFTERIMAGE_DATA } = process.env;

let rig;

before(async () => {
  rig = await Rig.start();
});
after(() => rig?.stop());

describe('the window of a running recorder', () => {
  let window;

  before(async () => {
    // One runs already; were it not found, no second one must hide that.
    window = await rig.open(['--data', AFTERIMAGE_DATA], { AFTERIMAGE_BIN: join(rig.home, 'missing') });
    await window.find('[data-stream="clock"]');
    await prepare(window);
  });
  after(async () => {
    // What a failure looked like.
    if (window) await keepScreenshot(window, 'desktop-last.png');
    await window?.close();
  });

  test('shows both cameras live and moving', async () => {
    for (const stream of ['bikes', 'clock']) {
      const first = await window.until(() => shownFrame(window, stream), `a picture of ${stream}`);
      assert.equal(first.mode, 'live', `${stream} begins live`);
      await window.until(async () => {
        const next = await shownFrame(window, stream);
        return next && next.atMicros > first.atMicros && next.digest !== first.digest;
      }, `${stream} to move`);
    }
  });

  test('shows the right frame ten seconds back, and returns to now', async () => {
    await watch(window, 'clock');
    const live = await window.until(
      async () => {
        const seen = await watched(window);
        return seen.length > 1 && seen.at(-1)[0] - seen[0][0] > 14 * SECOND && seen;
      },
      'fourteen seconds of the clock, live',
      60_000,
    );
    await keepScreenshot(window, 'desktop-live.png');
    const [firstAt, firstCounter] = live[0];
    const [lastAt, lastCounter] = live.at(-1);
    const frameMicros = (lastAt - firstAt) / (lastCounter - firstCounter);
    const counterAt = (atMicros) => firstCounter + Math.round((atMicros - firstAt) / frameMicros);

    const { nowMicros } = await timeline(window);
    const target = nowMicros - 10 * SECOND;
    await dispatch(window, {
      type: 'showRange',
      range: { from: nowMicros - 30 * SECOND, to: nowMicros + 10 * SECOND },
    });
    const axis = await window.find('.timeline [role="slider"]');
    await window.clickAt(axis, await placeOf(window, target), 0);

    const past = await window.until(async () => {
      const frame = await shownFrame(window, 'clock');
      return frame?.mode === 'past' && frame.atMicros < nowMicros - 8 * SECOND && frame;
    }, 'a frame of the past');
    const distance = Math.abs(past.atMicros - target) / SECOND;
    assert.ok(distance < 2, `the click leads ten seconds back, not ${distance.toFixed(3)} s beside it`);
    assert.equal(
      past.counter,
      counterAt(past.atMicros),
      'the frame of that instant is the one that was live then',
    );
    await window.until(
      async () => (await shownFrame(window, 'bikes'))?.atMicros < nowMicros - 8 * SECOND,
      'the other camera to follow the playhead',
    );
    await keepScreenshot(window, 'desktop-past.png');

    await dispatch(window, { type: 'followLive' });
    const now = await window.until(async () => {
      const frame = await shownFrame(window, 'clock');
      return frame?.mode === 'live' && frame.atMicros > nowMicros && frame;
    }, 'the present');
    assert.equal(now.counter, counterAt(now.atMicros), 'live shows now again');
  });

  test('stays on its own page, and keeps the recorder’s token to it', async () => {
    const origin = await window.run(() => location.origin);
    assert.equal(origin, 'tauri://localhost', 'the console comes with the window');
    await window.run(() => {
      location.href = 'https://example.com/';
    });
    assert.equal(await window.run(() => location.origin), origin, 'the window leads nowhere else');
    const isInlineRun = await window.run(() => {
      const script = document.createElement('script');
      script.textContent = 'window.inlineRan = true';
      document.body.append(script);
      return window.inlineRan === true;
    });
    assert.equal(isInlineRun, false, 'the policy lets no script in that is not a file of ours');
  });
});

test('where none runs, it starts a recorder, which outlives the window', async (t) => {
  const data = join(rig.home, 'new');
  const window = await rig.open(['--data', data]);
  await window.until(() => window.run(() => window.__AFTERIMAGE__ !== undefined), 'the hand-over');
  const recorder = JSON.parse(await readFile(join(data, 'recorder.json'), 'utf8'));
  t.after(() => process.kill(recorder.pid, 'SIGTERM'));
  const handed = await window.run(() => window.__AFTERIMAGE__.address);
  assert.equal(handed, recorder.address, 'the page is told of the recorder that was started');
  await window.close();
  await rig.stopDriver();
  const answer = await fetch(`${recorder.address}/healthz`);
  assert.equal(answer.status, 200, 'closing the window leaves it recording');
});

test('where none can be started, it says so and what to do', async (t) => {
  const window = await rig.open(['--data', join(rig.home, 'none')], {
    AFTERIMAGE_BIN: join(rig.home, 'missing'),
  });
  const words = await window.until(() => window.run(() => document.body?.innerText), 'a page');
  assert.match(words, /could not be started: .*missing/, 'it names the program');
  assert.match(words, /Try again/, 'it offers what can be done');

  // Somebody installs what was missing.
  await symlink(AFTERIMAGE_BIN, join(rig.home, 'missing'));
  await window.run(() => document.querySelector('a').click());
  const recorder = await until(
    () => recorderOf(join(rig.home, 'none')).catch(() => null),
    'the recorder that the button starts',
  );
  t.after(() => process.kill(recorder.pid, 'SIGTERM'));
  await until(async () => (await rig.titles()).join() === 'Afterimage', 'one window, the console’s');
});
