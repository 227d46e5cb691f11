// The live reducers apply one pushed change to what a page shows. They are pure; `stale` says that the list can no
// longer be derived from what is known (a filter's result changed) and must be read again.
import type { Alarm, AlarmPage, AlarmState, Device, DeviceLive, DevicePage, Enrolment, LiveMessage, PolicyInfo } from '../api/types';

export interface Merged<T> {
  value: T;
  stale: boolean;
}

const BODY = new Map([['device', 'id'], ['alarm', 'id'], ['enrolment', 'id'], ['request', 'id'], ['signing', 'id'], ['policy', 'revision'], ['compliance', 'subject'], ['checkpoint', 'size']]);

/// parseLive reads one WebSocket text; undefined when it is not a message that this console knows.
export function parseLive(text: string): LiveMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const message = value as Record<string, unknown>;
  const key = typeof message.kind === 'string' ? BODY.get(message.kind) : undefined;
  const body = key ? message[message.kind as string] : undefined;
  if (!key || typeof body !== 'object' || body === null || !(key in body)) return undefined;
  return value as LiveMessage;
}

export interface DeviceFilter {
  q?: string;
  state?: DeviceLive;
  firstPage: boolean;
}

export function mergeDevice(page: DevicePage, device: Device, filter: DeviceFilter): Merged<DevicePage> {
  const known = page.items.some((d) => d.id === device.id);
  const matches = !filter.state || device.live === filter.state;
  if (known && matches) {
    return { value: { ...page, items: page.items.map((d) => (d.id === device.id ? device : d)) }, stale: false };
  }
  if (known) {
    const items = page.items.filter((d) => d.id !== device.id);
    return { value: { ...page, items, total: Math.max(0, page.total - 1) }, stale: true };
  }
  // A device that is not shown: it may belong on this page now, or on another one.
  return { value: page, stale: filter.firstPage && matches && (!!filter.state || page.next === '') };
}

export interface AlarmFilter {
  state?: AlarmState;
  device?: string;
  firstPage: boolean;
}

const LATEST: AlarmState[] = ['open', 'acknowledged', 'closed'];

/// newerAlarm tells whether `next` supersedes `shown`: states only move forward, counts only rise.
export function newerAlarm(shown: Alarm, next: Alarm): boolean {
  const step = LATEST.indexOf(next.state) - LATEST.indexOf(shown.state);
  return step > 0 || (step === 0 && next.count >= shown.count);
}

export function mergeAlarm(page: AlarmPage, alarm: Alarm, filter: AlarmFilter): Merged<AlarmPage> {
  const matches = (!filter.state || alarm.state === filter.state) && (!filter.device || alarm.device === filter.device);
  const shown = page.items.find((a) => a.id === alarm.id);
  if (shown) {
    if (!newerAlarm(shown, alarm)) return { value: page, stale: false };
    const items = matches
      ? page.items.map((a) => (a.id === alarm.id ? alarm : a))
      : page.items.filter((a) => a.id !== alarm.id);
    return { value: { ...page, items, total: page.total - (matches ? 0 : 1) }, stale: !matches && page.next !== '' };
  }
  if (!matches) return { value: page, stale: false };
  const total = page.total + 1;
  return { value: { ...page, items: filter.firstPage ? [alarm, ...page.items] : page.items, total }, stale: false };
}

export function mergeEnrolment(items: Enrolment[], enrolment: Enrolment): Enrolment[] {
  return items.some((e) => e.id === enrolment.id)
    ? items.map((e) => (e.id === enrolment.id ? enrolment : e))
    : [enrolment, ...items];
}

export function mergePolicy(items: PolicyInfo[], policy: PolicyInfo): PolicyInfo[] {
  const others = items.filter((p) => p.revision !== policy.revision);
  return [...others, policy].sort((a, b) => b.revision - a.revision);
}
