/**
 * Adding a camera: looked for on the network, or by its address, and tried before it is kept. On a
 * recorder of its own. What ONVIF cameras answer is in tests/tests/discovery.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Camera, Recorder } from './recorder.mjs';
import { Rig } from './rig.mjs';

let rig;
let recorder;
let camera;
let form;

before(async () => {
  recorder = await Recorder.start('--no-worker');
  camera = await Camera.start(['clock']);
  rig = await Rig.open(undefined, recorder);
  await rig.enter();
  form = rig.dialog('Add camera');
});
after(async () => {
  await rig?.close();
  await recorder?.end();
  await camera?.end();
});
beforeEach(async () => {
  await rig.escape();
  await rig.button('Add camera').first().click();
  await form.waitFor();
});

const byAddress = async (address) => {
  await form.getByRole('radio', { name: 'By address' }).check({ force: true });
  await form
    .getByLabel(/^Address/)
    .first()
    .fill(address);
};
const trial = () => form.getByRole('region', { name: 'Test of the camera' });
const rows = () =>
  trial().evaluate((section) =>
    Object.fromEntries(
      [...section.querySelectorAll('dt')].map((dt) => [
        dt.textContent,
        dt.nextElementSibling.textContent.trim(),
      ]),
    ),
  );

test('the network is looked at, and what was found or not is said', async () => {
  await rig.until('the search ends in words or in a list', async () => {
    const said = (await form.textContent()).replaceAll(/\s+/g, ' ');
    return /No ONVIF camera answered|Show streams|already recorded/i.test(said);
  });
});

test('a camera is tried before it is kept: codec, size, rate, key frames, bit rate', async () => {
  await byAddress(camera.addresses[0]);
  await trial().getByRole('button', { name: 'Test' }).click();
  const found = await rig.until('the table is filled', async () => {
    const all = await rows();
    return all.Video !== '–' && all;
  });
  assert.equal(found.Video, 'H.264', 'its codec');
  assert.match(found.Picture, /1280\s*×\s*720/, 'its size');
  assert.match(found['Frame rate'], /^2[45]/, 'its frame rate');
  assert.match(found['Key frame'], /^every [\d.]+ s$/, 'how far key frames are apart');
  assert.match(found['Bit rate'], /bit\/s$/, 'its bit rate');
  assert.notEqual(found['Its clock'], '–', 'whether its clock agrees');
  await rig.picture('camera-trial');
  const { streams } = await recorder.api('/streams');
  assert.deepEqual(streams, [], 'a test keeps nothing');
});

test('what is found of one address says nothing about another', async () => {
  await byAddress(camera.addresses[0]);
  await trial().getByRole('button', { name: 'Test' }).click();
  await rig.until('the table is filled', async () => (await rows()).Video === 'H.264');
  await byAddress(`${camera.addresses[0]}-other`);
  assert.equal((await rows()).Video, '–', 'the table is empty again');
});

test('an address where nobody is: the refusal is a sentence', async () => {
  // A port that was free a moment ago: that of a camera that has ended.
  const gone = await Camera.start(['clock']);
  await gone.end();
  await byAddress(gone.addresses[0]);
  await trial().getByRole('button', { name: 'Test' }).click();
  await rig.until('it says what is wrong and what to do', async () =>
    /reach|refused|answer/i.test(await trial().getByRole('status').textContent()),
  );
});

test('no exception came of all this', () => {
  assert.deepEqual(
    rig.complaints.filter((complaint) => complaint.startsWith('uncaught')),
    [],
    'a camera that does not answer is told, not thrown',
  );
});
