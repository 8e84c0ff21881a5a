// Programs that a test starts and ends: a display, the driver of the window.
//
// Belongs here: starting them on places that are free, and ending them. Not here: what is tested.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Starts an X server of our own, on whatever display is free; `stop` ends it. */
export async function startDisplay(width, height) {
  const child = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    },
  );
  const ended = endOf(child, 'Xvfb');
  const [number] = await Promise.race([once(child.stdio[3], 'data'), ended]);
  return { name: `:${String(number).trim()}`, stop: () => stop(child) };
}

/** Starts WebKitWebDriver with this environment; `url` is where it listens. */
export async function startDriver(environment) {
  const port = await freePort();
  const child = spawn('WebKitWebDriver', [`--port=${port}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
    // A group of its own, so that the window that it starts ends with it.
    detached: true,
  });
  const ended = endOf(child, 'WebKitWebDriver');
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([answering(`${url}/status`), ended]);
  return { url, stop: () => stop(child, -child.pid) };
}

/** Fails when the program ends, or can't be started: then nothing else is worth waiting for. */
function endOf(child, name) {
  const ended = new Promise((_, reject) => {
    child.once('error', (error) =>
      reject(new Error(`${name} can't be started (${error.code}): scripts/setup test installs it`)),
    );
    child.once('exit', (code, signal) => reject(new Error(`${name} ended by itself: ${code ?? signal}`)));
  });
  ended.catch(() => {});
  return ended;
}

async function stop(child, target = child.pid) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  process.kill(target, 'SIGTERM');
  await exited;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks until somebody answers; each refusal comes at once, so a pause lies between. */
async function answering(url) {
  for (;;) {
    try {
      return await fetch(url);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
