/**
 * The wall: its divisions, what a tile tells, maximising, changing places, and what is remembered.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CAMERAS, Rig, SECOND } from './rig.mjs';

let rig;
before(async () => {
  rig = await Rig.look(6);
});
after(() => rig?.close());
beforeEach(async () => {
  await rig.dispatch({ type: 'followLive' });
});

const layouts = async () => {
  await rig.button('Layout of the wall').click();
  return rig.dialog('Layout of the wall');
};
const columns = () =>
  rig.page
    .getByRole('region', { name: 'Wall' })
    .evaluate((wall) => getComputedStyle(wall).gridTemplateColumns.split(' ').length);
const order = () =>
  rig.page.$$eval('.tile', (tiles) =>
    tiles
      .map((tile) => ({ name: tile.dataset.stream, place: tile.getBoundingClientRect() }))
      .sort((a, b) => a.place.top - b.place.top || a.place.left - b.place.left)
      .map(({ name }) => name),
  );

for (const [name, wanted, tiles] of [
  ['One camera', 1, 1],
  ['Two by two', null, 2],
  ['Three by three', 3, 2],
  ['Four by four', 4, 2],
  ['One and five', 3, 2],
  ['One and seven', 4, 2],
  ['Two cameras', null, 2],
]) {
  test(`it can be divided: ${name}`, async () => {
    await (await layouts()).getByRole('button', { name, exact: true }).click();
    await rig.until(`${tiles} of the two cameras are on it`, async () => {
      return Object.keys(await rig.tiles()).length === tiles;
    });
    // Two cameras stand beside or above each other, whichever shows more of them.
    if (wanted !== null) assert.equal(await columns(), wanted, 'as many columns as the layout has');
    for (const tile of Object.keys(await rig.tiles())) {
      await rig.until(`${tile} plays in it`, async () => (await rig.tiles())[tile]?.state === 'playing');
    }
  });
}

test('a tile tells its name, state, size, rate, bitrate and latency', async () => {
  for (const [camera, size] of [
    ['bikes', '640×272'],
    ['clock', '1280×720'],
  ]) {
    const tile = rig.tile(camera);
    await tile.locator('.latency').waitFor();
    await tile.getByTitle('Recording', { exact: true }).waitFor();
    assert.equal((await tile.locator('.name').textContent()).trim(), camera, 'whose picture it is');
    const foot = (await tile.locator('footer').textContent()).replace(/\s+/g, ' ');
    assert.ok(foot.includes(`H.264 ${size}`), `codec and size: ${foot}`);
    assert.match(foot, /\b2[45]\.\d fps/, 'frames a second');
    assert.match(foot, /\d (k|M)bit\/s/, 'bits a second');
    assert.match(foot, /\d+ ms/, 'how old the picture is');
  }
});

test('the rail tells each camera’s state in words as well', async () => {
  const rail = rig.page.getByRole('complementary', { name: 'Cameras' });
  for (const camera of CAMERAS) {
    const row = rail.getByRole('button', { name: new RegExp(`^\\W*${camera}`) }).first();
    assert.match(await row.textContent(), /Recording/i, 'a dot alone would be colour alone');
  }
});

test('a double click maximises, Esc returns', async () => {
  await rig
    .tile('bikes')
    .getByRole('button', { name: /^bikes, camera/ })
    .dblclick();
  await rig.until('bikes fills the wall', async () => Object.keys(await rig.tiles()).join() === 'bikes');
  await rig.until('and still plays', async () => (await rig.tiles()).bikes?.state === 'playing');
  await rig.escape();
  await rig.until('both are back', async () => Object.keys(await rig.tiles()).length === 2);
});

test('a camera dragged onto another changes places with it', async () => {
  const before = await order();
  await rig.tile(before[0]).dragTo(rig.tile(before[1]));
  await rig.until(
    'they have changed places',
    async () => (await order()).join() === [...before].reverse().join(),
  );
  await rig.tile(before[1]).dragTo(rig.tile(before[0]));
  await rig.until('and back', async () => (await order()).join() === before.join());
});

test('cameras stand freely: one is made smaller by arrow keys, and that is kept', async () => {
  await (await layouts()).getByRole('button', { name: 'Free arrangement' }).click();
  const size = () => rig.tile('clock').boundingBox();
  const whole = await size();
  const corner = rig.button(/^Size of clock/);
  await corner.focus();
  await rig.press('ArrowUp', 'ArrowUp', 'ArrowLeft');
  await rig.until('it is lower and narrower', async () => {
    const now = await size();
    return now.height < whole.height && now.width < whole.width;
  });
  const small = await size();
  await rig.page.reload();
  await rig.tile('clock').waitFor();
  await rig.until('it is the same after a reload', async () => {
    const now = await size();
    return Math.abs(now.height - small.height) < 2 && Math.abs(now.width - small.width) < 2;
  });
  await (await layouts()).getByRole('button', { name: 'Two cameras' }).click();
});

test('a layout is kept under a name, found again after a reload, and has the first key', async () => {
  const menu = await layouts();
  await menu.getByLabel('Name of the layout').fill('Night watch');
  await menu.getByRole('button', { name: 'Save', exact: true }).click();
  await menu.getByRole('button', { name: /^Night watch/ }).waitFor();
  await rig.escape();
  const before = await order();
  await rig.tile(before[0]).dragTo(rig.tile(before[1]));
  await rig.until('another order', async () => (await order()).join() !== before.join());

  await rig.page.reload();
  await rig.tile(before[0]).waitFor();
  await rig.press('Control+1');
  await rig.notice('Night watch');
  await rig.until('the order is the kept one', async () => (await order()).join() === before.join());
  await (await layouts()).getByRole('button', { name: 'Delete Night watch' }).click();
  await rig.escape();
});

test('a group of cameras has its place in the list, and the wall to itself', async () => {
  const rail = rig.page.getByRole('complementary', { name: 'Cameras' });
  const put = async (camera, group) => {
    await rail.getByRole('button', { name: `Change ${camera}` }).click();
    const dialog = rig.dialog(`Camera ${camera}`);
    await dialog.getByLabel('Group').fill(group);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  await rail.getByText('bikes', { exact: true }).hover();
  await put('bikes', 'Outside');
  const heading = rail.getByRole('button', { name: /^Outside/ });
  assert.match(await heading.textContent(), /1 camera, all recording/, 'how many, and how they fare');
  await heading.focus();
  await rig.press('Enter');
  await rig.until('it alone is shown', async () => Object.keys(await rig.tiles()).join() === 'bikes');
  await rig.press('ArrowLeft');
  const members = rail.getByRole('list', { name: 'Cameras of Outside' });
  await members.waitFor({ state: 'detached' });
  await rig.press('ArrowRight');
  await members.waitFor();
  await rig.press('ArrowDown');
  assert.match(
    await rig.page.evaluate(() => document.activeElement.textContent),
    /bikes/,
    'the arrow goes on to the first of its cameras',
  );
  await rig.press('Escape');
  await rig.until('all are back', async () => Object.keys(await rig.tiles()).length === 2);
  await rig.page.reload();
  await heading.waitFor();
  await rail.getByText('bikes', { exact: true }).hover();
  await put('bikes', '');
  await heading.waitFor({ state: 'detached' });
});

test('Ctrl and the wheel enlarge the picture where the pointer is; the whole frame stays the whole frame', async () => {
  const tile = rig.tile('clock');
  const box = await tile.boundingBox();
  await rig.page.mouse.move(box.x + box.width / 4, box.y + box.height / 4);
  await rig.page.keyboard.down('Control');
  await rig.page.mouse.wheel(0, -800);
  await rig.page.keyboard.up('Control');
  await rig.page.getByTitle('The whole picture again').waitFor();
  const size = await tile
    .locator('canvas')
    .first()
    .evaluate((canvas) => [canvas.width, canvas.height]);
  assert.deepEqual(size, [1280, 720], 'what is saved is not cut by the zoom');
  await rig.page.getByTitle('The whole picture again').click();
});

test('live latency stays what it was', async () => {
  const ages = [];
  const { nowMicros } = await rig.timeline();
  await rig.until('three seconds were watched', async () => {
    const read = await rig.counter();
    if (read?.mode === 'live') ages.push(await rig.page.evaluate((at) => Date.now() - at / 1000, read.at));
    return (await rig.timeline()).nowMicros > nowMicros + 3 * SECOND;
  });
  const worst = Math.max(...ages);
  assert.ok(worst < 2_000, `it does not fall behind: ${Math.round(worst)} ms at worst`);
});

test('nothing complained', () => rig.isContent());
