/**
 * The console in a real browser, against a running `afterimage demo`.
 *
 *     AFTERIMAGE_URL=http://127.0.0.1:8750 AFTERIMAGE_TOKEN=… node --test tests/browser/console.test.mjs
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CAMERAS, FRAME_MICROS, Rig, token, url } from './rig.mjs';

let rig;
after(() => rig?.close());

describe('the console', () => {
  before(async () => {
    rig = await Rig.open();
  });

  test('a stranger is asked for the token, and only the right one opens', async () => {
    await rig.page.goto(url);
    const field = rig.page.getByLabel('Token');
    await field.waitFor();
    await field.fill('wrong');
    await rig.page.getByRole('button', { name: 'Sign in' }).click();
    await rig.page.getByText('This token does not open this recorder.').waitFor();
    await rig.picture('sign-in');
    await field.fill(token);
    await rig.page.getByRole('button', { name: 'Sign in' }).click();
    await rig.page.getByRole('region', { name: 'Wall' }).waitFor();
    // The refusals above are what was asked for.
    rig.complaints.length = 0;
  });

  test('both cameras move live', async () => {
    for (const camera of CAMERAS) {
      const first = await rig.until(`${camera} plays live`, async () => {
        const tile = (await rig.tiles())[camera];
        return tile?.state === 'playing' && tile.mode === 'live' && tile.frameAt !== '' ? tile : null;
      });
      const hash = () =>
        rig.page.$eval(`.tile[data-stream="${camera}"] canvas`, (canvas) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let sum = 0;
          for (let at = 0; at < data.length; at += 4) sum = (Math.imul(sum, 31) + data[at]) | 0;
          return sum;
        });
      const before = await hash();
      await rig.until(`${camera} shows another picture`, async () => (await hash()) !== before);
      const later = (await rig.tiles())[camera];
      assert.ok(Number(later.frameAt) > Number(first.frameAt), `${camera}: the frame's instant rises`);
    }
  });

  test('the clock counts, one frame at a time, close to now', async () => {
    const first = await rig.liveCounter();
    const seen = [first];
    await rig.until('a second of live frames was read', async () => {
      const read = await rig.counter();
      if (read && read.counter !== seen.at(-1).counter) seen.push(read);
      return seen.at(-1).at > first.at + 1_000_000;
    });
    for (const [index, read] of seen.entries()) {
      if (index === 0) continue;
      const { counter: value, at } = seen[index - 1];
      const frames = Math.round((read.at - at) / FRAME_MICROS);
      assert.ok(read.counter > value, 'the counter rises');
      assert.ok(
        Math.abs(read.counter - value - frames) <= 1,
        `as fast as time: ${JSON.stringify([seen[index - 1], read])}`,
      );
    }
    const latencyMs = await rig.page.evaluate((at) => Date.now() - at / 1000, (await rig.liveCounter()).at);
    assert.ok(latencyMs < 2_000, `what is live is new: ${Math.round(latencyMs)} ms old`);
    await rig.picture('live');
  });

  test('a click ten seconds back shows what was live then', async () => {
    const live = await rig.liveCounter();
    await rig.until(
      'ten seconds have gone by',
      async () => (await rig.counter())?.at > live.at + 10_000_000 || null,
    );
    // One pixel of the timeline must be finer than a frame, so look closely first.
    await rig.dispatch({
      type: 'showRange',
      range: { from: live.at - 2_000_000, to: live.at + 12_000_000 },
    });
    const canvas = rig.page.getByRole('slider', { name: 'Playhead' });
    const box = await canvas.boundingBox();
    const { view } = await rig.timeline();
    const [left, right] = [224, 14];
    const width = box.width - left - right;
    const x = left + ((live.at + FRAME_MICROS / 2 - view.from) / (view.to - view.from)) * width;
    await canvas.click({ position: { x, y: 60 } });
    await rig.dispatch({ type: 'pause' });
    const state = await rig.timeline();
    assert.equal(state.mode, 'past', 'a click leaves live');
    assert.ok(Math.abs(state.playheadMicros - live.at) < 1_500_000, 'and goes to where it was made');

    const past = await rig.counterAt(live.at + FRAME_MICROS / 2);
    assert.ok(Math.abs(past.at - live.at) <= FRAME_MICROS, `its instant: ${past.at} for ${live.at}`);
    assert.ok(Math.abs(past.counter - live.counter) <= 1, `its counter: ${past.counter} for ${live.counter}`);
    assert.notEqual(past.fragment, '', 'the frame has an identity: its fragment');
    assert.notEqual(past.sample, '', 'and its sample');
    await rig.picture('past');
  });

  test('steps go one frame each way, over fragments too', async () => {
    // The lead camera's frames are the ones that are stepped.
    await rig.page.keyboard.press(String(CAMERAS.indexOf('clock') + 1));
    const start = await rig.until('a frame is shown', () => rig.counter());
    let last = start;
    for (const direction of [...Array(30).fill(-1), ...Array(30).fill(1)]) {
      await rig.page.keyboard.press(direction < 0 ? 'ArrowLeft' : 'ArrowRight');
      last = await rig.until(`the frame ${direction < 0 ? 'before' : 'after'} ${last.counter}`, async () => {
        const read = await rig.counter();
        return read?.counter === last.counter + direction ? read : null;
      });
    }
    assert.equal(last.counter, start.counter, 'thirty back and thirty on is where it began');
    assert.equal(last.at, start.at);
  });

  test('all tiles stand on one playhead while it plays', async () => {
    await rig.dispatch({ type: 'play' });
    let worst = 0;
    const end = Date.now() + 3_000;
    while (Date.now() < end) {
      const all = Object.values(await rig.tiles()).filter(
        (tile) => tile.state === 'playing' && tile.mode === 'past',
      );
      if (all.length === CAMERAS.length) {
        const instants = all.map((tile) => Number(tile.frameAt));
        worst = Math.max(worst, Math.max(...instants) - Math.min(...instants));
      }
      await rig.page.waitForTimeout(37);
    }
    // Two cameras' frames lie up to a frame apart by themselves.
    assert.ok(worst > 0 && worst <= 2 * FRAME_MICROS, `frames at once are ${worst / 1000} ms apart at most`);
  });

  test('it plays backwards and fast', async () => {
    const from = (await rig.timeline()).playheadMicros;
    for (const speed of [-1, 4, 16]) {
      await rig.dispatch({ type: 'seek', atMicros: from - 3_000_000 });
      await rig.dispatch({ type: 'setSpeed', speed });
      const before = await rig.timeline();
      await rig.until(`speed ${speed} moves`, async () => {
        const { playheadMicros, mode } = await rig.timeline();
        const moved = (playheadMicros - before.playheadMicros) / speed;
        return mode === 'live' || moved > 150_000;
      });
    }
  });

  test('LIVE returns', async () => {
    await rig.page.getByRole('button', { name: 'LIVE' }).click();
    const live = await rig.liveCounter();
    const { mode, nowMicros } = await rig.timeline();
    assert.equal(mode, 'live');
    assert.ok(nowMicros - live.at < 3_000_000, 'what is shown is new again');
  });

  test('it looks right at every size, dark and light', async () => {
    // A fresh page, as somebody finds it who comes in.
    await rig.page.locator('.notice').waitFor({ state: 'hidden' });
    await rig.page.mouse.move(700, 300);
    const { nowMicros } = await rig.timeline();
    await rig.dispatch({
      type: 'showRange',
      range: { from: nowMicros - 60_000_000, to: nowMicros + 5_000_000 },
    });
    await rig.dispatch({ type: 'followLive' });
    for (const theme of ['dark', 'light']) {
      for (const [width, height] of [
        [1280, 800],
        [1440, 900],
        [2560, 1440],
      ]) {
        await rig.page.setViewportSize({ width, height });
        await rig.liveCounter();
        await rig.until(`nothing hangs over the edge at ${width}×${height}`, () =>
          rig.page.evaluate(() => {
            const { scrollWidth, scrollHeight } = document.documentElement;
            return scrollWidth === innerWidth && scrollHeight === innerHeight;
          }),
        );
        await rig.picture(`${theme}-${width}x${height}`);
      }
      if (theme === 'dark') await rig.page.getByRole('button', { name: 'Light theme' }).click();
    }
    await rig.page.getByRole('button', { name: 'Dark theme' }).click();
  });

  test('nothing complained', () => {
    assert.deepEqual(
      rig.complaints,
      [],
      'no error in the console, no refused resource, no uncaught exception',
    );
  });
});

describe('the console without WebCodecs, as pages have it that came over plain HTTP', () => {
  before(async () => {
    await rig.close();
    rig = await Rig.open(() => {
      delete window.VideoDecoder;
    });
    await rig.enter();
  });

  test('the clock moves live', async () => {
    assert.equal(await rig.page.evaluate(() => typeof VideoDecoder), 'undefined', 'there is no WebCodecs');
    const first = await rig.liveCounter();
    const later = await rig.until('a later frame', async () => {
      const read = await rig.counter();
      return read?.mode === 'live' && read.counter > first.counter + 25 ? read : null;
    });
    const frames = Math.round((later.at - first.at) / FRAME_MICROS);
    assert.ok(Math.abs(later.counter - first.counter - frames) <= 1, 'as fast as time');
    const latencyMs = await rig.page.evaluate((at) => Date.now() - at / 1000, (await rig.liveCounter()).at);
    assert.ok(latencyMs < 3_000, `what is live is new: ${Math.round(latencyMs)} ms old`);
  });

  test('the past shows the frame that was live', async () => {
    const live = await rig.liveCounter();
    await rig.until(
      'five seconds have gone by',
      async () => (await rig.counter())?.at > live.at + 5_000_000 || null,
    );
    const past = await rig.counterAt(live.at + FRAME_MICROS / 2);
    assert.ok(Math.abs(past.counter - live.counter) <= 1, `its counter: ${past.counter} for ${live.counter}`);
    assert.notEqual(past.fragment, '', 'with its identity');
  });

  test('it plays on from there, and LIVE returns', async () => {
    const from = await rig.counter();
    await rig.dispatch({ type: 'play' });
    await rig.until('a second later', async () => {
      const read = await rig.counter();
      return read?.mode === 'past' && read.counter > from.counter + 25 ? read : null;
    });
    await rig.dispatch({ type: 'followLive' });
    await rig.liveCounter();
  });

  test('nothing complained', () => {
    assert.deepEqual(rig.complaints, [], 'no error in the console, no uncaught exception');
  });
});
