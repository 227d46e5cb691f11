// Passkeys in the console: node tests/e2e/passkey.mjs URL PERSON [PICTURES]. See passkey_test.py.
import { beyond, camera, expect, launch, noteRefusals, openPage, step } from './stage.mjs';

const [url, person, pictures] = process.argv.slice(2);
const { account, password, secret } = JSON.parse(person);
const browser = await launch();
const faults = [];
const refusals = [];
const page = await openPage(browser, faults);
noteRefusals(page, refusals);
const id = (name) => page.getByTestId(name);
const picture = camera(page, pictures, 'passkey');

const cdp = await page.context().newCDPSession(page);
await cdp.send('WebAuthn.enable', { enableUI: false });
async function authenticator(more = {}) {
  const made = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, ...more },
  });
  return made.authenticatorId;
}
const credentials = async (authenticatorId) => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;

async function codeLogin() {
  await id('login-factor-totp').click();
  await id('login-account').fill(account);
  await id('login-password').fill(password);
  await id('login-code').fill((await beyond('code', secret)).code);
  await id('login-submit').click();
  await id('account-menu').waitFor();
}
async function leave() {
  await id('account-menu').click();
  await id('logout').click();
  await id('login-account').waitFor();
}
async function factors() {
  await id('account-menu').click();
  await id('account-factors').click();
  await id('factor-add-passkey').waitFor(); // the dialog's own element has no size
}
async function passkeyLogin() {
  await id('login-account').fill(account);
  await id('login-password').fill(password);
  await id('login-factor-passkey').click();
  await picture('login');
  await id('login-submit').click();
}

try {
  await page.goto(url);
  await codeLogin();
  const first = await authenticator();
  await factors();
  await id('factor-add-passkey').click();
  await id('factor-name').fill('办公电脑');
  await id('factor-add-submit').click();
  await id('factor-row-passkey').waitFor();
  await picture('registered');
  expect('the name', (await id('factor-row-passkey').innerText()).includes('办公电脑'), true);
  expect('credentials of the authenticator', (await credentials(first)).length, 1);
  await beyond('audited', 'admin.factor.added', 'factor', 'passkey');
  step('a passkey is registered under a name');

  await id('factor-add-passkey').click();
  await id('factor-name').fill('again');
  await id('factor-add-submit').click();
  await id('factor-add-failed').waitFor();
  await page.keyboard.press('Escape');
  step('the same authenticator is not registered twice');

  await page.reload();
  await id('account-menu').waitFor();
  await leave();
  await passkeyLogin();
  await id('account-menu').waitFor();
  expect('the session', (await page.evaluate(async () => (await fetch('/api/v1/session')).json())).factor, 'passkey');
  await beyond('audited', 'admin.login', 'factor', 'passkey');
  step('logged in with password and passkey');

  await leave();
  const [known] = await credentials(first);
  await cdp.send('WebAuthn.removeCredential', { authenticatorId: first, credentialId: known.credentialId });
  await cdp.send('WebAuthn.addCredential', { authenticatorId: first, credential: { ...known, signCount: 0 } });
  await passkeyLogin();
  await id('login-error').waitFor();
  await beyond('audited', 'admin.login.refused', 'reason', 'counter');
  await beyond('audited', 'admin.factor.cloned', 'factor', 'passkey');
  await picture('cloned');
  step('a passkey that counts backwards is refused and told');

  await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: first });
  const unverified = await authenticator({ isUserVerified: false });
  await passkeyLogin();
  await id('login-no-passkey').waitFor();
  await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: unverified });
  step('an authenticator that does not know its person, or holds no passkey, shows nothing');

  await codeLogin();
  await factors();
  await id('factor-remove-passkey').click();
  await id('factor-remove-confirm').click();
  await id('factor-row-passkey').waitFor({ state: 'detached' });
  await beyond('audited', 'admin.factor.removed', 'factor', 'passkey');
  step('the passkey is removed, the code still opens');

  const second = await authenticator();
  await id('factor-add-passkey').click();
  await id('factor-name').fill('手机');
  await id('factor-add-submit').click();
  await id('factor-row-passkey').waitFor();
  await beyond('require', 'security:passkey');
  await page.reload();
  await id('factors-forced').waitFor();
  await picture('forced');
  await id('factors-logout').click();
  await passkeyLogin();
  await id('account-menu').waitFor();
  await id('menu-devices').click();
  expect('nothing is forced', await id('factors-forced').count(), 0);
  expect('credentials', (await credentials(second)).length, 1);
  step('a role that has to use one goes on with it only');
  if (faults.length) throw new Error(faults.join('\n'));
} catch (error) {
  console.log(`FAILED ${error.stack}\n${refusals.slice(-8).join('\n')}\n${faults.join('\n')}`);
  await picture('failed');
  process.exitCode = 1;
} finally {
  await browser.close();
  process.stdin.destroy();
}
