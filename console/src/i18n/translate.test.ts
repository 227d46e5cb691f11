import { describe, expect, it } from 'vitest';
import { eventText, eventTitle, FILES, fill, translate } from './translate';

interface EventType { type: string; params: string[] }
const parts = import.meta.glob<{ events: EventType[] }>('../../../schemas/events/*.json', { eager: true, import: 'default' });
const catalogue = { events: Object.values(parts).flatMap((part) => part.events) };
const files = FILES;
const zh = FILES['zh-CN'];
const { en } = FILES;
const placeholders = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1] as string).sort();

describe('language files', () => {
  it('have identical keys, in the same order', () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh));
  });
  it('have no empty sentence and the same parameters in both languages', () => {
    for (const key of Object.keys(zh)) {
      expect(files['zh-CN'][key], key).not.toBe('');
      expect(files.en[key], key).not.toBe('');
      expect(placeholders(files.en[key] as string), key).toEqual(placeholders(files['zh-CN'][key] as string));
    }
  });
  it('word every event type of the catalogue and use only its declared parameters', () => {
    for (const event of catalogue.events) {
      for (const lang of ['zh-CN', 'en'] as const) {
        expect(files[lang][`event.${event.type}.title`], `${lang} ${event.type}`).toBeTruthy();
        const text = files[lang][`event.${event.type}.text`];
        expect(text, `${lang} ${event.type}`).toBeTruthy();
        for (const name of placeholders(text as string)) expect(event.params, `${event.type} {${name}}`).toContain(name);
      }
    }
  });
  it('label every parameter of the catalogue', () => {
    for (const name of new Set(catalogue.events.flatMap((e) => e.params))) {
      expect(zh, `param.${name}`).toHaveProperty([`param.${name}`]);
    }
  });
  it('hold no sentence of an event type that does not exist', () => {
    const types = new Set(catalogue.events.map((e) => e.type));
    for (const key of Object.keys(zh)) {
      const type = /^event\.(.+)\.(title|text)$/.exec(key)?.[1];
      if (type) expect(types.has(type), key).toBe(true);
    }
  });
});

describe('translate', () => {
  it('fills parameters in and marks the missing and empty ones', () => {
    expect(fill('{a} and {b} and {c}', { a: 1, b: '' })).toBe('1 and — and —');
  });
  it('does not read inherited properties as parameters', () => {
    expect(fill('{constructor}')).toBe('—');
  });
  it('does not fill placeholders that come out of parameters', () => {
    expect(fill('{a}', { a: '{b}', b: 'x' })).toBe('{b}');
  });
  it('speaks both languages', () => {
    expect(translate('zh-CN', 'login.submit')).toBe('登录');
    expect(translate('en', 'login.submit')).toBe('Log in');
  });
  it('shows code and parameters of an unknown event type', () => {
    expect(eventTitle('en', 'new.thing')).toBe('new.thing');
    expect(eventText('en', 'new.thing', { a: '1', b: '2' })).toBe('a=1 b=2');
  });
});
