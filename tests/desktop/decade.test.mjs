// Looking around in ten years of sixteen cameras in the real desktop window, as
// tests/browser/decade.test.mjs does in a browser: the beat of the page, and what it asks for.
//
// The recorder's answers are made up (decade_recorder.mjs); window, timeline and pointer are the real ones.
// The variables are window.test.mjs's.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CAMERAS, YEAR } from '../browser/decade.mjs';
import { figure, median } from '../browser/measure.mjs';
import { startDecade } from './decade_recorder.mjs';
import { axis, dispatch, loadProbed, timeline, turnWheel } from './page.mjs';
import { Rig, keepScreenshot, recorderOf } from './rig.mjs';
import { processorMs, webProcess } from './web_process.mjs';

const PAN_MS = 10_000;
const now = Date.now() * 1000;

let rig;
let decade;
let window;

before(async () => {
  rig = await Rig.start();
  const data = join(rig.home, 'decade');
  decade = await startDecade(await recorderOf(process.env.AFTERIMAGE_DATA), data, now);
  window = await rig.open(['--data', data], { AFTERIMAGE_BIN: join(rig.home, 'missing') });
  await window.find('.tile');
  await loadProbed(window);
});
after(async () => {
  if (window) await keepScreenshot(window, 'desktop-ten-years.png');
  await window?.close();
  await decade?.stop();
  await rig?.stop();
});

test('ten years: panning and zooming keep the beat, and cost the same everywhere', async () => {
  const { asked } = decade;
  await window.until(
    async () => (await window.run(() => document.querySelectorAll('.tile').length)) === CAMERAS.length,
    'sixteen cameras on the wall',
  );
  await dispatch(window, { type: 'showRange', range: { from: now - 10 * YEAR, to: now } });
  // A look at the page takes a while, in which it asks.
  const told = () => new Set(asked.activity.map(({ name }) => name)).size;
  await window.until(async () => (await timeline(window)) && told() === CAMERAS.length, 'their years');
  const box = await axis(window);
  const [left, right, y] = [box.x + 300, box.x + box.width - 60, box.y + 60];
  await window.mouse({ x: left, y });
  for (const list of Object.values(asked)) list.length = 0;

  const pid = await webProcess();
  const busyBefore = await processorMs(pid);
  await window.run(() => window.probe.startBeat());
  const began = performance.now();
  const isOver = () => performance.now() - began >= PAN_MS;
  let moves = 0;
  let narrowest = Infinity;
  for (let lap = 0; !isOver(); lap += 1) {
    const [from, to] = lap % 2 === 0 ? [left, right] : [right, left];
    const drag = Array.from({ length: 25 }, (_, step) => ({ x: from + ((to - from) * (step + 1)) / 25, y }));
    await window.mouse({ x: from, y }, 'pointerDown', ...drag, 'pointerUp');
    const turns = Array.from({ length: 12 }, () => (lap % 4 < 2 ? -120 : 120));
    await turnWheel(window, { x: to, y }, turns);
    moves += drag.length + turns.length;
    const { view } = await timeline(window);
    narrowest = Math.min(narrowest, view.to - view.from);
  }
  const seconds = (performance.now() - began) / 1000;
  const { frames, waits } = await window.run(() => window.probe.stopBeat());

  figure('window.pan.frame', frames, { goal: '≤ 17', more: `${moves} movements in ${seconds.toFixed(1)} s` });
  figure('window.pan.wait', waits, { goal: '≤ 50', more: 'how late a timer came' });
  const busyMs = (await processorMs(pid)) - busyBefore;
  const perMove = `${(busyMs / moves).toFixed(1)} ms a movement, ${(busyMs / frames.length).toFixed(1)} ms a frame`;
  console.log(`figure window.pan.processor ${perMove} goal none (the web view’s process, all threads)`);
  const each = asked.activity.length / CAMERAS.length / seconds;
  const questions = `${each.toFixed(1)} a camera and second goal ≤ 8.4 (one in 120 ms)`;
  console.log(`figure window.pan.questions ${questions}`);

  assert.ok(narrowest < 5 * YEAR, 'it was zoomed as well');
  assert.ok(moves > 30, `the page takes in what the pointer does: ${moves} movements`);
  assert.ok(asked.activity.length > 0, 'what comes into sight is asked for');
  assert.ok(each < 9, 'no camera is asked for more often than every 120 ms');
  const vain = asked.others.filter(({ kind }) => kind.startsWith('fragments/'));
  assert.equal(vain.length, 0, 'who pans fetches no media');
  assert.ok(median(frames) < 500, 'it moves');
});
