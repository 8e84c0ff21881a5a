/**
 * hls.js in a real browser plays the recorder's playlists: what is over, and what grows.
 *
 *     AFTERIMAGE_URL=http://127.0.0.1:8750 AFTERIMAGE_TOKEN=… node --test tests/browser/hls.test.mjs
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { readCounter } from './counter.mjs';
import { Rig, token, url } from './rig.mjs';

const require = createRequire(new URL('../../ui/package.json', import.meta.url));
const PAGE = `${url}/a-page-with-hls.js`;

/** A tile as `readCounter` knows it, painted from the video. */
const BODY = `<!doctype html><title>HLS</title><video muted></video>
<div class="tile" data-stream="clock"><canvas></canvas></div>`;

let rig;
after(() => rig?.close());

describe('a stranger that plays HLS', () => {
  before(async () => {
    rig = await Rig.open();
    await rig.page.route(PAGE, (route) => route.fulfill({ contentType: 'text/html', body: BODY }));
    await rig.page.goto(`${url}/session?token=${token}`);
  });

  test('plays what is over to its end', async () => {
    await open('from=-8s');
    const end = await state('the end was reached', (now) => now.ended);
    assert.ok(end.duration > 5, `some seconds were played, not ${end.duration}`);
    assert.deepEqual(end.errors, [], 'nothing was lost on the way');
  });

  test('plays what grows, and knows the time of day of each frame', async () => {
    await open('from=-8s&to=live');
    const first = await state('the clock is read', (now) => now.counter);
    // Only what was appended after the playlist was first read can be so late.
    const later = await state('what was recorded meanwhile plays', (now) => {
      return now.counter && now.time > first.time + 12;
    });
    assert.deepEqual(later.errors, [], 'nothing was lost on the way');
    const frames = (later.date - first.date) / 40;
    assert.ok(
      Math.abs(later.counter.counter - first.counter.counter - frames) <= 3,
      `the counter goes with the time of day: ${JSON.stringify([first, later])}`,
    );
  });
});

async function open(query) {
  await rig.page.goto(PAGE);
  await rig.page.addScriptTag({
    path: require.resolve('hls.js/dist/hls.min.js'),
  });
  await rig.page.evaluate((query) => {
    const video = document.querySelector('video');
    // A few seconds are asked for: begin with the first, not near the end.
    const hls = new window.Hls({ startPosition: 0, liveSyncDuration: 6 });
    window.player = { hls, errors: [] };
    hls.on(window.Hls.Events.ERROR, (_, error) => {
      if (error.fatal) window.player.errors.push(error.details);
    });
    hls.loadSource(`/api/v1/streams/clock/hls/index.m3u8?${query}`);
    hls.attachMedia(video);
    hls.on(window.Hls.Events.MANIFEST_PARSED, () => video.play());
  }, query);
}

/** What the player says, once it is as told. */
async function state(what, isThere) {
  const end = Date.now() + 40_000;
  let now;
  while (Date.now() < end) {
    now = await rig.page.evaluate(() => {
      const video = document.querySelector('video');
      const canvas = document.querySelector('canvas');
      if (video.videoWidth > 0) {
        canvas.width = video.videoWidth;
        canvas.height = video.videoHeight;
        canvas.getContext('2d').drawImage(video, 0, 0);
      }
      const { hls, errors } = window.player;
      const date = hls.playingDate?.getTime() ?? null;
      return {
        time: video.currentTime,
        duration: video.duration,
        ended: video.ended,
        date,
        errors,
      };
    });
    now.counter = await rig.page.evaluate(readCounter, 'clock');
    if (isThere(now)) return now;
    await rig.page.waitForTimeout(100);
  }
  return assert.fail(`${what}: not within 40 s, last ${JSON.stringify(now)}`);
}
