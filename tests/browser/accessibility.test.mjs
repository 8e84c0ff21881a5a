/**
 * Whether people who do not see or point can use the console: axe-core over every page, panel and
 * dialogue, dark and light, against a running `afterimage demo`.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { CAMERAS, Rig, url } from './rig.mjs';

const require = createRequire(new URL('../../ui/package.json', import.meta.url));
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const GRAVE = ['serious', 'critical'];

let rig;
before(async () => {
  rig = await Rig.open();
});
after(() => rig?.close());

/** What axe finds that keeps somebody out, as lines to read; of all its rules, unless some are named. */
async function faults(rules) {
  await rig.page.evaluate(axe);
  const { violations } = await rig.page.evaluate(
    (only) => window.axe.run(document, { resultTypes: ['violations'], ...(only ? { runOnly: only } : {}) }),
    rules,
  );
  return violations
    .filter(({ impact }) => GRAVE.includes(impact))
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target.join(' ')})`));
}

const byKey = (key) => () => rig.page.keyboard.press(key);
const byButton = (name) => () => rig.page.getByRole('button', { name }).first().click();
const byTab = (name) => () => rig.page.getByRole('tab', { name }).click();
const dialog = (name) => () => rig.page.getByRole('dialog', { name }).waitFor();
const panel = (name) => () => rig.page.getByRole('tab', { name, selected: true }).waitFor();

/** How each is reached, and what shows that it is there. */
const SURFACES = [
  ['the sightings', byTab(/^Sightings/), panel(/^Sightings/)],
  ['the events', byTab(/^Events/), panel(/^Events/)],
  ['the bookmarks', byTab(/^Bookmarks/), panel(/^Bookmarks/)],
  ['the layouts', byButton('Layout of the wall'), dialog('Layout of the wall')],
  ['the palette', byKey('Control+k'), dialog(/^Find a command/)],
  ['the keys', byKey('?'), dialog('Keys')],
  ['the settings', byKey('Control+,'), dialog('Settings')],
  ['the storage', byButton(/^Storage/), dialog('Storage')],
  ['a new camera', byButton('Add camera'), dialog('Add camera')],
];

test('the sign-in page', async () => {
  await rig.page.goto(url);
  await rig.page.getByLabel('Token').waitFor();
  assert.deepEqual(await faults(), [], 'nobody is kept out at the door');
});

for (const theme of ['dark', 'light']) {
  describe(`the console, ${theme}`, () => {
    before(async () => {
      await rig.enter();
      await rig.page.evaluate((chosen) => localStorage.setItem('afterimage.theme', chosen), theme);
      await rig.page.reload();
      await rig.page.locator(`.tile[data-stream="${CAMERAS[0]}"]`).waitFor();
      const shown = await rig.page.evaluate(() => document.documentElement.dataset.theme);
      assert.equal(shown, theme, 'the theme is the one that was chosen');
    });

    for (const [what, open, isThere] of SURFACES) {
      test(what, async () => {
        await open();
        await isThere();
        // In the other theme all is the same but the colours.
        const found = await faults(theme === 'light' ? ['color-contrast'] : undefined);
        await rig.picture(`${theme}-${what.replaceAll(' ', '-')}`);
        await rig.page.keyboard.press('Escape');
        assert.deepEqual(found, [], `${what} can be used without seeing or pointing`);
        await rig.until('Escape has closed what was open', () =>
          rig.page.evaluate(() => document.querySelector('dialog[open], :popover-open') === null),
        );
      });
    }
  });
}

test('a key can be chosen, conflicts are shown, and it works without a mouse', async () => {
  await rig.page.keyboard.press('Control+,');
  const row = rig.page.getByRole('button', { name: /^Boxes of detections:/ });
  await row.focus();
  await rig.page.keyboard.press('Enter');
  await rig.page.keyboard.press('f');
  await rig.page.getByText('means “Full screen” at present').waitFor();
  await rig.page.getByRole('button', { name: 'Take it from there' }).press('Enter');
  await rig.page.getByRole('button', { name: /^Full screen: no key/ }).waitFor();
  await rig.page.getByRole('button', { name: 'Reset all keys' }).press('Enter');
  await rig.page.getByRole('button', { name: /^Full screen: F/ }).waitFor();
  await rig.page.keyboard.press('Escape');
});

test('the palette does what was typed', async () => {
  await rig.page.keyboard.press('Control+k');
  await rig.page.keyboard.type('one camera');
  await rig.page.getByRole('option', { name: 'One camera', selected: true }).waitFor();
  await rig.page.keyboard.press('Enter');
  await rig.until('one camera is on the wall', async () => Object.keys(await rig.tiles()).length === 1);
});
