// Canned sections of the defence and baselines for the mock server.
import { createHash } from 'node:crypto';

const field = (name, type, over = {}) => ({ name, list: false, type, ...over });
const mode = field('mode', 'choice', { words: ['off', 'watch', 'enforce'] });
const switches = (...names) => names.map((name) => field(name, 'boolean'));
const sm3 = (text) => createHash('sm3').update(text).digest('hex');

export const SECTIONS = {
  peripherals: {
    clauses: '5.4-a', actions: [{ name: 'permit', args: ['port', 'minutes'] }, { name: 'forget', args: [] }],
    fields: [mode, field('enforcer', 'choice', { words: ['auto', 'sysfs', 'usbguard'] }),
      field('allow', 'object', { list: true, fields: [field('name', 'text'), field('bus', 'choice', { words: ['usb', 'card'] }), field('vendor', 'text'), field('product', 'text'), field('serial', 'text'), field('port', 'text'), field('interfaces', 'text', { list: true }), field('types_fast', 'boolean')] }),
      ...switches('cards', 'serial_adapters'), field('hub_depth', 'integer'), field('typing', 'object', { fields: [field('keys_per_second', 'integer'), field('window_ms', 'integer')] })],
  },
  interfaces: {
    clauses: '5.4-b,8.2', actions: [],
    fields: [mode, ...switches('others_down', 'bring_back', 'restore_identity', 'pin_gateway', 'radios_off', 'refuse_autoconfiguration'), field('resolvers', 'text', { list: true }), field('tolerated', 'text', { list: true })],
  },
  outbound: { clauses: '9.5', actions: [], fields: [mode, ...switches('guard_frames', 'cut_on_frames', 'end_connections'), field('ethertypes', 'integer', { list: true })] },
};

export const DEFENCE = {
  peripherals: {
    mode: 'watch', enforcer: 'auto', cards: false, serial_adapters: false, hub_depth: 1, typing: { keys_per_second: 40, window_ms: 500 },
    allow: [{ name: '身份证阅读器', bus: 'usb', vendor: '0400', product: 'c35a', serial: '', port: '1-1.2', interfaces: ['03:00:00'], types_fast: false }, { name: '扫码枪', bus: 'usb', vendor: '0c2e', product: '0b61', serial: '', port: '1-1.3', interfaces: ['03:01:01'], types_fast: true }],
  },
  interfaces: { mode: 'enforce', others_down: true, bring_back: true, restore_identity: true, pin_gateway: true, radios_off: true, refuse_autoconfiguration: true, resolvers: ['10.66.0.1'], tolerated: [] },
};

/// checkSections finds what the pictures need: a bad vendor, and a doubt.
export function checkSections(defence) {
  const problems = (defence.peripherals?.allow ?? []).flatMap((rule, i) => (/^[0-9a-f]{4}$/.test(rule.vendor) ? [] : [{ path: `/peripherals/allow/${i}/vendor`, code: 'bad_number', detail: '4 hex digits', warning: false }]));
  if (defence.interfaces?.mode === 'enforce' && !defence.interfaces.others_down) problems.push({ path: '/interfaces/others_down', code: 'others_stay', detail: 'clause 5.4-b: other interfaces stay up', warning: true });
  return { ok: problems.every((p) => p.warning), problems, compiled: '' };
}

const OLD = { path: 'pci0000:00/0000:00:03.0', driver: 'e1000e', permanent_mac: '02:42:0a:42:00:12' };
const NEW = { ...OLD, driver: 'igb', permanent_mac: '02:42:0a:42:00:99' };

/// Three baselines of every device: one decided, one refused by an administrator, one that waits.
export function baselinesOf(device, ago, id) {
  const of = (n, content, over) => ({
    info: { id: id(0xba00 + n), device, section: 'interfaces', revision: 0, state: 'proposed', proposed: ago(3600 * (4 - n)), decided: '', decided_by: '', reason: '', size: 72, digest: sm3(JSON.stringify(content)), outcome: '', outcome_reason: '', ...over },
    readable: true, content,
  });
  return [
    of(3, NEW, {}),
    of(2, { ...OLD, driver: 'usbnet' }, { state: 'rejected', decided: ago(7000), decided_by: 'security', reason: '现场核实，为临时接入的网卡' }),
    of(1, OLD, { state: 'approved', revision: 1, decided: ago(10_000), decided_by: 'security', reason: '与采购清单一致', outcome: 'applied' }),
  ];
}
