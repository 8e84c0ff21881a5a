// A person's computer for a test: a display, a home, a desktop session, and the window's program.
//
// Belongs here: what every test of the window needs around it. Not here: what is tested.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { startDisplay, startDriver } from './children.mjs';
import { openWindow } from './webdriver.mjs';

const { AFTERIMAGE_DESKTOP, AFTERIMAGE_BIN, AFTERIMAGE_DATA, AFTERIMAGE_SCREENSHOTS } = process.env;
assert.ok(AFTERIMAGE_DESKTOP && AFTERIMAGE_BIN && AFTERIMAGE_DATA, 'tests/tests/console.rs sets these');

// The system's own: it has the bindings of the message bus.
const PYTHON = '/usr/bin/python3';
const LIMIT_MS = 30_000;

/** Looks until it sees something; each look takes its own time. */
export async function until(look, what, limitMs = LIMIT_MS) {
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > end) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
  }
}

/** Whether this machine has what a desktop session of our own is made of; else why not. */
export async function missingForSession() {
  try {
    await promisify(execFile)(PYTHON, ['-c', 'import dbus, gi']);
    return null;
  } catch {
    return 'python3-dbus and python3-gi are missing: scripts/setup test installs them';
  }
}

export class Rig {
  #display;
  #driver;
  session = null;

  static async start(width = 1440, height = 924) {
    const rig = new Rig();
    rig.#display = await startDisplay(width, height);
    rig.home = await mkdtemp(join(tmpdir(), 'afterimage-home-'));
    return rig;
  }

  /** A message bus, and on it a tray, notifications and a file manager. */
  async startSession() {
    this.session = await Session.start(this.environment());
  }

  async stop() {
    await this.stopDriver();
    await this.session?.stop();
    await this.#display?.stop();
    await rm(this.home, { recursive: true, force: true });
  }

  async stopDriver() {
    await this.#driver?.stop();
    this.#driver = null;
  }

  environment(changes = {}) {
    return {
      ...process.env,
      DISPLAY: this.#display.name,
      WAYLAND_DISPLAY: '',
      GDK_BACKEND: 'x11',
      // Settings and the session of whoever runs this must not decide, nor be touched.
      HOME: this.home,
      XDG_STATE_HOME: join(this.home, 'state'),
      XDG_DATA_HOME: join(this.home, 'data'),
      XDG_CONFIG_HOME: join(this.home, 'config'),
      XDG_CACHE_HOME: join(this.home, 'cache'),
      XDG_RUNTIME_DIR: this.home,
      DBUS_SESSION_BUS_ADDRESS: this.session?.address ?? 'unix:path=/nonexistent',
      NO_AT_BRIDGE: '1',
      ...changes,
    };
  }

  /** A window with the driver that it needs; one at a time. */
  async open(args, changes = {}) {
    await this.stopDriver();
    this.#driver = await startDriver(
      this.environment({
        TAURI_AUTOMATION: 'true',
        TAURI_WEBVIEW_AUTOMATION: 'true',
        ...changes,
      }),
    );
    return openWindow(this.#driver.url, AFTERIMAGE_DESKTOP, args);
  }

  /** The program by itself, as a login or a launcher starts it. */
  launch(args, changes = {}) {
    const child = spawn(AFTERIMAGE_DESKTOP, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: this.environment(changes),
    });
    const ended = once(child, 'exit');
    return { child, ended };
  }

  /** The titles of the windows on the display. */
  async titles() {
    const { stdout } = await this.#windows('list');
    return stdout.split('\n').filter(Boolean).sort();
  }

  /** Presses keys together in a window, by their names in X. */
  press(title, ...keys) {
    return this.#windows('press', title, ...keys);
  }

  /** Closes a window by its cross. */
  closeWindow(title) {
    return this.#windows('close', title);
  }

  #windows(...args) {
    const script = join(import.meta.dirname, 'x_windows.py');
    return promisify(execFile)(PYTHON, [script, ...args], {
      env: this.environment(),
    });
  }

  /** A file that the window keeps for itself. */
  own(name) {
    return join(this.home, 'state/afterimage', name);
  }

  async writeOwn(name, value) {
    await mkdir(join(this.home, 'state/afterimage'), { recursive: true });
    await writeFile(this.own(name), JSON.stringify(value));
  }

  async readOwn(name) {
    try {
      return JSON.parse(await readFile(this.own(name), 'utf8'));
    } catch {
      return null;
    }
  }
}

export async function recorderOf(data) {
  return JSON.parse(await readFile(join(data, 'recorder.json'), 'utf8'));
}

/** What a route of a recorder answers. */
export async function ask({ address, token }, path) {
  const answer = await fetch(`${address}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return answer.json();
}

export async function keepScreenshot(window, name) {
  if (!AFTERIMAGE_SCREENSHOTS) return;
  await mkdir(AFTERIMAGE_SCREENSHOTS, { recursive: true });
  await writeFile(join(AFTERIMAGE_SCREENSHOTS, name), await window.screenshot());
}

/** The desktop session's other programs, in session.py. */
class Session {
  #child;
  #asked = new Map();
  #last = 0;
  /** Where the bus is. */
  address;
  /** What they were asked, in order. */
  heard = [];

  static async start(env) {
    const session = new Session();
    const script = join(import.meta.dirname, 'session.py');
    // A bus of its own, which ends with it.
    session.#child = spawn('dbus-run-session', ['--', PYTHON, script], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env,
    });
    createInterface({ input: session.#child.stdout }).on('line', (line) => {
      // Whatever the bus starts besides has the same output.
      if (line.startsWith('{')) session.#hear(JSON.parse(line));
    });
    const ready = await until(
      () => tick().then(() => session.heard.find(({ address }) => address)),
      'a desktop session',
    );
    session.address = ready.address;
    return session;
  }

  /** The labels of the tray's menu: 1 and 0 are marked and unmarked, -1 is neither. */
  menu() {
    return this.#ask({ menu: [] }).catch(() => ({}));
  }

  async click(label) {
    await until(async () => label in (await this.menu()), `“${label}” in the tray`);
    await this.#ask({ click: label });
  }

  notice(title) {
    return until(
      () => tick().then(() => this.heard.find(({ notified }) => notified?.[0] === title)?.notified),
      `the notice “${title}”`,
    );
  }

  /** Waits until the file manager has been asked for a file. */
  shown(path) {
    return until(
      () => tick().then(() => this.heard.some(({ shown }) => shown?.includes(`file://${path}`))),
      `the file manager to be asked for ${path}`,
    );
  }

  async stop() {
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }

  #ask(words) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ id, ...words })}\n`);
    });
  }

  #hear(words) {
    if (words.id === undefined) {
      this.heard.push(words);
      return;
    }
    const { resolve, reject } = this.#asked.get(words.id);
    this.#asked.delete(words.id);
    if (words.error === undefined) resolve(words.answer);
    else reject(new Error(words.error));
  }
}

/** Lets what has arrived be read. */
function tick() {
  return new Promise((resolve) => setImmediate(resolve));
}
