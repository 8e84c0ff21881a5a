// A recorder that has ten years of sixteen cameras: a window can be opened on it.
//
// Belongs here: the made-up answers of tests/browser/decade.mjs over HTTP, and a real recorder's behind
// them. Not here: what a console makes of them.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { join } from 'node:path';

import { answers, isLive, isMadeUp } from '../browser/decade.mjs';

/** The window's page; a recorder lets it read answers. */
const PAGE = 'tauri://localhost';
/** RFC 6455, section 1.3. */
const SOCKETS = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Announced in `data`; `asked` grows with what is asked for. What is not made up `real` answers. */
export async function startDecade(real, data, now) {
  const { asked, answer } = answers(now);
  const server = createServer((question, reply) => {
    const url = new URL(question.url, real.address);
    if (question.method === 'GET' && isMadeUp(url)) {
      const { contentType, body } = answer(url);
      reply.writeHead(200, { 'content-type': contentType, 'access-control-allow-origin': PAGE });
      reply.end(body);
      return;
    }
    const headers = { ...question.headers, host: url.host };
    const passed = request(url, { method: question.method, headers }, (answered) => {
      // How it is sent belongs to each connection.
      const { 'transfer-encoding': _sent, connection: _kept, ...rest } = answered.headers;
      reply.writeHead(answered.statusCode, rest);
      answered.pipe(reply);
    });
    passed.on('error', () => reply.destroy());
    question.pipe(passed);
  });
  // Connected, and silent: what is measured is the timeline.
  const sockets = new Set();
  server.on('upgrade', (question, socket) => {
    if (!isLive(new URL(question.url, real.address))) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    socket.resume();
    const key = question.headers['sec-websocket-key'];
    const accept = createHash('sha1')
      .update(key + SOCKETS)
      .digest('base64');
    const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    head.push(`Sec-WebSocket-Accept: ${accept}`, 'Sec-WebSocket-Protocol: afterimage');
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const address = `http://127.0.0.1:${server.address().port}`;
  await mkdir(data, { recursive: true });
  const announced = { address, token: real.token, pid: process.pid };
  await writeFile(join(data, 'recorder.json'), JSON.stringify(announced));
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { asked, stop };
}
