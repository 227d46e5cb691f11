import { describe, expect, it } from 'vitest';
import { filedValues, FORMS } from './values';

describe('values that are filed by hand', () => {
  it('are those that were filled in', () => {
    expect(filedValues({ phone: ' 13800138000 ', address: '', sex: undefined })).toEqual({ phone: '13800138000' });
  });
  it('have the forms that the platform asks for', () => {
    const good = (type: string, text: string) => FORMS[type]?.pattern?.test(text);
    expect([good('date', '2026-02-28'), good('date', '2026-2-8'), good('date', '1899-01-01')]).toEqual([true, false, false]);
    expect([good('year', '2199'), good('year', '2200')]).toEqual([true, false]);
    expect([good('number', '-12'), good('number', '1.5')]).toEqual([true, false]);
  });
});
