/**
 * Looks: dark and light, small and large, every surface. Also the tests that take pictures: with
 * AFTERIMAGE_SCREENSHOTS each surface at each size is left there.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Rig, SECOND } from './rig.mjs';

const SIZES = [
  [1280, 800],
  [2560, 1440],
];

let rig;
before(async () => {
  rig = await Rig.look(20);
  await rig.page.route('**/api/v1/discovery', (route) => route.fulfill({ json: NETWORK }));
  const { recorded } = await rig.timeline();
  const [from, to] = [5, 2].map((ago) => new Date(recorded.to / 1000 - ago * 1000).toISOString());
  await rig.api('/exports', { method: 'POST', body: { streams: ['clock'], from, to, format: 'mp4' } });
});
after(() => rig?.close());

const byKey = (key) => () => rig.press(key);
const byTab = (name) => () => rig.page.getByRole('tab', { name }).click();

/** How each is reached, and what shows that it is there. */
const SURFACES = [
  ['console', () => rig.dispatch({ type: 'followLive' }), () => rig.liveCounter()],
  ['past', () => rig.stand(6), () => rig.settled()],
  ['events', byTab(/^Events/), () => rig.page.locator('#side-panel .card img').first().waitFor()],
  [
    'bookmarks',
    byTab(/^Bookmarks/),
    () => rig.page.getByRole('tab', { name: /^Bookmarks/, selected: true }).waitFor(),
  ],
  [
    'storage',
    () => rig.button(/^Storage/).click(),
    () => rig.dialog('Storage').getByText('Recorded to').waitFor(),
  ],
  ['settings', byKey('Control+,'), () => rig.dialog('Settings').waitFor()],
  ['calendar', byKey('t'), () => rig.dialog('Calendar').waitFor()],
  ['go-to', byKey('g'), () => rig.dialog('Go to a time').waitFor()],
  ['palette', byKey('Control+k'), () => rig.dialog(/^Find a command/).waitFor()],
  ['keys', byKey('?'), () => rig.dialog('Keys').waitFor()],
  [
    'export',
    byKey('e'),
    () =>
      rig
        .dialog(/^Export/)
        .getByText(/^About /)
        .waitFor(),
  ],
  [
    'tray',
    () =>
      rig
        .button(/^Exports?/)
        .first()
        .click(),
    () => rig.page.locator('.sheet').getByText('Verify').first().waitFor(),
  ],
  [
    'discovery',
    () => rig.button('Add camera').first().click(),
    () => adding().getByText('North entrance').waitFor(),
  ],
  ['add-camera', tryCamera, () => adding().getByText('It can be recorded as it is').waitFor()],
  ['edit-camera', editCamera, () => rig.dialog('Camera clock').waitFor()],
];

const adding = () => rig.dialog('Add camera');

/** A camera by its address, with what its test has found. */
async function tryCamera() {
  const { streams } = await rig.api('/streams');
  await rig.button('Add camera').first().click();
  await adding().getByRole('radio', { name: 'By address' }).check({ force: true });
  await adding()
    .getByLabel(/^Address/)
    .first()
    .fill(streams.find(({ name }) => name === 'clock').source);
  await adding().getByRole('button', { name: 'Test' }).click();
}

async function editCamera() {
  // It is shown when it is pointed at or has the focus.
  await rig.button('Change clock').focus();
  await rig.press('Enter');
}

/** The network of a test has no cameras: a small one, as a recorder tells it. */
const NETWORK = {
  cameras: [
    ['North entrance', '192.168.1.40', 'M3106-L Mk II', null],
    ['Yard', '192.168.1.41', 'DS-2CD2143G2', 'clock'],
    ['Loading bay, seen from the gate to the street', '192.168.1.62', null, null],
  ].map(([name, host, hardware, stream]) => ({
    id: `urn:uuid:${host}`,
    name,
    host,
    hardware,
    stream,
    service: `http://${host}/onvif/device_service`,
  })),
  webcams: [],
  notes: [],
  webcam_notes: ['No camera is plugged into this machine.'],
};

/** How light a colour looks, from 0 to 1. */
const lightness = (selector) =>
  rig.page.evaluate((selector) => {
    const element = document.querySelector(selector);
    const [r, g, b] = getComputedStyle(element)
      .backgroundColor.match(/[\d.]+/g)
      .map(Number);
    return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
  }, selector);

/** Whatever stands partly outside of the window, as text. */
const outside = () =>
  rig.page.evaluate(() => {
    const open = document.querySelector('dialog[open], :popover-open');
    const { left, top, right, bottom } = (open ?? document.documentElement).getBoundingClientRect();
    const isInside = left >= 0 && top >= 0 && right <= innerWidth + 0.5 && bottom <= innerHeight + 0.5;
    const { scrollWidth, scrollHeight } = document.documentElement;
    const isStill = scrollWidth <= innerWidth && scrollHeight <= innerHeight;
    return isInside && isStill ? '' : JSON.stringify({ left, top, right, bottom, scrollWidth, scrollHeight });
  });

test('it is dark until somebody chooses', async () => {
  assert.equal(
    await rig.page.evaluate(() => document.documentElement.dataset.theme),
    'dark',
    'dark by default',
  );
  assert.ok((await lightness('.time')) < 0.2, 'the chrome is near black');
});

test('the other theme is one press away, and stays after a reload', async () => {
  await rig.button('Light theme').click();
  assert.ok((await lightness('.time')) > 0.8, 'the chrome is light');
  await rig.page.reload();
  await rig.tile('clock').waitFor();
  assert.equal(await rig.page.evaluate(() => document.documentElement.dataset.theme), 'light', 'it is kept');
  await rig.button('Dark theme').click();
});

for (const theme of ['dark', 'light']) {
  for (const [width, height] of SIZES) {
    describe(`${theme}, ${width}×${height}`, () => {
      before(async () => {
        await rig.page.setViewportSize({ width, height });
        await rig.page.evaluate((theme) => localStorage.setItem('afterimage.theme', theme), theme);
        await rig.page.reload();
        await rig.liveCounter();
        const { nowMicros } = await rig.timeline();
        await rig.dispatch({
          type: 'select',
          range: { from: nowMicros - 9 * SECOND, to: nowMicros - 4 * SECOND },
        });
      });

      for (const [name, open, isThere] of SURFACES) {
        test(name, async () => {
          await open();
          await isThere();
          assert.equal(await outside(), '', 'nothing hangs over the edge');
          await rig.picture(`${theme}-${width}x${height}-${name}`);
          await rig.escape();
        });
      }
    });
  }
}

test('what has the focus can be seen', async () => {
  await rig.page.keyboard.press('Tab');
  for (let press = 0; press < 12; press += 1) {
    const seen = await rig.page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return true;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      const isSeen = (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
      return isSeen || element.outerHTML.slice(0, 120);
    });
    assert.equal(seen, true, 'an outline or a ring is around it');
    await rig.page.keyboard.press('Tab');
  }
});

test('nothing jumps while it loads', async () => {
  await rig.page.setViewportSize({ width: 1440, height: 900 });
  await rig.page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries()) {
        window.shifts.push({ value, moved: sources.map(({ node }) => String(node?.className ?? '')) });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await rig.page.reload();
  await rig.liveCounter();
  const shifts = await rig.page.evaluate(() => window.shifts);
  const total = shifts.reduce((sum, { value }) => sum + value, 0);
  assert.ok(total < 0.02, `layout shift ${total.toFixed(3)}: ${JSON.stringify(shifts)}`);
});

test('nothing complained', () => rig.isContent());
