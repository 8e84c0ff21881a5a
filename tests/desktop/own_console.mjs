// A console from a folder such as `ui/dist`, shown in place of the one that the window carries: so that one
// can be tried without building the window anew. AFTERIMAGE_CONSOLE names the folder; without it nothing here
// is of use.
//
// Belongs here: handing out its files to the window's page. Not here: how they get into it (page.mjs).

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const TYPES = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

let address = null;

/** Its page, with its files where they can be had from; null where none is wanted. */
export async function ownConsole() {
  const folder = process.env.AFTERIMAGE_CONSOLE;
  if (!folder) return null;
  address ??= await handOut(folder);
  const text = await readFile(join(folder, 'index.html'), 'utf8');
  return text.replaceAll('="./', `="${address}/`);
}

async function handOut(folder) {
  const server = createServer(async ({ url }, reply) => {
    const { pathname } = new URL(url, 'http://localhost');
    const body = await readFile(join(folder, pathname)).catch(() => null);
    const type = TYPES[extname(pathname)] ?? 'application/octet-stream';
    reply.writeHead(body === null ? 404 : 200, { 'content-type': type, 'access-control-allow-origin': '*' });
    reply.end(body);
  });
  // It ends with the test, which does not wait for it.
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}
