// Kioskward's client for the business page of a kiosk: one session at a time over the agent's local API (docs/design/business.md).
//
//   import { connect, tokenOfPage } from './kioskward.js';
//   const kiosk = await connect({ token: tokenOfPage() });
//   const nonce = await kiosk.challenge();                    // where the matter wants to know that somebody was identified:
//   const identityToken = await …                             // the authority's, with this nonce in it
//   const session = await kiosk.begin('residence-permit', { identityToken });
//   await session.step('form');
//   const answer = await session.request('residence', { method: 'POST', path: '/applications', json: { … } });
//   if (answer.ok) await session.step('submit'); else await session.step('submit', 'error');
//   await session.put('phone', input.value);                  // held by the kiosk for as long as the session is there
//   input.value = (await session.get('phone')).text;          // masked: 138****00
//   const { id, version } = await session.submit({ purpose: 'entry', consent: 'C-1', number: 'A-1', status: 'filed' });
//   await session.putFile(id, 'photo', blob, { purpose: 'entry', consent: 'C-1', onProgress: (taken, size) => … });
//   await session.end();
//
// Plain ES module without dependencies. Nothing is retried: what a failure means is the page's to decide. Errors are
// KioskwardError with a `code`: no_link, vault_unavailable (this kiosk holds no values), cut_off, identity_required, busy, timeout, path_forbidden, backend_timeout, …
const KEY = 'kioskward.token';
const SESSION = 'kioskward.session';
const PART = 192 * 1024;  // octets of a file in one message

export class KioskwardError extends Error {
  constructor(code, detail = '') {
    super(detail ? `${code}: ${detail}` : code);
    this.name = 'KioskwardError';
    this.code = code;
  }
}

/** tokenOfPage takes the token from the address (#kioskward=…), where the kiosk's shell put it, and out of it; pages that
 * follow in the same tab have it too. */
export function tokenOfPage(place = globalThis) {
  const { location, history, sessionStorage } = place;
  const found = /^#kioskward=([0-9a-f]+)$/.exec(location.hash);
  if (found) {
    sessionStorage.setItem(KEY, found[1]);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY) ?? '';
}

/** connect opens the local API and shows the token. */
export function connect({ token, url = 'ws://127.0.0.1:8671/session', timeout = 5000, socket = (at) => new WebSocket(at) } = {}) {
  return new Promise((resolve, reject) => {
    const link = socket(url);
    const timer = setTimeout(() => { reject(new KioskwardError('timeout', 'no answer from the kiosk')); link.close(); }, timeout);
    const refuse = (code, detail) => { clearTimeout(timer); reject(new KioskwardError(code, detail)); };
    link.onopen = () => link.send(JSON.stringify({ type: 'hello', token }));
    link.onerror = () => refuse('unavailable', 'the kiosk does not take the connection');
    link.onclose = () => refuse('unavailable', 'the kiosk closed the connection');
    link.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type !== 'ready') return refuse(message.code ?? 'malformed', message.detail);
      clearTimeout(timer);
      resolve(new Kiosk(link));
    };
  });
}

export class Kiosk {
  #link;
  #next = 1;
  #waiting = new Map();
  #session = null;
  #gone = false;
  /** onended is called with the reason where the session ends without the page's doing: idle, shell_ended, … */
  onended = () => {};

  constructor(link) {
    this.#link = link;
    link.onmessage = ({ data }) => this.#take(JSON.parse(data));
    link.onclose = link.onerror = () => this.#lost();
  }

  /** challenge gives the nonce that an identity authority has to put into its token, for one beginning within five minutes. */
  async challenge() {
    return (await this.ask({ type: 'challenge' })).nonce;
  }
  /** begin; with the authority's token (OpenID Connect) where the matter is for identified persons alone. `identityCode`: a
   * telephone shows that token to the kiosk's scanner, within `wait` milliseconds. */
  async begin(matter, { identityToken, identityCode = false, wait } = {}) {
    const who = identityCode ? { identity_code: true, wait_ms: wait } : { identity_token: identityToken || undefined };
    return this.#open(await this.ask({ type: 'begin', matter, ...who }));
  }
  /** resume takes up the session of the page before, within ten seconds; without a handle the one of this tab. */
  async resume(handle = globalThis.sessionStorage?.getItem(SESSION) ?? '') {
    return this.#open(await this.ask({ type: 'resume', handle }));
  }
  close() {
    this.#link.close();
  }

  /** ask sends one message and gives its answer; for Session. */
  ask(message) {
    if (this.#gone) return Promise.reject(new KioskwardError('unavailable', 'the connection is closed'));
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#link.send(JSON.stringify({ ...message, id }));
    });
  }

  #open({ handle, session, traceparent }) {
    globalThis.sessionStorage?.setItem(SESSION, handle);
    this.#session = new Session(this, handle, session, traceparent);
    return this.#session;
  }
  #take(message) {
    if (message.type === 'ended') {
      this.#session = null;
      this.onended(message.reason);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    this.#waiting.delete(message.id);
    if (message.type === 'error') waiting.reject(new KioskwardError(message.code, message.detail));
    else waiting.resolve(message);
  }
  #lost() {
    this.#gone = true;
    for (const { reject } of this.#waiting.values()) reject(new KioskwardError('unavailable', 'the connection is closed'));
    this.#waiting.clear();
  }
}

export class Session {
  #kiosk;
  constructor(kiosk, handle, id, traceparent) {
    this.#kiosk = kiosk;
    this.handle = handle;
    this.id = id;                    // a pseudonym, new for each session
    this.traceparent = traceparent;  // W3C Trace Context
  }
  /** step says that a step of the screen is done: one of the words of the list, "ok" or "error". */
  async step(name, result = 'ok') {
    await this.#kiosk.ask({ type: 'step', handle: this.handle, step: name, result });
  }
  /** request asks a back-end service through the platform. Any status is an answer; `ok` is below 400. Where the platform
   * masks an answer, `whole: 'entry'` asks for the values that the person may see on an entry screen, and 'certificate'
   * for those that the matter's printed proof bears; it is recorded. */
  async request(service, { method = 'GET', path, json, body, contentType, timeout, whole } = {}) {
    const message = { type: 'request', handle: this.handle, service, method, path };
    if (json !== undefined) Object.assign(message, { body: JSON.stringify(json), content_type: 'application/json' });
    if (typeof body === 'string') message.body = body;
    else if (body !== undefined) message.body_base64 = toBase64(new Uint8Array(body));
    if (contentType) message.content_type = contentType;
    if (timeout) message.timeout_ms = timeout;
    if (whole) Object.assign(message, { purpose: whole, place: whole === 'certificate' ? 'printer' : 'entry_screen' });
    return new Answer(await this.#kiosk.ask(message));
  }
  /** put has the kiosk hold one datum of the matter: text, in memory that is wiped when the session ends. */
  async put(field, value) {
    await this.#say('put', { field, value });
  }
  /** read waits for an identity card ('card') or a code ('code') and has the kiosk hold what it says: `into` names the datum
   * that each fact becomes, as in { name: 'holder_name', id_number: 'id_number' }; of a code { text: … }. The page hears no
   * values: get and reveal show them. */
  async read(source, into, { wait } = {}) {
    return (await this.#say('read', { source, into, wait_ms: wait })).fields;
  }
  /** get gives the value as it may stand on a screen: `{ text, whole }`, masked unless the datum has no mask. */
  async get(field) {
    return shown(await this.#say('get', { field }));
  }
  /** reveal gives the whole value, for the screen that it was entered on, or for the printer where the matter's certificate
   * bears it; each time is recorded. */
  async reveal(field, { purpose = 'entry', place = 'entry_screen' } = {}) {
    return (await this.#say('reveal', { field, purpose, place })).text;
  }
  async drop(field) {
    await this.#say('drop', { field });
  }
  /** submit stores what is held, or the named fields of it, as a case: `{ id, version }`. With these two, that case anew. */
  async submit({ purpose, consent, number, status, forAnother = false, fields, id, version }) {
    const told = await this.#say('submit', { purpose, consent, number, status, for_another: forAnother, fields, case: id, version });
    return { id: told.case, version: told.version };
  }
  /** stored gives a case, masked: `{ id, version, number, status, name, trunk, values }`, values by field as `get` has them. */
  async stored(id, { purpose, consent }) {
    return caseOf(await this.#say('case', { purpose, consent, case: id }));
  }
  /** find looks for cases by one datum that the catalogue calls searchable. */
  async find(field, value, { purpose, consent }) {
    return (await this.#say('find', { purpose, consent, field, value })).cases.map(caseOf);
  }
  /** revealCase gives the named data of a stored case whole, under the rules of reveal. */
  async revealCase(id, fields, { purpose, consent, place }) {
    return caseOf(await this.#say('reveal_case', { purpose, consent, case: id, place, fields }));
  }
  async removeCase(id, version, { purpose, consent }) {
    await this.#say('remove_case', { purpose, consent, case: id, version });
  }
  /** putFile stores a Blob in a field of a stored case that the catalogue calls a file: sent in parts, kept by nobody on the
   * way. `onProgress(taken, size)` after each. One at a time; a refusal gives it up, and so do `signal` (AbortSignal) and
   * the session's end. Files are not given back to pages. */
  async putFile(id, field, blob, { purpose = 'entry', consent, onProgress = () => {}, signal } = {}) {
    for (let offset = 0; ;) {
      if (signal?.aborted) {
        if (offset > 0) await this.#say('drop_file');
        throw new KioskwardError('interrupted');
      }
      const octets = new Uint8Array(await blob.slice(offset, offset + PART).arrayBuffer());
      const { taken, stored } = await this.#say('put_file', {
        purpose, consent, case: id, field, size: blob.size, offset, data_base64: toBase64(octets) });
      offset = taken;
      onProgress(taken, blob.size);
      if (stored) return;
    }
  }
  async end() {
    await this.#kiosk.ask({ type: 'end', handle: this.handle });
    globalThis.sessionStorage?.removeItem(SESSION);
  }
  #say(type, more) {
    return this.#kiosk.ask({ type, handle: this.handle, ...more });  // JSON leaves out what is undefined
  }
}

function shown({ text, whole }) {
  return { text, whole };
}
function caseOf({ case: id, version, number, status, name, trunk = false, values }) {
  return { id, version, number, status, name, trunk, values: Object.fromEntries(values.map((one) => [one.field, shown(one)])) };
}

export class Answer {
  #octets;
  constructor({ status, content_type, body, body_base64 }) {
    this.status = status;
    this.ok = status < 400;
    this.contentType = content_type;
    this.text = body ?? null;  // null where it is no text
    this.#octets = body_base64;
  }
  json() {
    return JSON.parse(this.text);
  }
  bytes() {
    if (this.text !== null) return new TextEncoder().encode(this.text);
    return Uint8Array.from(atob(this.#octets), (c) => c.charCodeAt(0));
  }
}

function toBase64(octets) {
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return btoa(text);
}
