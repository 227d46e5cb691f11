import { describe, expect, it, vi } from 'vitest';
import { ApiError, Client, errorOf, queryText } from './client';

const answer = (status: number, body: string) => async () => new Response(status === 204 ? null : body, { status });
const failed = async (promise: Promise<unknown>) => promise.then(() => { throw new Error('accepted'); }, (e: unknown) => e as ApiError);

describe('errorOf', () => {
  it('takes code, detail and trace of the server', () => {
    expect(errorOf(409, { code: 'conflict', detail: 'newer', trace: 't1' })).toMatchObject({ status: 409, code: 'conflict', detail: 'newer', trace: 't1' });
  });
  it.each([[401, 'unauthenticated'], [403, 'forbidden'], [404, 'not_found'], [409, 'conflict'], [422, 'invalid'],
    [429, 'rate_limited'], [500, 'internal'], [502, 'internal'], [503, 'unavailable'], [418, 'bad_answer']])(
    'words a bare %i as %s', (status, code) => expect(errorOf(status, undefined).code).toBe(code));
  it('does not trust the types of an error body', () => {
    expect(errorOf(422, { code: 7, detail: null, trace: [] })).toMatchObject({ code: 'invalid', detail: '', trace: '' });
  });
});

describe('Client', () => {
  it('sends JSON and the csrf value on writes, and neither on reads', async () => {
    const send = vi.fn(answer(200, '{}'));
    const client = new Client('/api/v1', send as unknown as typeof fetch);
    client.csrf = 'c1';
    await client.get('/x', { query: { a: 1, b: undefined, c: '' } });
    await client.post('/y', { z: 1 });
    const [get, post] = send.mock.calls as unknown as [string, RequestInit][];
    expect(get?.[0]).toBe('/api/v1/x?a=1');
    expect(get?.[1].headers).not.toHaveProperty('X-Kw-Csrf');
    expect(post?.[1]).toMatchObject({ method: 'POST', body: '{"z":1}', credentials: 'same-origin' });
    expect(post?.[1].headers).toMatchObject({ 'X-Kw-Csrf': 'c1', 'Content-Type': 'application/json' });
  });
  it('tells an ended session, but not a refused login', async () => {
    const client = new Client('', answer(401, '{"code":"unauthenticated","detail":"","trace":""}') as typeof fetch);
    const ended = vi.fn();
    client.onUnauthenticated = ended;
    expect((await failed(client.post('/session', {}))).code).toBe('unauthenticated');
    expect(ended).not.toHaveBeenCalled();
    client.csrf = 'c1';
    await failed(client.get('/devices'));
    expect(ended).toHaveBeenCalledOnce();
  });
  it('shows who the person is and sends the request again', async () => {
    const send = vi.fn()
      .mockResolvedValueOnce(new Response(JSON.stringify({ code: 'confirm_identity', detail: '', trace: 't' }), { status: 403 }))
      .mockResolvedValueOnce(new Response('{"a":1}'));
    const client = new Client('', send as unknown as typeof fetch);
    client.onConfirm = vi.fn(() => Promise.resolve(true));
    await expect(client.post('/x', { b: 2 })).resolves.toEqual({ a: 1 });
    expect(send).toHaveBeenCalledTimes(2);
    expect(client.onConfirm).toHaveBeenCalledOnce();
  });
  it('does not repeat what the person did not confirm, nor what is refused for good', async () => {
    const refused = answer(403, JSON.stringify({ code: 'confirm_identity', detail: '', trace: '' }));
    expect((await failed(new Client('', refused as typeof fetch).post('/x', {}))).code).toBe('confirm_identity');
    const client = new Client('', answer(403, JSON.stringify({ code: 'forbidden', detail: '', trace: '' })) as typeof fetch);
    client.onConfirm = vi.fn(() => Promise.resolve(true));
    expect((await failed(client.post('/x', {}))).code).toBe('forbidden');
    expect(client.onConfirm).not.toHaveBeenCalled();
  });
  it('tells of a password that is too old', async () => {
    const client = new Client('', answer(403, JSON.stringify({ code: 'password_expired', detail: '', trace: '' })) as typeof fetch);
    client.onPasswordExpired = vi.fn();
    expect((await failed(client.get('/x'))).code).toBe('password_expired');
    expect(client.onPasswordExpired).toHaveBeenCalledOnce();
  });
  it('calls an unreachable server network', async () => {
    const client = new Client('', (async () => { throw new TypeError('Failed to fetch'); }) as typeof fetch);
    expect(await failed(client.get('/x'))).toMatchObject({ status: 0, code: 'network' });
  });
  it('gives up on a server that does not answer', async () => {
    const never = (_: unknown, init: RequestInit) => new Promise((_ok, no) => {
      init.signal?.addEventListener('abort', () => no(new DOMException('aborted', 'AbortError')));
    });
    const client = new Client('', never as unknown as typeof fetch, 5);
    expect((await failed(client.get('/x'))).code).toBe('timeout');
  });
  it('lets the caller abort, and does not call that an error of the network', async () => {
    const abort = new AbortController();
    abort.abort();
    const send = async () => { throw new DOMException('aborted', 'AbortError'); };
    expect((await failed(new Client('', send as typeof fetch).get('/x', { signal: abort.signal }))).name).toBe('AbortError');
  });
  it('refuses an answer that is not JSON, and takes 204 without a body', async () => {
    expect((await failed(new Client('', answer(200, '<html>') as typeof fetch).get('/x'))).code).toBe('bad_answer');
    expect((await failed(new Client('', answer(200, '') as typeof fetch).get('/x'))).code).toBe('bad_answer');
    expect((await failed(new Client('', answer(502, '<html>') as typeof fetch).get('/x'))).code).toBe('internal');
    await expect(new Client('', answer(204, '') as typeof fetch).delete('/session')).resolves.toBeUndefined();
  });
});

describe('queryText', () => {
  it('escapes', () => expect(queryText({ q: 'a&b=c 中' })).toBe('?q=a%26b%3Dc%20%E4%B8%AD'));
  it('is empty without values', () => expect(queryText({ q: '', s: undefined })).toBe(''));
});
