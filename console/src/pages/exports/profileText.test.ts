import { describe, expect, it } from 'vitest';
import type { ExportProfile } from '../../api/types';
import { nameOf, parsedAs } from './profileText';

const saved = (name: string, version: number): ExportProfile => ({
  name, source: 'saved', version, kind: 'http', address: '', digest: '', text: '', problem: '', saved_by: '', saved: '', reason: '',
});

describe('nameOf', () => {
  it.each([
    ['# a\nname = "city"\nkind = "http"\n', 'city'], ['kind = "http"\n  name="x"', 'x'], ['[trust]\nname = "x"', ''], ['', ''], ['names = "x"', ''],
  ])('%j', (text, expected) => { expect(nameOf(text)).toBe(expected); });
});

describe('parsedAs', () => {
  it('is the version that is saved under the name', () => {
    expect(parsedAs('name = "city"', [saved('other', 4), saved('city', 2)])).toBe(2);
    expect(parsedAs('name = "city"', [{ ...saved('city', 0), source: 'shipped' }])).toBe(0);
  });
});
