// What follows from a list of keys: which fit a filter, what may be done with one, and what goes with it; pure.
import type { VaultKey, VaultKeyAct, VaultRotation } from '../../api/types';

export interface KeyFilter { matter?: string; use?: string; state?: string; district?: string }

/// A key's scope is MATTER or MATTER/FIELD; a wrapping key has none.
export function scopeOf(key: Pick<VaultKey, 'scope'>): { matter: string; field: string } {
  const [matter = '', field = ''] = key.scope.split('/');
  return { matter, field };
}

/// filterKeys gives the keys that fit, those of one purpose together, the newest version first.
export function filterKeys(keys: VaultKey[], filter: KeyFilter): VaultKey[] {
  const fits = (key: VaultKey) => (filter.matter === undefined || scopeOf(key).matter === filter.matter)
    && (filter.use === undefined || key.use === filter.use) && (filter.state === undefined || key.state === filter.state)
    && (filter.district === undefined || key.district === filter.district);
  const place = (key: VaultKey) => [key.district, key.scope, key.use, key.data_class, key.id].join('\n');
  return keys.filter(fits).sort((a, b) => place(a).localeCompare(place(b)) || b.version - a.version);
}

/// districtsOf are those in which a matter has keys that a rotation would renew.
export function districtsOf(keys: VaultKey[], matter: string): string[] {
  const own = keys.filter((key) => key.use !== 'wrapping' && key.state === 'active' && scopeOf(key).matter === matter);
  return [...new Set(own.map((key) => key.district))].sort();
}

type Act = VaultKeyAct['act'];
const ACTS: Record<VaultKey['state'], Act[]> = {
  pre_active: ['destroy'], active: ['disable'], decrypt_only: ['disable'], disabled: ['restore', 'destroy'], destroyed: [],
};
/// actsOf follows the table of src/vault/key_state.h; a wrapping key goes when it is replaced.
export function actsOf(key: Pick<VaultKey, 'use' | 'state'>): Act[] {
  return key.use === 'wrapping' ? [] : ACTS[key.state] ?? [];
}

/// Whether something may still be sealed under a key: `moved`, at the end of a rotation that took all away from it.
export type Needed = { kind: 'unused' } | { kind: 'moved'; at: string } | { kind: 'kept' };
export function neededOf(key: VaultKey, keys: VaultKey[], rotations: VaultRotation[]): Needed {
  if (key.state === 'pre_active') return { kind: 'unused' };
  const newer = keys.filter((other) => other.id === key.id && other.version > key.version).map((other) => Date.parse(other.made));
  const over = rotations.find((one) => one.ended && one.matter === scopeOf(key).matter && one.district === key.district
    && newer.some((made) => made <= Date.parse(one.began)));
  return over ? { kind: 'moved', at: over.ended } : { kind: 'kept' };
}
