// The policy editor's form values and their two-way mapping to the API's NetworkTemplate.
import type { EndpointRule, NetworkTemplate, PolicyProblem } from '../api/types';

export const LISTS = ['allow_out', 'allow_in', 'tolerate'] as const;
export type ListName = (typeof LISTS)[number];
export const CUTS = ['on_illegal_outbound', 'on_interface_change', 'on_identity_change', 'leave_platform_channel'] as const;

/// A rule as it is typed: ports are one text, "443, 8000-8100".
export interface RuleRow {
  key: number;
  name: string;
  address: string;
  protocol: EndpointRule['protocol'];
  ports: string;
}
export interface PolicyForm {
  mode: NetworkTemplate['mode'];
  lists: Record<ListName, RuleRow[]>;
  cut: NetworkTemplate['cut'];
}

let lastKey = 0;
export const newRow = (): RuleRow => ({ key: ++lastKey, name: '', address: '', protocol: 'tcp', ports: '' });

export function emptyForm(): PolicyForm {
  return {
    mode: 'watch',
    lists: { allow_out: [], allow_in: [], tolerate: [] },
    cut: { on_illegal_outbound: true, on_interface_change: true, on_identity_change: true, leave_platform_channel: true },
  };
}

const rowOf = (rule: EndpointRule): RuleRow => ({ ...rule, key: ++lastKey, ports: rule.ports.join(', ') });

/// splitPorts accepts Latin and Chinese commas, semicolons and blanks between the ports.
export function splitPorts(text: string): string[] {
  return text.replace(/\s*[-–]\s*/g, '-').split(/[\s,;，；、]+/).filter((part) => part !== '');
}

const ruleOf = (row: RuleRow): EndpointRule => ({
  name: row.name.trim(),
  address: row.address.trim(),
  protocol: row.protocol,
  ports: row.protocol === 'icmp' ? [] : splitPorts(row.ports),
});

export function formOf(network: NetworkTemplate): PolicyForm {
  return {
    mode: network.mode,
    lists: {
      allow_out: network.allow_out.map(rowOf),
      allow_in: network.allow_in.map(rowOf),
      tolerate: network.tolerate.map(rowOf),
    },
    cut: { ...network.cut },
  };
}

export function templateOf(form: PolicyForm): NetworkTemplate {
  return {
    mode: form.mode,
    allow_out: form.lists.allow_out.map(ruleOf),
    allow_in: form.lists.allow_in.map(ruleOf),
    tolerate: form.lists.tolerate.map(ruleOf),
    cut: { ...form.cut },
  };
}

export type RuleField = 'name' | 'address' | 'protocol' | 'ports';
const FIELDS: readonly string[] = ['name', 'address', 'protocol', 'ports'];

/// Where a problem is shown: at a field of a rule, at a whole rule, or above the form.
export type Place = { list: ListName; row: number; field?: RuleField } | undefined;

/// placeOf reads a problem's JSON pointer, relative to the template or to the publish request.
export function placeOf(pointer: string): Place {
  const parts = pointer.split('/').slice(1).map((p) => p.replace(/~1/g, '/').replace(/~0/g, '~'));
  if (parts[0] === 'network') parts.shift();
  const list = LISTS.find((name) => name === parts[0]);
  if (!list || parts[1] === undefined || !/^\d+$/.test(parts[1])) return undefined;
  const place = { list, row: Number(parts[1]) };
  return parts[2] !== undefined && FIELDS.includes(parts[2]) ? { ...place, field: parts[2] as RuleField } : place;
}

/// localProblems finds what the API's own schema refuses, so that it is said without a round trip.
export function localProblems(network: NetworkTemplate): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const say = (path: string, code: string) => problems.push({ path, code, detail: '', warning: false });
  for (const list of LISTS) {
    network[list].forEach((rule, i) => {
      const at = `/${list}/${i}`;
      if (rule.name === '') say(`${at}/name`, 'required');
      else if (rule.name.length > 64) say(`${at}/name`, 'too_long');
      if (rule.address === '') say(`${at}/address`, 'required');
      const bad = rule.ports.some((port) => !portOk(port));
      if (bad) say(`${at}/ports`, 'bad_port');
      else if (rule.ports.length > 64) say(`${at}/ports`, 'too_many');
    });
  }
  return problems;
}

function portOk(text: string): boolean {
  if (!/^[0-9]{1,5}(-[0-9]{1,5})?$/.test(text)) return false;
  const [first, last] = text.split('-').map(Number) as [number, number | undefined];
  return first >= 1 && (last ?? first) <= 65535 && first <= (last ?? first);
}
