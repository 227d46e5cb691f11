// Canned vault of the mock server: two matters, their cases as each role sees them, keys, a rotation that ends after some looks.
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const id = (n) => n.toString(16).padStart(32, '0');
const field = (name, title, type, over) => ({
  name, title, type, data_class: 'personal', protection: 'record', mask: '', backup: 'daily', grade: 3, retention_days: 1825, stored: true, searchable: false, whole_for: [], choices: [], ...over,
});
const memory = { stored: false, protection: 'none', backup: 'none', retention_days: 0 };
const PERMIT = [
  field('holder_name', '姓名', 'name', { protection: 'field', mask: 'name', searchable: true, whole_for: ['operator'], backup: 'real-time' }),
  field('id_number', '居民身份证号码', 'id-number', { protection: 'field', mask: 'id_card', grade: 4, searchable: true, whole_for: ['operator', 'audit'], backup: 'real-time' }),
  field('phone', '联系电话', 'phone', { mask: 'phone', retention_days: 365 }),
  field('address', '居住地址', 'address', { mask: 'address' }),
  field('ground', '签注事由', 'choice', { data_class: 'business', grade: 2 }),
  field('live_face', '现场人脸', 'biometric', { ...memory, data_class: 'authentication', grade: 4 }),
];
const PROOF = [field('holder_name', '姓名', 'name', { ...memory, mask: 'name' }), field('months_paid', '累计缴费月数', 'number', { ...memory, mask: 'hidden' })];

const SHOWN = { holder_name: '陈**', id_number: '4****************2', phone: '138******00', address: '广东省深圳市****', ground: '合法稳定就业' };
const oneCase = (n) => ({
  id: id(0x5a00 + n), number: `SZ-2026-00${17 + n}`, status: ['accepted', 'in-review', 'issued'][n % 3], name: SHOWN.holder_name, made: ago(86_400 * (n + 1)), changed: ago(3600 * (n + 1)), version: 1 + (n % 2), trunk: false, damaged: false,
  values: Object.entries(SHOWN).map(([name, text]) => ({ field: name, text, whole: name === 'ground' })),
});
const key = (n, use, data_class, scope, district, version, state) => ({ id: id(0xce00 + n), use, data_class, district, scope, version, state, made: ago(86_400 * (40 - 10 * version)), changed: ago(86_400 * (30 - 10 * version)) });
const own = (base, district) => [
  key(base, 'wrapping', 'personal', '', district, 1, 'active'),
  key(base + 1, 'rows', 'business', 'residence-permit', district, 2, 'active'), key(base + 1, 'rows', 'business', 'residence-permit', district, 1, 'decrypt_only'),
  key(base + 2, 'record', 'personal', 'residence-permit', district, 2, 'active'), key(base + 2, 'record', 'personal', 'residence-permit', district, 1, 'disabled'),
  key(base + 3, 'column', 'personal', 'residence-permit/id_number', district, 2, 'active'), key(base + 3, 'column', 'personal', 'residence-permit/id_number', district, 1, 'destroyed'),
  key(base + 4, 'index', 'personal', 'residence-permit/holder_name', district, 1, 'active'),
];
const rotation = (district, ended, moved) => ({ matter: 'residence-permit', district, began: ago(86_400 * 19), ended, asked_by: 'security', moved, passes: 2 });

export class MockVault {
  constructor() {
    this.available = true;
    this.cases = [0, 1, 2].map(oneCase);
    this.keys = [...own(0, '福田区'), ...own(16, '')];
    this.rotations = [rotation('福田区', ago(86_400 * 19 - 90), 1287)];
    this.findings = [];
  }
  whole() {
    if (!this.available) return { available: false, looked: '', root_by: '', matters: [], rotations: [], findings: [] };
    const moving = this.rotations.find((one) => !one.ended);
    if (moving && (moving.moved += 256) > 700) moving.ended = ago(0);
    return {
      available: true, looked: ago(1800), root_by: 'module', rotations: this.rotations, findings: this.findings,
      matters: [{ code: 'residence-permit', title: '居住证签注', cases: 1287, root: 'ab12'.repeat(16), fields: PERMIT }, { code: 'social-insurance-certificate', title: '社保参保证明', cases: 0, root: '', fields: PROOF }],
    };
  }
  spoil() {
    this.findings = [
      { matter: 'residence-permit', what: 'changed', first: this.cases[0].id, cases: 2 }, { matter: 'residence-permit', what: 'rows', first: '', cases: 1 },
      { matter: 'residence-permit', what: 'parts', first: '', cases: 1 }, { matter: 'residence-permit', what: 'root', first: '', cases: 1 },
    ];
  }
  rotate({ district }) {
    const made = { ...rotation(district, '', 0), began: ago(0), passes: 0 };
    this.rotations = [made, ...this.rotations.filter((one) => one.district !== district)];
    return made;
  }
  act(found, act) { return Object.assign(found, { state: { disable: 'disabled', restore: 'decrypt_only', destroy: 'destroyed' }[act], changed: ago(0) }); }
  remove(wanted) { this.cases = this.cases.filter((one) => one.id !== wanted); }
  landing() {
    return {
      rules: [{ name: 'internal-project', action: 'refuse' }, { name: 'staff-card', action: 'mask' }],
      hits: [{ place: 'export', kind: 'phone', rule: '', action: 'masked', count: 14 }, { place: 'vault', kind: 'rule', rule: 'internal-project', action: 'refused', count: 2 }, { place: 'audit', kind: 'marking', rule: '', action: 'refused', count: 1 }],
    };
  }
}

/// answerVault gives the mock's answer to a request below /vault; undefined: none of these.
export function answerVault(vault, role, { method, path, body }, ok, refuse) {
  const [, , first, second] = path.split('/');
  if (path === '/landing') return ok(vault.landing());
  if (path === '/vault') return ok(vault.whole());
  if (!vault.available) return refuse(503, 'unavailable', 'vault_unavailable: server.toml names no catalogue');
  if (path === '/vault/keys') return role === 'security' || role === 'audit' ? ok({ items: vault.keys }) : refuse(403, 'forbidden');
  if (path === '/vault/rotations') return ok(vault.rotate(body), 201);
  if (path === '/vault/wrapping') return body.district === '福田区' ? ok({ moved: 4 }) : refuse(404, 'not_found', 'no keys of this class and district');
  if (first === 'keys') {
    const found = vault.keys.find((one) => one.id === second && one.version === body.version);
    return found ? ok({ state: vault.act(found, body.act) && body.act }) : refuse(404, 'not_found', 'key');
  }
  if (method !== 'POST') return undefined;
  switch (second) {
    case 'newest': return ok({ items: vault.cases });
    case 'find': return body.value === '0' ? refuse(503, 'unavailable', 'too_often: at most 30 a minute') : ok({ items: vault.cases.slice(0, 1) });
    case 'reveal': {
      const found = vault.cases.find((one) => one.id === body.id);
      if (role !== 'audit') return refuse(403, 'forbidden', 'reveal_refused: role_not_named');
      return ok({ ...found, values: body.fields.map((name) => ({ field: name, text: { id_number: '440305199001011232', phone: '13800138000' }[name] ?? '陈大文', whole: true })) });
    }
    case 'remove': vault.remove(body.id); return ok({ state: 'removed' });
    default: return undefined;
  }
}
