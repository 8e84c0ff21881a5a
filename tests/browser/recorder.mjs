/**
 * Recorders and simulated cameras of a test's own: to be stopped, killed and started again.
 *
 * Belongs here: processes, and their end. Not here: what a console shows of them ({@link ./rig.mjs}).
 * Needs AFTERIMAGE_BIN, the recorder's program.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = process.env.AFTERIMAGE_BIN;

/** A mode of the program that runs until it is told to end. */
class Process {
  /** The first `lines` lines that it prints: by then it serves. */
  static async start(args, environment, lines = 1) {
    assert.ok(program, 'AFTERIMAGE_BIN names the recorder’s program');
    const { AFTERIMAGE_DATA: _data, AFTERIMAGE_TOKEN: _token, ...rest } = process.env;
    const child = spawn(program, args, {
      env: { ...rest, AFTERIMAGE_LOG: 'error', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // Whatever becomes of the test, nothing of it runs on.
    process.once('exit', () => child.kill('SIGKILL'));
    const said = [];
    for await (const line of createInterface({ input: child.stdout })) {
      said.push(line);
      if (said.length === lines) break;
    }
    assert.equal(said.length, lines, `${args.join(' ')} ended early`);
    child.stdout.resume();
    return Object.assign(new Process(), { child, said });
  }

  signal(name) {
    this.child.kill(name);
  }

  async end(signal = 'SIGKILL') {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const over = once(this.child, 'exit');
    // What was stopped hears nothing but this.
    this.child.kill('SIGCONT');
    this.child.kill(signal);
    await over;
  }
}

/** Simulated cameras; `address` is where they can be found again after they were started anew. */
export class Camera {
  static async start(files, listen = '127.0.0.1:0/camera') {
    const footage = files.flatMap((file) => (file === 'clock' ? ['--clock'] : ['--file', file]));
    const process = await Process.start(['camera', '--listen', listen, ...footage], {}, files.length);
    const { host, pathname } = new URL(process.said[0].replace('rtsp:', 'http:'));
    return Object.assign(new Camera(), { process, addresses: process.said, address: host + pathname, files });
  }

  /** The same again, at the same place. */
  async again() {
    const { process } = await Camera.start(this.files, this.address);
    this.process = process;
  }

  end() {
    return this.process.end();
  }
}

export class Recorder {
  static async start(...options) {
    const data = await mkdtemp(join(tmpdir(), 'afterimage-trouble-'));
    const recorder = Object.assign(new Recorder(), { data, options });
    await recorder.#run('127.0.0.1:0');
    return recorder;
  }

  async #run(listen) {
    const args = ['serve', '--data', this.data, '--listen', listen, ...this.options];
    this.process = await Process.start(args, {});
    const { address, token } = JSON.parse(await readFile(join(this.data, 'recorder.json'), 'utf8'));
    Object.assign(this, { url: address, token });
  }

  /** Under the same address, on the same archive. */
  again() {
    return this.#run(new URL(this.url).host);
  }

  async api(path, { method = 'GET', body } = {}) {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  add(name, source, more = {}) {
    return this.api('/streams', { method: 'POST', body: { name, source, ...more } });
  }

  change(name, body) {
    return this.api(`/streams/${name}`, { method: 'PATCH', body });
  }

  async end() {
    await this.process.end();
    await rm(this.data, { recursive: true, force: true });
  }
}
