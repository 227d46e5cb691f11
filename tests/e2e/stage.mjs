// What the browser scripts of this folder have in common: Chromium, its pictures, and the word to the harness beside it
// (tests/support/browser_script.py).
import { createInterface } from 'node:readline';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../console/package.json', import.meta.url));
const { chromium } = require('playwright-core');

/** A Chromium that talks to nobody by itself. */
export const launch = (...more) => chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', ...more],
});
/** The desk that an administrator sits at. */
export const DESK = { viewport: { width: 1440, height: 900 }, locale: 'zh-CN' };
export const PATIENCE = 20000;

/** A page in a context of its own, whose faults go into `faults`. */
export async function openPage(browser, faults, options = DESK) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  return page;
}
/** Notes what a page's requests were refused with: a notification is gone when a step fails. */
export function noteRefusals(page, refusals) {
  page.on('response', async (response) => {
    if (response.status() >= 400) refusals.push(`${response.request().method()} ${response.url()} ${response.status()} ${await response.text()}`);
  });
}
/** picture(name) saves what the page shows as FOLDER/PREFIX-NN-name.png; without a folder nothing. */
export function camera(page, folder, prefix) {
  let shots = 0;
  return async (name, how = {}) => {
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: `${folder}/${prefix}-${String(++shots).padStart(2, '0')}-${name}.png`, ...how });
  };
}

let answers;
/** Asks the harness to do something beyond the browser, and gives its answer. */
export async function beyond(...words) {
  answers ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  console.log(`?${words.join(' ')}`);
  return JSON.parse((await answers.next()).value);
}
export const step = (text) => console.log(`ok  ${text}`);
export function expect(what, had, wanted) {
  if (had !== wanted) throw new Error(`${what}: ${JSON.stringify(had)} instead of ${JSON.stringify(wanted)}`);
}
