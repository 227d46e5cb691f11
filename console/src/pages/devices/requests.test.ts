import { describe, expect, it } from 'vitest';
import type { MediaInfo, RequestInfo } from '../../api/types';
import { mayDecide, mayLook, secondsOf } from './requests';

const now = Date.parse('2026-11-26T08:00:00Z');
const request = (over: Partial<RequestInfo> = {}) => ({
  id: 'r', section: 'camera', action: 'live', args: { seconds: '30' }, asked_by: 'alice', asked: '2026-11-26T07:59:00Z', decided: '', state: 'waiting', order: '', ...over,
}) as RequestInfo;
const media = (state: MediaInfo['state']) => [{ id: 'o', state } as MediaInfo];

describe('mayDecide', () => {
  it('lets another person approve and whoever asked take it back', () => {
    expect(mayDecide(request(), 'bob', 'security')).toEqual({ approve: true, reject: true });
    expect(mayDecide(request(), 'sys', 'system')).toEqual({ approve: true, reject: true });
    expect(mayDecide(request(), 'alice', 'security')).toEqual({ approve: false, reject: true });
  });
  it('leaves nothing to decide for the auditor or afterwards', () => {
    expect(mayDecide(request(), 'eve', 'audit')).toEqual({ approve: false, reject: false });
    for (const state of ['approved', 'rejected', 'lapsed'] as const) {
      expect(mayDecide(request({ state }), 'bob', 'security')).toEqual({ approve: false, reject: false });
    }
  });
});

describe('mayLook', () => {
  const ordered = request({ state: 'approved', order: 'o', decided: '2026-11-26T07:59:00Z' });
  it('needs an order that is not over', () => {
    expect(mayLook(ordered, [], 'security', now)).toBe(true);
    expect(mayLook(ordered, media('arriving'), 'security', now)).toBe(true);
    expect(mayLook(ordered, media('ended'), 'security', now)).toBe(false);
    expect(mayLook(request(), [], 'security', now)).toBe(false);
    expect(mayLook({ ...ordered, decided: '2026-11-26T07:40:00Z' }, [], 'security', now)).toBe(false);
    expect(mayLook({ ...ordered, action: 'clip' }, [], 'security', now)).toBe(false);
  });
  it('is for the security administrator alone', () => {
    expect(mayLook(ordered, [], 'system', now)).toBe(false);
    expect(mayLook(ordered, [], 'audit', now)).toBe(false);
  });
});

describe('secondsOf', () => {
  it('reads what was asked for and falls back where it is no number', () => {
    expect(secondsOf(request())).toBe(30);
    expect(secondsOf(request({ args: { seconds: 'x' } }))).toBe(60);
    expect(secondsOf(request({ args: {} }))).toBe(60);
  });
});
