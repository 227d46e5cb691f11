// diffPolicies lists what changes between two network templates, in the order in which the form shows it.
import type { EndpointRule, NetworkTemplate } from '../api/types';
import { CUTS, LISTS, type ListName } from './form';

export type PolicyChange =
  | { kind: 'mode'; from: string; to: string }
  | { kind: 'cut'; name: (typeof CUTS)[number]; from: boolean; to: boolean }
  | { kind: 'added'; list: ListName; rule: EndpointRule }
  | { kind: 'removed'; list: ListName; rule: EndpointRule }
  | { kind: 'changed'; list: ListName; from: EndpointRule; to: EndpointRule };

/// ruleText is a rule's one-line form, "tcp 10.66.1.10:80,443".
export function ruleText(rule: EndpointRule): string {
  return `${rule.protocol} ${rule.address}${rule.ports.length ? `:${rule.ports.join(',')}` : ''}`;
}

const same = (a: EndpointRule, b: EndpointRule) => a.name === b.name && ruleText(a) === ruleText(b);

/// Rules are one and the same when they are equal; of the rest, those of one name are a changed rule.
function diffList(list: ListName, from: EndpointRule[], to: EndpointRule[]): PolicyChange[] {
  const gone = [...from];
  const come: EndpointRule[] = [];
  for (const rule of to) {
    const at = gone.findIndex((g) => same(g, rule));
    if (at >= 0) gone.splice(at, 1);
    else come.push(rule);
  }
  const changes: PolicyChange[] = [];
  for (const rule of come) {
    const at = gone.findIndex((g) => g.name === rule.name);
    const old = at >= 0 ? gone.splice(at, 1)[0] : undefined;
    changes.push(old ? { kind: 'changed', list, from: old, to: rule } : { kind: 'added', list, rule });
  }
  return [...changes, ...gone.map((rule): PolicyChange => ({ kind: 'removed', list, rule }))];
}

export function diffPolicies(from: NetworkTemplate, to: NetworkTemplate): PolicyChange[] {
  const changes: PolicyChange[] = [];
  if (from.mode !== to.mode) changes.push({ kind: 'mode', from: from.mode, to: to.mode });
  for (const name of CUTS) {
    if (from.cut[name] !== to.cut[name]) changes.push({ kind: 'cut', name, from: from.cut[name], to: to.cut[name] });
  }
  return [...changes, ...LISTS.flatMap((list) => diffList(list, from[list], to[list]))];
}
