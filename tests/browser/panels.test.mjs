/**
 * What opens beside and above the wall: events, bookmarks, holds, go to, calendar, palette, settings.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { CAMERAS, FRAME_MICROS, Rig, SECOND } from './rig.mjs';

let rig;
before(async () => {
  rig = await Rig.look(14);
});
after(() => rig?.close());

const tab = (name) => rig.page.getByRole('tab', { name }).click();
/** Of this run alone: other files may look at the same recorder. */
const own = (words) => `${words} ${process.pid}`;

async function select(secondsAgo, seconds) {
  const { recorded } = await rig.timeline();
  const from = Math.round(recorded.to - secondsAgo * SECOND);
  const range = { from, to: from + seconds * SECOND };
  await rig.dispatch({ type: 'select', range });
  return range;
}

describe('the panel at the right', () => {
  test('it can be closed, and stays closed after a reload', async () => {
    const panel = rig.page.getByRole('complementary', { name: 'What happened' });
    await panel.waitFor();
    await rig.button('Hide this panel').click();
    await panel.waitFor({ state: 'detached' });
    await rig.page.reload();
    await rig.tile('clock').waitFor();
    assert.equal(await panel.count(), 0, 'what was put away stays away');
    await rig.press('p');
    await panel.waitFor();
  });
});

describe('events', () => {
  const cards = () => rig.page.getByRole('list', { name: /^Events, newest first/ }).locator('.card');

  beforeEach(async () => {
    await tab(/^Events/);
    await rig.until('motion or sightings are listed', async () => (await cards().count()) > 0);
  });

  test('one leads to its instant, and is seen then', async () => {
    const newest = await rig.until('something moved', async () => {
      const { events } = await rig.api('/events?limit=50');
      return events.find((event) => event.kind === 'motion' || event.kind === 'sighting');
    });
    await rig.until('its card is there', async () => (await cards().count()) > 0);
    const card = cards().first();
    const words = await card.locator('.where').textContent();
    await card.locator('.go').click();
    const { mode, playheadMicros } = await rig.timeline();
    assert.equal(mode, 'past', 'a click leaves live');
    const { events } = await rig.api('/events?limit=500');
    const there = events.find(({ from_micros: from }) => Math.abs(from - playheadMicros) < SECOND);
    assert.ok(there, `something happened where it leads (the newest was ${newest.from_micros})`);
    assert.ok(words.includes(there.stream) || events.length > 1, 'the card names its camera');
    await rig.until('the recorder knows that it was seen', async () => {
      const list = await rig.api('/events?limit=500');
      return list.events.some((event) => event.seen && Math.abs(event.from_micros - playheadMicros) < SECOND);
    });
  });

  test('they are filtered by camera and by kind', async () => {
    const filters = rig.page.getByRole('complementary', { name: 'What happened' });
    await filters.getByLabel('Camera', { exact: true }).selectOption('bikes');
    await rig.until('only those of bikes are left', async () => {
      const places = await cards().locator('.where').allTextContents();
      return places.length > 0 && places.every((place) => place.startsWith('bikes'));
    });
    await filters.getByLabel('Kind', { exact: true }).selectOption('damage');
    await rig.page.getByText('Nothing like that in the last 31 days.').waitFor();
    await rig.button('Show all events').click();
    await rig.until('all are back', async () => (await cards().count()) > 0);
  });

  test('a long list draws only what is in sight', async () => {
    const { events } = await rig.api('/events?limit=500');
    const drawn = await cards().count();
    const height = await rig.page.locator('#side-panel').evaluate((panel) => panel.clientHeight);
    assert.ok(drawn <= Math.ceil(height / 40) + 12, `${drawn} cards are drawn of ${events.length} events`);
  });

  test('all can be marked as seen', async () => {
    await rig.button('Mark all as seen').click();
    await rig.until('none of before is new', async () => {
      const { events } = await rig.api('/events?limit=500');
      const { playheadMicros } = await rig.timeline();
      return events
        .filter((event) => event.at_micros < playheadMicros - 30 * SECOND)
        .every(({ seen }) => seen);
    });
  });
});

describe('bookmarks', () => {
  test('M marks the moment; the list leads back; deleting asks once', async () => {
    const title = own('A red coat');
    const at = await rig.stand(6);
    await rig.press('m');
    await rig.page.getByLabel('Title of the bookmark').fill(title);
    await rig.press('Enter');
    await rig.notice('Bookmarked.');
    const { bookmarks } = await rig.api('/bookmarks');
    const made = bookmarks.find((bookmark) => bookmark.title === title);
    assert.equal(made.at_micros, at, 'the recorder keeps the very instant');

    await rig.dispatch({ type: 'followLive' });
    await tab(/^Bookmarks/);
    const card = rig.page.locator('#side-panel .card', { hasText: title });
    await card.locator('.go').click();
    // It plays on from there, as it did live.
    await rig.arrives('the marked moment', at + SECOND, SECOND);

    await card.hover();
    await card.getByRole('button', { name: `Delete ${title}` }).click();
    await card.getByRole('button', { name: 'Delete', exact: true }).click();
    await card.waitFor({ state: 'detached' });
    const left = await rig.api('/bookmarks');
    assert.ok(!left.bookmarks.some((bookmark) => bookmark.title === title), 'it is gone at the recorder too');
  });

  test('a flag on the timeline leads to its bookmark', async () => {
    const title = own('A flag');
    const { recorded } = await rig.timeline();
    const at = Math.round(recorded.to - 7 * SECOND);
    const { id } = await rig.api('/bookmarks', { method: 'POST', body: { at_micros: at, title } });
    try {
      await rig.page.reload();
      await rig.tile('clock').waitFor();
      await rig.stand(2);
      await rig.dispatch({ type: 'showRange', range: { from: at - 6 * SECOND, to: at + 6 * SECOND } });
      const box = await rig.page.getByRole('slider', { name: 'Playhead' }).boundingBox();
      const tip = rig.page.getByRole('tooltip').getByText(title);
      // The flag stands on the axis, to the right of its instant.
      await rig.until('the flag tells its title', async () => {
        const x = box.x + (await rig.placeOf(at));
        for (const y of [8, 12, 16, 20]) {
          await rig.page.mouse.move(x + 2, box.y + y);
          if ((await tip.count()) > 0) return true;
        }
        return false;
      });
      await rig.page.mouse.down();
      await rig.page.mouse.up();
      await rig.arrives('the bookmark’s instant', at, 1);
    } finally {
      await rig.api(`/bookmarks/${id}`, { method: 'DELETE' });
    }
  });
});

describe('holds', () => {
  test('a range is held with a reason; releasing it says what that means', async () => {
    const reason = own('Claim 118');
    await select(9, 3);
    await rig.press('h');
    const sheet = rig.dialog('Keep from deletion');
    await sheet.getByLabel('bikes').uncheck();
    await sheet.getByRole('button', { name: 'Hold', exact: true }).click();
    await sheet.getByText('Say why').waitFor();
    await sheet.getByLabel('Reason').fill(reason);
    await sheet.getByRole('button', { name: 'Hold', exact: true }).click();
    await rig.notice('Held: it is not deleted.');
    const { holds } = await rig.api('/holds');
    assert.deepEqual(
      holds.filter((hold) => hold.reason === reason).map(({ stream }) => stream),
      ['clock'],
      'the ticked camera is held, the other is not',
    );

    await rig.button(/^Bookmarks and holds/).click();
    const list = rig.dialog('Bookmarks and holds');
    const row = list.locator('.row.hold', { hasText: reason });
    await row.getByRole('button', { name: 'Release…' }).click();
    await list.getByText('may then be deleted').waitFor();
    await row.getByRole('button', { name: 'Release', exact: true }).click();
    await row.waitFor({ state: 'detached' });
    await rig.escape();
    await rig.dispatch({ type: 'select', range: null });
  });

  test('without a selection it says how to make one', async () => {
    await rig.dispatch({ type: 'select', range: null });
    await rig.press('h');
    await rig.notice('Select a range first');
  });
});

describe('go to', () => {
  const go = async (words) => {
    await rig.press('g');
    await rig.page.getByLabel('Time to go to').fill(words);
    await rig.press('Enter');
  };

  test('“yesterday 14:05” is local time, and is said before anything moves', async () => {
    const wanted = await rig.page.evaluate(() => {
      const day = new Date();
      day.setDate(day.getDate() - 1);
      day.setHours(14, 5, 0, 0);
      return day.getTime() * 1000;
    });
    const before = await rig.stand(5);
    await rig.press('g');
    await rig.page.getByLabel('Time to go to').fill('yesterday 14:05');
    await rig.dialog('Go to a time').getByText('14:05:00').waitFor();
    assert.equal((await rig.timeline()).playheadMicros, before, 'typing alone moves nothing');
    await rig.press('Enter');
    await rig.arrives('yesterday, five past two', wanted, 1);
  });

  test('RFC 3339 leads to its instant', async () => {
    const { recorded } = await rig.timeline();
    const at = Math.round((recorded.to - 6 * SECOND) / 1000) * 1000;
    await go(new Date(at / 1000).toISOString());
    await rig.arrives('the instant that was typed', at, FRAME_MICROS);
  });

  test('“5 s ago” counts from now', async () => {
    await go('5 s ago');
    const { nowMicros, playheadMicros } = await rig.timeline();
    const ago = (nowMicros - playheadMicros) / SECOND;
    assert.ok(ago > 3.5 && ago < 7, `five seconds, not ${ago}`);
  });

  test('nonsense is told and goes nowhere', async () => {
    const at = await rig.stand(5);
    await go('when pigs fly');
    const sheet = rig.dialog('Go to a time');
    assert.equal(
      await sheet.getByLabel('Time to go to').getAttribute('aria-invalid'),
      'true',
      'it is no time',
    );
    assert.equal((await rig.timeline()).playheadMicros, at, 'the playhead stays');
    await rig.escape();
  });
});

describe('the calendar', () => {
  test('today has its share, and Enter leads to its first footage', async () => {
    await rig.stand(3);
    await rig.press('t');
    const sheet = rig.dialog('Calendar');
    const today = sheet.locator('button.today');
    await rig.until('today says how much is recorded', async () =>
      /: \d[\d.]* % recorded/.test(await today.getAttribute('aria-label')),
    );
    const width = await today.locator('.bar .recorded').evaluate((bar) => bar.style.width);
    assert.ok(parseFloat(width) > 0, 'a bar shows the same');
    await rig.press('ArrowLeft', 'ArrowRight');
    await rig.until('the focus is back on today', () =>
      today.evaluate((day) => day === document.activeElement),
    );
    await rig.press('Enter');
    await sheet.waitFor({ state: 'detached' });
    const { recorded } = await rig.timeline();
    // A day that began with footage of the day before begins at midnight.
    await rig.until('the first footage of today', async () => {
      const { playheadMicros } = await rig.timeline();
      const midnight = await rig.page.evaluate(() => new Date().setHours(0, 0, 0, 0) * 1000);
      return Math.abs(playheadMicros - Math.max(recorded.from, midnight)) < SECOND;
    });
  });

  test('a day without footage leads nowhere', async () => {
    const at = await rig.stand(3);
    await rig.press('t');
    await rig.dialog('Calendar').waitFor();
    await rig.press('PageUp', 'PageUp');
    const focused = rig.page.locator('[role="grid"] button:focus');
    await rig.until('two months ago has nothing', async () =>
      /nothing recorded/.test((await focused.getAttribute('aria-label')) ?? ''),
    );
    await rig.press('Enter');
    assert.equal((await rig.timeline()).playheadMicros, at, 'the playhead stays');
    await rig.escape();
  });
});

describe('the palette', () => {
  const choose = async (words, option) => {
    await rig.press('Control+k');
    await rig.page.getByRole('combobox', { name: /^Command, camera/ }).fill(words);
    await rig.page.getByRole('option', { name: option, selected: true }).waitFor();
    await rig.press('Enter');
  };

  test('it finds a camera', async () => {
    await choose(CAMERAS[1], new RegExp(`^${CAMERAS[1]}`));
    const chosen = rig.page.locator('aside[aria-label="Cameras"] [aria-current="true"] .name');
    await rig.until('it is chosen', async () => (await chosen.textContent()) === CAMERAS[1]);
  });

  test('it finds a command by its letters', async () => {
    await choose('calen', /^Calendar/);
    await rig.dialog('Calendar').waitFor();
    await rig.escape();
  });

  test('it understands a time', async () => {
    await choose('10 s ago', /^Go to /);
    const { nowMicros, playheadMicros } = await rig.timeline();
    const ago = (nowMicros - playheadMicros) / SECOND;
    assert.ok(ago > 8 && ago < 13, `ten seconds, not ${ago}`);
  });
});

describe('settings', () => {
  test('the zone of all times can be chosen', async () => {
    await rig.stand(4);
    await rig.press('Control+,');
    await rig.page.getByLabel('Times are shown in').selectOption('Asia/Tokyo');
    await rig.escape();
    assert.equal(await rig.page.locator('.transport .zone').textContent(), 'GMT+9', 'the zone is told');
    const { playheadMicros } = await rig.timeline();
    const there = new Date(playheadMicros / 1000 + 9 * 3_600_000).toISOString().slice(11, 19);
    const shown = await rig.page.locator('.transport time').textContent();
    assert.equal(shown.slice(0, 8), there, 'and the clock is that of it');
  });
});

test('nothing complained', () => rig.isContent());
