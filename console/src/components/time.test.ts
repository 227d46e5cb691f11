import { expect, it } from 'vitest';
import { localTime, utcTime } from './time';

it('writes UTC and local time to the second', () => {
  expect(utcTime('2026-11-23T23:05:07.123456789Z')).toBe('2026-11-23 23:05:07');
  expect(utcTime('2026-11-24T07:05:07+08:00')).toBe('2026-11-23 23:05:07');
  expect(localTime('2026-11-23T23:05:07Z')).toMatch(/^2026-11-2[34] \d\d:\d\d:07$/);
});
it('is empty for what is no time', () => {
  for (const bad of ['', 'soon', '2026-13-45']) {
    expect(localTime(bad)).toBe('');
    expect(utcTime(bad)).toBe('');
  }
});
