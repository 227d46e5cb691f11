// The demo's business page: one session on the kiosk, from this screen to a database behind the platform.
//
// Where the kiosk has a data catalogue, it holds what is filled in, and the page shows it masked before it is sent; what the
// person agrees to goes to the vault as well. Where it has none, the page sends what was filled in at once.
import { connect, tokenOfPage } from './kioskward.js';

const MATTER = 'residence-permit', SERVICE = 'residence';
const at = (id) => document.getElementById(id);
const say = (text, wrong = false) => { at('state').textContent = text; at('state').className = wrong ? 'wrong' : ''; };
let session = null, hasPhone = false;

async function attempt(work) {
  try {
    await work();
  } catch (problem) {
    say(`未能办理 / Not done: ${problem.code ?? problem.message}`, true);
    at('state').dataset.code = problem.code ?? 'page';
  }
}

/** identify has the authority of the address (?authority=URL) sign who the person is, for this session alone; without one
 * nobody is asked. */
async function identify(kiosk) {
  const authority = new URLSearchParams(location.search).get('authority');
  if (!authority) return undefined;
  say('正在核验身份… / Establishing who you are…');
  const at = new URL(authority, location);
  at.searchParams.set('nonce', await kiosk.challenge());
  const answer = await fetch(at);
  if (!answer.ok) throw new Error(`authority: status ${answer.status}`);
  return answer.text();
}

async function begin(kiosk) {
  session = await kiosk.begin(MATTER, { identityToken: await identify(kiosk) });
  at('session').textContent = session.id;
  at('form').hidden = false;
  await session.step('welcome');
  say('请填写 / Please fill in');
}

/** hold gives what was filled in to the kiosk, and out of this page; false where the kiosk holds no values. */
async function hold() {
  try {
    await session.put('holder_name', at('name').value);
    if (at('phone').value) await session.put('phone', at('phone').value);
    else if (hasPhone) await session.drop('phone');
  } catch (problem) {
    if (problem.code === 'vault_unavailable') return false;
    throw problem;
  }
  hasPhone = at('phone').value !== '';
  at('form').reset();
  return true;
}

async function filled() {
  const name = at('name').value;
  if (!await hold()) return submit(name);
  await session.step('form');
  at('shown-name').textContent = (await session.get('holder_name')).text;
  at('shown-phone').textContent = hasPhone ? (await session.get('phone')).text : '—';
  at('reveal').hidden = !hasPhone;
  at('form').hidden = true;
  at('confirm').hidden = false;
  say('请核对 / Please check');
}

async function change() {
  at('name').value = await session.reveal('holder_name');
  if (hasPhone) at('phone').value = await session.reveal('phone');
  at('confirm').hidden = true;
  at('form').hidden = false;
}

async function agreed() {
  await session.step('confirm');
  const number = await apply(await session.reveal('holder_name'));
  const reason = { purpose: 'entry', consent: `C-${session.id.slice(0, 16)}` };
  const { id } = await session.submit({ ...reason, number, status: 'filed' });
  await attach(id, reason);
  await result(number);
}

/** attach has the vault keep the photograph with the case, where one was chosen; it is sent in parts and read by this page
 * one part at a time. */
async function attach(id, reason) {
  const [photo] = at('photo').files;
  if (!photo) return;
  await session.putFile(id, 'photo', photo, {
    ...reason, onProgress: (taken, size) => say(`正在上传照片… / Sending the photograph: ${Math.floor((100 * taken) / size)} %`) });
  await session.step('upload');
  at('photo').value = '';
}

async function submit(name) {
  await session.step('form');
  await result(await apply(name));
}

async function apply(name) {
  const made = await session.request(SERVICE, { method: 'POST', path: '/applications', json: { name } });
  await session.step('submit', made.ok ? 'ok' : 'error');
  if (!made.ok) throw new Error(`status ${made.status}`);
  return made.json().number;
}

async function result(number) {
  const shown = await session.request(SERVICE, { path: `/applications/${number}?lang=zh` });
  await session.step('result', shown.ok ? 'ok' : 'error');
  at('number').textContent = `受理号 / Number ${number}`;
  at('form').hidden = at('confirm').hidden = true;
  at('done').hidden = false;
  say('已受理 / Accepted');
}

at('form').onsubmit = (event) => { event.preventDefault(); attempt(filled); };
at('agree').onclick = () => attempt(agreed);
at('change').onclick = () => attempt(change);
at('reveal').onclick = () => attempt(async () => { at('shown-phone').textContent = await session.reveal('phone'); });
at('forbidden').onclick = () => attempt(() => session.request(SERVICE, { method: 'DELETE', path: '/applications/1' }));
at('end').onclick = () => attempt(async () => {
  await session.step('finish');
  await session.end();
  at('done').hidden = true;
  say('再见 / Goodbye');
});

await attempt(async () => {
  const kiosk = await connect({ token: tokenOfPage() });
  kiosk.onended = (reason) => { at('photo').value = ''; at('form').hidden = at('confirm').hidden = at('done').hidden = true; say(`会话已结束 / The session has ended: ${reason}`, true); };
  await begin(kiosk);
});
