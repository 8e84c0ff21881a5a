/**
 * What the console says when there is nothing to show, and how one gets on from there. On recorders
 * of its own.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Rig, SECOND } from './rig.mjs';
import { Camera, Recorder } from './recorder.mjs';

describe('a recorder without cameras', () => {
  let rig;
  let recorder;
  let camera;
  before(async () => {
    recorder = await Recorder.start('--no-worker');
    camera = await Camera.start(['clock']);
    rig = await Rig.open(undefined, recorder);
    await rig.enter();
  });
  after(async () => {
    await rig?.close();
    await recorder?.end();
    await camera?.end();
  });

  test('the wall says so and offers to add one', async () => {
    const wall = rig.page.getByRole('region', { name: 'Wall' });
    await wall.getByText('No cameras yet').waitFor();
    await wall.getByRole('button', { name: 'Add camera' }).waitFor();
    await rig.page.getByText('no cameras', { exact: true }).waitFor();
    await rig.picture('empty');
  });

  test('events, bookmarks, storage and the list of marks have words for nothing', async () => {
    await rig.page.getByRole('tab', { name: /^Events/ }).click();
    await rig.page.getByText('Nothing happened in the last 31 days.').waitFor();
    await rig.page.getByRole('tab', { name: /^Bookmarks/ }).click();
    await rig.page.getByText('No bookmarks yet.').waitFor();
    await rig.button(/^Bookmarks and holds/).click();
    await rig.page.getByText('Nothing is held.').waitFor();
    await rig.escape();
    await rig.button(/^Storage/).click();
    await rig.page.getByText('No cameras yet: nothing needs room.').waitFor();
    await rig.escape();
  });

  test('keys that need a camera do nothing worse than saying so', async () => {
    for (const key of [
      's',
      'z',
      'Enter',
      'i',
      'o',
      'e',
      'h',
      'Home',
      'End',
      'r',
      'Control+ArrowLeft',
      'ArrowLeft',
    ]) {
      await rig.press(key);
      await rig.escape();
    }
    await rig.dispatch({ type: 'select', range: null });
    await rig.dispatch({ type: 'followLive' });
    await rig.page.getByText('No cameras yet').first().waitFor();
    rig.isContent();
  });

  test('from an address to moving pictures in less than a minute', async () => {
    const began = Date.now();
    await rig.page.getByRole('region', { name: 'Wall' }).getByRole('button', { name: 'Add camera' }).click();
    const form = rig.dialog('Add camera');
    await form.getByRole('radio', { name: 'By address' }).check({ force: true });
    await form
      .getByLabel(/^Address/)
      .first()
      .fill(camera.addresses[0]);
    const name = form.getByLabel('Name', { exact: true });
    await name.fill('clock');
    await form.getByRole('button', { name: 'Add camera' }).click();
    await form.waitFor({ state: 'detached' });
    await rig.liveCounter();
    const tookMs = Date.now() - began;
    assert.ok(tookMs < 60_000, `${Math.round(tookMs / 1000)} s from nothing to a moving picture`);
  });

  test('before anything was recorded it says so and leads to the nearest', async () => {
    await rig.until('a second is recorded', async () => {
      const { recorded } = await rig.timeline();
      return recorded !== null && recorded.to - recorded.from > 2 * SECOND;
    });
    const { recorded } = await rig.timeline();
    await rig.dispatch({ type: 'pause' });
    await rig.dispatch({ type: 'seek', atMicros: recorded.from - 3600 * SECOND });
    const tile = rig.tile('clock');
    await tile.getByRole('button', { name: 'Go to the nearest footage' }).click();
    await rig.arrives('the first footage', recorded.from, SECOND);
    await rig.until('it is shown', async () => (await rig.tiles()).clock?.state === 'paused');
  });

  test('nothing complained', () => rig.isContent());
});

describe('a camera that was stopped by hand', () => {
  let rig;
  let recorder;
  let camera;
  before(async () => {
    recorder = await Recorder.start('--no-worker');
    camera = await Camera.start(['clock']);
    await recorder.add('clock', camera.addresses[0]);
    rig = await Rig.open(undefined, recorder);
    await rig.enter();
    await rig.liveCounter();
  });
  after(async () => {
    await rig?.close();
    await recorder?.end();
    await camera?.end();
  });

  test('its tile says so, and starts it again', async () => {
    await recorder.change('clock', { enabled: false });
    const tile = rig.tile('clock');
    await tile.getByText('Stopped by an operator').waitFor();
    await tile.getByRole('button', { name: 'Start recording' }).click();
    await rig.until('it moves again', async () => (await rig.tiles()).clock?.state === 'playing');
  });

  test('a recording that has just begun answers for the moment before', async () => {
    const { nowMicros } = await rig.timeline();
    await rig.dispatch({ type: 'pause' });
    await rig.dispatch({ type: 'seek', atMicros: nowMicros - 86_400 * SECOND });
    await rig.tile('clock').getByText('Nothing recorded here').waitFor();
  });
});
