// Uses the demo's business page as an applicant does, in the kiosk's own namespace: node tests/e2e/portal.mjs PAGE NAME.
// Prints the session's pseudonym and what the page said, as JSON. A real kiosk's page is https, and section shell's managed
// policies let it reach loopback; here the browser is told so (Chromium 142 and newer ask otherwise: local network access).
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../console/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const [address, name] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--disable-domain-reliability', '--disable-features=MediaRouter,DialMediaRouteProvider,OptimizationHints',
    `--unsafely-treat-insecure-origin-as-secure=${new URL(address).origin}`,
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE 198.18.10.20'],
});
const context = await browser.newContext({ permissions: ['local-network-access'] });
const page = await context.newPage();
page.setDefaultTimeout(20000);
const faults = [];
page.on('pageerror', (error) => faults.push(String(error)));
await page.goto(address);
await page.locator('#form').waitFor().catch(async () => { throw new Error(`the page says: ${await page.locator('#state').innerText()}`); });
const shown = page.url();
const session = await page.locator('#session').innerText();
await page.locator('#forbidden').click();
await page.locator('#state[data-code]').waitFor();
const refused = await page.locator('#state').getAttribute('data-code');
await page.locator('#name').fill(name);
await page.locator('#form button').first().click();
await page.locator('#done').waitFor();
const number = await page.locator('#number').innerText();
await page.locator('#end').click();
await page.locator('#state', { hasText: 'Goodbye' }).waitFor();
console.log(JSON.stringify({ session, number, refused, shown, faults }));
await browser.close();
