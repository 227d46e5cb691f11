import { describe, expect, it } from 'vitest';
import { kindOf, line, percent, shown, span, wantedText, words } from './words';

const counts = { met_measured: 3, met_attested: 0, partly: 1, not_met: 2, not_applicable: 0, unknown: 0 };
const day = (text: string, hundredths?: number) => ({ day: text, score: hundredths === undefined ? { counts } : { hundredths, counts } });

describe('what the compliance page shows', () => {
  it('rounds nothing up to a full score', () => {
    expect(percent({ hundredths: 9999 })).toBe('99.99%');
    expect(percent({ hundredths: 10_000 })).toBe('100.00%');
    expect(percent({})).toBe('—');
  });
  it('tells spans in the largest unit that says enough', () => {
    expect(span(59)).toEqual({ key: 'compliance.seconds', count: 59 });
    expect(span(3599)).toEqual({ key: 'compliance.minutes', count: 59 });
    expect(span(86_400)).toEqual({ key: 'compliance.hours', count: 24 });
    expect(span(172_800)).toEqual({ key: 'compliance.days', count: 2 });
  });
  it('puts what has to be mended first', () => {
    expect(shown(counts).map((one) => one.status)).toEqual(['not_met', 'partly', 'met_measured']);
  });
  it('draws days where they lie, and none that is not known', () => {
    const points = line([day('2026-11-01', 0), day('2026-11-02'), day('2026-11-03', 5000), day('2026-11-05', 10_000)], 100, 50);
    expect(points.map(({ x, y }) => [x, y])).toEqual([[0, 50], [50, 25], [100, 0]]);
    expect(line([day('2026-11-01', 5000)], 100, 50)).toHaveLength(1);
    expect(line([day('2026-11-01')], 100, 50)).toEqual([]);
  });
  it('speaks the chosen language', () => {
    expect(words('en', { zh: '甲', en: 'a' })).toBe('a');
    expect(words('zh-CN', { zh: '甲', en: 'a' })).toBe('甲');
  });
  it('words what a value has to be', () => {
    const t = (key: string, params?: Record<string, string>) => `${key.slice('compliance.wanted.'.length)}(${params?.['what'] ?? ''})`;
    expect(wantedText(t, 'one of: a, b, none of: c, at most 5')).toBe('oneOf(a, b)and()noneOf(c)and()atMost(5)');
    expect(wantedText(t, 'not empty')).toBe('notEmpty()');
    expect(wantedText(t, 'a time at most 24h ago')).toBe('newer(24h)');
    expect(wantedText(t, 'something newer')).toBe('something newer');
  });
  it('reads selectors', () => {
    expect(kindOf('device:00')).toBe('device');
    expect(kindOf('platform')).toBe('platform');
    expect(kindOf('')).toBe('');
  });
});
