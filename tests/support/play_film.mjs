// Plays a film in Chromium as the console does, under its content security policy: node play_film.mjs FILE TYPE. Prints what came of it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../console/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const [file, type] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--mute-audio'] });
const page = await browser.newPage();
await page.setContent(`<meta http-equiv="Content-Security-Policy" content="default-src 'self'; media-src blob:"><video muted></video>`);
const seen = await page.evaluate(([octets, claimed]) => new Promise((done) => {
  const film = document.querySelector('video');
  const blob = new Blob([Uint8Array.from(atob(octets), (c) => c.charCodeAt(0))], { type: claimed });
  const tell = (how) => done({ how, width: film.videoWidth, height: film.videoHeight, at: film.currentTime, may: film.canPlayType(claimed) });
  film.onerror = () => tell(`error ${film.error?.code} ${film.error?.message}`);
  const began = () => film.currentTime;
  let first;
  film.ontimeupdate = () => {
    first ??= began();
    if (film.currentTime > first + 1) tell('plays');
  };
  setTimeout(() => tell('stands still'), 20000);
  film.src = URL.createObjectURL(blob);
  void film.play();
}), [readFileSync(file).toString('base64'), type]);
console.log(JSON.stringify(seen));
await browser.close();
