// What the desktop window can do and a browser can't: tray, notices, files, several windows.
//
// It runs a demo of its own, which it pauses and stops. The variables are window.test.mjs's.

import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { prepare, shownFrame } from './page.mjs';
import { Rig, ask, keepScreenshot, missingForSession, recorderOf, until } from './rig.mjs';

const skip = (await missingForSession()) ?? false;
const BARN = 'Barn – Afterimage';
let rig;
let data;
let elsewhere;

before(async () => {
  rig = await Rig.start(1920, 1080);
  data = join(rig.home, 'desk');
  if (!skip) await rig.startSession();
  elsewhere = await recorderOf(process.env.AFTERIMAGE_DATA);
  const entry = {
    name: 'Barn',
    address: elsewhere.address,
    token: elsewhere.token,
  };
  await rig.writeOwn('recorders.json', [entry]);
});
after(async () => {
  // After a failure it may still run.
  const left = await recorderOf(data).catch(() => null);
  if (left) process.kill(left.pid, 'SIGTERM');
  await rig?.stop();
});

describe('the window in a desktop session', { skip }, () => {
  let window;

  before(async () => {
    const place = { x: 60, y: 40, width: 1100, height: 700 };
    await rig.writeOwn('desk.desktop.json', {
      windows: [{ recorder: null, place, maximized: false }],
    });
    window = await rig.open(['--demo', '--data', data]);
    await window.find('[data-stream="clock"]');
    await prepare(window);
  });
  after(async () => {
    if (window) await keepScreenshot(window, 'desktop-session.png');
    await window?.close();
  });

  test('comes back as large as it was', async () => {
    const size = await window.run(() => [innerWidth, innerHeight]);
    assert.equal(size[0], 1100, 'the width of the last time');
    assert.ok(size[1] > 640 && size[1] <= 700, `its height, less the menu: ${size[1]}`);
  });

  test('says in the tray how recording stands', async () => {
    const menu = await until(async () => {
      const menu = await rig.session.menu();
      return 'Recording 2 cameras' in menu && menu;
    }, 'two cameras that record');
    assert.equal(menu.bikes, 1, 'a camera that is wanted is marked');
    assert.ok('Quit, and keep recording' in menu && 'Quit and stop recording' in menu, 'both ways to quit');
  });

  test('pauses a camera in the tray, and goes on with it', async () => {
    const recorder = await recorderOf(data);
    const enabled = async () => {
      const { streams } = await ask(recorder, '/streams');
      return streams.find(({ name }) => name === 'bikes').enabled;
    };
    await rig.session.click('bikes');
    await until(async () => !(await enabled()), 'the recorder to pause it');
    await until(async () => (await rig.session.menu()).bikes === 0, 'the tray to unmark it');
    await until(async () => 'Recording 1 of 2 cameras' in (await rig.session.menu()), 'it to say so');
    await rig.session.click('bikes');
    await until(enabled, 'the recorder to go on');
  });

  test('shows exports in the file manager, and nothing else', async () => {
    const folder = join(data, 'exports/1-gate');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'gate.mp4'), '');
    const reveal = (path) => window.run((asked) => window.__AFTERIMAGE_DESKTOP__.reveal(asked), path);
    assert.equal(await reveal(join(folder, 'gate.mp4')), true, 'an export is shown');
    await rig.session.shown(join(folder, 'gate.mp4'));
    for (const path of ['/etc/passwd', join(data, 'recorder.json'), join(folder, '../../recorder.json')]) {
      assert.equal(await reveal(path), false, `${path} is no export`);
    }
    assert.equal(rig.session.heard.filter((words) => words.shown).length, 1, 'nobody was asked for those');
  });

  test('saves a file where a person says, whole', async () => {
    const { address, token } = await recorderOf(data);
    const { fragments } = await ask({ address, token }, '/streams/clock/fragments?from=-1m&to=now&limit=1');
    const url = `${address}/api/v1/streams/clock/fragments/${fragments[0].number}`;
    await window.run((from) => {
      window.saved = window.__AFTERIMAGE_DESKTOP__.saveAs(from, 'clock.mp4').catch(String);
    }, url);
    await until(async () => (await rig.titles()).includes('Save'), 'the dialog');
    await keepScreenshot(window, 'desktop-save.png');
    await until(async () => {
      await rig.press('Save', 'Return').catch(() => {});
      return !(await rig.titles()).includes('Save');
    }, 'the dialog to close');
    assert.equal(await window.run(() => window.saved), true, 'it was saved');
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const expected = Buffer.from(await answer.arrayBuffer());
    assert.ok(expected.equals(await readFile(join(rig.home, 'clock.mp4'))), 'byte by byte what it sends');
    const refused = await window.run(() =>
      window.__AFTERIMAGE_DESKTOP__.saveAs('https://example.com/a.mp4', 'a.mp4').catch(String),
    );
    assert.match(refused, /no file of this recorder/, 'it fetches from nobody else');
  });

  test('S saves the frame on the screen where a person says, and shows it in its folder', async () => {
    await window.until(() => shownFrame(window, 'bikes'), 'a picture of bikes');
    await window.run(() => {
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 's', code: 'KeyS', bubbles: true }));
    });
    await until(async () => (await rig.titles()).includes('Save'), 'the dialog');
    await until(async () => {
      await rig.press('Save', 'Return').catch(() => {});
      return !(await rig.titles()).includes('Save');
    }, 'the dialog to close');
    const offer = await window.find('.notice button');
    const said = await window.run(() => document.querySelector('.notice').textContent);
    const [, name] = said.match(/Saved (\S+\.png)/) ?? [];
    assert.match(
      name,
      /^(bikes|clock)_\d{8}T\d{6}\.\d{3}Z\.png$/,
      'it is called after its camera and instant',
    );
    const file = await readFile(join(rig.home, name));
    assert.equal(file.toString('latin1', 1, 4), 'PNG', 'it is a picture');
    const size = [file.readUInt32BE(16), file.readUInt32BE(20)];
    const known = { bikes: [640, 272], clock: [1280, 720] }[name.split('_')[0]];
    assert.deepEqual(size, known, 'in the size that the camera sends');
    await window.clickAt(offer, 0, 0);
    await rig.session.shown(join(rig.home, name));
  });

  test('a frame that nobody gives a place is not saved, and nothing is said', async () => {
    await window.run(() => {
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 's', code: 'KeyS', bubbles: true }));
    });
    await until(async () => (await rig.titles()).includes('Save'), 'the dialog');
    const before = await readdir(rig.home);
    await until(async () => {
      await rig.press('Save', 'Escape').catch(() => {});
      return !(await rig.titles()).includes('Save');
    }, 'the dialog to close');
    assert.deepEqual(await readdir(rig.home), before, 'no file, and no piece of one');
  });

  test('what is told is chosen in the settings, and in the menu alike', async () => {
    const isTicked = (label) =>
      window.run((words) => {
        const labels = [...document.querySelectorAll('[aria-label="Notifications"] label')];
        return labels.find((one) => one.textContent.trim() === words)?.querySelector('input').checked;
      }, label);
    const tick = (label) =>
      window.run((words) => {
        const labels = [...document.querySelectorAll('[aria-label="Notifications"] label')];
        labels.find((one) => one.textContent.trim() === words).click();
      }, label);
    await window.run(() =>
      document.body.dispatchEvent(
        new KeyboardEvent('keydown', { key: ',', code: 'Comma', ctrlKey: true, bubbles: true }),
      ),
    );
    await until(async () => (await isTicked('Cameras down and up again')) === true, 'what is told at first');
    assert.equal(await isTicked('People seen'), false, 'of events nothing is, until somebody asks for it');
    assert.equal(await isTicked('clock'), true, 'of every camera');
    await keepScreenshot(window, 'desktop-settings.png');

    await tick('People seen');
    await tick('clock');
    const kept = await until(async () => {
      const memory = await rig.readOwn('desk.desktop.json');
      return memory?.topics?.people && memory.quiet_cameras?.length === 1 && memory;
    }, 'the choice to be kept');
    assert.deepEqual(kept.quiet_cameras, ['clock'], 'of this camera nothing is told');
    assert.equal(kept.topics.cameras, true, 'the rest is as it was');

    // The first menu, its second item, and there the second topic.
    for (const key of ['F10', 'Down', 'Down', 'Right', 'Down', 'Return']) await rig.press('Afterimage', key);
    await until(
      async () => !(await rig.readOwn('desk.desktop.json')).topics.people,
      'the menu to change it back',
    );
    await until(async () => (await isTicked('People seen')) === false, 'the settings to show it');
    await tick('clock');
    await until(async () => (await isTicked('clock')) === true, 'the camera to be told of again');
    await window.run(() =>
      document.querySelector('dialog').dispatchEvent(new Event('cancel', { cancelable: true })),
    );
  });

  test('tells somebody who looks elsewhere', async () => {
    await window.run(() => window.__AFTERIMAGE_DESKTOP__.notify('Export of gate', 'Done <b>now</b>'));
    const [, body] = await rig.session.notice('Export of gate');
    assert.equal(body, 'Done &lt;b&gt;now&lt;/b&gt;', 'what the page says is text, not markup');
  });

  test('lets the page ask for a few things and no more', async () => {
    const refused = await window.run(async () => {
      const ask = window.__TAURI_INTERNALS__.invoke;
      const commands = [
        'plugin:window|close',
        'plugin:webview|create_webview',
        'plugin:path|resolve_directory',
      ];
      const answers = await Promise.allSettled(commands.map((command) => ask(command, {})));
      return answers.map(({ status }) => status);
    });
    assert.deepEqual(refused, ['rejected', 'rejected', 'rejected'], 'Tauri’s own commands are not for it');
    const pieces = await window.run(() =>
      window.__TAURI_INTERNALS__
        .invoke('save_piece', new Uint8Array([1]), {
          headers: { 'afterimage-file': '1' },
        })
        .then(String, String),
    );
    assert.match(pieces, /no longer being saved/, 'a file that nobody chose is not written');
  });

  test('lets the page speak to its recorder alone', async (t) => {
    let asked = 0;
    const stranger = createServer((_, answer) => {
      asked += 1;
      answer.writeHead(200, { 'access-control-allow-origin': '*' }).end('hello');
    }).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    t.after(() => stranger.close());
    const address = `http://127.0.0.1:${stranger.address().port}/`;
    const outcome = await window.run(
      (url) =>
        fetch(url).then(
          () => 'let through',
          () => 'refused',
        ),
      address,
    );
    assert.equal(outcome, 'refused', 'another program of this computer is a stranger');
    assert.equal(asked, 0, 'nothing reached it');
  });

  test('opens a recorder of the address book in a window of its own', async () => {
    const second = rig.launch(['--data', data, '--recorder', 'Barn']);
    const [code] = await second.ended;
    assert.equal(code, 0, 'a second start asks the first, and ends');
    await until(async () => (await rig.titles()).includes(BARN), 'its window beside the first');
    const memory = await until(async () => {
      const memory = await rig.readOwn('desk.desktop.json');
      return memory?.windows?.length === 2 && memory;
    }, 'both to be remembered');
    const { width, height } = memory.windows[0].place;
    assert.deepEqual([width, height], [1100, 700], 'being opened and remembered lets no window grow');
  });
});

describe('a recorder elsewhere', () => {
  test('is shown in its window, with its own token and no files of this computer', async (t) => {
    const none = join(rig.home, 'none');
    const window = await rig.open(['--data', none, '--recorder', 'Barn'], {
      AFTERIMAGE_BIN: join(rig.home, 'missing'),
    });
    t.after(() => window.close());
    await window.find('[data-stream="clock"]');
    await prepare(window);
    for (const stream of ['bikes', 'clock']) {
      await window.until(() => shownFrame(window, stream), `a picture of ${stream}`);
    }
    const handed = await window.run(() => ({
      ...window.__AFTERIMAGE__,
      desktop: Object.keys(window.__AFTERIMAGE_DESKTOP__),
    }));
    assert.equal(handed.address, elsewhere.address, 'the page speaks to that recorder');
    assert.deepEqual(
      handed.desktop.sort(),
      ['notify', 'revealSaved', 'saveAs'],
      'its folders are not on this computer, and nothing of it is told by this one',
    );
    assert.ok((await rig.titles()).includes(BARN), 'the window says whose it is');
    await keepScreenshot(window, 'desktop-elsewhere.png');
  });

  test('that nobody knows is said, with what to do', async (t) => {
    const window = await rig.open(['--data', join(rig.home, 'none'), '--recorder', 'Attic']);
    t.after(() => window.close());
    const words = await window.until(() => window.run(() => document.body?.innerText), 'a page');
    assert.match(words, /“Attic”/, 'it names what was asked for');
    assert.match(words, /menu “Recorders”/, 'and where to add it');
  });
});

describe('in the tray', { skip }, () => {
  let program;

  before(async () => {
    await rig.stopDriver();
    // What the windows before these told is no answer to what is done here.
    rig.session.heard.length = 0;
    await rig.writeOwn('desk.desktop.json', { quiet_cameras: ['attic'] });
    program = rig.launch(['--demo', '--data', data, '--hidden']);
    await until(async () => 'Recording 2 cameras' in (await rig.session.menu()), 'the icon in the tray');
  });
  after(async () => {
    if (program.child.exitCode === null) program.child.kill();
    await program.ended;
  });

  test('a hidden start opens no window', async () => {
    assert.deepEqual(await rig.titles(), [], 'whoever logs in did not ask for one');
  });

  test('“Open” brings the window, whose end leaves the icon', async () => {
    await rig.session.click('Open Afterimage');
    await until(async () => (await rig.titles()).includes('Afterimage'), 'the window');
    await rig.closeWindow('Afterimage');
    await until(async () => (await rig.titles()).length === 0, 'the window to go');
    const [, body] = await rig.session.notice('Afterimage goes on in the tray');
    assert.match(body, /icon in the tray/, 'the person is told once how to come back');
    assert.equal(program.child.exitCode, null, 'the program is still there');
    assert.ok('Open Afterimage' in (await rig.session.menu()), 'and so is its icon');
  });

  test('Ctrl+Shift+N opens another window beside the first', async () => {
    await rig.launch(['--data', data]).ended;
    await until(async () => (await rig.titles()).includes('Afterimage'), 'a second start to open it');
    await rig.press('Afterimage', 'Control_L', 'Shift_L', 'n');
    await until(async () => (await rig.titles()).length === 2, 'another window');
    await rig.closeWindow('Afterimage');
    await until(async () => (await rig.titles()).length === 1, 'one of them to go');
    assert.equal(program.child.exitCode, null, 'closing one of several ends nothing');
  });

  test('several windows come back where they were, of several recorders', async () => {
    await rig.launch(['--data', data, '--recorder', 'Barn']).ended;
    await until(async () => (await rig.titles()).includes(BARN), 'the other recorder’s window');
    const memory = await until(async () => {
      const memory = await rig.readOwn('desk.desktop.json');
      return memory?.windows?.length === 2 && memory;
    }, 'both to be remembered');
    assert.deepEqual(
      memory.windows.map(({ recorder }) => recorder),
      [null, 'Barn'],
      'each with its recorder',
    );
    assert.equal((await stat(rig.own('desk.desktop.json'))).mode & 0o777, 0o600, 'for its owner alone');

    await rig.session.click('Quit, and keep recording');
    await program.ended;
    const { address } = await recorderOf(data);
    assert.equal((await fetch(`${address}/healthz`)).status, 200, 'recording goes on');
    program = rig.launch(['--demo', '--data', data]);
    await until(async () => (await rig.titles()).join() === ['Afterimage', BARN].sort().join(), 'both again');
    await rig.closeWindow(BARN);
    await until(async () => (await rig.readOwn('desk.desktop.json')).windows.length === 1, 'one to be left');
  });

  test('a camera that is down is told, but for one that nobody wants to hear of', async () => {
    const recorder = await recorderOf(data);
    for (const name of ['attic', 'gate']) {
      const answer = await fetch(`${recorder.address}/api/v1/streams`, {
        method: 'POST',
        headers: { authorization: `Bearer ${recorder.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name, source: `rtsp://127.0.0.1:1/${name}` }),
      });
      assert.equal(answer.status, 201, 'a camera where none is');
    }
    const [, why] = await rig.session.notice('gate is down');
    assert.notEqual(why, '', 'with what the recorder knows of it');
    await until(
      async () => '2 of 4 cameras are down' in (await rig.session.menu()),
      'the tray to say so of all',
    );
    const told = rig.session.heard.some(({ notified }) => notified?.[0] === 'attic is down');
    assert.equal(told, false, 'of the other, which went down before it, nobody wants to be told');
  });

  test('“Quit and stop recording” ends both', async () => {
    const { address } = await recorderOf(data);
    await rig.session.click('Quit and stop recording');
    await program.ended;
    await until(
      () =>
        fetch(`${address}/healthz`).then(
          () => false,
          () => true,
        ),
      'the recorder to end',
    );
  });
});
