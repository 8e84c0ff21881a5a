/**
 * Looking around in ten years of sixteen cameras: the beat of the page, and what it asks for.
 *
 * The recorder's answers are made up ({@link ./decade.mjs}); page, timeline and pointer are the real ones.
 * Frame times depend on the machine and are told; how much is asked for does not, and is judged.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CAMERAS, tenYears, YEAR } from './decade.mjs';
import { figure, median } from './measure.mjs';
import { watchTasks } from './measure_tasks.mjs';
import { probe } from './probe.mjs';
import { Rig, SECOND } from './rig.mjs';

let rig;
before(async () => {
  rig = await Rig.open(probe);
});
after(() => rig?.close());

describe('ten years of sixteen cameras', () => {
  test('panning and zooming keep the beat, and cost the same everywhere', async () => {
    const page = rig.page;
    const now = Date.now() * 1000;
    const asked = await tenYears(page, now);
    await rig.enter();
    await rig.until(
      'sixteen cameras stand on the wall',
      async () => (await page.locator('.tile').count()) === CAMERAS.length,
    );
    await rig.dispatch({ type: 'showRange', range: { from: now - 10 * YEAR, to: now } });
    await rig.until(
      'their years are told',
      () => new Set(asked.activity.map(({ name }) => name)).size === CAMERAS.length,
    );
    const box = await page.getByRole('slider', { name: 'Playhead' }).boundingBox();
    const [left, right, y] = [box.x + 300, box.x + box.width - 60, box.y + 60];
    await page.mouse.move(left, y);
    for (const list of Object.values(asked)) list.length = 0;

    const endOfTasks = await watchTasks(rig.browser);
    await page.evaluate(() => window.probe.startBeat());
    const began = performance.now();
    let moves = 0;
    let narrowest = Infinity;
    const isOver = () => performance.now() - began >= 10_000;
    for (let lap = 0; !isOver(); lap += 1) {
      const [from, to] = lap % 2 === 0 ? [left, right] : [right, left];
      await page.mouse.move(from, y);
      await page.mouse.down();
      // A press that moves nowhere is a click, and seeks.
      for (let step = 1; step <= 25 && (step === 1 || !isOver()); step += 1) {
        await page.mouse.move(from + ((to - from) * step) / 25, y);
        moves += 1;
      }
      await page.mouse.up();
      for (let turn = 0; turn < 12 && !isOver(); turn += 1) {
        await page.mouse.wheel(0, lap % 4 < 2 ? -120 : 120);
        moves += 1;
      }
      const { view } = await rig.timeline();
      narrowest = Math.min(narrowest, view.to - view.from);
    }
    const seconds = (performance.now() - began) / 1000;
    const { frames, tasks } = await page.evaluate(() => window.probe.stopBeat());
    const busy = await endOfTasks();
    await rig.picture('ten-years');

    figure('pan.frame', frames, { goal: '≤ 17', more: `${moves} movements in ${seconds.toFixed(1)} s` });
    const longest = tasks.length === 0 ? 'under 50' : Math.max(...tasks).toFixed(0);
    console.log(`figure pan.longest_task ${longest} ms goal ≤ 50 (${tasks.length} of 50 ms or more)`);
    const own = busy.byProcessor.toFixed(0);
    console.log(`figure pan.longest_task_of_processor ${own} ms goal ≤ 50 (of ${busy.count} tasks)`);
    const each = asked.activity.length / CAMERAS.length / seconds;
    console.log(`figure pan.questions ${each.toFixed(1)} a camera and second goal ≤ 8.4 (one in 120 ms)`);

    assert.ok(narrowest < 5 * YEAR, 'it was zoomed as well');
    assert.ok(moves > 30, `the page takes in what the pointer does: ${moves} movements`);
    assert.ok(asked.activity.length > 0, 'what comes into sight is asked for');
    assert.ok(each < 9, 'no camera is asked for more often than every 120 ms');
    const buckets = Math.max(...asked.activity.map((one) => one.buckets));
    assert.ok(buckets <= 1_601, `an answer is never longer than what can be seen: ${buckets} buckets`);
    const ahead = asked.activity.filter(({ to }) => to > Date.now() * 1000 + SECOND);
    assert.equal(ahead.length, 0, 'nobody is asked for what is still to come');
    const hours = Math.max(0, ...asked.timeline.map(({ from, to }) => (to - from) / (3600 * SECOND)));
    const most = (10 * YEAR) / 50 / (3600 * SECOND);
    assert.ok(
      hours <= most,
      `exact ranges are asked for where somebody looks, never for all in view: ${hours} hours`,
    );
    const vain = asked.others.filter(({ kind }) => kind.startsWith('fragments/'));
    assert.equal(vain.length, 0, 'who pans fetches no media');
    assert.ok(median(frames) < 100, 'it moves');
  });

  test('nothing complained', () => rig.isContent());
});
