/**
 * Sixteen cameras with ten years of footage, answered for in place of the recorder.
 *
 * Belongs here: made-up answers of the right shape and size, and what was asked for. Not here: what a
 * console makes of them. Invariant: an answer depends on nothing but its question.
 */
export const SECOND = 1_000_000;
export const YEAR = 365.25 * 86_400 * SECOND;
export const CAMERAS = Array.from({ length: 16 }, (_, index) => `gate-${String(index + 1).padStart(2, '0')}`);

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const text = (micros) => new Date(micros / 1000).toISOString();
/** A number from 0 to 999 that belongs to two others. */
const mixed = (a, b) => (Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b) >>> 8) % 1000;

/** Whether a question is about these cameras, and not one for a real recorder. */
export function isMadeUp({ pathname }) {
  const path = pathname.replace('/api/v1', '');
  return path === '/streams' || path === '/events' || path.startsWith('/streams/gate-');
}

/** Live pictures of these cameras are never sent. */
export const isLive = ({ pathname }) => /\/api\/v1\/streams\/gate-\d+\/live$/.test(pathname);

/** What is answered to a question, and what was asked for, as it goes on. */
export function answers(now) {
  const first = now - 10 * YEAR;
  const asked = { activity: [], timeline: [], others: [] };
  const stream = (name) => ({
    name,
    source: null,
    state: 'recording',
    fault: null,
    retention: '3653d',
    enabled: true,
    capture: { backend: 'retina', forced: false, because: 'made up', transport: 'tcp' },
    tracks: [{ kind: 'video', codec: 'h264', width: 1920, height: 1080 }],
    figures: { frames_per_second: 25, bits_per_second: 4e6, skipped: 0, connections: 1 },
    recorded: { first: text(first), last: text(now), bytes: 158e12, fragments: 157_788_000 },
    models: [],
    created: text(first),
  });

  const activity = (name, from, to, buckets) => {
    const width = Math.max(SECOND, Math.ceil((to - from) / buckets));
    const begin = Math.floor(from / width) * width;
    const count = Math.max(1, Math.ceil((to - begin) / width));
    const lane = CAMERAS.indexOf(name);
    const each = (value) =>
      Array.from({ length: count }, (_, index) => value(mixed(begin / width + index, lane)));
    return {
      stream: name,
      from_micros: begin,
      bucket_micros: width,
      recorded: each((drawn) => (drawn < 60 ? drawn * 15 : 1000)),
      missing: each((drawn) => (drawn < 60 ? 1000 - drawn * 15 : 0)),
      motion: each((drawn) => drawn),
      objects: each((drawn) => (drawn > 700 ? drawn - 700 : 0)),
      events: each((drawn) => (drawn > 950 ? 1 : 0)),
      reason: each((drawn) => (drawn < 60 ? drawn % 2 : -1)),
      reasons: ['camera_unreachable', 'stopped_by_operator'],
    };
  };

  const told = (name, kind, query) => {
    const [from, to] = ['from', 'to'].map((key) => Date.parse(query.get(key)) * 1000);
    if (kind === 'activity') {
      const buckets = Number(query.get('buckets'));
      asked.activity.push({ name, from, to, buckets });
      return activity(name, from, to, buckets);
    }
    asked[kind === 'timeline' ? 'timeline' : 'others'].push({ name, kind, from, to });
    if (kind === 'timeline') {
      const ranges = [{ from: text(from), to: text(to) }];
      return { stream: name, from: text(from), to: text(to), ranges, gaps: [] };
    }
    if (kind === 'fragments') return { stream: name, fragments: [], segments: [], more: false };
    return { stream: name, detections: [], more: false };
  };

  const answer = ({ pathname, searchParams }) => {
    const json = (value) => ({ contentType: 'application/json', body: JSON.stringify(value) });
    if (pathname.endsWith('/streams')) return json({ streams: CAMERAS.map(stream) });
    if (pathname.endsWith('/events')) return json({ events: [], more: false, unseen: 0 });
    const [, name, kind] = pathname.match(/streams\/([^/]+)\/(.*)$/);
    if (kind === 'frame.jpg') return { contentType: 'image/png', body: PIXEL };
    return json(told(name, kind, searchParams));
  };
  return { asked, answer };
}

/** Puts the answers before a page; hands back what was asked for, as it goes on. */
export async function tenYears(page, now) {
  const { asked, answer } = answers(now);
  await page.route(isMadeUp, (route) => route.fulfill(answer(new URL(route.request().url()))));
  // Connected, and silent: what is measured is the timeline.
  await page.routeWebSocket(isLive, () => {});
  return asked;
}
