// Follows a session in the console as the audit administrator does: node tests/e2e/timeline.mjs URL COOKIE TRACE [PICTURES].
// Prints what the timeline shows, as JSON. The session is one that is logged in already.
import { camera, launch, openPage } from './stage.mjs';

const [url, cookie, trace, pictures] = process.argv.slice(2);
const browser = await launch();
const faults = [];
const page = await openPage(browser, faults);
const [name, value] = cookie.split('=');
await page.context().addCookies([{ name, value, url }]);

// From the list, by the entry's trace, as people come here.
await page.goto(`${url}/#/audit`);
const row = page.locator('[data-type="business.session.ended"]').first();
await row.locator('button').first().click();
await page.getByTestId('audit-timeline').click();
await page.getByTestId('timeline').waitFor();
const way = page.url();
if (!way.endsWith(`/audit/timeline/${trace}`)) faults.push(`the list led to ${way}`);
const rows = await page.locator('.kw-timeline-row').evaluateAll((all) => all.map((one) => {
  const bar = one.querySelector('.kw-timeline-bar, .kw-timeline-mark');
  const style = getComputedStyle(bar);
  return { kind: one.dataset.kind, critical: one.dataset.critical === 'true', error: one.dataset.error === 'true', colour: style.backgroundColor,
           text: one.innerText.replace(/\s+/g, ' ').trim(), left: bar.getBoundingClientRect().left };
}));
const errors = await page.getByTestId('timeline-errors').innerText();
const state = await page.getByTestId('timeline-state').innerText();
await camera(page, pictures, 'timeline')('whole', { fullPage: true });
console.log(JSON.stringify({ rows, errors, state, faults }));
await browser.close();
