/**
 * What goes wrong around a console: the network, a camera, the recorder, a stream that is deleted
 * while somebody watches it. Each time it must say so in words, and come back by itself.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { Rig, SECOND } from './rig.mjs';
import { Camera, Recorder } from './recorder.mjs';

/** Refusals while something is away are what this file asks for; exceptions never are. */
const isException = (complaint) => complaint.startsWith('uncaught');

describe('a console in trouble', () => {
  let rig;
  let recorder;
  let camera;
  const tile = () => rig.tile('gate');
  const words = async () =>
    ((await tile().locator('.words').allTextContents())[0] ?? '').replaceAll(/\s+/g, ' ');
  const live = (what) =>
    rig.until(what, async () => {
      const shown = (await rig.tiles()).gate;
      return shown?.state === 'playing' && shown.mode === 'live' && shown;
    });
  /** Frames come again, newer ones than `since`. */
  const moves = (what, since) =>
    rig.until(what, async () => {
      const shown = (await rig.tiles()).gate;
      return shown?.state === 'playing' && Number(shown.frameAt) > since;
    });
  const nowMicros = () => Date.now() * 1000;

  before(async () => {
    recorder = await Recorder.start('--no-worker');
    camera = await Camera.start(['clock']);
    await recorder.add('gate', camera.addresses[0]);
    rig = await Rig.open(undefined, recorder);
    await rig.enter();
    await live('the camera plays');
  });
  after(async () => {
    await rig?.close();
    await recorder?.end();
    await camera?.end();
  });

  test('the network is pulled: it says so, counts down, and comes back', async () => {
    await rig.page.context().setOffline(true);
    const banner = rig.page.getByRole('alert').filter({ hasText: 'What is on the screen may be old.' });
    await banner.waitFor();
    await rig.until('it says when it tries again', async () =>
      /Trying again/.test((await banner.allTextContents())[0] ?? ''),
    );
    await rig.page.getByText('not reached').waitFor();
    const since = nowMicros();
    await rig.page.context().setOffline(false);
    await banner.waitFor({ state: 'detached' });
    await moves('pictures come again', since);
  });

  test('a camera that falls silent: its last picture is old in words, and moves again', async () => {
    camera.process.signal('SIGSTOP');
    try {
      await rig.until('the tile says for how long there is no picture', async () =>
        /No picture for \d/.test(await words()),
      );
      assert.equal(
        await tile().evaluate((it) => it.classList.contains('dimmed')),
        true,
        'the last frame is greyed',
      );
      await rig.picture('trouble-silent');
    } finally {
      camera.process.signal('SIGCONT');
    }
    await moves('it moves again', nowMicros());
    await rig.until('nothing is said any more', async () => (await words()) === '');
  });

  test('a camera that is gone: the reason, the countdown, and it comes back', async () => {
    await camera.end();
    await rig.until('the tile says why, and when it tries again', async () => {
      const said = await words();
      return /No picture for/.test(said) && /trying again/i.test(said) && said;
    });
    const rail = rig.page.getByRole('complementary', { name: 'Cameras' });
    await rig.until('the list of cameras says so too', async () =>
      /trying again|retry|refused|lost|closed|reach/i.test(await rail.textContent()),
    );
    await rig.picture('trouble-gone');
    await camera.again();
    await moves('it moves again', nowMicros());
    await rig.until('nothing is said any more', async () => (await words()) === '');
  });

  test('the hole that this left has its reason on the timeline', async () => {
    const { gaps } = await recorder.api('/streams/gate/timeline?from=-5m&to=now');
    const lost = gaps.filter((gap) => !['starting', 'not_created'].includes(gap.reason));
    assert.ok(lost.length > 0, `the outages are gaps with a reason: ${JSON.stringify(gaps)}`);
    const gap = lost.at(-1);
    const at = (Date.parse(gap.from) + Date.parse(gap.to)) * 500;
    await rig.dispatch({ type: 'pause' });
    await rig.dispatch({ type: 'seek', atMicros: at });
    await tile().getByRole('button', { name: 'Go to the nearest footage' }).waitFor();
    await rig.dispatch({ type: 'followLive' });
  });

  test('the recorder freezes: it says so, and goes on', async () => {
    await live('the camera plays');
    recorder.process.signal('SIGSTOP');
    try {
      const said = await rig.until('the tile says why its picture stands', async () => {
        const said = await words();
        return /No picture for/.test(said) && said;
      });
      assert.match(said, /The recorder does not answer/, 'no camera is blamed by who can’t know');
      await rig.page.getByText('What is on the screen may be old.').waitFor();
    } finally {
      recorder.process.signal('SIGCONT');
    }
    await moves('it moves again', nowMicros());
    await rig.page.getByText('What is on the screen may be old.').waitFor({ state: 'detached' });
  });

  test('the recorder is killed and started again: nobody has to reload', async () => {
    await recorder.process.end('SIGKILL');
    await rig.page.getByText('What is on the screen may be old.').waitFor();
    await rig.picture('trouble-recorder');
    await recorder.again();
    await rig.page.getByText('What is on the screen may be old.').waitFor({ state: 'detached' });
    await moves('it moves again', nowMicros());
  });

  test('what was recorded before the recorder was killed is still shown', async () => {
    const { recorded } = await rig.timeline();
    const { ranges } = await recorder.api('/streams/gate/timeline?from=-10m&to=now');
    const first = ranges.find((range) => Date.parse(range.to) - Date.parse(range.from) > 1_000);
    assert.ok(first, `there is footage of before: ${JSON.stringify(recorded)}`);
    await rig.standAt(((Date.parse(first.from) + Date.parse(first.to)) / 2) * 1000);
    await rig.dispatch({ type: 'followLive' });
    await live('and live again');
  });

  test('the network is pulled while the past plays: it waits and goes on from there', async () => {
    const { ranges } = await recorder.api('/streams/gate/timeline?from=-10m&to=now');
    const { from } = ranges.at(-1);
    await rig.until('ten seconds are recorded in one piece', async () => {
      const last = (await recorder.api('/streams/gate/timeline?from=-10m&to=now')).ranges.at(-1);
      return Date.parse(last.to) - Date.parse(last.from) > 10_000;
    });
    await rig.page.reload();
    await live('after a reload');
    await rig.page.context().setOffline(true);
    const at = Date.parse(from) * 1000 + SECOND;
    await rig.dispatch({ type: 'pause' });
    await rig.dispatch({ type: 'seek', atMicros: at });
    await rig.page.getByText('What is on the screen may be old.').waitFor();
    await rig.page.context().setOffline(false);
    await rig.settled();
    await rig.dispatch({ type: 'followLive' });
    await live('live again');
  });

  test('a stream that is deleted while it is watched leaves the wall', async () => {
    await recorder.add('door', 'test:');
    await rig.tile('door').waitFor();
    await rig.until('it plays', async () => (await rig.tiles()).door?.state === 'playing');
    await recorder.api('/streams/door', { method: 'DELETE' });
    await rig.tile('door').waitFor({ state: 'detached' });
    await live('the other plays on');
    const rail = rig.page.getByRole('complementary', { name: 'Cameras' });
    assert.ok(!(await rail.textContent()).includes('door'), 'it has left the list');
  });

  test('no exception came of all this', () => {
    assert.deepEqual(rig.complaints.filter(isException), [], 'trouble is handled, not thrown');
  });
});

describe('a worker that is killed', () => {
  let rig;
  let recorder;
  before(async () => {
    recorder = await Recorder.start();
    await recorder.add('moving', 'test:', { models: ['motion-grid'] });
    rig = await Rig.open(undefined, recorder);
    await rig.enter();
    await rig.until('it plays', async () => (await rig.tiles()).moving?.state === 'playing');
  });
  after(async () => {
    await rig?.close();
    await recorder?.end();
  });

  const workers = () => {
    try {
      const found = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(recorder.process.child.pid)]);
      return found
        .toString()
        .split('\n')
        .filter((line) => line.includes('worker'))
        .map((line) => Number(line.trim().split(' ')[0]));
    } catch {
      return [];
    }
  };

  test('another takes its place, and live pictures never stop', async () => {
    const [worker] = await rig.until('a worker runs', async () => {
      const found = workers();
      return found.length > 0 && found;
    });
    await rig.until('it has seen something', async () => {
      const { detections } = await recorder.api('/streams/moving/detections?from=-1m&to=now');
      return detections.length > 0;
    });
    process.kill(worker, 'SIGKILL');
    const killedAt = Date.now();
    await rig.until('another one runs', async () => workers().some((pid) => pid !== worker));
    await rig.until('and sees', async () => {
      const { detections } = await recorder.api('/streams/moving/detections?from=-1m&to=now');
      return detections.some(({ at_micros: at }) => at / 1000 > killedAt + 500);
    });
    const shown = (await rig.tiles()).moving;
    assert.equal(shown.state, 'playing', 'recording and live view do not depend on it');
    assert.ok(Number(shown.frameAt) / 1000 > killedAt, 'the picture is newer than the worker’s end');
    rig.isContent();
  });
});
