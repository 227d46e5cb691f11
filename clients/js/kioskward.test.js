// node --test clients/js
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect, KioskwardError, tokenOfPage } from './kioskward.js';

/** A kiosk of two lines: it answers what the test tells it to. */
class Link {
  sent = [];
  constructor(answers) {
    this.answers = answers;
    queueMicrotask(() => this.onopen());
  }
  send(text) {
    const message = JSON.parse(text);
    this.sent.push(message);
    for (const reply of [this.answers(message)].flat()) if (reply) queueMicrotask(() => this.say(reply));
  }
  say(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
  close() {
    this.onclose();
  }
}

const BEGUN = { handle: 'ab'.repeat(16), session: 'cd'.repeat(16), traceparent: '00-' + '1'.repeat(32) + '-' + '2'.repeat(16) + '-01' };
function answers(message) {
  if (message.type === 'hello') return message.token === 'good' ? { type: 'ready', version: 1 } : { type: 'error', code: 'forbidden', detail: 'token' };
  if (message.type === 'begin') return { type: 'begun', id: message.id, ...BEGUN };
  if (message.type === 'resume') return { type: 'resumed', id: message.id, ...BEGUN };
  if (message.type === 'request') return { type: 'answer', id: message.id, status: 201, content_type: 'application/json', body: '{"number":"A-1"}' };
  return { type: 'done', id: message.id };
}
async function open(replies = answers) {
  let link;
  const kiosk = await connect({ token: 'good', socket: () => (link = new Link(replies)) });
  return { kiosk, link };
}

test('a session says what it does, and hears the answers', async () => {
  const { kiosk, link } = await open();
  const session = await kiosk.begin('residence-permit');
  assert.equal(session.id, BEGUN.session);
  assert.equal(session.traceparent, BEGUN.traceparent);
  await session.step('form');
  const answer = await session.request('residence', { method: 'POST', path: '/applications', json: { name: '张三' }, timeout: 1000 });
  assert.deepEqual([answer.ok, answer.status, answer.json().number], [true, 201, 'A-1']);
  await session.step('submit', 'error');
  await session.end();
  assert.deepEqual(link.sent.map((m) => [m.type, m.id]), [['hello', undefined], ['begin', 1], ['step', 2], ['request', 3], ['step', 4], ['end', 5]]);
  assert.deepEqual(link.sent[3], { type: 'request', handle: BEGUN.handle, service: 'residence', method: 'POST', path: '/applications',
                                   body: '{"name":"张三"}', content_type: 'application/json', timeout_ms: 1000, id: 3 });
  assert.equal(link.sent[4].result, 'error');
});

test('a token is asked for with a nonce, and shown at the beginning', async () => {
  const { kiosk, link } = await open((m) => (m.type === 'challenge' ? { type: 'challenge', id: m.id, nonce: 'n' } : answers(m)));
  assert.equal(await kiosk.challenge(), 'n');
  await kiosk.begin('residence-permit', { identityToken: 'a.b.c' });
  assert.deepEqual(link.sent[2], { type: 'begin', matter: 'residence-permit', identity_token: 'a.b.c', id: 2 });
});

test('a token may be shown to the scanner, and cards become values', async () => {
  const { kiosk, link } = await open((m) => (m.type === 'read' ? { type: 'read', id: m.id, fields: Object.values(m.into) } : answers(m)));
  const session = await kiosk.begin('m', { identityCode: true, wait: 20000 });
  assert.deepEqual(link.sent[1], { type: 'begin', matter: 'm', identity_code: true, wait_ms: 20000, id: 1 });
  assert.deepEqual(await session.read('card', { name: 'holder_name', id_number: 'id_number' }), ['holder_name', 'id_number']);
  assert.deepEqual(link.sent[2], { type: 'read', handle: BEGUN.handle, source: 'card', into: { name: 'holder_name', id_number: 'id_number' }, id: 2 });
});

test('whole values are asked for with a purpose and its place', async () => {
  const { kiosk, link } = await open();
  const session = await kiosk.begin('m');
  await session.request('a', { path: '/1' });
  await session.request('a', { path: '/1', whole: 'entry' });
  await session.request('a', { path: '/1', whole: 'certificate' });
  assert.deepEqual(link.sent.slice(2).map((m) => [m.purpose, m.place]), [[undefined, undefined], ['entry', 'entry_screen'], ['certificate', 'printer']]);
});

test('answers find their requests in any order', async () => {
  const held = [];
  const { kiosk, link } = await open((m) => (m.type === 'request' ? (held.push(m), null) : answers(m)));
  const session = await kiosk.begin('m');
  const first = session.request('a', { path: '/1' }), second = session.request('a', { path: '/2' });
  for (const m of held.reverse()) link.say({ type: 'answer', id: m.id, status: 200, content_type: '', body: m.path });
  assert.deepEqual([(await first).text, (await second).text], ['/1', '/2']);
});

test('octets go and come as they are', async () => {
  const octets = Uint8Array.from([255, 254, 0]);
  const { kiosk, link } = await open((m) => (m.type === 'request' ? { type: 'answer', id: m.id, status: 200, content_type: 'application/pdf', body_base64: '//4A' } : answers(m)));
  const session = await kiosk.begin('m');
  const answer = await session.request('a', { method: 'PUT', path: '/', body: octets, contentType: 'application/pdf' });
  assert.equal(link.sent.at(-1).body_base64, '//4A');
  assert.equal(answer.text, null);
  assert.deepEqual(answer.bytes(), octets);
});

test('refusals are errors with a code', async () => {
  await assert.rejects(connect({ token: 'bad', socket: () => new Link(answers) }), { name: 'KioskwardError', code: 'forbidden' });
  const { kiosk } = await open((m) => (m.type === 'request' ? { type: 'error', id: m.id, code: 'cut_off' } : answers(m)));
  const session = await kiosk.begin('m');
  await assert.rejects(session.request('a', { path: '/' }), (e) => e instanceof KioskwardError && e.code === 'cut_off');
});

test('a kiosk that says nothing, closes or cannot be reached is unavailable', async () => {
  await assert.rejects(connect({ token: 'good', timeout: 5, socket: () => new Link(() => null) }), { code: 'timeout' });
  await assert.rejects(connect({ token: 'good', socket: () => { const l = new Link(() => null); queueMicrotask(() => l.onclose()); return l; } }), { code: 'unavailable' });
  const { kiosk, link } = await open((m) => (m.type === 'request' ? null : answers(m)));
  const session = await kiosk.begin('m');
  const asked = session.request('a', { path: '/' });
  link.close();
  await assert.rejects(asked, { code: 'unavailable' });
  await assert.rejects(session.step('form'), { code: 'unavailable' });
});

test('an end that the page did not ask for is told', async () => {
  const { kiosk, link } = await open();
  await kiosk.begin('m');
  const told = new Promise((resolve) => { kiosk.onended = resolve; });
  link.say({ type: 'ended', reason: 'idle' });
  assert.equal(await told, 'idle');
});

test('the token leaves the address and stays in the tab', () => {
  const kept = new Map();
  const place = {
    location: { hash: '#kioskward=0123abcd', pathname: '/p', search: '?a=b' },
    history: { replaceState: (_, __, to) => { place.shown = to; } },
    sessionStorage: { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v) },
  };
  assert.equal(tokenOfPage(place), '0123abcd');
  assert.equal(place.shown, '/p?a=b');
  place.location.hash = '';
  assert.equal(tokenOfPage(place), '0123abcd');
  kept.clear();
  assert.equal(tokenOfPage(place), '');
});

test('values are held by the kiosk, shown masked, revealed and submitted', async () => {
  const CASE = { case: 'ef'.repeat(16), version: 3, number: 'A-1', status: 'filed', name: '张**', values: [{ field: 'phone', text: '138****00', whole: false }] };
  const { kiosk, link } = await open((m) => {
    if (m.type === 'get') return { type: 'value', id: m.id, field: m.field, text: '138****00', whole: false };
    if (m.type === 'reveal') return m.place === 'printer' ? { type: 'error', id: m.id, code: 'reveal_refused', detail: 'field_not_named' }
                                                          : { type: 'value', id: m.id, field: m.field, text: '13800138000', whole: true };
    if (['submit', 'case', 'reveal_case'].includes(m.type)) return { type: 'case', id: m.id, ...CASE };
    if (m.type === 'find') return { type: 'cases', id: m.id, cases: [CASE, { ...CASE, trunk: true, values: [] }] };
    return answers(m);
  });
  const session = await kiosk.begin('residence-permit'), why = { purpose: 'entry', consent: 'C-1' }, { handle } = BEGUN;
  await session.put('phone', '13800138000');
  assert.deepEqual(link.sent.at(-1), { type: 'put', handle, field: 'phone', value: '13800138000', id: 2 });
  assert.deepEqual(await session.get('phone'), { text: '138****00', whole: false });
  assert.equal(await session.reveal('phone'), '13800138000');
  assert.deepEqual(link.sent.at(-1), { type: 'reveal', handle, field: 'phone', purpose: 'entry', place: 'entry_screen', id: 4 });
  await assert.rejects(session.reveal('phone', { purpose: 'certificate', place: 'printer' }), { code: 'reveal_refused' });
  await session.drop('sms_code');
  assert.deepEqual(await session.submit({ ...why, number: 'A-1', status: 'filed' }), { id: CASE.case, version: 3 });
  assert.deepEqual(link.sent.at(-1), { type: 'submit', handle, ...why, number: 'A-1', status: 'filed', for_another: false, id: 7 });
  await session.submit({ ...why, number: 'A-1', status: 'filed', fields: ['phone'], id: CASE.case, version: 3 });
  assert.deepEqual([link.sent.at(-1).fields, link.sent.at(-1).case, link.sent.at(-1).version], [['phone'], CASE.case, 3]);
  const stored = await session.stored(CASE.case, why);
  assert.deepEqual(stored, { id: CASE.case, version: 3, number: 'A-1', status: 'filed', name: '张**', trunk: false, values: { phone: { text: '138****00', whole: false } } });
  assert.deepEqual((await session.find('id_number', '1', why)).map((one) => one.trunk), [false, true]);
  assert.equal((await session.revealCase(CASE.case, ['phone'], { ...why, place: 'entry_screen' })).values.phone.text, '138****00');
  assert.deepEqual(link.sent.at(-1), { type: 'reveal_case', handle, ...why, case: CASE.case, place: 'entry_screen', fields: ['phone'], id: 11 });
  await session.removeCase(CASE.case, 3, why);
  assert.deepEqual(link.sent.at(-1), { type: 'remove_case', handle, ...why, case: CASE.case, version: 3, id: 12 });
});

test('a file goes in parts, with progress, until a refusal or the page ends it', async () => {
  const part = 192 * 1024, size = 2 * part + 5, id = 'ef'.repeat(16), why = { purpose: 'entry', consent: 'C-1' };
  const octets = Uint8Array.from({ length: size }, (_, i) => i % 251), blob = new Blob([octets]);
  let refuse = false;
  const { kiosk, link } = await open((m) => {
    if (m.type === 'drop_file') return { type: 'done', id: m.id };
    if (m.type !== 'put_file') return answers(m);
    if (refuse && m.offset > 0) return { type: 'error', id: m.id, code: 'link_lost' };
    const taken = m.offset + atob(m.data_base64).length;
    return { type: 'file', id: m.id, taken, stored: taken === m.size };
  });
  const session = await kiosk.begin('residence-permit'), heard = [];
  await session.putFile(id, 'photo', blob, { ...why, onProgress: (taken, of) => heard.push([taken, of]) });
  assert.deepEqual(heard, [[part, size], [2 * part, size], [size, size]]);
  const parts = link.sent.filter((m) => m.type === 'put_file');
  assert.deepEqual(parts.map((m) => [m.offset, m.size, m.case, m.field, m.consent]), [0, part, 2 * part].map((at) => [at, size, id, 'photo', 'C-1']));
  const back = parts.map((m) => atob(m.data_base64)).join('');
  assert.ok(back.length === size && octets.every((octet, i) => back.charCodeAt(i) === octet));
  refuse = true;
  await assert.rejects(session.putFile(id, 'photo', blob, why), { code: 'link_lost' });
  refuse = false;
  const stop = new AbortController();
  await assert.rejects(session.putFile(id, 'photo', blob, { ...why, signal: stop.signal, onProgress: () => stop.abort() }), { code: 'interrupted' });
  assert.equal(link.sent.at(-1).type, 'drop_file');
});
