// The vault in the console: node tests/e2e/vault.mjs URL PEOPLE VALUES [PICTURES]. See vault_test.py.
import { beyond, camera, expect, launch, noteRefusals, openPage, step } from './stage.mjs';

const [url, persons, filed, pictures] = process.argv.slice(2);
const PEOPLE = JSON.parse(persons), VALUES = JSON.parse(filed);
const MATTER = 'residence-permit', NUMBER = 'SZ-2026-0017', PAPER = 'SZ-2026-0018', CONSENT = 'C-2026-7';
const browser = await launch();
const faults = [], refusals = [];

/** Somebody in a browser of his own, on the vault's page. */
async function person(role) {
  const page = await openPage(browser, faults);
  noteRefusals(page, refusals);
  const id = (name) => page.getByTestId(name);
  const { account, password, secret } = PEOPLE[role];
  await page.goto(url);
  await id('login-account').fill(account);
  await id('login-password').fill(password);
  await id('login-code').fill((await beyond('code', secret)).code);
  await id('login-submit').click();
  await id('account-menu').waitFor();
  await id('menu-vault').click();
  await id(`vault-row-${MATTER}`).waitFor();
  await page.locator('[data-testid="vault-root-by"][data-by="platform"]').waitFor();
  return { page, id, picture: camera(page, pictures, `vault-${role}`) };
}
async function choose({ page, id }, field, text) {
  await id(field).click();
  await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: text }).first().click();
}
const gone = ({ page }) => page.locator('.ant-modal-wrap').waitFor({ state: 'hidden' });
async function reason({ id }, text) {
  await id('reason-input').fill(text);
  await id('reason-submit').click();
  await id('reason-submit').waitFor({ state: 'hidden' });
}
/** Waits until the matter is told to have this many cases. */
async function cases({ page, id }, count) {
  await id('vault-reload').click();
  await page.locator(`[data-testid="vault-row-${MATTER}"][data-cases="${count}"]`).waitFor();
}
const keyRow = ({ page }, use, version, state) => page.locator(`tr[data-scope="${MATTER}"][data-use="${use}"][data-version="${version}"][data-state="${state}"]`);

async function look(operator) {
  const { page, id, picture } = operator;
  expect('keys are not for him', await id('vault-tab-keys').count(), 0);
  await id(`vault-open-${MATTER}`).click();
  expect('what is stored of a face', await id('vault-field-live_face').getAttribute('data-stored'), 'false');
  await picture('catalogue');
  await id('vault-matter-cases').click();
  await id('vault-look').click();
  await page.locator('.ant-form-item-explain-error').waitFor();
  expect('without a consent nothing is asked', await id('vault-count').count(), 0);
  await id('vault-consent').fill(CONSENT);
  await id('vault-look').click();
  await id(`vault-case-open-${NUMBER}`).click();
  const text = await id('vault-case-drawer').innerText();
  for (const name of ['holder_name', 'id_number', 'phone', 'address']) {
    expect(`${name} stands there whole`, text.includes(VALUES[name]), false);
    expect(`${name} is told to be masked`, await id(`vault-value-${name}`).getAttribute('data-whole'), 'false');
  }
  expect('what has no mask', await id('vault-value-ground').innerText(), VALUES.ground);
  await picture('case');
  step('an operator sees the case masked, once he said what for and by whose consent');
}

async function refusedReveal(operator) {
  const { page, id, picture } = operator;
  await id('vault-reveal').click();
  await choose(operator, 'vault-reveal-fields', '居民身份证号码');
  await page.locator('.ant-modal-title').click();
  await id('vault-reveal-submit').click();
  const refusal = id('vault-refusal');
  await refusal.waitFor();
  expect('the word', await refusal.getAttribute('data-word'), 'reveal_refused');
  expect('the reason', await refusal.getAttribute('data-why'), 'role_not_named');
  expect('in words', (await refusal.innerText()).includes('事项规则未允许您的角色查看该数据项'), true);
  await picture('refused');
  const recorded = await beyond('recorded', 'vault.revealed', 'refused');
  expect('recorded for', `${recorded.consent} ${recorded.fields} ${recorded.why}`, `${CONSENT} id_number role_not_named`);
  await page.locator('.ant-modal-close').click();
  await gone(operator);
  await page.locator('[data-testid="vault-case-drawer"] .ant-drawer-close').click();
  step('whole values are refused him, and the page says why');
}

async function search(operator) {
  const { page, id, picture } = operator;
  await id('vault-way-find').click();
  await choose(operator, 'vault-find-field', '居民身份证号码');
  await id('vault-find-value').fill(VALUES.id_number);
  await id('vault-look').click();
  await id(`vault-case-${NUMBER}`).waitFor();
  await picture('found');
  await id('vault-find-value').fill('440305199001011232');
  await id('vault-look').click();
  await id(`vault-case-${NUMBER}`).waitFor({ state: 'detached' });
  await id('vault-count').waitFor();
  await id('vault-way-newest').click();
  await id('vault-look').click();
  await id(`vault-case-${NUMBER}`).waitFor();
  step('he finds it by the whole number, and nothing by another');
  await page.waitForFunction(() => !document.querySelector('.ant-spin-spinning'));
}

async function rotate(security) {
  const { page, id, picture } = security;
  await id('vault-tab-keys').click();
  await keyRow(security, 'record', 1, 'active').waitFor();
  expect('a wrapping key has no acts', await page.locator('tr[data-use="wrapping"] button[data-testid^="vault-disable-"]').count(), 0);
  await picture('keys');
  await id('vault-rotate').click();
  await choose(security, 'vault-rotate-matter', '居住证签注');
  await picture('rotate');
  await id('vault-rotate-submit').click();
  await page.locator(`[data-testid="vault-rotation-${MATTER}"][data-state="ended"]`).waitFor();
  await keyRow(security, 'record', 1, 'decrypt_only').waitFor();
  await keyRow(security, 'record', 2, 'active').waitFor();
  await picture('rotated');
  expect('cases that were moved', (await beyond('recorded', 'vault.rotated', 'success')).cases, '1');
  step('a rotation moves the case to new keys and ends');
}

async function disable(security, operator) {
  const { id, picture } = security;
  const acted = (row, act) => row.locator(`button[data-testid^="vault-${act}-"]`).click();
  await choose(security, 'vault-filter-use', '整件加密');
  await acted(keyRow(security, 'record', 2, 'active'), 'disable');
  await picture('disable');
  await reason(security, '疑似泄露，先停用');
  await keyRow(security, 'record', 2, 'disabled').waitFor();
  await operator.id('vault-look').click();
  await operator.id(`vault-damaged-${NUMBER}`).waitFor();
  await operator.id(`vault-case-open-${NUMBER}`).click();
  expect('there is nothing to reveal', await operator.id('vault-reveal').count(), 0);
  expect('and it is said why', (await operator.id('vault-damaged').innerText()).includes('密钥已停用或销毁'), true);
  await operator.picture('corrupt');
  await operator.page.locator('[data-testid="vault-case-drawer"] .ant-drawer-close').click();
  await operator.page.locator('[data-testid="vault-case-drawer"]').waitFor({ state: 'detached' });
  await acted(keyRow(security, 'record', 2, 'disabled'), 'destroy');
  expect('what is lost is said first', (await security.page.locator('.ant-modal-body').innerText()).includes('请先轮换'), true);
  await picture('destroy');
  await security.page.locator('.ant-modal-close').click();
  await gone(security);
  await acted(keyRow(security, 'record', 2, 'disabled'), 'restore');
  await reason(security, '核查无误，恢复');
  await keyRow(security, 'record', 2, 'decrypt_only').waitFor();
  await operator.id('vault-look').click();
  await operator.id(`vault-damaged-${NUMBER}`).waitFor({ state: 'detached' });
  await operator.id(`vault-case-${NUMBER}`).waitFor();
  await id('vault-tab-matters').click();
  step('a key is disabled and its case does not open; it is restored and the case does');
}

async function fileByHand(operator) {
  const { page, id, picture } = operator;
  await id('vault-file').click();
  await id('vault-file-consent').fill(CONSENT);
  await id('vault-file-number').fill(PAPER);
  await id('vault-file-value-holder_name').fill(VALUES.holder_name);
  await id('vault-file-value-id_number').fill(VALUES.id_number);
  await choose(operator, 'vault-file-value-sex', '女');
  await id('vault-file-value-valid_until').fill('30.6.2027');
  await id('vault-file-submit').click();
  await page.locator('.ant-form-item-explain-error').waitFor();
  await picture('file');
  await id('vault-file-value-valid_until').fill('2027-06-30');
  await id('vault-file-submit').click();
  await gone(operator);
  await id('vault-look').click();
  await id(`vault-case-open-${PAPER}`).click();
  expect('the name stands there whole', (await id('vault-case-drawer').innerText()).includes(VALUES.holder_name), false);
  expect('the date that was corrected', await id('vault-value-valid_until').innerText(), '2027-06-30');
  await take(operator, PAPER);
  step('a case is filed by hand, its date after a correction, and taken away');
}

/** What the settings list takes two persons: an act on a key waits, is told so, and is done when another approves. */
async function held(security) {
  const { page, id, picture } = security;
  await beyond('demand', 'actVaultKey');
  await id('vault-tab-keys').click();
  await choose(security, 'vault-filter-use', '整件加密');
  for (const [before, act, after] of [['decrypt_only', 'disable', 'disabled'], ['disabled', 'restore', 'decrypt_only']]) {
    await keyRow(security, 'record', 1, before).locator(`button[data-testid^="vault-${act}-"]`).click();
    await reason(security, '按制度由两人执行');
    await page.locator('.ant-message-notice', { hasText: '另一名管理员审批后执行' }).first().waitFor();
    await keyRow(security, 'record', 1, before).waitFor();
    if (act === 'disable') await picture('held');
    await beyond('approve', 'actVaultKey');
    await id('vault-reload').click();
    await keyRow(security, 'record', 1, after).waitFor();
    await page.locator('.ant-message-notice').first().waitFor({ state: 'detached' });
  }
  await id('vault-tab-matters').click();
  step('an act on a key waits for another administrator, and is done by his word');
}

/** Takes the case of the open drawer away. */
async function take({ id, picture }, number) {
  await id('vault-remove').click();
  await picture('remove');
  await id('vault-remove-submit').click();
  await id(`vault-case-${number}`).waitFor({ state: 'detached' });
}
async function remove(operator, security) {
  const { id } = operator;
  await id(`vault-case-open-${NUMBER}`).click();
  await take(operator, NUMBER);
  await cases(security, 0);
  step('the operator takes the case away');
}

try {
  await beyond('file', NUMBER);
  const operator = await person('operator');
  await look(operator);
  await refusedReveal(operator);
  await search(operator);
  await fileByHand(operator);
  const security = await person('security');
  await cases(security, 1);
  await security.picture('matters');
  await rotate(security);
  await disable(security, operator);
  await held(security);
  await remove(operator, security);
  if (faults.length > 0) throw new Error(`the page failed: ${faults.join('; ')}`);
} catch (error) {
  console.log(`FAILED ${error.stack ?? error}`);
  for (const refusal of refusals) console.log(refusal);
  for (const context of browser.contexts()) for (const page of context.pages()) {
    console.log(page.url());
    if (pictures) await page.screenshot({ path: `${pictures}/vault-failed-${browser.contexts().indexOf(context)}.png` });
  }
  process.exitCode = 1;
} finally {
  await browser.close();
  process.stdin.destroy();
}
