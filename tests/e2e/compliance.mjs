// Compliance in the console: node tests/e2e/compliance.mjs URL PERSON [PICTURES]. See compliance_test.py.
import { beyond, camera, expect, launch, noteRefusals, openPage, step } from './stage.mjs';

const [url, person, pictures] = process.argv.slice(2);
const { account, password, secret } = JSON.parse(person);
const browser = await launch();
const faults = [], refusals = [];
const page = await openPage(browser, faults);
noteRefusals(page, refusals);
const id = (name) => page.getByTestId(name);
const picture = camera(page, pictures, 'compliance');
const marked = (name, attributes) => page.locator(`[data-testid="${name}"]${Object.entries(attributes).map(([key, value]) => `[data-${key}="${value}"]`).join('')}`);
const shut = async () => {
  await page.locator('[data-testid="compliance-drawer"] .ant-drawer-close').click();
  await id('compliance-drawer').waitFor({ state: 'hidden' });
};

async function enter() {
  await page.goto(url);
  await id('login-account').fill(account);
  await id('login-password').fill(password);
  await id('login-code').fill((await beyond('code', secret)).code);
  await id('login-submit').click();
  await id('account-menu').waitFor();
  await id('menu-compliance').click();
  await id('compliance-score').waitFor();
}

async function look() {
  expect('the embedded store is told to be no distributed one', await id('compliance-count-not_met').count(), 1);
  expect('unknown stands beside the score', Number(await id('compliance-count-unknown').getAttribute('data-count')) > 10, true);
  await picture('overview', { fullPage: true });
  await id('compliance-count-not_met').click();
  await id('compliance-open-7.4.1.1').click();
  await marked('compliance-detail-status', { status: 'not_met' }).waitFor();
  await marked('compliance-check-store', { outcome: 'fails', why: 'differs' }).waitFor().catch(async () => {
    throw new Error(`no such check: ${await id('compliance-drawer').innerText()}`);
  });
  await picture('requirement');
  await shut();
  step('a requirement that is not met says why');
}

async function record() {
  await page.evaluate(() => { location.hash = '#/compliance?subject=platform'; });
  await id('compliance-tab-requirements').click();
  await page.locator('[data-testid="compliance-filter-status"]').hover();
  await page.locator('[data-testid="compliance-filter-status"] .ant-select-clear').click();
  await id('compliance-open-1').click();
  await marked('compliance-detail-status', { status: 'unknown' }).waitFor();
  await id('compliance-file').click();
  await id('compliance-file-submit').click();
  await page.locator('.ant-form-item-explain-error').first().waitFor();
  await id('compliance-file-reference').fill('B-2026-1');
  await id('compliance-file-issuer').fill('市政务和数据局');
  await id('compliance-file-until').fill('2029-01-01');
  for (const field of ['terminal_type', 'platform', 'sites', 'operating_unit', 'approver']) await id(`compliance-file-field-${field}`).fill('已定');
  await page.locator('input[type="file"]').setInputFiles({ name: 'boundary.pdf', mimeType: 'application/pdf', buffer: Buffer.from('abc') });
  // GB/T 32905-2016, annex A.1
  expect('the digest is SM3', (await id('compliance-file-digest').innerText()).includes('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'), true);
  await picture('file');
  await id('compliance-file-submit').click();
  await marked('compliance-detail-status', { status: 'met_attested' }).waitFor();
  const told = await beyond('recorded', 'compliance.record.filed');
  expect('the ledger has its number', told.number, 'B-2026-1');
  expect('and none of its fields', JSON.stringify(told).includes('已定'), false);
  await shut();
  step('a record that is filed attests');
  await id('compliance-tab-records').click();
  await marked('compliance-record-B-2026-1', { state: 'standing' }).waitFor();
  await picture('records');
  await id('compliance-withdraw-B-2026-1').click();
  await id('reason-input').fill('写错了');
  await id('reason-submit').click();
  await marked('compliance-record-B-2026-1', { state: 'withdrawn' }).waitFor();
  await beyond('recorded', 'compliance.record.withdrawn');
  step('a record that is withdrawn does not');
}

async function declare() {
  await id('compliance-tab-requirements').click();
  await id('compliance-open-9.1.2').click();
  await id('compliance-declare').click();
  await id('compliance-declare-reference').fill('S-2026-1');
  await id('compliance-declare-reason').fill('本平台不向公安机关供数');
  await id('compliance-declare-until').fill('2027-06-01');
  await id('compliance-declare-submit').click();
  await passwordIfAsked();
  await page.locator('.ant-modal-wrap').waitFor({ state: 'hidden' });
  expect('the second person approves', (await beyond('approve')).outcome, 'done');
  await marked('compliance-detail-status', { status: 'not_applicable' }).waitFor();  // the live link tells
  await picture('not-applicable');
  await shut();
  step('what two persons said does not apply');
}

/** What is critical asks for password and code once more, where the log-in is some time ago. */
async function passwordIfAsked() {
  const asked = id('confirm-password');
  await Promise.race([asked.waitFor().catch(() => undefined), page.locator('.ant-modal-wrap').waitFor({ state: 'hidden' })]);
  if (await asked.count() === 0) return;
  await asked.fill(password);
  await id('confirm-code').fill((await beyond('code', secret)).code);
  await id('confirm-submit').click();
}

async function english() {
  await page.evaluate(() => localStorage.setItem('kw.lang', 'en'));
  await page.reload();
  await id('compliance-score').waitFor();
  const text = await page.locator('#main').innerText();
  expect('no Chinese is left in English', /[\u4e00-\u9fff]/.test(text), false);
  await picture('overview-en', { fullPage: true });
  await id('compliance-tab-changes').click();
  await id('compliance-change-9.1.2').first().waitFor();
  await picture('changes-en');
  step('the page speaks English');
}

let code = 0;
try {
  await enter();
  await look();
  await record();
  await declare();
  await english();
  if (faults.length > 0) throw new Error(faults.join('\n'));
} catch (error) {
  console.log(`FAILED ${error}\n${refusals.slice(-3).join('\n')}`);
  await picture('failed');
  code = 1;
}
await browser.close();
process.exit(code);
