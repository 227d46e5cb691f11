// Uses the demo's business page as an applicant does, in the kiosk's own namespace: node tests/e2e/portal.mjs PAGE NAME
// [PHONE [AUTHORITY [PHOTO]]]; PHOTO is a file that is attached. With a directory of tests/support/identity_authority.py the page's authority answers in its name.
// Prints the session's pseudonym, what the page said and, where the kiosk holds values, what it showed of them, as JSON. A real kiosk's page is https, and section shell's managed
// policies let it reach loopback; here the browser is told so (Chromium 142 and newer ask otherwise: local network access).
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { launch, openPage } from './stage.mjs';

const [address, name, phone = '', authority, photo] = process.argv.slice(2);
const signer = fileURLToPath(new URL('../support/identity_authority.py', import.meta.url));
const browser = await launch(
  '--disable-domain-reliability', '--disable-features=MediaRouter,DialMediaRouteProvider,OptimizationHints',
  `--unsafely-treat-insecure-origin-as-secure=${new URL(address).origin}`,
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE 198.18.10.20');
const faults = [];
const page = await openPage(browser, faults, { permissions: ['local-network-access'] });
if (authority)
  await page.route('**/identity?nonce=*', (route) => route.fulfill({
    contentType: 'text/plain', body: execFileSync('python3', [signer, authority, new URL(route.request().url()).searchParams.get('nonce'), name]).toString().trim() }));
await page.goto(address);
await page.locator('#form').waitFor().catch(async () => { throw new Error(`the page says: ${await page.locator('#state').innerText()}`); });
const shown = page.url();
const session = await page.locator('#session').innerText();
await page.locator('#forbidden').click();
await page.locator('#state[data-code]').waitFor();
const refused = await page.locator('#state').getAttribute('data-code');
await page.locator('#name').fill(name);
await page.locator('#phone').fill(phone);
await page.locator('#form button').first().click();
await page.locator('#done:visible, #confirm:visible').waitFor();
const masked = [], revealed = [];
if (await page.locator('#confirm').isVisible()) {  // the kiosk holds what was filled in
  masked.push(await page.locator('#shown-name').innerText(), await page.locator('#shown-phone').innerText());
  await page.locator('#reveal').click();
  await page.locator('#shown-phone', { hasText: phone }).waitFor();
  revealed.push(await page.locator('#shown-phone').innerText());
  await page.locator('#change').click();
  await page.locator('#form button').first().click();
  if (photo) await page.locator('#photo').setInputFiles(photo);
  await page.locator('#agree').click();
  await page.locator('#done:visible, #state[data-code]:not([data-code="method_forbidden"])').waitFor();
}
await page.locator('#done').waitFor({ timeout: 5000 }).catch(async () => { throw new Error(`the page says: ${await page.locator('#state').innerText()}`); });
const number = await page.locator('#number').innerText();
await page.locator('#end').click();
await page.locator('#state', { hasText: 'Goodbye' }).waitFor();
console.log(JSON.stringify({ session, number, refused, shown, masked, revealed, faults }));
await browser.close();
