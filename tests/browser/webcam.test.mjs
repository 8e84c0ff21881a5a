/**
 * A webcam of the recorder's machine: listed by the dialogue, tried, and recorded. It is a virtual one,
 * which PipeWire shows as it shows real ones.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Recorder } from './recorder.mjs';
import { Rig } from './rig.mjs';
import { Webcam } from './webcam.mjs';

const missing = Webcam.missing();
const skip = missing === null ? false : `no virtual webcam: ${missing}`;

let webcam;
let recorder;
let rig;
let form;
let name;

before(async () => {
  if (skip) return;
  webcam = Webcam.start();
  // The recorder takes it from here, as from the desktop's session.
  Object.assign(process.env, webcam.environment);
  recorder = await Recorder.start('--no-worker');
  rig = await Rig.open(undefined, recorder);
  await rig.enter();
  form = rig.dialog('Add camera');
});
after(async () => {
  await rig?.close();
  await recorder?.end();
  await webcam?.end();
});

test('the dialogue lists it, tries it, and its picture moves on the wall', { skip }, async () => {
  await rig.button('Add camera').first().click();
  await form.getByRole('radio', { name: 'Webcam' }).check({ force: true });
  const row = form.getByRole('list', { name: /^Webcams/ }).getByRole('button', { name: /Snow/ });
  await rig.until('the webcam is listed', async () => {
    if (await row.isVisible()) return true;
    // PipeWire needs a moment to know it.
    const again = form.getByRole('button', { name: 'Look again' });
    if (await again.isEnabled()) await again.click();
    return false;
  });
  assert.match(await row.textContent(), /pipewire:snowcam/, 'the name that it is recorded by');
  await row.click();
  assert.equal(await row.getAttribute('aria-pressed'), 'true', 'it is chosen');

  const trial = form.getByRole('region', { name: 'Test of the camera' });
  await trial.getByRole('button', { name: 'Test' }).click();
  await rig.until('the test tells codec and size', async () => {
    const told = await trial.textContent();
    return /H\.264/.test(told) && /320\s*×\s*240/.test(told);
  });
  await rig.picture('webcam-found');
  await form.getByRole('button', { name: 'Add camera' }).click();
  await form.waitFor({ state: 'detached' });
  const stream = await rig.until('it is a stream', async () => {
    const { streams } = await recorder.api('/streams');
    return streams[0];
  });
  assert.equal(stream.source, webcam.source, 'the webcam that was chosen');
  name = stream.name;
  await rig.until('its picture is live', async () => {
    const tile = (await rig.tiles())[name];
    return tile?.state === 'playing' && tile.mode === 'live';
  });
  const first = await rig.digest(name);
  await rig.until('its picture moves', async () => (await rig.digest(name)) !== first);
  await rig.until('it is recorded', async () => (await rig.timeline()).recorded !== null);
});

test('once recorded, the list says as what', { skip }, async () => {
  await rig.button('Add camera').first().click();
  await form.getByRole('radio', { name: 'Webcam' }).check({ force: true });
  const list = form.getByRole('list', { name: /^Webcams/ });
  await rig.until('the row names the stream', async () => {
    return (await list.textContent()).includes(`already recorded as ${name}`);
  });
  assert.equal(await list.getByRole('button').count(), 1, 'who records is no webcam');
  await rig.escape();
});

test('nothing complained', { skip }, () => rig.isContent());
