/**
 * A camera that is there is changed: what a shorter promise deletes is said first, and done by the second
 * press. On a recorder of its own, with footage of two hours ago.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { age } from './aged.mjs';
import { Camera, Recorder } from './recorder.mjs';
import { Rig, SECOND } from './rig.mjs';

const HOUR = 3600 * SECOND;

let rig;
let recorder;
let camera;
/** What was recorded two hours ago. */
let old;

const stream = async () => (await recorder.api('/streams')).streams[0];
const seconds = ({ recorded: { first, last } }) =>
  first ? (Date.parse(last) - Date.parse(first)) / 1000 : 0;

before(async () => {
  recorder = await Recorder.start('--no-worker');
  camera = await Camera.start(['clock']);
  await recorder.add('gate', camera.addresses[0], { retention: '30d' });
  rig = await Rig.open(undefined, recorder);
  await rig.enter();
  await rig.until('some seconds are recorded', async () => seconds(await stream()) > 4);
  await recorder.process.end('SIGTERM');
  age(recorder.data, 2 * HOUR);
  await recorder.again();
  await rig.page.reload();
  await rig.until(
    'it records again',
    async () => (await stream()).state === 'recording' && seconds(await stream()) > 7000,
  );
  const { recorded } = await stream();
  old = Date.parse(recorded.first) * 1000;
  assert.ok(Date.now() * 1000 - old > 1.9 * HOUR, 'the oldest footage is two hours old');
});
after(async () => {
  await rig?.close();
  await recorder?.end();
  await camera?.end();
});

const form = () => rig.dialog('Camera gate');
const kept = () => form().getByLabel('Keep footage for');
const save = () => form().getByRole('button', { name: 'Save', exact: true });

test('what a shorter promise deletes is said, and not done', async () => {
  // The pencil is shown when the row is pointed at or has the focus.
  await rig.button('Change gate').focus();
  await rig.press('Enter');
  await kept().selectOption('1h');
  await save().click();
  const said = await form().getByRole('alert').textContent();
  assert.match(
    said,
    /deletes [\d.]+ [kM]B of gate, everything before \d\d:\d\d/i,
    'how much, and up to when, as times are told here',
  );
  await rig.picture('edit-deletes');
  const now = await stream();
  assert.equal(now.retention, '30d', 'the first press changes nothing');
  assert.equal(Date.parse(now.recorded.first) * 1000, old, 'and deletes nothing');
});

test('another choice is asked about anew', async () => {
  await kept().selectOption('7d');
  await save().waitFor();
  assert.equal(await form().getByRole('alert').count(), 0, 'what was said was of the other choice');
  await kept().selectOption('1h');
});

test('the second press deletes it', async () => {
  await form().getByRole('button', { name: 'Delete footage and save' }).click();
  await form().waitFor({ state: 'detached' });
  assert.equal((await stream()).retention, '1h', 'the promise is the shorter one');
  await rig.until(
    'the old footage is gone',
    async () => Date.parse((await stream()).recorded.first) * 1000 > old + HOUR,
  );
  assert.equal((await stream()).state, 'recording', 'what is recorded now goes on');
});

test('the timeline and the tile tell why nothing is there', async () => {
  await rig.dispatch({ type: 'showRange', range: { from: old - 60 * SECOND, to: old + 60 * SECOND } });
  await rig.dispatch({ type: 'pause' });
  await rig.dispatch({ type: 'seek', atMicros: old + SECOND });
  await rig
    .tile('gate')
    .getByText(/^Expired/)
    .first()
    .waitFor();
  const place = await rig.placeOf(old + SECOND);
  await rig.page.locator('.timeline [role="slider"]').hover({ position: { x: place, y: 40 } });
  await rig.page
    .getByRole('tooltip')
    .getByText(/^Expired/)
    .waitFor();
  await rig.picture('edit-expired');
});
