/**
 * Reviewing what happened: previews of events, the times and parts of the picture that are looked at,
 * zones. Against a running `afterimage demo`.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Rig, SECOND } from './rig.mjs';

let rig;
let panel;
before(async () => {
  rig = await Rig.look(14);
  panel = rig.page.getByRole('complementary', { name: 'What happened' });
});
after(() => rig?.close());
beforeEach(async () => {
  await rig.page.getByRole('tab', { name: /^Events/ }).click();
  const all = rig.button('Show all events');
  if ((await all.count()) > 0) await all.click();
  await rig.until('something is listed', async () => (await cards().count()) > 0);
});

const cards = () => rig.page.getByRole('list', { name: /^Events, newest first/ }).locator('.card');
/** What of the list the recorder would answer for a part of the picture. */
const within = async ({ x, y, width, height }) => {
  const region = [x, y, width, height].map((share) => share.toFixed(4)).join(',');
  return (await rig.api(`/events?streams=clock&region=${region}&limit=500`)).events;
};

test('a card has a picture of its event', async () => {
  const still = rig.page.locator('#side-panel .card .still img').first();
  await still.waitFor();
  await rig.until('it is a picture', () => still.evaluate((image) => image.naturalWidth > 0));
});

/** Narrows the list to some seconds in which something was seen and nothing more will be: it stands still. */
async function narrow() {
  const range = await rig.until('something was seen, and its footage is written', async () => {
    const { recorded } = await rig.timeline();
    const { events } = await rig.api('/events?limit=500');
    const event = events.find(({ at_micros: at }) => at < recorded.to - 8 * SECOND);
    return event && { from: event.at_micros - 3 * SECOND, to: event.at_micros + 3 * SECOND };
  });
  await rig.dispatch({ type: 'select', range });
  await panel.getByLabel('Time', { exact: true }).selectOption('selection');
  const asked = `from=${Math.round(range.from)}&to=${Math.round(range.to)}`;
  await rig.until('as many as the recorder has in it', async () => {
    // Workers may be behind, so both are asked anew.
    const { events } = await rig.api(`/events?${asked}&limit=500`);
    return events.length > 0 && (await cards().count()) === events.length;
  });
}

async function showAll() {
  await panel.getByLabel('Time', { exact: true }).selectOption('month');
  await rig.dispatch({ type: 'select', range: null });
}

test('a card that is pointed at shows pictures of its event', async () => {
  await narrow();
  const preview = rig.page.locator('.preview');
  await cards().first().hover();
  await rig.until('a picture is shown', () =>
    preview
      .locator('img')
      .evaluateAll((images) => images.some((image) => image.complete && image.naturalWidth > 0)),
  );
  const box = await preview.boundingBox();
  assert.ok(box.x >= 0 && box.y >= 0, 'it stands inside of the window');
  await rig.picture('event-preview');
  await rig.page.mouse.move(700, 300);
  await preview.waitFor({ state: 'detached' });
  await showAll();
});

test('the list is narrowed to a time, also to the selected one', async () => {
  await narrow();
  await showAll();
});

test('a region is drawn on the picture, and only what touched it is listed', async () => {
  await panel.getByLabel('Camera', { exact: true }).selectOption('clock');
  await panel.getByLabel('Part of the picture').selectOption('draw');
  await panel.getByText('Draw a rectangle on the picture of clock.').waitFor();
  const plane = rig.tile('clock').getByRole('button', { name: /^Region to search in/ });
  const box = await plane.boundingBox();
  // Above its middle, where the second hand comes by.
  await rig.page.mouse.move(box.x + box.width * 0.1, box.y + box.height * 0.35);
  await rig.page.mouse.down();
  await rig.page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.65, { steps: 4 });
  await rig.page.mouse.up();
  const outline = rig.tile('clock').getByText('Searched here');
  await outline.waitFor();
  const found = await within({ x: 0.1, y: 0.2, width: 0.4, height: 0.6 });
  await rig.until(
    'what moved there is listed',
    async () => (await cards().count()) > 0 || found.length === 0,
  );
  await rig.picture('event-region');
});

test('where nothing moves nothing is found; the region is kept as a zone, and forgotten again', async () => {
  await panel.getByLabel('Camera', { exact: true }).selectOption('clock');
  await panel.getByLabel('Part of the picture').selectOption('draw');
  const plane = rig.tile('clock').getByRole('button', { name: /^Region to search in/ });
  await plane.waitFor();
  // By keys this time: down to the lower edge and very low.
  for (let press = 0; press < 20; press += 1) await rig.press('ArrowDown');
  for (let press = 0; press < 18; press += 1) await rig.press('Shift+ArrowUp');
  await rig.press('Enter');
  await panel.getByLabel('Name of the zone').fill('Doormat');
  await rig.press('Enter');
  await panel.getByText('Zone “Doormat” of clock').waitFor();
  await rig.tile('clock').getByText('Doormat').waitFor();

  await rig.page.reload();
  await rig.tile('clock').waitFor();
  await panel.getByLabel('Camera', { exact: true }).selectOption('clock');
  await panel.getByLabel('Part of the picture').selectOption('Doormat');
  await panel.getByText('Zone “Doormat” of clock').waitFor();
  await rig.button('Delete the zone Doormat').click();
  await panel.getByText('Zone “Doormat” of clock').waitFor({ state: 'detached' });
  await rig.page.reload();
  await rig.tile('clock').waitFor();
});

test('what was seen stays seen after a reload', async () => {
  const first = cards().first();
  await first.hover();
  const mark = first.getByRole('button', { name: 'Mark as seen' });
  await rig.until('one is marked', async () => {
    if ((await mark.count()) > 0) await mark.click();
    const { events } = await rig.api('/events?limit=20');
    return events.some(({ seen }) => seen);
  });
  const { events, unseen } = await rig.api('/events?limit=500');
  assert.ok(events.some(({ seen }) => seen) && unseen >= 0, 'the recorder keeps it, not the browser');
  await rig.page.reload();
  await rig.page.getByRole('tab', { name: /^Events/ }).waitFor();
});

test('nothing complained', () => rig.isContent());
