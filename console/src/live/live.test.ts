import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Alarm, AlarmPage, Device, DevicePage, PolicyInfo } from '../api/types';
import { mergeAlarm, mergeDevice, mergePolicy, parseLive } from './reducer';
import { backoff, LiveSocket, type Wire } from './socket';

const device = (id: string, live: Device['live'] = 'online') => ({ id, live }) as Device;
const alarm = (id: string, over: Partial<Alarm> = {}) => ({ id, state: 'open', count: 1, device: 'd1', ...over }) as Alarm;
const devices = (...items: Device[]): DevicePage => ({ items, total: items.length, next: '' });
const alarms = (...items: Alarm[]): AlarmPage => ({ items, total: items.length, next: '' });
const first = { firstPage: true };

describe('parseLive', () => {
  it('reads the messages of the API', () => {
    expect(parseLive('{"kind":"device","device":{"id":"1"}}')).toMatchObject({ kind: 'device' });
    expect(parseLive('{"kind":"checkpoint","checkpoint":{"size":3}}')).toMatchObject({ kind: 'checkpoint' });
  });
  it.each(['', 'no', 'null', '[]', '3', '{}', '{"kind":"x","x":{}}', '{"kind":"device"}', '{"kind":"device","device":null}',
    '{"kind":"device","device":{}}', '{"kind":"device","alarm":{"id":"1"}}', '{"kind":"constructor","constructor":{"id":1}}'])(
    'refuses %s', (text) => expect(parseLive(text)).toBeUndefined());
});

describe('mergeDevice', () => {
  it('replaces a shown device', () => {
    const { value, stale } = mergeDevice(devices(device('a'), device('b')), device('b', 'cut'), first);
    expect(value.items.map((d) => d.live)).toEqual(['online', 'cut']);
    expect(stale).toBe(false);
  });
  it('takes a device out that the filter no longer shows', () => {
    const { value, stale } = mergeDevice(devices(device('a')), device('a', 'cut'), { ...first, state: 'online' });
    expect(value).toMatchObject({ items: [], total: 0 });
    expect(stale).toBe(true);
  });
  it('asks for a new list when an unknown device may belong to it', () => {
    expect(mergeDevice(devices(), device('n'), first).stale).toBe(true);
    expect(mergeDevice(devices(), device('n'), { ...first, state: 'cut' }).stale).toBe(false);
    expect(mergeDevice({ ...devices(), next: 'c' }, device('n'), first).stale).toBe(false);
    expect(mergeDevice(devices(), device('n'), { firstPage: false }).stale).toBe(false);
  });
});

describe('mergeAlarm', () => {
  it('puts a new alarm on top of the first page and counts it elsewhere', () => {
    expect(mergeAlarm(alarms(alarm('a')), alarm('b'), first).value).toMatchObject({ total: 2, items: [{ id: 'b' }, { id: 'a' }] });
    expect(mergeAlarm(alarms(alarm('a')), alarm('b'), { firstPage: false }).value).toMatchObject({ total: 2, items: [{ id: 'a' }] });
  });
  it('respects state and device filters', () => {
    expect(mergeAlarm(alarms(), alarm('b', { state: 'closed' }), { ...first, state: 'open' }).value.total).toBe(0);
    expect(mergeAlarm(alarms(), alarm('b', { device: 'd2' }), { ...first, device: 'd1' }).value.total).toBe(0);
  });
  it('takes an acknowledged alarm out of the open ones', () => {
    const merged = mergeAlarm(alarms(alarm('a')), alarm('a', { state: 'acknowledged' }), { ...first, state: 'open' });
    expect(merged.value).toMatchObject({ items: [], total: 0 });
  });
  it('never goes back: late messages change nothing', () => {
    const page = alarms(alarm('a', { state: 'acknowledged', count: 5 }));
    expect(mergeAlarm(page, alarm('a', { state: 'open', count: 9 }), first).value).toBe(page);
    expect(mergeAlarm(page, alarm('a', { state: 'acknowledged', count: 4 }), first).value).toBe(page);
    expect(mergeAlarm(page, alarm('a', { state: 'acknowledged', count: 6 }), first).value.items[0]?.count).toBe(6);
  });
});

it('mergePolicy keeps one row a revision, newest first', () => {
  const info = (revision: number, applied = 0) => ({ revision, applied }) as PolicyInfo;
  expect(mergePolicy([info(2), info(1)], info(3)).map((p) => p.revision)).toEqual([3, 2, 1]);
  expect(mergePolicy([info(2), info(1)], info(1, 7))).toEqual([info(2), info(1, 7)]);
});

describe('LiveSocket', () => {
  beforeEach(() => { vi.useFakeTimers(); });
  afterEach(() => { vi.useRealTimers(); });
  const setup = () => {
    const wires: Wire[] = [];
    const states: string[] = [];
    const texts: string[] = [];
    const onRetry = vi.fn();
    const socket = new LiveSocket({
      open: () => { const wire: Wire = { onopen: null, onclose: null, onmessage: null, close: () => undefined }; wires.push(wire); return wire; },
      onState: (s) => states.push(s), onText: (t) => texts.push(t), onRetry, random: () => 1,
    });
    const fire = (event: 'onopen' | 'onclose' | 'onmessage', data?: unknown) => wires.at(-1)?.[event]?.({ data } as never);
    return { socket, wires, states, texts, onRetry, fire };
  };
  it('comes back with growing pauses, and starts small again after success', () => {
    const { socket, wires, states, onRetry, fire } = setup();
    socket.start();
    fire('onclose');
    vi.advanceTimersByTime(999);
    expect(wires).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(wires).toHaveLength(2);
    expect(onRetry).toHaveBeenCalledOnce();
    fire('onclose');
    vi.advanceTimersByTime(1999);
    expect(wires).toHaveLength(2);
    vi.advanceTimersByTime(1);
    fire('onopen');
    expect(states.at(-1)).toBe('online');
    fire('onclose');
    vi.advanceTimersByTime(1000);
    expect(wires).toHaveLength(4);
  });
  it('hands texts on and ignores binary frames', () => {
    const { socket, texts, fire } = setup();
    socket.start();
    fire('onmessage', 'a');
    fire('onmessage', new ArrayBuffer(1));
    expect(texts).toEqual(['a']);
  });
  it('stays closed once stopped', () => {
    const { socket, wires, fire } = setup();
    socket.start();
    socket.stop();
    fire('onclose');
    vi.advanceTimersByTime(60_000);
    expect(wires).toHaveLength(1);
  });
  it('bounds the pause', () => {
    expect(backoff(0, () => 0)).toBe(500);
    expect(backoff(4, () => 1)).toBe(16_000);
    expect(backoff(1000, () => 1)).toBe(30_000);
  });
});
