import { describe, expect, it } from 'vitest';
import type { ExportTarget } from '../../api/types';
import { lagText, shownState } from './lag';

const target = (over: Partial<ExportTarget>): ExportTarget => ({
  name: 'a', kind: 'syslog', address: 'tls://a:1', profile: '', state: 'idle', paused: false, stalled: false, cursor: 5, size: 5, lag: 0,
  oldest: '', sent: 0, refused: 0, aside: 0, batch: 500, attempts: 0, strays: 0, last_success: '', last_error: '', ...over,
});

describe('shownState', () => {
  it.each([
    [{}, 'current'], [{ lag: 3 }, 'sending'], [{ state: 'sending' }, 'sending'], [{ state: 'awaiting', lag: 1 }, 'awaiting'],
    [{ state: 'backing_off', attempts: 1 }, 'failing'], [{ state: 'sending', attempts: 2 }, 'failing'],
    [{ stalled: true, attempts: 9 }, 'stalled'], [{ paused: true, stalled: true }, 'paused'],
  ] as [Partial<ExportTarget>, string][])('%o is %s', (over, expected) => expect(shownState(target(over))).toBe(expected));
});

describe('lagText', () => {
  const now = Date.parse('2026-11-26T10:10:30Z');
  it('counts entries and whole minutes', () => {
    expect(lagText(target({ lag: 4, oldest: '2026-11-26T10:05:00.5Z' }), now)).toEqual({ count: 4, minutes: 5 });
  });
  it('has no minutes where nothing waits, and none in the future', () => {
    expect(lagText(target({}), now)).toEqual({ count: 0, minutes: 0 });
    expect(lagText(target({ lag: 1, oldest: '2026-11-26T11:00:00Z' }), now)).toEqual({ count: 1, minutes: 0 });
  });
});
