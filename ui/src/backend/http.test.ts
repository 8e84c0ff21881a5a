import { afterEach, describe, expect, it, vi } from 'vitest';
import { backendAddress } from './address';
import { HttpBackend, instant } from './http';
import { failureCode, sentence } from './result';

const answerWith = (status: number, body: unknown): void => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(body), { status })));
};

afterEach(() => vi.unstubAllGlobals());

describe('where the recorder is', () => {
  it('is the page’s own origin unless the desktop says otherwise', () => {
    expect(backendAddress(undefined, 'http://127.0.0.1:8750')).toEqual({ base: '', token: null });
    expect(backendAddress({ address: 'http://127.0.0.1:9000/', token: 't' }, 'tauri://localhost')).toEqual({
      base: 'http://127.0.0.1:9000',
      token: 't',
    });
    expect(backendAddress({ address: 7, token: 't' }, 'x').base, 'nonsense is not an address').toBe('');
  });
});

describe('answers', () => {
  const backend = new HttpBackend({ base: 'http://127.0.0.1:8750', token: 'secret' }, 'tauri://localhost');

  it('carry the recorder’s own code and sentence when it refuses', async () => {
    answerWith(409, { code: 'in_use', message: 'a stream named "door" exists already' });
    expect(await backend.createStream({ name: 'door' })).toEqual({
      ok: false,
      code: 'in_use',
      message: 'a stream named "door" exists already',
    });
  });

  it('say that nobody is there', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed to fetch')));
    const answer = await backend.streams();
    expect(answer).toMatchObject({ ok: false, code: 'unreachable' });
    expect(!answer.ok && answer.message, 'and who').toContain('127.0.0.1:8750');
  });

  it('are told apart from giving up', async () => {
    const request = new AbortController();
    vi.stubGlobal('fetch', () => {
      request.abort();
      return Promise.reject(new DOMException('aborted', 'AbortError'));
    });
    expect(await backend.system(request.signal)).toMatchObject({ ok: false, code: 'aborted' });
  });

  it('go with the token, and without it in any address', async () => {
    const fetched = vi.fn<typeof fetch>(() =>
      Promise.resolve(new Response('{"streams":[]}', { status: 200 })),
    );
    vi.stubGlobal('fetch', fetched);
    await backend.streams();
    const [address, request] = fetched.mock.calls[0] ?? [];
    expect(address).toBe('http://127.0.0.1:8750/api/v1/streams');
    expect(request?.headers).toMatchObject({ authorization: 'Bearer secret' });
  });

  it('have a code even from a stranger', () => {
    expect(failureCode(undefined, 401)).toBe('unauthenticated');
    expect(failureCode('nonsense', 507)).toBe('disk_full');
    expect(failureCode('not_found', 500), 'the code counts, not the status').toBe('not_found');
  });
});

describe('instants', () => {
  it('keep all six digits', () => {
    expect(instant(1_790_000_000_123_456)).toBe('2026-09-21T14:13:20.123456Z');
    expect(instant(0)).toBe('1970-01-01T00:00:00.000000Z');
  });
});

it('a refusal stands alone as a sentence', () => {
  expect(sentence("can't reach rtsp://h/x: refused")).toBe("Can't reach rtsp://h/x: refused");
  expect(sentence('rtsp://h/x has no stream'), 'an address keeps its letters').toBe(
    'rtsp://h/x has no stream',
  );
});
