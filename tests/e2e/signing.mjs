// Persons who sign, in the console: node tests/e2e/signing.mjs URL PERSON FOLDER [PICTURES]. See signing_test.py.
import { beyond, camera, expect, launch, openPage, DESK, step } from './stage.mjs';

const [url, person, folder, pictures] = process.argv.slice(2);
const { account, password, secret } = JSON.parse(person);
const browser = await launch();
const faults = [];
const page = await openPage(browser, faults, { ...DESK, acceptDownloads: true });
const id = (name) => page.getByTestId(name);
const picture = camera(page, pictures, 'signing');
const PHRASE = 'a passphrase of a person';
const file = `${folder}/${account}.key`;

async function signOpen(phrase = PHRASE) {
  await id('signing-sign').click();
  await id('key-file').setInputFiles(file);
  await id('key-passphrase').fill(phrase);
  await id('key-submit').click();
}
async function openWaiting(kind) {
  await page.goto(`${url}/#/signings`);
  await id('signings-tab-waiting').click();
  await page.locator(`tr[data-kind="${kind}"][data-state="waiting"]`).click();
  await id('signing-state').waitFor();
}

try {
  await page.goto(url);
  await id('login-account').fill(account);
  await id('login-password').fill(password);
  await id('login-code').fill((await beyond('code', secret)).code);
  await id('login-submit').click();
  await id('account-menu').waitFor();

  await page.goto(`${url}/#/signings`);
  await id('signings-tab-rule').click();
  await id('persons-none').waitFor();
  await picture('no-rule');
  await id('signings-tab-keys').click();
  await id('key-make').click();
  await id('key-label').fill('办公室');
  await id('key-new-passphrase').fill(PHRASE);
  await id('key-again').fill('another passphrase');
  await id('key-make-submit').click();
  await picture('two-phrases');
  await id('key-again').fill(PHRASE);
  const saved = page.waitForEvent('download');
  await id('key-make-submit').click();
  await (await saved).saveAs(file);
  await id(`key-row-${account}`).waitFor();
  await picture('keys');
  step('a key is made, saved, and its public half added');

  await id('signings-tab-rule').click();
  await id('persons-propose').click();
  await id(`persons-key-${account}`).click();
  await id('persons-key-sysadmin').click();
  await id('persons-reason').fill('两人共同管理');
  await picture('propose');
  await id('persons-submit').click();
  await id('persons-submit').waitFor({ state: 'detached' });
  step('the first rule is proposed');

  await openWaiting('persons');
  await signOpen('not this passphrase');
  await id('key-wrong').waitFor();
  await picture('wrong-passphrase');
  await id('key-passphrase').fill(PHRASE);
  await id('key-submit').click();
  await page.getByTestId('signing-signers').filter({ hasText: account }).waitFor();
  await picture('signed');
  expect('the other signs', (await beyond('sign', 'persons')).state, 'complete');
  await page.locator('.ant-drawer-close').click();
  await id('signings-tab-rule').click();
  await id('persons-rule').waitFor();
  expect('revision', await id('persons-rule').getAttribute('data-revision'), '1');
  await picture('rule');
  step('both have signed: the rule is in force');

  await page.goto(`${url}/#/policy`);
  await id('policy-note').fill('首次发布');
  await id('policy-publish').click();
  await id('policy-waits').waitFor();
  await picture('policy-waits');
  await openWaiting('policy');
  await picture('policy-signing');
  await signOpen();
  await page.getByTestId('signing-signers').filter({ hasText: account }).waitFor();
  expect('the other signs', (await beyond('sign', 'policy')).state, 'complete');
  await page.goto(`${url}/#/policy`);
  await page.locator('[data-testid="policy-revision"][data-revision="1"]').waitFor();
  await picture('policy-in-force');
  step('a policy waits for two persons, and is in force when they have signed');
  if (faults.length > 0) throw new Error(`the page failed: ${faults.join('; ')}`);
} catch (error) {
  await picture('failed');
  console.log(`FAILED ${error.stack ?? error}`);
  console.log(page.url());
  process.exitCode = 1;
} finally {
  await browser.close();
  process.stdin.destroy();
}
