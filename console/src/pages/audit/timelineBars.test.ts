import { expect, test } from 'vitest';
import { find } from '../../i18n/translate';
import { barOf, durationText, whatOf } from './timelineBars';

test('a bar is where its span was, and never beyond the line', () => {
  const line = { duration_us: 1000 };
  expect(barOf({ start_us: 0, duration_us: 1000 }, line)).toEqual({ left: 0, width: 100 });
  expect(barOf({ start_us: 250, duration_us: 500 }, line)).toEqual({ left: 25, width: 50 });
  expect(barOf({ start_us: 500, duration_us: 0 }, line)).toEqual({ left: 50, width: 0 });
  expect(barOf({ start_us: 0, duration_us: 1 }, line).width).toBe(0.4);
  for (const [start, duration] of [[-500, 100], [-500, 5000], [2000, 100], [1000, 1]] as const) {
    const bar = barOf({ start_us: start, duration_us: duration }, line);
    expect(bar.left).toBeGreaterThanOrEqual(0);
    expect(bar.left + bar.width).toBeLessThanOrEqual(100.01);
    expect(bar.width).toBeGreaterThan(0);
  }
  expect(barOf({ start_us: 0, duration_us: 0 }, { duration_us: 0 })).toEqual({ left: 0, width: 0 });
});

test('durations are short words', () => {
  expect([400, 27_000, 1_240_000, 123_000_000].map(durationText)).toEqual(['0.4 ms', '27 ms', '1.24 s', '2 min 3 s']);
});

test('an item is named by its own words', () => {
  expect(whatOf({ kind: 'broker', params: { method: 'GET', service: 'residence', path: '/applications/{number}' } })).toBe('GET residence/applications/{number}');
  expect(whatOf({ kind: 'broker', params: { method: 'GET' } })).toBe('GET');
  expect(whatOf({ kind: 'database', params: { verb: 'insert', table: 'biz.applicants' } })).toBe('insert biz.applicants');
  expect(whatOf({ kind: 'step', params: { step: 'form' } })).toBe('form');
  expect(whatOf({ kind: 'mark', params: {} })).toBe('');
});

test('every step and reason of the kiosk and the platform has its words', () => {
  const lists = import.meta.glob('../../../../src/trail/words.cpp', { eager: true, query: '?raw', import: 'default' }) as Record<string, string>;
  const source = Object.values(lists)[0] ?? '';
  const listed = (name: string) => [...(new RegExp(`constexpr std::array ${name}\\{([^}]*)\\}`).exec(source)?.[1] ?? '').matchAll(/"([a-z_]+)"sv/g)].map((m) => m[1] as string);
  expect(listed('kSteps').length).toBeGreaterThan(20);
  expect(listed('kReasons').length).toBeGreaterThan(20);
  for (const step of listed('kSteps')) expect(find('en', `businessStep.${step}`), step).toBeTruthy();
  for (const reason of listed('kReasons')) expect(find('en', `businessReason.${reason}`), reason).toBeTruthy();
});
