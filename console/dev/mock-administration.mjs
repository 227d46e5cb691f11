// Canned regions, settings, sessions, tokens and requests of the mock server.
const CITY = `${'0'.repeat(31)}1`;

export class MockAdministration {
  constructor(ago, id) {
    this.ago = ago;
    this.id = id;
    this.regions = [['', '全市', 'city'], [CITY, '福田区', 'district'], [CITY, '南山区', 'district'], [id(0xc1), '莲花街道', 'street']].map(
      ([parent, name, kind], i) => ({ id: i ? id(0xc0 + i) : CITY, parent, name, kind, sites: i % 2 }));
    this.settings = {
      revision: 1, two_persons: ['publishPolicy', 'releaseDevice', 'orderAction:hardware.replace'], idle_minutes: 15, confirm_minutes: 10, password_length: 12, password_days: 90, password_history: 5, required_factors: ['security:passkey', 'security:ukey'], offered_factors: ['totp', 'passkey', 'ukey'],
      may_list: ['releaseDevice', 'disableDevice', 'approveBaseline', 'issueUninstallOrder', 'orderAction', 'getMediaContent', 'publishPolicy', 'disableUser', 'deleteRegion'],
      always: ['createUser', 'changeUser', 'changeSettings'],
    };
    this.tokens = [{ id: id(0xb1), name: 'monitor', operations: ['getOverview', 'listDevices'], regions: [CITY], certificate: '', role: 'system', created_by: 'system', created: ago(86_400), expires: ago(-86_400 * 60), last_used: ago(60), state: 'valid' }];
    this.requests = [
      this.request('publishPolicy', 'security', { note: '开放时间服务', base_revision: '3' }, { base_revision: 3, note: '开放时间服务', network: { mode: 'enforce' } }),
      this.request('createUser', 'system2', { account: 'li.si', display_name: '李四', person: 'SZ-77', role: 'operator' }, { account: 'li.si', display_name: '李四', person: 'SZ-77', role: 'operator' }),
    ];
  }
  request(operation, asked_by, args, wanted) {
    return {
      id: this.id(0xb80 + (this.made = (this.made ?? 0) + 1)), device: '', device_name: '', section: '', action: '', args, reason: args.note ?? '', asked_by, asked: this.ago(900), expires: this.ago(-80_000),
      state: 'waiting', decided_by: '', decision: '', decided: '', order: '', operation, subject: '', outcome: '', wanted,
    };
  }
  hold(operation, role, body) {
    const args = Object.fromEntries(Object.entries(body).filter(([, v]) => typeof v === 'string'));
    const made = this.request(operation, role, args, body);
    this.requests.unshift(made);
    return made;
  }
  sessions(own) {
    return ['system', 'security', 'audit'].map((account, i) => ({ id: this.id(0xb40 + i), account, role: account, peer: `10.66.0.${20 + i}`, created: this.ago(4000 * (i + 1)), last_used: this.ago(30 * i), expires: this.ago(-20_000), own: account === own }));
  }
  decide(key, state, person, reason) {
    const found = this.requests.find((r) => r.id === key);
    return found && Object.assign(found, { state, decided_by: person, decision: reason, decided: this.ago(0), outcome: state === 'approved' ? 'done' : '' });
  }
}
