// barOf places one item of a timeline on a line of 100 %, and durationText says how long something took.
import type { Timeline, TimelineItem } from '../../api/types';

export interface Bar {
  left: number;   // percent
  width: number;  // percent; 0: a mark
}

/// barOf stays within the line, whatever a kiosk's clock said; what is shorter than can be seen is still seen.
export function barOf(item: Pick<TimelineItem, 'start_us' | 'duration_us'>, line: Pick<Timeline, 'duration_us'>): Bar {
  const whole = Math.max(line.duration_us, 1);
  const left = Math.min(Math.max((item.start_us / whole) * 100, 0), 100);
  if (item.duration_us <= 0) return { left, width: 0 };
  const end = Math.min(Math.max(((item.start_us + item.duration_us) / whole) * 100, left), 100);
  return { left: Math.min(left, 99.6), width: Math.max(end - left, 0.4) };
}

/// durationText: 0.4 ms, 27 ms, 1.24 s, 2 min 3 s.
export function durationText(us: number): string {
  if (us < 1000) return `${(us / 1000).toFixed(1)} ms`;
  if (us < 1_000_000) return `${Math.round(us / 1000)} ms`;
  if (us < 60_000_000) return `${(us / 1_000_000).toFixed(2)} s`;
  const seconds = Math.round(us / 1_000_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/// whatOf names an item by its own words: the step, the service and path, the table.
export function whatOf(item: Pick<TimelineItem, 'kind' | 'params'>): string {
  const p = item.params;
  switch (item.kind) {
    case 'session': return p.matter ?? '';
    case 'step': return p.step ?? '';
    case 'request': return [p.method, p.service].filter(Boolean).join(' ');
    case 'broker': return [p.method, p.service && `${p.service}${p.path ?? ''}`].filter(Boolean).join(' ');
    case 'database': return [p.verb, p.table].filter(Boolean).join(' ');
    default: return '';
  }
}
