import { load } from 'js-yaml';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import permissions from '../../../schemas/permissions.json';
import { apiPage, escape, typeOf } from './page';

const text = readFileSync(new URL('../../../schemas/openapi.yaml', import.meta.url), 'utf8');
const page = apiPage(load(text) as Parameters<typeof apiPage>[0], permissions);

describe('the page of the API', () => {
  it('holds every operation with its rights, and every schema', () => {
    for (const { operation } of permissions.operations) expect(page, operation).toContain(`<section id="${operation}">`);
    for (const name of ['Device', 'Settings', 'ApiTokenNew']) expect(page).toContain(`<section id="${name}">`);
    expect(page).toContain('system; the whole city only; takes two persons; asks for password and code again');
    expect(page).toContain('without a session');
  });
  it('links to what it has', () => {
    const ids = new Set([...page.matchAll(/ id="(\w+)"/g)].map((m) => m[1]));
    const links = [...page.matchAll(/href="#(\w+)"/g)].map((m) => m[1]!);
    expect(links.length).toBeGreaterThan(100);
    for (const link of links) expect(ids.has(link), link).toBe(true);
  });
  it('has no script, no style of its own and nothing from elsewhere', () => {
    for (const word of ['<script', '<style', ' style=', 'http:', 'https:', '//cdn']) expect(page).not.toContain(word);
  });
  it('escapes what it shows', () => {
    expect(escape('<b a="1">&')).toBe('&lt;b a=&quot;1&quot;&gt;&amp;');
    expect(typeOf({ type: 'string', pattern: '<x>' })).toBe('string, pattern &lt;x&gt;');
    expect(typeOf({ type: 'array', items: { $ref: '#/components/schemas/Id' } })).toBe('<a href="#Id">Id</a>[]');
  });
});
