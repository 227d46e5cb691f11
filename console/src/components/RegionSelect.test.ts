import { describe, expect, it } from 'vitest';
import type { Region } from '../api/types';
import { regionTree } from './RegionSelect';

const region = (id: string, parent: string): Region => ({ id, parent, name: id, kind: 'district', sites: 0 });

describe('regionTree', () => {
  it('hangs each region below its parent, whatever the order', () => {
    const tree = regionTree([region('street', 'district'), region('city', ''), region('district', 'city')]);
    expect(tree.map((n) => n.value)).toEqual(['city']);
    expect(tree[0]?.children[0]?.children[0]?.value).toBe('street');
  });
  it('puts what has no known parent at the top', () => {
    expect(regionTree([region('a', 'out-of-scope'), region('b', 'a')]).map((n) => n.value)).toEqual(['a']);
    expect(regionTree([])).toEqual([]);
  });
});
