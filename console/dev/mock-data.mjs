// Canned data of the mock server; times are relative to its start.
import { MockAdministration } from './mock-administration.mjs';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { MockCamera } from './mock-camera.mjs';
import { MockExports } from './mock-exports.mjs';
import { MockCompliance } from './mock-compliance.mjs';
import { MockVault } from './mock-vault.mjs';
import { baselinesOf, DEFENCE } from './mock-defence.mjs';

const events = new URL('../../schemas/events/', import.meta.url);
const catalogue = readdirSync(events).flatMap((file) => JSON.parse(readFileSync(new URL(file, events), 'utf8')).events);
const id = (n) => n.toString(16).padStart(32, '0');
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const sm3 = (...parts) => createHash('sm3').update(Buffer.concat(parts)).digest();
const hex = (n = 32) => randomBytes(n).toString('hex');

const SITES = [['福田区行政服务大厅', '福田区', '福中三路市民中心 B 区'], ['南山区粤海街道便民服务中心', '南山区', '后海大道 2388 号'], ['宝安区图书馆自助服务区', '宝安区', '新安街道']];
const LIVE = ['online', 'online', 'cut', 'online', 'watching', 'degraded', 'offline', 'disabled', 'online'];

export class Data {
  constructor() {
    this.camera = new MockCamera(ago, id);
    this.exports = new MockExports();
    this.vault = new MockVault();
    this.compliance = new MockCompliance();
    this.administration = new MockAdministration(ago, id);
    this.sites = SITES.map(([name, district, address], i) => ({ id: id(i + 1), name, district, region: this.administration.regions[1 + (i % 3)].id, address, devices: 3 }));
    this.devices = LIVE.map((live, i) => ({
      id: id(0xd0 + i), name: `自助终端-${String(i + 1).padStart(2, '0')}`, site: this.sites[i % 3].id, site_name: this.sites[i % 3].name,
      address: `10.66.${i % 3}.${10 + i}/24`, mac: `02:42:0a:42:00:${(16 + i).toString(16)}`, custodian: ['张伟', '刘洋', '黄晓明'][i % 3], custodian_phone: '0755-8800 1234',
      live, policy_revision: i === 4 ? 2 : 3, policy_wanted: 3, last_seen: i === 6 ? ago(86_400) : ago(i * 3), alarms_open: i === 2 ? 2 : 0, agent_version: '0.1.0', case_id: live === 'cut' ? hex(16) : '',
    }));
    this.enrolments = [['kiosk-a17', '10.66.1.33/24', '10.66.1.33:41822', 'pending'], ['kiosk-b02', '10.66.2.40/24', '203.0.113.9:50211', 'pending'], ['kiosk-c05', '10.66.0.21/24', '10.66.0.21:40100', 'approved']].map(
      ([hostname, address, peer, state], i) => ({
        id: id(0xe0 + i), state, requested: ago(300 * (i + 1)), peer, address, mac: `02:42:0a:42:01:0${i + 1}`, interface: 'eth0', hostname, hardware_digest: hex(),
        hardware_sources: ['machine-id', 'dmi', 'cpu', 'disk', 'nic'].map((name, k) => ({ name, present: !(i === 1 && k === 1) })), tpm: i === 0 ? 'IFX 7.85.4555.0' : '', agent_version: '0.1.0', site: this.sites[i].id, device: state === 'approved' ? id(0xd3) : '',
      }));
    this.tokens = [{ id: id(0x70), site: id(1), note: '二楼东侧新终端', created: ago(600), expires: ago(-3000), state: 'unused' }, { id: id(0x71), site: id(2), note: '', created: ago(9000), expires: ago(5400), state: 'expired' }];
    this.persons = [['custodian', '王**', '', 3], ['administrator', '李**', '', 1], ['custodian', '', ago(86_400), 12]].map(([kind, shown, forgotten, entries], n) => ({
      id: hex(16), pseudonym: `person-${hex(6)}`, kind, shown, created: ago(900_000 * (n + 1)), forgotten, entries,
    }));
    this.users = [['system', '李敏', 'system', 'active'], ['security', '陈志强', 'security', 'active'], ['audit', '王芳', 'audit', 'active'], ['security2', '何静', 'security', 'invited'], ['old-admin', '周涛', 'system', 'disabled']].map(
      ([account, display_name, role, state], i) => ({ id: id(0xa0 + i), account, display_name, role, state, last_login: state === 'active' ? ago(3600 * i) : '', person: `SZ-${i}`, regions: [this.administration.regions[0].id], ends: '', password_changed: ago(86_400) }));
    const rule = (name, address, protocol, ports) => ({ name, address, protocol, ports });
    const network = {
      mode: 'enforce', allow_out: [rule('政务服务网关', '10.66.0.5', 'tcp', ['443']), rule('身份核验', '10.66.8.0/28', 'tcp', ['8443', '9000-9010']), rule('时间服务', '10.66.0.1', 'udp', ['123'])],
      allow_in: [rule('运维检查', '10.66.9.2', 'icmp', [])], tolerate: [rule('打印机发现', '224.0.0.251', 'udp', ['5353'])],
      cut: { on_illegal_outbound: true, on_interface_change: true, on_identity_change: true, leave_platform_channel: true },
    };
    const older = { ...network, mode: 'watch', allow_out: network.allow_out.slice(0, 2), tolerate: [] };
    this.policies = [[3, network, '加入时间服务，开始强制执行', 7], [2, older, '加入身份核验', 9], [1, { ...older, allow_out: older.allow_out.slice(0, 1) }, '首次发布', 9]].map(([revision, net, note, applied]) => ({
      info: { revision, published: ago(86_400 * (4 - revision)), publisher: 'security', note, digest: hex(), devices: 9, applied }, network: net, defence: revision === 3 ? DEFENCE : revision === 2 ? { interfaces: { ...DEFENCE.interfaces, mode: 'watch' } } : {},
    }));
    this.eventTypes = catalogue.map((e) => ({ ...e, severity: e.severity.toLowerCase() }));
    const sample = { process: 'curl', pid: '4242', user: 'kiosk', protocol: 'tcp', source: '10.66.0.12', destination: '198.51.100.7', port: '443', interface: 'eth0', count: '3', latency_us: '871', kind: 'tun', mac: '', bound: '10.66.0.12/24', observed: '10.66.0.99/24', peer: '10.66.0.12:40122', reason: 'session timeout', account: 'security2', role: 'security', revision: '3', note: '强制执行', devices: '9', seconds: '90', device: id(0xd2), serial: '3A91C0FF', usage: 'signing', subject: 'CN=自助终端-03', changed: 'disk, nic' };
    const params = (event) => Object.fromEntries(event.params.map((p) => [p, sample[p] ?? (p === 'digest' ? hex() : 'x')]));
    const type = (name) => this.eventTypes.find((e) => e.type === name);
    this.alarms = ['net.outbound.illegal', 'net.interface.added', 'admission.refused.wrong_digest', 'device.silent', 'admin.refused', 'net.address.changed', 'policy.drift'].map((name, i) => ({
      id: id(0xb0 + i), device: name.startsWith('admin') ? '' : this.devices[i === 0 ? 2 : i].id, device_name: name.startsWith('admin') ? '' : this.devices[i === 0 ? 2 : i].name, site_name: name.startsWith('admin') ? '' : this.devices[i].site_name,
      type: name, clause: type(name).clause, severity: type(name).severity, state: i < 4 ? 'open' : i < 6 ? 'acknowledged' : 'closed', first: ago(60 + 600 * i), last: ago(20 + 600 * i), count: i + 1, params: params(type(name)), case_id: i < 2 ? hex(16) : '',
      acknowledged_by: i < 4 ? '' : 'security', note: i < 4 ? '' : '已现场核实，为维护人员误接网线。',
    }));
    this.audit = Array.from({ length: 137 }, (_, index) => {
      const event = this.eventTypes[(index * 7) % this.eventTypes.length];
      const person = /^(admin|policy\.published|alarm|device\.(release|cut)|audit|site|enrol\.(approved|rejected|token))/.test(event.type);
      return { index, id: id(index), type: event.type, result: event.type.includes('refused') ? 'refused' : event.type.startsWith('net.outbound') ? 'blocked' : 'success', time: ago((137 - index) * 40), received: ago((137 - index) * 40 - 1), device: person ? '' : this.devices[index % 9].id, device_name: person ? '' : this.devices[index % 9].name, person: person ? 'security' : '', role: person ? 'security' : '', clause: event.clause, severity: event.severity, params: params(event), case_id: '', trace: hex(8), archived: false };
    });
    this.leaves = this.audit.map((e) => sm3(Buffer.of(0), Buffer.from(JSON.stringify(e))));
    this.tamper = false;
    this.acted = [];
    this.baselines = new Map();
  }
  root(from, to) {
    if (to - from === 1) return this.leaves[from];
    const k = this.split(to - from);
    return sm3(Buffer.of(1), this.root(from, from + k), this.root(from + k, to));
  }
  split(n) { let k = 1; while (k * 2 < n) k *= 2; return k; }
  path(m, from, to) {
    if (to - from === 1) return [];
    const k = this.split(to - from);
    return m < from + k ? [...this.path(m, from, from + k), this.root(from + k, to)] : [...this.path(m, from + k, to), this.root(from, from + k)];
  }
  checkpoint() { return { origin: 'kioskward.shenzhen', size: this.leaves.length, root: this.root(0, this.leaves.length).toString('hex'), time: ago(1) }; }
  proof(index) {
    const path = this.path(index, 0, this.leaves.length).map((h) => h.toString('hex'));
    if (this.tamper) path[0] = hex();
    return { index, leaf_hash: this.leaves[index].toString('hex'), path, checkpoint: this.checkpoint(), signature: hex(64), key_id: hex(16), verified: true };
  }
  overview() {
    const count = (live) => this.devices.filter((d) => d.live === live).length;
    const open = this.alarms.filter((a) => a.state === 'open');
    return { devices: { total: this.devices.length, online: count('online'), offline: count('offline'), cut: count('cut'), disabled: count('disabled'), degraded: count('degraded'), watching: count('watching') }, requests_waiting: 2, baselines_waiting: 9, enrolments_pending: this.enrolments.filter((e) => e.state === 'pending').length, alarms_open: open.length, alarms_critical: open.filter((a) => a.severity === 'critical').length, ledger: this.checkpoint(), ledger_room: { level: 'ample', used_percent: 37, total: 252e9, free: 158e9, reserve: 67108864, writable: true } };
  }
  extracts() { return { items: [{ id: id(0xe1), watermark: 'KW-2026-11-26-000012', account: 'audit', purpose: '配合第 7 号案件核查，提供给区政务服务数据管理局', filter: 'type=net.cut', form: 'csv', made: ago(3600), expires: ago(-80000), state: 'ready', entries: 120, octets: 40211, digest: hex() },
    { id: id(0xe0), watermark: 'KW-2026-10-02-000011', account: 'audit', purpose: '季度抽查', filter: '', form: 'jsonl', made: ago(5_000_000), expires: ago(4_900_000), state: 'over', entries: 93, octets: 20111, digest: hex() }] }; }
  rowFindings() { return { items: [{ table: 'users', key: hex(16), what: 'changed' }, { table: 'orders', key: hex(16), what: 'deleted' }, { table: 'sites', key: '', what: 'schema' }] }; }
  witnesses() {
    const head = this.checkpoint();
    const row = (witness, kind, site, size, refuses = '') => ({ witness, kind, name: this.device(witness)?.name ?? witness, site, size, signed_at: size ? ago(8) : '', refuses });
    return { quorum: 'met', needed: 2, picked: 5, witnessed: { ...head, size: head.size - 2 }, by: [this.devices[0].id, 'backup'], items: [
      row(this.devices[3].id, 'device', '福田区政务服务中心二十四小时自助服务厅', head.size - 40, 'forked'), row('backup', 'named', '灾备中心', head.size - 2),
      row('police-gateway', 'named', '', 0), ...this.devices.slice(0, 3).map((d) => row(d.id, 'device', d.site_name, head.size - 2)) ] };
  }
  device(key) { return this.devices.find((d) => d.id === key); }
  devicePage(query) {
    const items = this.devices.filter((d) => (!query.get('state') || d.live === query.get('state')) && (!query.get('site') || d.site === query.get('site')) && (!query.get('q') || `${d.name}${d.address}${d.mac}`.includes(query.get('q'))));
    return { items, total: items.length, next: '' };
  }
  deviceDetail(key) {
    return {
      device: this.device(key), hardware_digest: hex(), hardware_sources: ['machine-id', 'dmi', 'cpu', 'disk', 'nic'].map((name, i) => ({ name, present: i !== 1 })),
      certificates: ['signing', 'encryption'].map((usage) => ({ serial: hex(10).toUpperCase(), usage, not_before: ago(864_000), not_after: ago(-31_536_000), state: 'valid' })),
      facts: [['net.interface.eth0.address', '10.66.0.12/24', 'rtnetlink'], ['net.interface.eth0.mac', '02:42:0a:42:00:12', 'rtnetlink'], ['net.route.default', '10.66.0.1', 'rtnetlink'], ['policy.revision', '3', 'nft'], ['agent.version', '0.1.0', 'agent']].map(([k, value, source]) => ({ key: k, value, source, time: ago(30) })),
      orders: [...this.acted, { id: id(0xc0), kind: 'release', issued: ago(7200), reason: '现场核实后恢复', state: 'done', section: '', action: '', args: {} }],
    };
  }
  setLive(key, live, push) {
    const device = this.device(key);
    Object.assign(device, { live, case_id: '' });
    push({ kind: 'device', device });
    return device;
  }
  order(key, kind, reason, push) {
    this.setLive(key, kind === 'release' ? 'online' : 'cut', push);
    return { id: id(0xc1), kind, issued: ago(0), reason, state: 'waiting', section: '', action: '', args: {} };
  }
  act({ section, action, args, reason }) {
    const order = { id: id(0xc2 + this.acted.length), kind: 'section', issued: ago(0), reason, state: 'waiting', section, action, args };
    this.acted.unshift(order);
    return order;
  }
  baselinesOf(key) {
    if (!this.baselines.has(key)) this.baselines.set(key, baselinesOf(key, ago, id));
    return this.baselines.get(key);
  }
  baseline(key) { return [...this.baselines.values()].flat().find((b) => b.info.id === key); }
  decideBaseline(key, state, person, reason) {
    const { info } = this.baseline(key);
    return Object.assign(info, { state, revision: state === 'approved' ? 2 : 0, decided: ago(0), decided_by: person, reason });
  }
  decide(key, change, push) {
    const enrolment = Object.assign(this.enrolments.find((e) => e.id === key), change);
    push({ kind: 'enrolment', enrolment });
    return enrolment;
  }
  addSite(body) { const site = { ...body, id: id(0x90 + this.sites.length), devices: 0 }; this.sites.push(site); return site; }
  check(network) {
    const problems = ['allow_out', 'allow_in', 'tolerate'].flatMap((list) => network[list].flatMap((r, i) => (/^[0-9.]+(\/\d+)?$/.test(r.address) ? [] : [{ path: `/${list}/${i}/address`, code: 'bad_address', detail: r.address, warning: false }])));
    const lines = network.allow_out.map((r) => `    ip daddr ${r.address} ${r.protocol} dport { ${r.ports.join(', ')} } counter accept comment "${r.name}"`);
    return { ok: problems.length === 0, problems, compiled: problems.length ? '' : `table inet kioskward {\n  chain output {\n    type filter hook output priority -10; policy drop;\n    oif lo accept\n    ct state established,related accept\n${lines.join('\n')}\n    log prefix "kw:out " group 86 counter drop\n  }\n}\n` };
  }
  publish(body, refuse, ok) {
    const newest = this.policies[0].info.revision;
    if (body.base_revision !== newest) return refuse(409, 'conflict', `newest revision is ${newest}`);
    const info = { revision: newest + 1, published: ago(0), publisher: 'security', note: body.note, digest: hex(), devices: 9, applied: 0 };
    this.policies.unshift({ info, network: body.network, defence: body.defence ?? this.policies[0].defence });
    return ok(info, 201);
  }
  alarmPage(query) {
    const items = this.alarms.filter((a) => (!query.get('state') || a.state === query.get('state')) && (!query.get('device') || a.device === query.get('device')));
    return { items, total: items.length, next: '' };
  }
  acknowledge(key, person, note, push) {
    const alarm = Object.assign(this.alarms.find((a) => a.id === key), { state: 'acknowledged', acknowledged_by: person, note });
    push({ kind: 'alarm', alarm });
    return alarm;
  }
  auditPage(query) {
    const before = Number(query.get('before') ?? this.audit.length) || this.audit.length;
    const matching = this.audit.filter((e) => e.index < before && (!query.get('type') || e.type === query.get('type')) && (!query.get('person') || e.person === query.get('person')) && (!query.get('device') || e.device === query.get('device'))).reverse();
    const items = matching.slice(0, Number(query.get('limit') ?? 50));
    return { items, next_before: matching.length > items.length ? items.at(-1).index : 0, checkpoint: this.checkpoint() };
  }
  invite(key) { return { user: this.users.find((u) => u.id === key), one_time_password: 'Xk7-pQ2m-9TzW-hh4R', expires: ago(-86_400) }; }
  disableUser(key) { return Object.assign(this.users.find((u) => u.id === key), { state: 'disabled' }); }
}
