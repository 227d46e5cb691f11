// LiveSocket keeps one WebSocket to /api/v1/live open, with back-off between attempts.

export type LinkState = 'connecting' | 'online' | 'offline';

/// The part of WebSocket that LiveSocket uses; tests hand in their own.
export interface Wire {
  onopen: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  close(): void;
}

export interface LiveSocketHooks {
  open: () => Wire;
  onState: (state: LinkState) => void;
  onText: (text: string) => void;
  /// Called before every new attempt after a failure: the session may have ended in the meantime.
  onRetry: () => void;
  random?: () => number;
}

/// backoff is the pause before attempt n (from 0) in ms: doubling from 1 s to 30 s, half of it random.
export function backoff(attempt: number, random: () => number): number {
  const full = Math.min(30_000, 1_000 * 2 ** Math.min(attempt, 5));
  return Math.round(full / 2 + (full / 2) * random());
}

export class LiveSocket {
  private wire: Wire | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private stopped = false;

  constructor(private readonly hooks: LiveSocketHooks) {}

  start(): void {
    if (this.stopped) return;
    this.hooks.onState(this.attempt === 0 ? 'connecting' : 'offline');
    const wire = this.hooks.open();
    this.wire = wire;
    wire.onopen = () => {
      this.attempt = 0;
      this.hooks.onState('online');
    };
    wire.onmessage = (event: { data?: unknown }) => {
      if (typeof event.data === 'string') this.hooks.onText(event.data);
    };
    wire.onclose = () => {
      if (this.stopped || this.wire !== wire) return;
      this.hooks.onState('offline');
      this.timer = setTimeout(() => {
        this.hooks.onRetry();
        this.start();
      }, backoff(this.attempt++, this.hooks.random ?? Math.random));
    };
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.wire?.close();
  }
}
