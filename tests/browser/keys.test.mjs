/**
 * Every key of the console does what the list of keys says, against a running `afterimage demo`.
 *
 * Belongs here: what a key does to the playhead, the wall and the sheets. Not here: what is in those
 * sheets (panels.test.mjs), other keys than these (accessibility).
 */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { CAMERAS, FRAME_MICROS, Rig, SECOND } from './rig.mjs';

/** The keys that need an answer of the recorder are given the time of one. */
const ROUND_TRIP = 3 * SECOND;

let rig;
before(async () => {
  rig = await Rig.look(14);
  await rig.press(String(CAMERAS.indexOf('clock') + 1));
});
after(() => rig?.close());

const frame = () => rig.until('the clock shows its counter', () => rig.counter());

/** Plays at 1× from some seconds ago. */
async function play(secondsAgo = 12) {
  const from = await rig.stand(secondsAgo);
  await rig.dispatch({ type: 'play' });
  return from;
}

describe('keys of playback', () => {
  for (const key of ['Space', 'k']) {
    test(`${key} plays and pauses`, async () => {
      const from = await rig.stand(6);
      await rig.press(key);
      await rig.until('it plays on', async () => (await rig.timeline()).playheadMicros > from + 0.3 * SECOND);
      await rig.press(key);
      const { isPlaying, speed } = await rig.timeline();
      assert.deepEqual([isPlaying, speed], [false, 1], 'the second press pauses');
    });
  }

  test('L plays forwards, and faster each time', async () => {
    const from = await rig.stand(10);
    const speeds = [];
    for (let press = 0; press < 3; press += 1) {
      await rig.press('l');
      speeds.push((await rig.timeline()).speed);
    }
    assert.deepEqual(speeds, [1, 2, 4], 'each press doubles');
    await rig.until('it runs on', async () => (await rig.timeline()).playheadMicros > from + SECOND);
  });

  test('J plays backwards, and faster each time; K stops it', async () => {
    const from = await rig.stand(2);
    const speeds = [];
    for (let press = 0; press < 3; press += 1) {
      await rig.press('j');
      speeds.push((await rig.timeline()).speed);
    }
    assert.deepEqual(speeds, [-1, -2, -4], 'each press doubles');
    await rig.until('it runs back', async () => (await rig.timeline()).playheadMicros < from - SECOND);
    await rig.press('k');
    assert.equal((await rig.timeline()).isPlaying, false, 'K stops the shuttle');
  });

  test('J turns around what played forwards', async () => {
    await play();
    await rig.press('l', 'j');
    assert.equal((await rig.timeline()).speed, -1, 'the other direction begins slowly');
    await rig.press('k');
  });

  test('the arrows step one frame while it stands', async () => {
    await rig.stand(5);
    const start = await frame();
    for (const [key, by] of [
      ['ArrowLeft', -1],
      ['ArrowRight', 0],
      ['ArrowRight', 1],
    ]) {
      await rig.press(key);
      await rig.until(`${key} leads to the frame beside it`, async () => {
        const read = await rig.counter();
        return read?.counter === start.counter + by;
      });
    }
  });

  test('the arrows leap five seconds while it plays', async () => {
    const from = await play(12);
    await rig.press('ArrowRight');
    const on = (await rig.timeline()).playheadMicros - from;
    assert.ok(
      on > 4.9 * SECOND && on < 5 * SECOND + ROUND_TRIP,
      `five seconds on, and what played: ${on / SECOND} s`,
    );
    await rig.press('ArrowLeft', 'ArrowLeft');
    const back = (await rig.timeline()).playheadMicros - from;
    assert.ok(back < 0 && back > -5.1 * SECOND, `twice back is before where it began: ${back / SECOND} s`);
    assert.equal((await rig.timeline()).isPlaying, true, 'a leap does not stop it');
    await rig.press('k');
  });

  test('Shift and an arrow go one second', async () => {
    const from = await rig.stand(5);
    await rig.press('Shift+ArrowLeft');
    await rig.arrives('one second back', from - SECOND, 1);
    await rig.press('Shift+ArrowRight', 'Shift+ArrowRight');
    await rig.arrives('one second on from there', from + SECOND, 1);
  });

  test('Ctrl and an arrow go to the event before and after', async () => {
    // What begins within half a second of the playhead is where one stands, so these are further apart.
    const [earlier, later] = await rig.until('two events lie apart', async () => {
      const { events } = await rig.api('/events?limit=500');
      const begins = [...new Set(events.map((event) => event.from_micros))].sort((a, b) => a - b);
      const index = begins.findIndex((at, place) => place > 0 && at - begins[place - 1] > 1.2 * SECOND);
      return index > 0 ? [begins[index - 1], begins[index]] : null;
    });
    for (const [key, target] of [
      ['Control+ArrowRight', later],
      ['Control+ArrowLeft', earlier],
    ]) {
      await rig.standAt((earlier + later) / 2);
      await rig.press(key);
      await rig.arrives(`${key} leads where the recorder says something happened`, target, 1);
    }
    await rig.notice('·');
  });

  test('R plays the last ten seconds again', async () => {
    await rig.press('Shift+L');
    const live = await rig.liveCounter();
    await rig.press('r');
    const { mode, isPlaying, playheadMicros } = await rig.timeline();
    assert.deepEqual([mode, isPlaying], ['past', true], 'it plays what was');
    const ago = live.at - playheadMicros;
    assert.ok(ago > 7 * SECOND && ago < 11 * SECOND, `ten seconds ago, not ${ago / SECOND} s`);
  });

  test('Shift+L returns to live', async () => {
    await rig.stand(5);
    await rig.press('Shift+L');
    await rig.liveCounter();
    assert.equal((await rig.timeline()).mode, 'live', 'the one playhead is now');
  });

  test('Home and End are the first and the last frame', async () => {
    await rig.stand(5);
    await rig.press('Home');
    const { recorded } = await rig.timeline();
    await rig.arrives('the first recorded instant', recorded.from, FRAME_MICROS);
    await rig.press('End');
    const state = await rig.timeline();
    assert.ok(
      Math.abs(state.playheadMicros - state.recorded.to) < 2 * SECOND,
      'the last recorded instant, as far as it was known',
    );
    assert.deepEqual([state.mode, state.isPlaying], ['past', false], 'it stands there');
  });
});

describe('keys of the timeline', () => {
  test('+ and − zoom around the playhead', async () => {
    await rig.stand(5);
    const span = async () => {
      const { view } = await rig.timeline();
      return view.to - view.from;
    };
    const whole = await span();
    await rig.press('+');
    assert.ok(Math.abs((await span()) / whole - 0.5) < 0.01, 'half as much time');
    await rig.press('-');
    assert.ok(Math.abs((await span()) / whole - 1) < 0.01, 'as much as before');
  });

  test('I and O mark the ends, X clears them', async () => {
    const from = await rig.stand(8);
    await rig.press('i', 'Shift+ArrowRight', 'Shift+ArrowRight', 'o');
    const { selection } = await rig.timeline();
    assert.ok(Math.abs(selection.from - from) < FRAME_MICROS, 'it begins where I was pressed');
    assert.equal(selection.to - selection.from, 2 * SECOND, 'and ends where O was');
    await rig.press('x');
    assert.equal((await rig.timeline()).selection, null, 'X leaves nothing selected');
  });

  test('O before I makes the same selection', async () => {
    const to = await rig.stand(5);
    await rig.press('o', 'Shift+ArrowLeft', 'i');
    const { selection } = await rig.timeline();
    assert.deepEqual(selection, { from: to - SECOND, to }, 'the order of the keys does not matter');
    await rig.press('x');
  });
});

describe('keys of the wall', () => {
  test('the digits choose a camera', async () => {
    for (const [index, name] of CAMERAS.entries()) {
      await rig.press(String(index + 1));
      const chosen = rig.page.locator('aside[aria-label="Cameras"] [aria-current="true"] .name');
      await rig.until(`${index + 1} is ${name}`, async () => (await chosen.textContent()) === name);
    }
  });

  test('Ctrl and a digit choose a layout', async () => {
    const count = async () => Object.keys(await rig.tiles()).length;
    await rig.press('Control+1');
    await rig.notice('One camera');
    assert.equal(await count(), 1, 'the first layout shows one camera');
    await rig.press('Control+2');
    await rig.until('the second shows two', async () => (await count()) === 2);
  });

  test('Enter maximises the camera, Esc returns', async () => {
    await rig.page.evaluate(() => document.activeElement?.blur());
    await rig.press('2', 'Enter');
    await rig.until('one camera fills the wall', async () => {
      const tiles = Object.keys(await rig.tiles());
      return tiles.length === 1 && tiles[0] === CAMERAS[1];
    });
    await rig.escape();
    await rig.until('both are back', async () => Object.keys(await rig.tiles()).length === 2);
  });

  test('Z enlarges the picture and shows it whole again', async () => {
    const whole = rig.page.getByTitle('The whole picture again');
    await rig.press('z');
    await whole.waitFor();
    assert.equal(await whole.textContent(), '2.0×', 'it says how much');
    await rig.press('z');
    await whole.waitFor({ state: 'detached' });
  });

  test('F fills the screen and returns', async () => {
    const isFull = () => rig.page.evaluate(() => document.fullscreenElement !== null);
    await rig.press('f');
    await rig.until('the console fills the screen', isFull);
    await rig.press('f');
    await rig.until('and gives it back', async () => !(await isFull()));
  });

  test('S saves the frame in its own size', async () => {
    await rig.press(String(CAMERAS.indexOf('clock') + 1));
    await rig.stand(5);
    const waiting = rig.page.waitForEvent('download');
    await rig.press('s');
    const download = await waiting;
    assert.match(
      download.suggestedFilename(),
      /^clock_\d{8}T\d{6}\.\d{3}Z\.png$/,
      'camera and time are its name',
    );
    assert.ok(statSync(await download.path()).size > 1_000, 'there is a picture in it');
    await rig.notice('Saved');
  });

  test('P closes the panel and opens it again', async () => {
    const panel = rig.page.getByRole('complementary', { name: 'What happened' });
    await panel.waitFor();
    await rig.press('p');
    await panel.waitFor({ state: 'detached' });
    await rig.press('p');
    await panel.waitFor();
  });

  test('B hides the boxes and draws them again', async () => {
    const boxes = rig.button(/^Boxes of detections/);
    assert.equal(await boxes.getAttribute('aria-pressed'), 'true', 'they are drawn at first');
    await rig.press('b');
    assert.equal(await boxes.getAttribute('aria-pressed'), 'false', 'the button tells the same');
    await rig.press('b');
  });
});

describe('keys that open something', () => {
  beforeEach(async () => {
    await rig.stand(5);
  });

  for (const [key, what] of [
    ['g', 'Go to a time'],
    ['t', 'Calendar'],
    ['m', 'Bookmark this moment'],
    ['?', 'Keys'],
    ['Control+k', 'Find a command, camera or time'],
    ['Control+,', 'Settings'],
  ]) {
    test(`${key} opens “${what}”, Esc closes it`, async () => {
      await rig.press(key);
      await rig.dialog(what).waitFor();
      await rig.escape();
      await rig.dialog(what).waitFor({ state: 'detached' });
    });
  }

  test('a key right after Esc is heard', async () => {
    for (const [first, second, what] of [
      ['?', 'g', 'Go to a time'],
      ['g', 't', 'Calendar'],
      ['t', '?', 'Keys'],
      ['?', '?', 'Keys'],
      ['g', 'g', 'Go to a time'],
    ]) {
      await rig.press(first);
      await rig.page.locator('dialog[open], :popover-open').waitFor();
      await rig.press('Escape', second);
      await rig.dialog(what).waitFor();
      await rig.escape();
    }
  });

  test('E opens the export of the selection', async () => {
    const { playheadMicros } = await rig.timeline();
    await rig.dispatch({ type: 'select', range: { from: playheadMicros - SECOND, to: playheadMicros } });
    await rig.press('e');
    await rig.dialog('Export').waitFor();
    await rig.escape();
    await rig.dialog('Export').waitFor({ state: 'detached' });
  });

  test('H holds the selection', async () => {
    const { playheadMicros } = await rig.timeline();
    await rig.dispatch({ type: 'select', range: { from: playheadMicros - SECOND, to: playheadMicros } });
    await rig.press('h');
    await rig.dialog('Keep from deletion').waitFor();
    await rig.escape();
    await rig.dialog('Keep from deletion').waitFor({ state: 'detached' });
  });

  test('in a text field keys are text', async () => {
    const at = (await rig.timeline()).playheadMicros;
    await rig.press('g');
    const field = rig.page.getByLabel('Time to go to');
    await field.waitFor();
    await rig.page.keyboard.type('kix 1');
    assert.equal(await field.inputValue(), 'kix 1', 'every letter is in the field');
    await rig.escape();
    const { playheadMicros, isPlaying, mark } = await rig.timeline();
    assert.deepEqual([playheadMicros, isPlaying, mark], [at, false, null], 'and nothing else heard them');
  });
});

test('every key of the list is told by the help', async () => {
  await rig.press('?');
  await rig.dialog('Keys').getByText('Play or pause').waitFor();
  const told = await rig.dialog('Keys').locator('dt').allTextContents();
  for (const title of [
    'Play or pause',
    'Play backwards; again for faster',
    'The last ten seconds again',
    'Live',
    'Go to a time',
    'Calendar',
    'First recorded frame',
    'The selection begins here',
    'Clear the selection',
    'Bookmark this moment',
    'Save the frame on screen',
    'Digital zoom, or back to the whole picture',
    'Full screen',
    'Find a command, camera or time',
  ]) {
    assert.ok(told.includes(title), `the help tells “${title}”`);
  }
  await rig.escape();
});

test('nothing complained', () => rig.isContent());
