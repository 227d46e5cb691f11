// Goes to places as a kiosk's browser does, under the machine's managed policies: node visit.mjs URL.... Prints a JSON list of
// what came of each: the page's text, or the error.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(new URL('../../console/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const profile = mkdtempSync(join(tmpdir(), 'visit-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: '/usr/lib/chromium/chromium', headless: false, acceptDownloads: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const seen = [];
for (const url of process.argv.slice(2)) {
  const page = await context.newPage();
  try {
    await page.goto(url, { timeout: 15000 });
    seen.push({ url, text: (await page.content()).slice(0, 2000) });
  } catch (problem) {
    seen.push({ url, error: String(problem.message).split('\n')[0] });
  }
  await page.close();
}
console.log(JSON.stringify(seen));
await context.close();
rmSync(profile, { recursive: true, force: true });
