import { describe, expect, it } from 'vitest';
import { FILES } from '../../i18n/translate';
import { refusedOf, WORDS } from './refusal';

const raw = (files: Record<string, string>) => Object.values(files)[0] as string;
const trail = raw(import.meta.glob<string>('../../../../src/trail/words.cpp', { eager: true, query: '?raw', import: 'default' }));
const reveal = raw(import.meta.glob<string>('../../../../src/masking/reveal.cpp', { eager: true, query: '?raw', import: 'default' }));
const read = raw(import.meta.glob<string>('../../../../src/server/vault/vault_read.cpp', { eager: true, query: '?raw', import: 'default' }));
const quoted = (text: string) => [...text.matchAll(/"(\w+)"/g)].map((match) => match[1] as string);

describe('refusedOf', () => {
  it.each([
    ['reveal_refused: role_not_named', { word: 'reveal_refused', rest: 'role_not_named' }],
    ['field_unknown', { word: 'field_unknown', rest: '' }],
    ['value_invalid: phone: a text without control characters', { word: 'value_invalid', rest: 'phone: a text without control characters' }],
  ])('%s', (detail, wanted) => expect(refusedOf({ code: 'invalid', detail })).toEqual(wanted));
  it.each(['', '/id: 32 hex digits', 'another_word: x', 'key', 'too_often30'])('leaves "%s" to others', (detail) => expect(refusedOf({ code: 'invalid', detail })).toBeUndefined());
  it('knows a case that does not open, of which the server tells no more', () => {
    expect(refusedOf({ code: 'corrupt', detail: '' })).toEqual({ word: 'corrupt', rest: '' });
  });
});

describe('words of refusals', () => {
  const reasons = quoted(/kReasons\{([^}]*)\}/.exec(trail)?.[1] ?? '');
  const vaults = quoted(/of the vault([^/]*)/.exec(trail)?.[1] ?? '');
  it('are read out of the platform’s own lists', () => {
    expect(reasons.length).toBeGreaterThan(30);
    expect(vaults).toContain('too_often');
  });
  it.each(Object.keys(FILES) as (keyof typeof FILES)[])('have a sentence in %s', (lang) => {
    for (const word of [...WORDS, ...vaults, 'corrupt']) expect(FILES[lang], word).toHaveProperty([`vaultRefusal.${word}`]);
    for (const word of reasons) expect(FILES[lang], word).toHaveProperty([`businessReason.${word}`]);
  });
  it('hold every word of the vault', () => expect(vaults.filter((word) => !(WORDS as readonly string[]).includes(word))).toEqual([]));
  it('say why whole values are not shown', () => {
    const why = [...quoted(/kNames\{([^}]*)\}/.exec(reveal)?.[1] ?? '').slice(2), ...[...read.matchAll(/RevealRefused\{"(\w+)"\}/g)].map((match) => match[1] as string)];
    expect(why).toContain('trunk_only');
    expect(why).toContain('wrong_place');
    for (const word of new Set(why)) for (const lang of ['en', 'zh-CN'] as const) expect(FILES[lang], word).toHaveProperty([`vaultReveal.${word}`]);
  });
});
