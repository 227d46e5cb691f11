import { describe, expect, it } from 'vitest';
import { hostOf, looksLikeAddress, looksLikeMac, looksLikePrefix } from './address';

describe('hostOf', () => {
  it.each([['10.0.0.1', '10.0.0.1'], ['10.0.0.1/24', '10.0.0.1'], ['10.0.0.1:4433', '10.0.0.1'], ['[FD00::1]:4433', 'fd00::1'], ['fd00::1/64', 'fd00::1'], ['', '']])(
    '%s', (text, host) => expect(hostOf(text)).toBe(host));
});
describe('shapes', () => {
  it('accept what can be bound', () => {
    expect(looksLikePrefix('10.66.0.10/24')).toBe(true);
    expect(looksLikePrefix('fd00::10/64')).toBe(true);
    expect(looksLikeAddress('10.66.0.1')).toBe(true);
    expect(looksLikeMac('02:00:00:00:0A:01')).toBe(true);
  });
  it.each(['10.66.0.10', '10.66.0/24', '10.66.0.256/24', '10.66.0.10/33', '10.66.0.10/', '10.66.0.10/24/1', 'kiosk/24', 'fd00::1/129', ''])(
    'refuse the prefix "%s"', (text) => expect(looksLikePrefix(text)).toBe(false));
  it.each(['', '02:00:00:00:00', '02-00-00-00-00-01', '02:00:00:00:00:0g', '02:00:00:00:00:01:02'])(
    'refuse the MAC "%s"', (text) => expect(looksLikeMac(text)).toBe(false));
});
