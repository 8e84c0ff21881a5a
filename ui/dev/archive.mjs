/** The fake recorder's memory: activity, events, bookmarks, holds, room. Nothing is kept after it ends. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';

const HOUR = 3600e6;
const DAY = 24 * HOUR;
const ROUND = [1e6, 5e6, 10e6, 30e6, 60e6, 300e6, 900e6, 1800e6, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY];
const NOT_MISSING = ['not_scheduled', 'stopped_by_operator', 'expired'];
const iso = (micros) => new Date(micros / 1000).toISOString();
const chanceOf = (...what) => createHash('md5').update(what.join(' ')).digest();

/** About two interruptions a week, the same each time for the same camera. */
export function gapsOverYears(name, from, to) {
  const reasons = ['camera_silent', 'recorder_down', 'camera_unreachable', 'stopped_by_operator'];
  const gaps = [];
  for (let day = Math.ceil(from / DAY) + 3; day < to / DAY - 2; day += 1) {
    const chance = chanceOf(name, day);
    if (chance[0] > 72) continue;
    const at = day * DAY + (chance[1] / 256) * 0.7 * DAY;
    const minutes = chance[0] < 3 ? 3000 : chance[0] < 20 ? chance[2] * 2 + 5 : chance[2] / 12 + 1;
    gaps.push({ from: at, to: at + minutes * 60e6, reason: reasons[chance[3] % 4], detail: null });
  }
  return gaps;
}

function activity(camera, from, to, most, end) {
  const bucket = ROUND.find((size) => (to - from) / size <= most - 1) ?? ROUND.at(-1);
  const first = Math.floor(from / bucket) * bucket;
  const count = Math.min(most, Math.ceil((to - first) / bucket));
  const view = {
    stream: camera.name,
    from_micros: first,
    bucket_micros: bucket,
    recorded: [],
    missing: [],
    motion: [],
    objects: [],
    events: [],
    reason: [],
    reasons: [],
  };
  const gaps = [...camera.gaps].sort((a, b) => a.from - b.from);
  let next = 0;
  for (let index = 0; index < count; index += 1) {
    const [start, stop] = [first + index * bucket, first + (index + 1) * bucket];
    while (next < gaps.length && gaps[next].to <= start) next += 1;
    const seen = Math.max(0, Math.min(stop, end) - Math.max(start, camera.first));
    let [lost, missing, longest, reason] = [0, 0, 0, -1];
    for (let at = next; at < gaps.length && gaps[at].from < stop; at += 1) {
      const length = Math.min(gaps[at].to, stop, end) - Math.max(gaps[at].from, start, camera.first);
      if (length <= 0) continue;
      lost += length;
      if (!NOT_MISSING.includes(gaps[at].reason)) missing += length;
      if (length <= longest) continue;
      longest = length;
      if (!view.reasons.includes(gaps[at].reason)) view.reasons.push(gaps[at].reason);
      reason = view.reasons.indexOf(gaps[at].reason);
    }
    const recorded = Math.max(0, seen - lost);
    const chance = chanceOf(camera.name, start, bucket);
    const hour = new Date(start / 1000).getHours();
    const liveliness = camera.models.length === 0 || recorded === 0 ? 0 : hour > 6 && hour < 21 ? 1 : 0.15;
    const long = bucket >= 6 * HOUR;
    view.recorded.push(Math.round((1000 * recorded) / bucket));
    view.missing.push(Math.round((1000 * missing) / bucket));
    view.motion.push(
      (long || chance[0] < 110) && liveliness
        ? Math.round(liveliness * (chance[1] + 1) * (bucket / 60e6))
        : 0,
    );
    view.objects.push(
      (long || chance[2] < 50) && liveliness ? Math.round(liveliness * chance[3] * (bucket / 120e6)) : 0,
    );
    view.events.push(0);
    view.reason.push(reason);
  }
  return view;
}

function forecast(streams, settings, retention, extra) {
  const days = (text) => Number.parseFloat(text) * (text.endsWith('y') ? 365 : 1);
  const needed =
    streams.reduce(
      (sum, stream) => sum + stream.bytes_per_hour * 24 * days(retention(stream) ?? stream.retention),
      0,
    ) +
    extra * 24 * 30;
  const available = settings.retain_bytes || 460e9;
  return {
    needed_bytes: Math.round(needed),
    available_bytes: available,
    short_bytes: Math.max(0, Math.round(needed - available)),
    full_at: needed > available ? iso(Date.now() * 1000 + 111 * DAY) : null,
    days_kept_when_full: needed > available ? 21.5 : null,
  };
}

/** `answer(method, parts, parameters, body)` gives `[status, body]`, or null for what is not its own. */
export function archive({ cameras, now, rate, lastEnd, fragmentAt, indexAt, isRecorded }) {
  const bookmarks = [];
  const holds = [];
  const seen = new Set();
  let check = { state: 'idle', startedMs: 0, repair: false };
  const settings = { retain_bytes: 0, free_space_reserve: 10e9, scrub_period: '30d' };
  let ids = 0;

  function events(parameters, from, to) {
    const wanted = (name) => parameters.get(name)?.split(',') ?? null;
    const [streams, kinds, labels] = ['streams', 'kinds', 'labels'].map(wanted);
    const found = [];
    for (const camera of cameras) {
      if (streams && !streams.includes(camera.name)) continue;
      const start = Math.max(from, camera.first, to - 3 * DAY);
      for (let slot = Math.floor(start / 300e6); slot * 300e6 < to; slot += 1) {
        const chance = chanceOf(camera.name, 'event', slot);
        const at = slot * 300e6 + chance[1] * 1e6;
        if (chance[0] > 90 || at < start || at >= to || !isRecorded(camera, at)) continue;
        const label = chance[0] < 30 ? 'motion' : chance[0] < 70 ? 'person' : 'car';
        found.push({
          id: parseInt(chance.toString('hex').slice(0, 12), 16),
          stream: camera.name,
          kind: label === 'motion' ? 'motion' : 'sighting',
          label,
          detail: null,
          from_micros: at,
          to_micros: at + chance[2] * 2e5 + 2e6,
          score: 0.5 + chance[3] / 520,
          count: 1 + (chance[4] % 3),
          fragment: indexAt(camera, at),
          sample: 0,
          at_micros: at + 1e6,
        });
      }
      for (const gap of camera.gaps) {
        if (gap.from < from || gap.from >= to || NOT_MISSING.includes(gap.reason)) continue;
        found.push({
          id: Math.round(gap.from / 1e3),
          stream: camera.name,
          kind: 'camera_down',
          label: gap.reason,
          detail: gap.detail,
          from_micros: Math.round(gap.from),
          to_micros: gap.to === Infinity ? null : Math.round(gap.to),
          score: null,
          count: 0,
          fragment: null,
          sample: null,
          at_micros: Math.round(gap.from),
        });
      }
    }
    const limit = Number(parameters.get('limit') ?? 200);
    const matching = found
      .map((event) => ({ ...event, seen: seen.has(event.id) }))
      .filter((event) => !kinds || kinds.includes(event.kind))
      .filter((event) => !labels || labels.includes(event.label))
      .filter((event) => parameters.get('unseen') !== 'true' || !event.seen)
      .sort((a, b) => b.from_micros - a.from_micros);
    return {
      events: matching.slice(0, limit),
      more: matching.length > limit,
      unseen: matching.filter((event) => !event.seen).length,
    };
  }

  const rooms = () =>
    cameras.map((camera) => {
      const recorded = Math.max(0, lastEnd(camera) - camera.first);
      return {
        stream: camera.name,
        bytes: Math.round(rate(camera) * (recorded / HOUR)),
        held_bytes: 0,
        bytes_per_hour: Math.round(rate(camera)),
        retention: camera.retention,
        retain_bytes: null,
        recorded_micros: Math.round(recorded),
        oldest: iso(camera.first),
        promised_bytes: Math.round(rate(camera) * 24 * Number.parseFloat(camera.retention)),
      };
    });
  const checked = () => {
    const total = 48.2e9;
    if (check.state !== 'running') return { ...blank, ...check, total_bytes: 0 };
    const share = Math.min(1, (Date.now() - check.startedMs) / 20_000);
    if (share === 1) check.state = 'done';
    return {
      ...blank,
      state: check.state,
      repair: check.repair,
      started: iso(check.startedMs * 1000),
      bytes: Math.round(total * share),
      total_bytes: total,
      fragments: Math.round(9000 * share),
    };
  };
  const blank = {
    started: null,
    ended: null,
    segments: 0,
    fragments: 0,
    bytes: 0,
    findings: [],
    found: 0,
    repaired: 0,
    failure: null,
  };
  const instant = (text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text) * 1000);
  const made = (list, item) => {
    list.push({ id: (ids += 1), created: iso(now()), ...item });
    return [201, list.at(-1)];
  };

  return (method, parts, parameters, body, [from, to]) => {
    const place = `${method} ${parts[0]}${parts.length > 1 && parts[0] !== 'streams' ? ` ${parts[1]}` : ''}`;
    if (place === 'GET events') return [200, events(parameters, from, to)];
    if (place === 'POST events seen') {
      for (const id of body.ids ?? []) seen[body.seen ? 'add' : 'delete'](id);
      return [204, null];
    }
    if (place === 'GET bookmarks')
      return [200, { bookmarks: bookmarks.toSorted((a, b) => a.at_micros - b.at_micros) }];
    if (place === 'POST bookmarks')
      return made(bookmarks, { stream: null, to_micros: null, author: 'operator', ...body });
    if (method === 'DELETE' && parts[0] === 'bookmarks') {
      const at = bookmarks.findIndex((bookmark) => bookmark.id === Number(parts[1]));
      if (at < 0) return [404, { code: 'not_found', message: `there is no bookmark ${parts[1]}` }];
      bookmarks.splice(at, 1);
      return [204, null];
    }
    if (place === 'GET holds') return [200, { holds }];
    if (place === 'GET storage')
      return [
        200,
        {
          volumes: [
            {
              name: 'hot',
              total_bytes: 512e9,
              free_bytes: 412e9,
              recorded_bytes: 48.2e9,
              reserve_bytes: 10e9,
            },
          ],
          streams: rooms(),
          settings,
          forecast: forecast(rooms(), settings, () => null, 0),
          scrub: { progress: 0.62, round_started: iso(now() - 4 * DAY), last_round_ended: null, damaged: 0 },
        },
      ];
    if (place === 'PATCH storage settings') return [200, Object.assign(settings, body)];
    if (place === 'GET storage what-if') {
      const only = parameters.get('stream');
      const change = { ...settings };
      if (parameters.has('retain_bytes')) change.retain_bytes = Number(parameters.get('retain_bytes'));
      const kept = (stream) => (only && stream.stream !== only ? null : parameters.get('retention'));
      return [200, forecast(rooms(), change, kept, Number(parameters.get('bytes_per_hour') ?? 0))];
    }
    if (parts[0] === 'check') {
      if (method === 'POST') {
        if (check.state === 'running') return [409, { code: 'in_use', message: 'a check is running' }];
        check = { state: 'running', startedMs: Date.now(), repair: body.repair ?? false };
        return [202, checked()];
      }
      if (method === 'DELETE') {
        check = { ...check, state: 'cancelled' };
        return [204, null];
      }
      return [200, checked()];
    }
    if (parts[0] === 'share') {
      const streams = cameras.map((camera) => {
        const start = Math.max(from, camera.first);
        const lost = camera.gaps
          .filter((gap) => !NOT_MISSING.includes(gap.reason))
          .map((gap) => [gap.reason, Math.max(0, Math.min(gap.to, to) - Math.max(gap.from, start))])
          .filter(([, length]) => length > 0);
        const scheduled = Math.max(0, to - start);
        const recorded = scheduled - lost.reduce((sum, [, length]) => sum + length, 0);
        return {
          stream: camera.name,
          scheduled_micros: Math.round(scheduled),
          recorded_micros: Math.round(recorded),
          share: scheduled ? recorded / scheduled : null,
          missing: lost.map(([reason, length]) => ({ reason, micros: Math.round(length), gaps: 1 })),
        };
      });
      const sum = (field) => streams.reduce((all, stream) => all + stream[field], 0);
      const share = sum('scheduled_micros') ? sum('recorded_micros') / sum('scheduled_micros') : null;
      return [200, { from_micros: from, to_micros: to, share, streams }];
    }
    const camera = parts[0] === 'streams' ? cameras.find((one) => one.name === parts[1]) : null;
    if (!camera) return null;
    if (parts[2] === 'activity')
      return [200, activity(camera, from, to, Number(parameters.get('buckets') ?? 500), now())];
    if (parts[2] === 'preview')
      return [
        200,
        {
          deleted_bytes: 2.1e9,
          deleted_micros: 3 * DAY,
          deleted_segments: 40,
          held_bytes: 0,
          oldest_now: iso(camera.first),
          oldest_after: iso(camera.first + 3 * DAY),
          forecast: { needed_bytes: 380e9, available_bytes: 402e9, short_bytes: 0 },
        },
      ];
    if (parts[2] === 'holds' && method === 'POST') {
      const days = /^(\d+)d$/.exec(body.until ?? '');
      const expires = days ? iso(now() + Number(days[1]) * DAY) : (body.until ?? null);
      return made(holds, {
        stream: camera.name,
        from_micros: instant(body.from),
        to_micros: instant(body.to),
        reason: body.reason,
        owner: 'operator',
        expires,
        active: true,
      });
    }
    if (parts[2] === 'holds' && method === 'DELETE') {
      const at = holds.findIndex((hold) => hold.id === Number(parts[3]));
      if (at < 0) return [404, { code: 'not_found', message: `there is no hold ${parts[3]}` }];
      holds.splice(at, 1);
      return [204, null];
    }
    if (parts[2] === 'frame.jpg') {
      const at = instant(parameters.get('at'));
      if (!isRecorded(camera, at) || at > now())
        return [404, { code: 'not_found', message: `nothing of ${camera.name} is recorded at ${iso(at)}` }];
      return [
        200,
        still(camera, fragmentAt(camera, indexAt(camera, at)).part, parameters.get('width') ?? 640),
      ];
    }
    return null;
  };
}

const stills = new Map();
function still(camera, part, width) {
  const key = `${width}`;
  const known = stills.get(part)?.get(key);
  if (known) return known;
  // It stops reading once it has its frame; that is no failure.
  const { stdout: picture } = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-i', '-', '-frames:v', '1', '-vf', `scale=${Number(width)}:-2`, '-f', 'mjpeg', '-'],
    { input: Buffer.concat([camera.loop.init, part.bytes]), maxBuffer: 1e8 },
  );
  stills.set(part, (stills.get(part) ?? new Map()).set(key, picture));
  return picture;
}
