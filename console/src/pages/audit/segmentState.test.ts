import { describe, expect, it } from 'vitest';
import { segmentState } from './segmentState';

describe('segmentState', () => {
  const none = { exported: '', confirmed: '', removed: '' };
  const time = '2026-11-26T08:00:00Z';
  it('is the last step that was done', () => {
    expect(segmentState(none)).toBe('sealed');
    expect(segmentState({ ...none, exported: time })).toBe('exported');
    expect(segmentState({ ...none, exported: time, confirmed: time })).toBe('confirmed');
    expect(segmentState({ exported: time, confirmed: time, removed: time })).toBe('removed');
  });
});
