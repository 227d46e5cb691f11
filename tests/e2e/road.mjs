// Walks the main road in the console: node tests/e2e/road.mjs URL ONE_TIME_PASSWORDS [PICTURES]. See console_test.py.
import { readFileSync } from 'node:fs';
import { beyond, camera, expect, launch, noteRefusals, openPage, step } from './stage.mjs';

const [url, passwords, pictures] = process.argv.slice(2);
const oneTime = JSON.parse(passwords);
const browser = await launch();
const faults = [];
const refusals = [];  // shown when a step fails: a notification is gone by then

/** One administrator in a browser of his own. */
async function person(account) {
  const page = await openPage(browser, faults);
  noteRefusals(page, refusals);
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:') && !request.url().startsWith('ws://127.0.0.1')) faults.push(`request to ${request.url()}`);
  });
  const id = (name) => page.getByTestId(name);
  const one = { page, id, password: `Long.Walk-7f3-${account.length}Q!`, picture: camera(page, pictures, account) };
  one.open = async (menu) => id(`menu-${menu}`).click();
  one.reason = async (text) => {
    await id('reason-input').fill(text);
    await id('reason-submit').click();
    await id('reason-submit').waitFor({ state: 'hidden' });
  };
  one.activate = async () => {
    await page.goto(`${url}/#/activate`);
    await id('activation-account').fill(account);
    await id('activation-one-time').fill(oneTime[account]);
    await id('activation-password').fill(one.password);
    await id('activation-repeat').fill(one.password);
    await id('activation-next').click();
    one.secret = (await id('activation-secret').innerText()).replace(/\s/g, '');
    await one.picture('activation');
    await id('activation-code').fill((await beyond('code', one.secret)).code);
    await id('activation-confirm').click();
    await id('account-menu').waitFor();
    await one.picture('home');
  };
  return one;
}

async function choose(one, field, text) {
  await one.id(field).click();
  await one.page.locator('.ant-select-dropdown:visible .ant-select-item-option', { hasText: text }).first().click();
}

async function enrol(one) {
  await one.open('sites');
  await one.id('site-create').click();
  await one.id('site-name').fill('市民中心服务大厅');
  await one.id('site-address').fill('福中三路');
  await one.id('site-submit').click();
  await one.id('site-submit').waitFor({ state: 'hidden' });
  await one.open('enrolments');
  await one.id('enrolments-tab-tokens').click();
  await one.id('token-create').click();
  await choose(one, 'token-site', '市民中心');
  await one.id('token-submit').click();
  const token = (await one.id('token-value').innerText()).trim();
  await one.picture('token');
  await one.id('token-once-close').click();
  step('a one-time token is made and shown once');

  const kiosk = await beyond('enrol', token);
  await one.id('enrolments-tab-pending').click();
  await one.page.locator('[data-testid^="enrolment-open-"]').first().click();
  await one.id('binding-name').fill('大厅一号机');
  await one.id('binding-address').fill(kiosk.address);
  await one.id('binding-gateway').fill(kiosk.gateway);
  await one.id('binding-mac').fill(kiosk.mac);
  await one.id('binding-custodian').fill('张三');
  await one.id('binding-phone').fill('0755-00000000');
  await one.picture('approval');
  await one.id('enrolment-approve').click();
  await one.id('enrolment-drawer').waitFor({ state: 'hidden' });
  step('the kiosk that asked is approved and bound');
  await beyond('enrolled');
}

async function publish(one) {
  await one.open('policy');
  await one.id('policy-mode-enforce').click();
  await one.id('policy-add-allow-out').click();
  await one.id('policy-allow-out-0-name').fill('business');
  await one.id('policy-allow-out-0-address').fill('198.18.10.20');
  await one.id('policy-allow-out-0-ports').fill('8080');
  await one.page.locator('[data-testid="policy-check"][data-state="ok"]').waitFor();
  await one.id('policy-note').fill('first policy');
  await one.picture('policy');
  await one.id('policy-publish').click();
  await one.page.locator('[data-testid="policy-revision"][data-revision="1"]').waitFor();
  step('the first policy is published');
}

/** Switches a section of the kiosk's own defence to watch, and publishes both parts as one. */
async function defend(one) {
  await one.open('policy');
  await one.id('policy-part-defence').click();
  await one.id('defence-peripherals-mode-watch').click();
  await one.page.locator('[data-testid="policy-changes"] [data-section="peripherals"]').first().waitFor();
  await one.page.locator('[data-testid="policy-check"][data-state="ok"]').waitFor();
  await one.id('policy-note').fill('watch what is plugged in');
  await one.picture('defence');
  await one.id('policy-publish').click();
  await one.page.locator('[data-testid="policy-revision"][data-revision="2"]').waitFor();
  await one.id('policy-part-network').click();
  if (await one.id('policy-allow-out-0-name').inputValue() !== 'business') throw new Error('the network part is gone');
  step('peripherals are watched, the network part is as it was');
}

/** Opens the device's page and waits for its live state. */
async function device(one, state) {
  await one.open('devices');
  const link = one.page.locator('[data-testid^="device-open-"]').first();
  await link.click();
  await one.page.locator(`[data-testid^="device-state-"][data-state="${state}"]`).first().waitFor();
}

async function violation(one) {
  await device(one, 'online');
  await one.page.locator('[data-testid="device-policy"]').getByText('2').first().waitFor();
  await one.picture('device-online');
  await one.open('alarms');
  await beyond('violate', 'tcp');
  const alarm = one.page.locator('[data-testid^="alarm-row-"][data-type="net.outbound.illegal"]').first();
  await alarm.waitFor();
  step('the violation arrives in the list of alarms without a reload');
  await alarm.click();
  await one.id('alarm-drawer').waitFor();
  await one.picture('alarm');
  await one.id('alarm-acknowledge').click();
  await one.reason('looked at it');
  step('the alarm is acknowledged');
  await one.page.keyboard.press('Escape');
  await one.id('alarm-drawer').waitFor({ state: 'hidden' });
  await device(one, 'cut');
  await one.picture('device-cut');
  await one.id('device-release').click();
  await one.reason('site visited, cable checked');
  await one.page.locator('[data-testid^="device-state-"][data-state="online"]').first().waitFor();
  step('the kiosk is released and on line again');
}

async function prove(one) {
  await one.open('audit');
  await one.page.locator('[data-testid^="audit-row-"][data-type="net.outbound.illegal"]').first().waitFor();
  await one.page.locator('[data-testid^="audit-open-"]').first().click();
  await one.id('audit-prove').click();
  await one.id('audit-proof-ok').waitFor();
  await one.picture('proof');
  step('the newest audit entry is proved in the browser');
  const saved = one.page.waitForEvent('download');
  await one.id('audit-receipt').click();
  const receipt = await (await saved).path();
  if (!readFileSync(receipt, 'utf8').startsWith('-----BEGIN KIOSKWARD RECEIPT-----')) throw new Error('no receipt was saved');
  step('its receipt is saved as a file');
  await one.page.keyboard.press('Escape');
  await one.id('audit-drawer').waitFor({ state: 'hidden' });
  await one.id('audit-segments').click();
  await one.id('segments-drawer').waitFor();
  step('the segments of the ledger are shown');
}

async function lookAtExports(one) {
  await one.open('exports');
  await one.page.getByRole('alert').first().waitFor();  // the demo site exports nothing, and the page says how to begin
  await one.id('exports-reload').click();
  step('the page of audit export opens for the audit administrator');
  await editProfile(one);
}

/** A shipped profile is the start of one's own: what is wrong in it is named with its line, and a save makes a version. */
async function editProfile(one) {
  const text = one.id('profile-text');
  await one.id('profile-shipped-kafka-json').click();
  await one.id('profile-begin').click();
  const shipped = await text.inputValue();
  await text.fill(shipped.replace('batch = 200', 'batch = 0'));
  await one.id('profile-check').click();
  await one.id('profile-problem').waitFor();
  const line = await one.id('profile-problem').getAttribute('data-line');
  expect('the line that is wrong', line, String(shipped.split('\n').findIndex((l) => l.startsWith('batch')) + 1));
  if (await one.page.locator('.ant-message-success', { hasText: '不能接受' }).count()) throw new Error('a fault is told as a success');
  await one.picture('profile-problem');
  await text.fill(shipped.replace('"kafka-json"', '"bridge"').replace(/"https:[^"]*"/, '"http://127.0.0.1:9/topics/audit"').replace(/\[trust\]\nca = .*\n/, ''));
  await one.id('profile-check').click();
  await one.id('profile-good').waitFor();
  await one.id('profile-save').click();
  await one.reason('a bridge of this hall');
  await one.id('profile-saved-bridge').waitFor();
  await one.picture('profile-saved');
  step('an export profile is begun from a shipped one, checked, and saved');
}

/** A new account, as it takes two people: one asks, another one finds it on his home page and approves, the first invites. */
async function administer(system, security) {
  await system.open('sites');
  await system.id('region-add-全市').click();
  await system.id('region-name').fill('福田区');
  await system.id('region-submit').click();
  await system.id('region-row-福田区').waitFor();
  await system.picture('regions');
  step('a district is added to the city');

  await system.open('users');
  await system.id('user-create').click();
  await system.id('user-account').fill('li.si');
  await system.id('user-display-name').fill('李四');
  await system.id('user-person').fill('SZ-77');
  await system.id('user-role-operator').click();
  await system.picture('user-new');
  await system.id('user-submit').click();
  await system.id('user-submit').waitFor({ state: 'hidden' });
  if (await system.id('user-row-li.si').count()) throw new Error('the account is there before anybody has approved it');

  await security.open('home');
  await security.page.locator('[data-testid="home-requests"]', { hasText: '1' }).waitFor();
  await security.picture('home-waiting');
  await security.open('requests');
  await security.page.locator('[data-operation="createUser"][data-state="waiting"]').click();
  await security.id('request-wanted').waitFor();
  await security.picture('request');
  await security.id('request-approve').click();
  await security.reason('known to me');
  await security.id('request-approve').waitFor({ state: 'hidden' });
  step('another administrator approves the account');

  await system.id('user-invite-li.si').click();
  await system.id('user-one-time-password').waitFor();
  await system.id('user-once-close').click();
  step('the account is made without a reload, and invited');
}

/** The platform wants password and code once more: the dialog asks, and what was refused is done. */
async function confirm(one) {
  await one.open('settings');
  await one.id('settings-tab-tokens').click();
  await one.id('api-token-create').click();
  await one.id('api-token-name').fill('monitor');
  await choose(one, 'api-token-operations', '总览');
  await one.page.keyboard.press('Escape');
  let asked = 0;
  await one.page.route('**/api/v1/api-tokens', (route) => (route.request().method() === 'POST' && asked++ === 0
    ? route.fulfill({ status: 403, contentType: 'application/json', body: '{"code":"confirm_identity","detail":"","trace":""}' }) : route.continue()));
  await one.id('api-token-submit').click();
  await one.id('confirm-password').fill(one.password);
  await one.id('confirm-code').fill((await beyond('code', one.secret)).code);
  await one.picture('confirm');
  await one.id('confirm-submit').click();
  await one.id('api-token-text').waitFor();
  if (asked !== 2) throw new Error(`asked ${asked} times`);
  await one.id('api-token-close').click();
  await one.id('api-token-row-monitor').waitFor();
  step('password and code are shown once more, and the token is made');
  await one.id('account-menu').click();
  await one.id('account-sessions').click();
  await one.page.locator('[data-testid="own-sessions"] [data-testid^="session-row-"]').first().waitFor();
  await one.picture('sessions');
}

/** Opens the newest entry of a type in the audit. */
async function openEntry(one, type) {
  await one.page.goto(`${url}/#/`);
  await one.open('audit');
  await one.id('audit-filter-type').click();
  await one.page.keyboard.type(type);
  await one.page.locator('.ant-select-dropdown:visible .ant-select-item-option', { hasText: type }).first().click();
  await one.page.locator(`[data-testid^="audit-row-"][data-type="${type}"]`).first().click();
  await one.id('audit-drawer').waitFor();
}

/** A custodian is read, replaced and forgotten. */
async function forget(system, security, audit) {
  await openEntry(audit, 'enrol.approved');
  await audit.page.locator('[data-testid="param-custodian"]', { hasText: '张**' }).first().waitFor();
  await audit.id('audit-personal').click();
  await audit.page.locator('[data-testid="audit-personal-values"]', { hasText: '张三' }).waitFor();
  await audit.picture('personal');
  step('the ledger shows a mask, and who is meant when the audit administrator asks');

  await security.page.goto(`${url}/#/`);
  await security.open('devices');
  await security.page.locator('[data-testid^="device-open-"]').first().click();
  await security.id('custodian-change').click();
  await security.id('custodian-name').fill('李四');
  await security.id('custodian-phone').fill('0755-1');
  await security.id('custodian-reason').fill('moved away');
  await security.id('custodian-submit').click();
  await security.id('custodian-submit').waitFor({ state: 'hidden' });

  await system.page.keyboard.press('Escape');  // his own sessions
  await system.id('own-sessions').waitFor({ state: 'hidden' });
  await system.open('persons');
  await system.id('persons-find').click();
  await choose(system, 'persons-by', '姓名');
  await system.id('persons-value').fill('张三');
  await system.id('persons-reason').fill('request 17');
  await system.id('persons-find-submit').click();
  await system.page.locator('[data-testid^="person-open-"]').first().click();
  await system.picture('person');
  await system.id('person-forget').click();
  await system.reason('asked for it');
  await system.page.locator('[data-testid="person-drawer"] [data-testid="person-forgotten"]').waitFor();
  await openEntry(audit, 'enrol.approved');
  await audit.page.locator('[data-testid="param-custodian"]', { hasText: '已遗忘' }).first().waitFor();
  await audit.id('audit-prove').click();
  await audit.id('audit-proof-ok').waitFor();
  step('the custodian is replaced and forgotten, and the entry is still proved');
}

let failed = 0;
let security;
try {
  security = await person('secadmin');
  await security.activate();
  step('the security administrator activates his account and is in');
  await enrol(security);
  await publish(security);
  await defend(security);
  await violation(security);
  const audit = await person('auditadmin');
  await audit.activate();
  await lookAtExports(audit);
  await prove(audit);
  const system = await person('sysadmin');
  await system.activate();
  await administer(system, security);
  await confirm(system);
  await forget(system, security, audit);
  if (faults.length > 0) throw new Error(faults.join('\n'));
} catch (problem) {
  failed = 1;
  console.log(`FAILED ${problem.stack}\n${refusals.join('\n')}`);
  if (security && pictures) await security.picture('failed');
} finally {
  await browser.close();
}
process.exit(failed);
