// idleVerdict says what an unattended session needs: nothing, a sign of life to the server, a warning, or its end.

export interface IdleInput {
  now: number;          // ms, as all times here
  lastActivity: number; // key, pointer or touch of the person
  lastAnswer: number;   // of the server
  expires: number;      // end of the session whatever happens
  idleSeconds: number;
}
export type IdleVerdict =
  | { kind: 'active' }
  | { kind: 'keep_alive' }               // the person works, but the server has not heard of it for a while
  | { kind: 'warn'; seconds: number }    // ends in so many seconds unless something happens
  | { kind: 'ended'; why: 'idle' | 'expired' };

export function idleVerdict({ now, lastActivity, lastAnswer, expires, idleSeconds }: IdleInput): IdleVerdict {
  if (now >= expires) return { kind: 'ended', why: 'expired' };
  const idle = (now - lastActivity) / 1000;
  if (idle >= idleSeconds) return { kind: 'ended', why: 'idle' };
  const warnFor = Math.min(60, idleSeconds / 4);
  const left = Math.min(idleSeconds - idle, (expires - now) / 1000);
  if (left <= warnFor) return { kind: 'warn', seconds: Math.ceil(left) };
  const silent = (now - lastAnswer) / 1000;
  if (silent > idleSeconds / 4 && lastActivity > lastAnswer) return { kind: 'keep_alive' };
  return { kind: 'active' };
}
