/**
 * A stand-in recorder for work on the console: the contract over real footage, and nothing kept.
 *
 *     npm run build && npm run dev:fake        # http://127.0.0.1:8751, or with `npm run dev` beside it
 *
 * Cameras: `bikes` and others from files in AFTERIMAGE_FOOTAGE (a folder of .mp4), `clock` drawn by
 * ffmpeg, `dock` that can't be reached, `porch` that an operator stopped. Time is the machine's;
 * six hours lie behind its start, with gaps; AFTERIMAGE_YEARS=10 lays that many years before them.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { archive, gapsOverYears } from './archive.mjs';
import { cutLoop, liveHeader, liveMessage } from './media.mjs';

const port = Number(process.env.PORT ?? 8751);
const token = process.env.AFTERIMAGE_TOKEN ?? null;
const started = Date.now() * 1000;
const now = () => Date.now() * 1000;
const HOUR = 3600e6;
const years = Number(process.env.AFTERIMAGE_YEARS ?? 0);
const before = (years * 365.25 * 24 + 6) * HOUR;
const iso = (micros) => new Date(micros / 1000).toISOString();

const hour = (count, length, reason, detail) => ({
  from: started - count * HOUR,
  to: started - count * HOUR + length * 60e6,
  reason,
  detail,
});

const files = process.env.AFTERIMAGE_FOOTAGE ? readdirSync(process.env.AFTERIMAGE_FOOTAGE) : [];
const cameras = [];
function camera(name, loop, more = {}) {
  const loopMicros = loop.fragments.reduce((sum, fragment) => sum + fragment.durationMicros, 0);
  const starts = [];
  loop.fragments.reduce((at, fragment) => (starts.push(at), at + fragment.durationMicros), 0);
  cameras.push({
    name,
    loop,
    loopMicros,
    starts,
    epoch: Math.floor((started - before - 30 * 24 * HOUR) / loopMicros) * loopMicros,
    retention: '30d',
    enabled: true,
    models: ['motion-grid'],
    first: started - before,
    gaps: [],
    ...more,
  });
  const made = cameras.at(-1);
  if (years > 0 && made.first < started - 6 * HOUR)
    made.gaps = [...gapsOverYears(name, made.first, started), ...made.gaps];
  // Gaps begin and end where fragments do.
  const snap = (at) => (at === Infinity ? at : fragmentAt(made, indexAt(made, at)).from);
  made.first = snap(made.first);
  made.gaps = made.gaps.map((gap) => ({ ...gap, from: snap(gap.from), to: snap(gap.to) }));
}

for (const file of files.filter((file) => extname(file) === '.mp4')) {
  camera(
    basename(file, '.mp4').replace(/_h264$/, ''),
    cutLoop(['-i', join(process.env.AFTERIMAGE_FOOTAGE, file)]),
    {
      source: `rtsp://127.0.0.1:8554/${basename(file, '.mp4')}`,
      gaps: [hour(0.35, 2.5, 'camera_silent', 'nothing came for 10 s'), hour(4.1, 26, 'recorder_down', null)],
    },
  );
}
const drawn = [
  '-c:v',
  'libx264',
  '-preset',
  'veryfast',
  '-tune',
  'zerolatency',
  '-g',
  '50',
  '-pix_fmt',
  'yuv420p',
];
const clock = cutLoop(['-f', 'lavfi', '-i', 'testsrc2=size=960x540:rate=25:duration=20'], drawn);
camera('clock', clock, { source: 'rtsp://127.0.0.1:8554/clock' });
camera('dock', clock, {
  source: 'rtsp://admin@192.168.1.40/main',
  gaps: [
    hour(2.2, 11, 'stopped_by_operator', null),
    {
      from: started - 126e6,
      to: Infinity,
      reason: 'camera_unreachable',
      detail: 'connecting to 192.168.1.40:554 was refused',
    },
  ],
});
camera('porch', clock, {
  source: 'test:',
  enabled: false,
  gaps: [{ from: started - 1.5 * HOUR, to: Infinity, reason: 'stopped_by_operator', detail: null }],
});

const open = (camera) => camera.gaps.find((gap) => gap.to === Infinity);
const isRecorded = (camera, at) =>
  at >= camera.first && !camera.gaps.some((gap) => at >= gap.from && at < gap.to);

function fragmentAt(camera, index) {
  const { loop, loopMicros, starts, epoch } = camera;
  const part = index % loop.fragments.length;
  const from = epoch + Math.floor(index / loop.fragments.length) * loopMicros + starts[part];
  return { number: index, from, to: from + loop.fragments[part].durationMicros, part: loop.fragments[part] };
}
function indexAt(camera, at) {
  const turn = Math.floor((at - camera.epoch) / camera.loopMicros);
  const inside = at - camera.epoch - turn * camera.loopMicros;
  let part = camera.starts.length - 1;
  while (camera.starts[part] > inside) part -= 1;
  return turn * camera.loop.fragments.length + part;
}
const isWritten = (camera, fragment) =>
  fragment.to <= now() - 100_000 && isRecorded(camera, fragment.from) && isRecorded(camera, fragment.to - 1);

function lastEnd(camera) {
  const gap = open(camera);
  return gap ? gap.from : fragmentAt(camera, indexAt(camera, now() - 100_000)).from;
}

function view(camera) {
  const gap = open(camera);
  const state = !camera.enabled ? 'stopped' : gap ? 'retrying' : 'recording';
  const bytes = camera.loop.fragments.reduce((sum, fragment) => sum + fragment.bytes.length, 0);
  const frames = camera.loop.fragments.reduce((sum, fragment) => sum + fragment.frames.length, 0);
  const seconds = camera.loopMicros / 1e6;
  return {
    name: camera.name,
    source: camera.source ?? null,
    state,
    fault:
      state === 'retrying'
        ? {
            code: gap.reason,
            detail: gap.detail ?? '',
            since: iso(gap.from),
            retry_at: iso(Math.ceil(now() / 15e6) * 15e6),
          }
        : null,
    retention: camera.retention,
    enabled: camera.enabled,
    capture: { backend: 'retina', forced: false, because: 'it speaks RTSP with H.264', transport: 'tcp' },
    tracks: [{ kind: 'video', codec: 'h264', width: camera.loop.width, height: camera.loop.height }],
    figures: {
      frames_per_second: state === 'recording' ? frames / seconds : 0,
      bits_per_second: state === 'recording' ? (bytes * 8) / seconds : 0,
      skipped: 0,
      connections: 1,
    },
    recorded: {
      first: iso(camera.first),
      last: iso(lastEnd(camera)),
      bytes: Math.round((bytes / seconds) * 6 * 3600),
      fragments: 9000,
    },
    models: camera.models,
    created: iso(camera.first),
  };
}

function timeline(camera, from, to) {
  const end = Math.min(to, lastEnd(camera));
  const cuts = camera.gaps
    .map((gap) => ({ ...gap, to: Math.min(gap.to, now()) }))
    .filter((gap) => gap.to > from && gap.from < to)
    .sort((a, b) => a.from - b.from);
  const ranges = [];
  let at = Math.max(from, camera.first);
  for (const gap of [...cuts, { from: end, to: end }]) {
    if (gap.from > at && at < end)
      ranges.push({
        from: iso(at),
        to: iso(Math.min(gap.from, end)),
        fragments: 1,
        bytes: Math.round(rate(camera) * ((Math.min(gap.from, end) - at) / HOUR)),
      });
    at = Math.max(at, gap.to);
  }
  return {
    stream: camera.name,
    from: iso(from),
    to: iso(to),
    ranges,
    gaps: cuts.map((gap) => ({
      from: iso(Math.max(gap.from, from)),
      to: iso(Math.min(gap.to, to)),
      reason: gap.reason,
      detail: gap.detail,
    })),
  };
}

function fragments(camera, from, to, limit) {
  const list = [];
  let more = false;
  for (let index = indexAt(camera, Math.max(from, camera.first)); ; index += 1) {
    const fragment = fragmentAt(camera, index);
    if (fragment.from >= Math.min(to, now())) break;
    if (!isWritten(camera, fragment)) continue;
    if (list.length === limit) {
      more = true;
      break;
    }
    list.push({
      number: fragment.number,
      segment: 1,
      from: iso(fragment.from),
      to: iso(fragment.to),
      from_micros: Math.round(fragment.from),
      duration_micros: Math.round(fragment.to) - Math.round(fragment.from),
      independent: true,
      bytes: fragment.part.bytes.length,
      producer_timestamp: null,
      server_timestamp: iso(fragment.from),
    });
  }
  return {
    stream: camera.name,
    fragments: list,
    segments: [{ id: 1, mime: `video/mp4; codecs="${camera.loop.codec}"` }],
    more,
  };
}

/** The same instants give the same sightings. */
function detections(camera, from, to, limit) {
  const found = [];
  let more = false;
  if (camera.models.length === 0) return { stream: camera.name, detections: [], more };
  for (let index = indexAt(camera, Math.max(from, camera.first)); found.length < limit; index += 1) {
    const fragment = fragmentAt(camera, index);
    if (fragment.from >= Math.min(to, now())) break;
    if (fragment.from < from || !isWritten(camera, fragment)) continue;
    const chance = createHash('md5')
      .update(`${camera.name} ${Math.floor(index / 7)}`)
      .digest();
    const place = (index % 7) / 7;
    if (chance[0] < 120) {
      const label = chance[0] < 40 ? 'motion' : chance[0] < 90 ? 'person' : 'bicycle';
      const box = [0.1 + 0.6 * place, 0.35 + chance[1] / 1000, 0.12, 0.3];
      found.push({
        stream: camera.name,
        fragment: index,
        sample: 0,
        at: iso(fragment.from),
        at_micros: Math.round(fragment.from),
        model: label === 'motion' ? 'motion-grid' : 'yolox-nano',
        label,
        score: 0.5 + chance[2] / 520,
        box,
      });
    }
    more = found.length >= limit;
  }
  return { stream: camera.name, detections: found, more };
}

const root = fileURLToPath(new URL('../dist/', import.meta.url));
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob:; font-src 'self'; media-src 'self' blob:; connect-src 'self' ws://127.0.0.1:*";

const time = (text, fallback) =>
  text === null
    ? fallback
    : text === 'now'
      ? now()
      : /^\d+$/.test(text)
        ? Number(text)
        : Date.parse(text) * 1000;
const allowed = (request) =>
  token === null ||
  request.headers.cookie?.includes(`afterimage_session=${token}`) ||
  request.headers.authorization === `Bearer ${token}`;

const rate = (camera) =>
  (camera.loop.fragments.reduce((sum, fragment) => sum + fragment.bytes.length, 0) / camera.loopMicros) *
  HOUR;
const answerArchive = archive({ cameras, now, rate, lastEnd, fragmentAt, indexAt, isRecorded });

const server = createServer(async (request, response) => {
  const address = new URL(request.url, 'http://x');
  const json = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === null ? undefined : JSON.stringify(body));
  };
  const refuse = (status, code, message) => json(status, { code, message });
  let text = '';
  for await (const chunk of request) text += chunk;
  if (address.pathname === '/session' && request.method === 'GET') {
    // The link that a recorder prints.
    response.setHeader(
      'set-cookie',
      `afterimage_session=${address.searchParams.get('token')}; HttpOnly; SameSite=Strict; Path=/`,
    );
    response.writeHead(303, { location: '/' });
    return response.end();
  }
  if (address.pathname === '/session') {
    if (JSON.parse(text).token !== token)
      return refuse(401, 'unauthenticated', 'this token does not open this recorder');
    response.setHeader('set-cookie', `afterimage_session=${token}; HttpOnly; SameSite=Strict; Path=/`);
    return json(204, null);
  }
  if (!address.pathname.startsWith('/api/v1')) {
    const file = join(root, normalize(address.pathname === '/' ? '/index.html' : address.pathname));
    if (!existsSync(file)) return refuse(404, 'not_found', 'there is no such file');
    response.writeHead(200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': policy,
    });
    return response.end(readFileSync(file));
  }
  if (!allowed(request)) return refuse(401, 'unauthenticated', 'sign in first');
  const parts = address.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent);
  const range = [
    time(address.searchParams.get('from'), now() - 24 * HOUR),
    time(address.searchParams.get('to'), now()),
  ];
  if (parts[0] === 'system') {
    return json(200, {
      version: '0.1.0',
      now: iso(now()),
      started: iso(started),
      recorded_bytes: 48.2e9,
      free_bytes: 412e9,
      models: ['motion-grid'],
      warnings: [],
    });
  }
  const kept = answerArchive(
    request.method,
    parts,
    address.searchParams,
    text ? JSON.parse(text) : {},
    range,
  );
  if (kept && Buffer.isBuffer(kept[1])) {
    response.writeHead(200, { 'content-type': 'image/jpeg', 'cache-control': 'immutable' });
    return response.end(kept[1]);
  }
  if (kept) return json(...kept);
  if (parts.length === 1 && request.method === 'GET') return json(200, { streams: cameras.map(view) });
  if (parts.length === 1) {
    const create = JSON.parse(text);
    if (!/^[a-zA-Z0-9_.-]{1,256}$/.test(create.name))
      return refuse(400, 'invalid_input', `"${create.name}" is no name for a stream`);
    if (cameras.some((camera) => camera.name === create.name))
      return refuse(409, 'in_use', `a stream named "${create.name}" exists already`);
    camera(create.name, clock, {
      ...create,
      retention: create.retention ?? '30d',
      models: create.models ?? [],
      first: now(),
    });
    return json(201, view(cameras.at(-1)));
  }
  const found = cameras.find((camera) => camera.name === parts[1]);
  if (!found) return refuse(404, 'not_found', `there is no stream named "${parts[1]}"`);
  const limit = Number(address.searchParams.get('limit') ?? 1000);
  if (parts[2] === 'timeline') return json(200, timeline(found, ...range));
  if (parts[2] === 'detections') return json(200, detections(found, ...range, limit));
  if (parts[2] === 'fragments' && parts.length === 3) return json(200, fragments(found, ...range, limit));
  if (parts[2] === 'init') {
    response.writeHead(200, { 'content-type': `video/mp4; codecs="${found.loop.codec}"` });
    return response.end(found.loop.init);
  }
  if (parts[2] === 'fragments') return response.end(fragmentAt(found, Number(parts[3])).part.bytes);
  if (parts[2] === 'clip.mp4' || parts[2] === 'clip.mkv') {
    response.writeHead(200, {
      'content-type': 'video/mp4',
      'content-disposition': 'attachment; filename="clip.mp4"',
    });
    if (request.method === 'HEAD') return response.end();
    const clip = fragments(found, ...range, 10_000).fragments.map(
      (fragment) => fragmentAt(found, fragment.number).part.bytes,
    );
    return response.end(Buffer.concat([found.loop.init, ...clip]));
  }
  if (request.method === 'PATCH') {
    const update = JSON.parse(text);
    Object.assign(found, update);
    if (update.enabled === true)
      found.gaps = found.gaps.map((gap) => (gap.to === Infinity ? { ...gap, to: now() } : gap));
    if (update.enabled === false)
      found.gaps.push({ from: now(), to: Infinity, reason: 'stopped_by_operator', detail: null });
  }
  if (request.method === 'DELETE') {
    cameras.splice(cameras.indexOf(found), 1);
    return json(204, null);
  }
  return json(200, view(found));
});

/** The sending half of RFC 6455; what the page sends is not looked at. */
server.on('upgrade', (request, socket) => {
  const found = cameras.find((camera) =>
    request.url.includes(`/streams/${encodeURIComponent(camera.name)}/live`),
  );
  if (!found || !allowed(request)) return socket.destroy();
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const send = (opcode, payload) => {
    const header =
      payload.length < 126
        ? Buffer.from([0x80 | opcode, payload.length])
        : Buffer.alloc(payload.length < 65536 ? 4 : 10);
    if (payload.length >= 126) {
      header[0] = 0x80 | opcode;
      header[1] = payload.length < 65536 ? 126 : 127;
      if (payload.length < 65536) header.writeUInt16BE(payload.length, 2);
      else header.writeBigUInt64BE(BigInt(payload.length), 2);
    }
    if (!socket.destroyed) socket.write(Buffer.concat([header, payload]));
  };
  const tell = (message) => send(1, Buffer.from(JSON.stringify(message)));
  socket.on('error', () => {});
  if (open(found))
    return tell({ type: 'state', state: 'retrying', detail: open(found).detail ?? 'stopped by an operator' });
  tell({ type: 'init', mime: `video/mp4; codecs="${found.loop.codec}"` });
  send(2, Buffer.concat([liveHeader(0, 255, true, now()), found.loop.init]));
  let index = indexAt(found, now());
  let place = 0;
  const pump = () => {
    for (;;) {
      const fragment = fragmentAt(found, index);
      const frame = fragment.part.frames[place];
      if (fragment.from + frame.decodeMicros > now() - 60_000) break;
      send(2, liveMessage(frame, fragment.from + frame.showMicros));
      place += 1;
      if (place === fragment.part.frames.length) [index, place] = [index + 1, 0];
    }
  };
  const timer = setInterval(pump, 10);
  socket.on('close', () => clearInterval(timer));
  pump();
});

server.listen(port, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${port} (${cameras.map((camera) => camera.name).join(', ')})`),
);
