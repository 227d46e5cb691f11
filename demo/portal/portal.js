// The demo's business page: one session on the kiosk, from this screen to a database behind the platform.
import { connect, tokenOfPage } from './kioskward.js';

const MATTER = 'residence-permit', SERVICE = 'residence';
const at = (id) => document.getElementById(id);
const say = (text, wrong = false) => { at('state').textContent = text; at('state').className = wrong ? 'wrong' : ''; };
let session = null;

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

async function submit() {
  await session.step('form');
  const made = await session.request(SERVICE, { method: 'POST', path: '/applications', json: { name: at('name').value } });
  await session.step('submit', made.ok ? 'ok' : 'error');
  if (!made.ok) throw new Error(`status ${made.status}`);
  const { number } = made.json();
  const shown = await session.request(SERVICE, { path: `/applications/${number}?lang=zh` });
  await session.step('result', shown.ok ? 'ok' : 'error');
  at('number').textContent = `受理号 / Number ${number}`;
  at('form').hidden = true;
  at('done').hidden = false;
  say('已受理 / Accepted');
}

at('form').onsubmit = (event) => { event.preventDefault(); attempt(submit); };
at('forbidden').onclick = () => attempt(() => session.request(SERVICE, { method: 'DELETE', path: '/applications/1' }));
at('end').onclick = () => attempt(async () => {
  await session.step('finish');
  await session.end();
  at('done').hidden = true;
  say('再见 / Goodbye');
});

await attempt(async () => {
  const kiosk = await connect({ token: tokenOfPage() });
  kiosk.onended = (reason) => { at('form').hidden = at('done').hidden = true; say(`会话已结束 / The session has ended: ${reason}`, true); };
  await begin(kiosk);
});
