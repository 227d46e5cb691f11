// segmentState is how far a closed segment of the ledger is on its way off the machine.
import type { LedgerSegment } from '../../api/types';

export type SegmentState = 'sealed' | 'exported' | 'confirmed' | 'removed';

export function segmentState(segment: Pick<LedgerSegment, 'exported' | 'confirmed' | 'removed'>): SegmentState {
  if (segment.removed) return 'removed';
  if (segment.confirmed) return 'confirmed';
  return segment.exported ? 'exported' : 'sealed';
}
