/**
 * Storage: what is held, how long it lasts, what a change would do, and whether it is whole. On a
 * recorder of its own, because promises are changed here.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Rig, SECOND } from './rig.mjs';
import { Camera, Recorder } from './recorder.mjs';

let rig;
let recorder;
let camera;
let page;

before(async () => {
  recorder = await Recorder.start('--no-worker');
  camera = await Camera.start(['clock']);
  await recorder.add('gate', camera.addresses[0], { retention: '30d' });
  rig = await Rig.open(undefined, recorder);
  await rig.enter();
  await rig.until('some seconds are recorded', async () => {
    const { recorded } = await rig.timeline();
    return recorded !== null && recorded.to - recorded.from > 5 * SECOND;
  });
  page = rig.dialog('Storage');
});
after(async () => {
  await rig?.close();
  await recorder?.end();
  await camera?.end();
});
beforeEach(async () => {
  if ((await page.count()) > 0) await rig.escape();
  await page.waitFor({ state: 'detached' });
  await rig.button(/^Storage/).click();
  await page.getByText('Recorded to').waitFor();
});

test('the header tells how much room there is, before anybody asks', async () => {
  await rig.escape();
  const pill = await rig.button(/^Storage/).textContent();
  assert.match(pill, /\d %/, 'how full it is');
  assert.match(pill, /free|full|fit|day/i, 'and how long it lasts');
});

test('each volume has a bar with its figures', async () => {
  const volumes = page.getByRole('region', { name: 'Volumes' });
  const bar = volumes.getByRole('img');
  assert.match(await bar.getAttribute('aria-label'), /recorded, .* free of /, 'the bar is told in words too');
  const { volumes: told } = await recorder.api('/storage');
  assert.equal(await bar.count(), told.length, 'as many as the recorder has');
});

test('each camera has its rate, what is held of its promise, and its oldest footage', async () => {
  const row = page.getByRole('row').filter({ hasText: 'gate' });
  const cells = await row.getByRole('cell').allTextContents();
  assert.match(cells[1], /^\d+\.\d\d$/, 'GB an hour');
  assert.match(cells[4], /\d\d:\d\d$/, 'its oldest footage');
  const [, minutes = 0, seconds] = cells[5].match(/(?:(\d+) min )?([\d.]+) s of 30 d/);
  assert.ok(
    minutes * 60 + Number(seconds) >= 5,
    `what is held of what is promised, to the second: ${cells[5]}`,
  );
});

test('what if: asking changes nothing and answers with figures', async () => {
  const slider = page.getByLabel('Days kept');
  await slider.focus();
  await rig.press('End');
  const answer = page.getByRole('region', { name: 'What if' }).locator('.answer');
  await rig.until('it is reckoned', async () => /Full on|Everything fits/.test(await answer.textContent()));
  await page.getByText('30 → 3650 days').waitFor();
  const { streams } = await recorder.api('/streams');
  assert.equal(streams[0].retention, '30d', 'nothing has changed by asking');
});

test('what does not fit says when it is full and how much is short', async () => {
  // A limit of what ten years of the clock would never fit into.
  await recorder.api('/storage/settings', { method: 'PATCH', body: { retain_bytes: 50_000_000_000 } });
  try {
    const slider = page.getByLabel('Days kept');
    await slider.focus();
    await rig.press('End');
    const answer = page.getByRole('region', { name: 'What if' }).locator('.answer');
    await rig.until('the day and the amount are told', async () =>
      /^Full on \w{3} \d+ \w{3} \d{4}, [\d.]+ [GT]B short\./.test((await answer.textContent()).trim()),
    );
  } finally {
    await recorder.api('/storage/settings', { method: 'PATCH', body: { retain_bytes: 0 } });
  }
});

test('a longer promise is previewed, then made', async () => {
  await page.getByLabel('Keep gate for').fill('90d');
  await page.getByRole('button', { name: 'Change…' }).click();
  await page.getByText('Deletes nothing.').waitFor();
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await rig.until('the recorder keeps it', async () => {
    const { streams } = await recorder.api('/streams');
    return streams[0].retention === '90d';
  });
  await recorder.change('gate', { retention: '30d' });
});

test('a promise that is none is refused in words', async () => {
  await page.getByLabel('Keep gate for').fill('for long');
  await rig.press('Enter');
  await page.getByRole('alert').getByText('Write a number with its unit').waitFor();
});

test('a limit below what is recorded says what it would delete, and asks again', async () => {
  const limits = page.getByRole('region', { name: 'Limits' });
  await limits.getByLabel('All cameras together').fill('1 kB');
  await limits.getByRole('button', { name: 'Save limits' }).click();
  await limits.getByText(/^Deletes about .*Save again to do it\.$/).waitFor();
  const { settings } = await recorder.api('/storage');
  assert.ok(!settings.retain_bytes, 'nothing was done by the first press');
});

test('a check reads it all and says that it is whole', async () => {
  const whole = page.getByRole('region', { name: 'Whether it is whole' });
  await whole.getByRole('button', { name: 'Check now' }).click();
  await rig.until('all was read', async () =>
    /Done at .* fragments, .* read, all whole\./.test((await whole.textContent()).replaceAll(/\s+/g, ' ')),
  );
});

test('nothing complained', () => rig.isContent());
