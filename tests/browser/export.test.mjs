/**
 * Exports: from the marked range to a file that was verified, with the keyboard alone; and frames
 * picked for a dataset. Against a running `afterimage demo`.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { CAMERAS, Rig, SECOND } from './rig.mjs';

let rig;
/** What other files may have made is left alone. */
let known;
const made = async () => {
  const { exports } = await rig.api('/exports');
  return exports.filter(({ id }) => !known.has(id));
};

before(async () => {
  rig = await Rig.look(16);
  const { exports } = await rig.api('/exports');
  known = new Set(exports.map(({ id }) => id));
});
after(async () => {
  if (rig) for (const { id } of await made()) await rig.api(`/exports/${id}`, { method: 'DELETE' });
  await rig?.close();
});

/** Goes on with Tab until the focus is on what has this name. */
async function tabTo(name) {
  await rig.until(`Tab leads to “${name.source ?? name}”`, async () => {
    await rig.press('Tab');
    const words = await rig.page.evaluate(() => {
      const element = document.activeElement;
      return `${element?.getAttribute('aria-label') ?? ''} ${element?.textContent ?? ''}`.trim();
    });
    return words.match(name) !== null;
  });
}

describe('from the picture to a verified file, without a mouse', () => {
  let download;

  test('choose, pause, step, mark, export', async () => {
    await rig.press(String(CAMERAS.indexOf('clock') + 1), 'Space');
    await rig.settled();
    for (let second = 0; second < 8; second += 1) await rig.press('Shift+ArrowLeft');
    const before = await rig.settled();
    await rig.press('ArrowLeft');
    const from = await rig.until('a step back', async () => {
      const { playheadMicros, pendingSteps } = await rig.timeline();
      return pendingSteps === 0 && playheadMicros < before && playheadMicros;
    });
    await rig.press('i', 'Shift+ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowRight', 'o');
    const { selection } = await rig.timeline();
    assert.ok(Math.abs(selection.from - from) <= 1, 'it begins at the frame that was stepped to');
    assert.equal(Math.round((selection.to - selection.from) / SECOND), 3, 'and is three seconds long');

    await rig.press('e');
    const sheet = rig.dialog('Export');
    await sheet.getByRole('checkbox', { name: 'bikes' }).waitFor();
    await sheet.getByRole('checkbox', { name: 'bikes' }).focus();
    await rig.press('Space');
    assert.equal(
      await sheet.getByRole('checkbox', { name: 'bikes' }).isChecked(),
      false,
      'Space unticks a camera',
    );
    await rig.until('size and time are told before', async () =>
      /About [\d.]+ [kMG]?B, made in/.test(
        (await sheet.locator('.estimate').textContent()).replaceAll(/\s+/g, ' '),
      ),
    );
    await rig.picture('export-sheet');
    await rig.press('Enter');
    await sheet.waitFor({ state: 'detached' });
    await rig.notice('The export has begun');
  });

  test('it is made while the console stays usable', async () => {
    await rig.press('Shift+L');
    await rig.liveCounter();
    const done = await rig.until('the recorder has made it', async () => {
      const [one] = await made();
      assert.notEqual(one?.state, 'failed', one?.failure ?? '');
      return one?.state === 'done' && one;
    });
    assert.deepEqual(done.streams, ['clock'], 'of the ticked camera alone');
    assert.match(done.files[0].name, /^clock_.*\.mp4$/, 'camera, start and end are its name');
  });

  test('the tray has its file and verifies it', async () => {
    await rig.press('Control+k');
    await rig.page.keyboard.type('exports');
    await rig.page.getByRole('option', { name: /^Exports/, selected: true }).waitFor();
    await rig.press('Enter');
    const tray = rig.dialog(/^Exports/);
    const job = tray.getByRole('article', { name: /clock/ }).first();
    await job.waitFor();
    await rig.picture('export-tray');
    const waiting = rig.page.waitForEvent('download');
    await tabTo(/^clock_.*\.mp4/);
    await rig.press('Enter');
    download = await waiting;
    assert.match(download.suggestedFilename(), /^clock_.*\.mp4$/, 'it is saved under its own name');
    await tabTo(/^Verify/);
    await rig.press('Enter');
    await job.getByText('The file is what was written.').waitFor();
    await rig.escape();
  });

  test('another program plays the file: three seconds of the clock', async () => {
    const told = execFileSync('ffprobe', [
      ...[
        '-v',
        'error',
        '-select_streams',
        'v',
        '-show_entries',
        'stream=codec_name,width,height:format=duration',
      ],
      ...['-of', 'json', await download.path()],
    ]);
    const { streams, format } = JSON.parse(told.toString());
    assert.deepEqual(
      [streams[0].codec_name, streams[0].width, streams[0].height],
      ['h264', 1280, 720],
      'the original, not encoded again',
    );
    assert.ok(
      Math.abs(Number(format.duration) - 3) < 0.3,
      `as long as what was marked: ${format.duration} s`,
    );
  });

  test('a reload forgets nothing; it can be removed', async () => {
    await rig.page.reload();
    await rig.tile('clock').waitFor();
    await rig.button(/^Exports/).click();
    const job = rig
      .dialog(/^Exports/)
      .getByRole('article', { name: /clock/ })
      .first();
    await job.getByRole('button', { name: 'Remove' }).click();
    await rig.until('the recorder has removed it', async () => (await made()).length === 0);
    await rig.escape();
  });
});

describe('frames for a dataset', () => {
  test('D picks the frame on screen, once, and the count leads to their export', async () => {
    await rig.press(String(CAMERAS.indexOf('clock') + 1));
    await rig.stand(5);
    await rig.press('d');
    await rig.button(/^1 frame/).waitFor();
    await rig.press('d');
    await rig.notice('This frame is picked already.');
    await rig.stand(7);
    await rig.press('d');
    await rig.button(/^2 frames/).click();
    const sheet = rig.dialog('Export');
    await sheet
      .getByText(/2 frames/)
      .first()
      .waitFor();
    await rig.escape();
    await rig.button('Clear the picked frames').click();
    await rig.button(/^2 frames/).waitFor({ state: 'detached' });
  });

  test('without a selection E offers what is around the playhead', async () => {
    await rig.dispatch({ type: 'select', range: null });
    await rig.stand(6);
    await rig.press('e');
    const sheet = rig.dialog('Export');
    await rig.until('ten seconds or less are offered', async () =>
      /\d+(\.\d)? s ·/.test((await sheet.locator('#export-range').textContent()).replaceAll(/\s+/g, ' ')),
    );
    await rig.escape();
  });
});

test('nothing complained', () => rig.isContent());
