// LiveFrames follows one live view: binary JPEG frames over a WebSocket of its own, until either side ends it.
import type { Wire } from './socket';

export type LookState = 'connecting' | 'showing' | 'over' | 'broken';

export interface LiveFramesHooks {
  open: () => Wire & { binaryType?: string };
  onState: (state: LookState) => void;
  onFrame: (jpeg: ArrayBuffer) => void;
}

/// A view that showed something and ends is over; one that never showed anything is broken. There is no second try: each
/// look is an entry of the audit, and a person decides on it.
export class LiveFrames {
  private wire: Wire | undefined;
  private frames = 0;
  private stopped = false;

  constructor(private readonly hooks: LiveFramesHooks) {}

  start(): void {
    this.hooks.onState('connecting');
    const wire = this.hooks.open();
    wire.binaryType = 'arraybuffer';
    this.wire = wire;
    wire.onmessage = (event: { data?: unknown }) => {
      if (this.stopped || !(event.data instanceof ArrayBuffer)) return;
      if (this.frames++ === 0) this.hooks.onState('showing');
      this.hooks.onFrame(event.data);
    };
    wire.onclose = () => {
      if (!this.stopped) this.hooks.onState(this.frames > 0 ? 'over' : 'broken');
      this.stopped = true;
    };
  }

  stop(): void {
    this.stopped = true;
    this.wire?.close();
  }
}

export function lookAddress(order: string, purpose: string, at: { protocol: string; host: string } = location): string {
  const scheme = at.protocol === 'https:' ? 'wss:' : 'ws:';
  return `${scheme}//${at.host}/api/v1/media/${encodeURIComponent(order)}/live?purpose=${encodeURIComponent(purpose)}`;
}

/// secondsLeft is what a view of `seconds` that began at `began` (ms) still has at `now`.
export function secondsLeft(began: number, seconds: number, now: number): number {
  return Math.max(0, Math.ceil((began + seconds * 1000 - now) / 1000));
}
