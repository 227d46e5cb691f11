import { describe, expect, it } from 'vitest';
import type { VaultKey, VaultRotation } from '../../api/types';
import { actsOf, districtsOf, filterKeys, neededOf, scopeOf } from './keys';

const key = (over: Partial<VaultKey>): VaultKey => ({
  id: 'a'.repeat(32), version: 1, use: 'column', data_class: 'personal', district: '', scope: 'permit/phone', state: 'active',
  made: '2026-01-01T00:00:00Z', changed: '2026-01-01T00:00:00Z', ...over,
});
const KEYS = [
  key({ version: 1, state: 'decrypt_only' }), key({ version: 2, made: '2026-03-01T00:00:00Z' }),
  key({ id: 'b'.repeat(32), use: 'rows', data_class: 'business', scope: 'permit', district: '福田区' }),
  key({ id: 'c'.repeat(32), use: 'wrapping', scope: '' }),
  key({ id: 'd'.repeat(32), use: 'index', scope: 'permits/phone', state: 'destroyed', district: '南山区' }),
];
const names = (keys: VaultKey[]) => keys.map(({ id, version }) => `${id[0]}${version}`);

describe('filterKeys', () => {
  it('puts the versions of one key together, the newest first', () => {
    expect(names(filterKeys(KEYS, {}))).toEqual(expect.arrayContaining(['a2', 'a1', 'b1', 'c1', 'd1']));
    const all = names(filterKeys(KEYS, {}));
    expect(all.indexOf('a1') - all.indexOf('a2')).toBe(1);
  });
  it.each([
    [{ matter: 'permit' }, ['a2', 'a1', 'b1']], [{ matter: 'permits' }, ['d1']], [{ use: 'wrapping' }, ['c1']], [{ state: 'destroyed' }, ['d1']],
    [{ district: '' }, ['a1', 'a2', 'c1']], [{ matter: 'permit', state: 'active', district: '福田区' }, ['b1']], [{ matter: 'permit', use: 'file' }, []],
  ])('%j', (filter, wanted) => expect(names(filterKeys(KEYS, filter)).sort()).toEqual([...wanted].sort()));
  it('leaves the list that it is given alone', () => {
    const before = [...KEYS];
    filterKeys(KEYS, {});
    expect(KEYS).toEqual(before);
  });
});

describe('scopeOf and districtsOf', () => {
  it('read a matter with or without a field, and none', () => {
    expect(scopeOf({ scope: 'permit/phone' })).toEqual({ matter: 'permit', field: 'phone' });
    expect(scopeOf({ scope: 'permit' })).toEqual({ matter: 'permit', field: '' });
    expect(scopeOf({ scope: '' })).toEqual({ matter: '', field: '' });
  });
  it('offer the districts whose keys a rotation renews, the nameless one too', () => {
    expect(districtsOf(KEYS, 'permit')).toEqual(['', '福田区']);
    expect(districtsOf(KEYS, 'permits')).toEqual([]);  // destroyed
    expect(districtsOf(KEYS, '')).toEqual([]);  // a wrapping key is no matter's
  });
});

describe('actsOf', () => {
  it.each([
    ['pre_active', ['destroy']], ['active', ['disable']], ['decrypt_only', ['disable']], ['disabled', ['restore', 'destroy']], ['destroyed', []],
  ] as const)('%s', (state, acts) => expect(actsOf({ use: 'column', state })).toEqual(acts));
  it('leaves wrapping keys alone', () => expect(actsOf({ use: 'wrapping', state: 'active' })).toEqual([]));
});

describe('neededOf', () => {
  const rotation = (over: Partial<VaultRotation>): VaultRotation => ({ matter: 'permit', district: '', began: '2026-03-01T00:00:01Z', ended: '2026-03-01T01:00:00Z', asked_by: 'x', moved: 3, passes: 2, ...over });
  const old = KEYS[0] as VaultKey;
  it('is over where a rotation of this matter and district has ended after the next version was made', () => {
    expect(neededOf(old, KEYS, [rotation({})])).toEqual({ kind: 'moved', at: '2026-03-01T01:00:00Z' });
  });
  it.each([
    ['none has ended', rotation({ ended: '' })], ['it began before the next version', rotation({ began: '2026-02-01T00:00:00Z' })],
    ['it was of another district', rotation({ district: '福田区' })], ['it was of another matter', rotation({ matter: 'permits' })],
  ])('is not where %s', (_, one) => expect(neededOf(old, KEYS, [one])).toEqual({ kind: 'kept' }));
  it('is not for the newest version', () => expect(neededOf(KEYS[1] as VaultKey, KEYS, [rotation({})])).toEqual({ kind: 'kept' }));
  it('never was before the first day', () => expect(neededOf(key({ state: 'pre_active' }), KEYS, [])).toEqual({ kind: 'unused' }));
});
