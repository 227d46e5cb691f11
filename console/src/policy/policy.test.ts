import { describe, expect, it } from 'vitest';
import type { EndpointRule, NetworkTemplate } from '../api/types';
import { diffPolicies, ruleText } from './diff';
import { emptyForm, formOf, localProblems, newRow, placeOf, splitPorts, templateOf } from './form';

const rule = (name: string, over: Partial<EndpointRule> = {}): EndpointRule => ({ name, address: '10.1.0.1', protocol: 'tcp', ports: ['443'], ...over });
const network = (over: Partial<NetworkTemplate> = {}): NetworkTemplate => ({
  mode: 'enforce', allow_out: [rule('a'), rule('b', { ports: ['80', '8000-8100'] })], allow_in: [], tolerate: [rule('t', { protocol: 'icmp', ports: [] })],
  cut: { on_illegal_outbound: true, on_interface_change: true, on_identity_change: false, leave_platform_channel: true }, ...over,
});

describe('form mapping', () => {
  it('returns the template that it was made of', () => expect(templateOf(formOf(network()))).toEqual(network()));
  it('sends no key of its own', () => {
    const form = emptyForm();
    form.lists.allow_out.push({ ...newRow(), name: ' a ', address: ' 10.1.0.1 ', ports: '443' });
    expect(templateOf(form).allow_out).toEqual([rule('a')]);
  });
  it('drops the ports of icmp', () => {
    const form = emptyForm();
    form.lists.tolerate.push({ ...newRow(), name: 'p', address: '10.1.0.1', protocol: 'icmp', ports: '443' });
    expect(templateOf(form).tolerate[0]?.ports).toEqual([]);
  });
  it('does not share the cut switches with its source', () => {
    const source = network();
    formOf(source).cut.on_identity_change = true;
    expect(source.cut.on_identity_change).toBe(false);
  });
  it.each([['443', ['443']], ['443, 80', ['443', '80']], ['443，80；22、53', ['443', '80', '22', '53']], ['8000 - 8100', ['8000-8100']], ['  ', []]])(
    'splits "%s"', (text, ports) => expect(splitPorts(text)).toEqual(ports));
});

describe('placeOf', () => {
  it('finds field, rule and whole list', () => {
    expect(placeOf('/allow_out/2/address')).toEqual({ list: 'allow_out', row: 2, field: 'address' });
    expect(placeOf('/network/allow_in/0/ports/1')).toEqual({ list: 'allow_in', row: 0, field: 'ports' });
    expect(placeOf('/tolerate/1')).toEqual({ list: 'tolerate', row: 1 });
    expect(placeOf('/tolerate/1/strange')).toEqual({ list: 'tolerate', row: 1 });
  });
  it.each(['', '/', '/mode', '/cut/on_identity_change', '/allow_out', '/allow_out/x/name', 'allow_out/1'])(
    'leaves "%s" to the head of the form', (path) => expect(placeOf(path)).toBeUndefined());
});

describe('localProblems', () => {
  const of = (over: Partial<EndpointRule>) => localProblems(network({ allow_out: [rule('a', over)] })).map((p) => `${p.path} ${p.code}`);
  it('accepts a good template', () => expect(localProblems(network())).toEqual([]));
  it('names what is missing', () => expect(of({ name: '', address: '' })).toEqual(['/allow_out/0/name required', '/allow_out/0/address required']));
  it.each(['0', '65536', '99999', 'http', '20-10', '1-', '-1', '1-70000'])('refuses port %s', (port) => {
    expect(of({ ports: [port] })).toEqual(['/allow_out/0/ports bad_port']);
  });
  it('bounds the number of ports and the name', () => {
    expect(of({ ports: Array.from({ length: 65 }, (_, i) => `${i + 1}`) })).toEqual(['/allow_out/0/ports too_many']);
    expect(of({ name: 'n'.repeat(65) })).toEqual(['/allow_out/0/name too_long']);
  });
});

describe('diffPolicies', () => {
  it('finds nothing between equals, whatever the order of rules', () => {
    expect(diffPolicies(network(), network())).toEqual([]);
    const swapped = network();
    swapped.allow_out.reverse();
    expect(diffPolicies(network(), swapped)).toEqual([]);
  });
  it('tells mode, switches, additions, removals and changes', () => {
    const to = network({
      mode: 'watch', allow_out: [rule('a', { ports: ['444'] }), rule('c')], tolerate: [],
      cut: { ...network().cut, on_identity_change: true },
    });
    expect(diffPolicies(network(), to)).toEqual([
      { kind: 'mode', from: 'enforce', to: 'watch' },
      { kind: 'cut', name: 'on_identity_change', from: false, to: true },
      { kind: 'changed', list: 'allow_out', from: rule('a'), to: rule('a', { ports: ['444'] }) },
      { kind: 'added', list: 'allow_out', rule: rule('c') },
      { kind: 'removed', list: 'allow_out', rule: rule('b', { ports: ['80', '8000-8100'] }) },
      { kind: 'removed', list: 'tolerate', rule: rule('t', { protocol: 'icmp', ports: [] }) },
    ]);
  });
  it('tells a renamed rule as one gone and one come', () => {
    const kinds = diffPolicies(network(), network({ allow_out: [rule('z'), rule('b', { ports: ['80', '8000-8100'] })] })).map((c) => c.kind);
    expect(kinds).toEqual(['added', 'removed']);
  });
  it('counts equal rules one by one', () => {
    expect(diffPolicies(network({ allow_out: [rule('a')] }), network({ allow_out: [rule('a'), rule('a')] }))).toHaveLength(1);
  });
  it('writes a rule in one line', () => {
    expect(ruleText(rule('b', { ports: ['80', '8000-8100'] }))).toBe('tcp 10.1.0.1:80,8000-8100');
    expect(ruleText(rule('p', { protocol: 'icmp', ports: [] }))).toBe('icmp 10.1.0.1');
  });
});
