// What a target's figures mean to who looks: its state in one word, its lag in entries and minutes.
import type { ExportTarget } from '../../api/types';

export type ShownState = 'current' | 'sending' | 'awaiting' | 'failing' | 'stalled' | 'paused';

export const STATE_COLORS: Record<ShownState, string> = {
  current: 'success', sending: 'processing', awaiting: 'processing', failing: 'warning', stalled: 'error', paused: 'default',
};

export function shownState(target: ExportTarget): ShownState {
  if (target.paused) return 'paused';
  if (target.stalled) return 'stalled';
  if (target.attempts > 0 || target.state === 'backing_off') return 'failing';
  if (target.state === 'awaiting') return 'awaiting';
  return target.state === 'sending' || target.lag > 0 ? 'sending' : 'current';
}

export function lagText(target: ExportTarget, now: number): { count: number; minutes: number } {
  const oldest = target.oldest ? Date.parse(target.oldest) : now;
  return { count: target.lag, minutes: Math.max(0, Math.floor((now - oldest) / 60_000)) };
}
