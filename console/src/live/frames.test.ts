import { describe, expect, it } from 'vitest';
import { LiveFrames, lookAddress, secondsLeft, type LookState } from './frames';
import type { Wire } from './socket';

function bench() {
  const wire = { onopen: null, onclose: null, onmessage: null, closed: 0, close() { this.closed += 1; } } as Wire & { closed: number };
  const states: LookState[] = [];
  const frames: number[] = [];
  const look = new LiveFrames({ open: () => wire, onState: (s) => states.push(s), onFrame: (f) => frames.push(f.byteLength) });
  look.start();
  const say = (data: unknown) => wire.onmessage?.({ data } as never);
  const end = () => wire.onclose?.({} as never);
  return { wire, states, frames, look, say, end };
}

describe('LiveFrames', () => {
  it('shows frames and tells when the view is over', () => {
    const b = bench();
    b.say(new ArrayBuffer(3));
    b.say(new ArrayBuffer(4));
    b.end();
    expect(b.frames).toEqual([3, 4]);
    expect(b.states).toEqual(['connecting', 'showing', 'over']);
  });
  it('is broken when nothing was ever shown', () => {
    const b = bench();
    b.end();
    expect(b.states).toEqual(['connecting', 'broken']);
  });
  it('takes no text for a frame', () => {
    const b = bench();
    b.say('<html>');
    expect(b.frames).toEqual([]);
    expect(b.states).toEqual(['connecting']);
  });
  it('says nothing any more once it was stopped', () => {
    const b = bench();
    b.look.stop();
    b.say(new ArrayBuffer(3));
    b.end();
    expect(b.wire.closed).toBe(1);
    expect(b.frames).toEqual([]);
    expect(b.states).toEqual(['connecting']);
  });
});

describe('lookAddress', () => {
  it('keeps to the own host and escapes what a person typed', () => {
    expect(lookAddress('ab', 'why & how?', { protocol: 'https:', host: 'kw.example' })).toBe('wss://kw.example/api/v1/media/ab/live?purpose=why%20%26%20how%3F');
    expect(lookAddress('ab', '核实', { protocol: 'http:', host: 'h:1' })).toMatch(/^ws:\/\/h:1\/.*purpose=%E6%A0%B8%E5%AE%9E$/);
  });
});

describe('secondsLeft', () => {
  it('counts down to nothing and not below', () => {
    expect(secondsLeft(1000, 60, 1000)).toBe(60);
    expect(secondsLeft(1000, 60, 31_500)).toBe(30);
    expect(secondsLeft(1000, 60, 999_000)).toBe(0);
  });
});
