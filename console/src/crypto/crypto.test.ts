import { createHash, getHashes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyInclusion } from './merkle';
import { fromHex, sm3, toHex } from './sm3';

const ascii = (text: string) => new TextEncoder().encode(text);

describe('sm3', () => {
  it('gives the digests of GB/T 32905-2016 appendix A', () => {
    expect(toHex(sm3(ascii('abc')))).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0');
    expect(toHex(sm3(ascii('abcd'.repeat(16))))).toBe('debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732');
  });
  // OpenSSL's SM3 is the oracle; a Node.js built without it leaves the vectors above.
  it.runIf(getHashes().includes('sm3'))('agrees with OpenSSL for every length around the block limits', () => {
    for (let length = 0; length < 200; length++) {
      const message = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255);
      expect(toHex(sm3(message)), `${length}`).toBe(createHash('sm3').update(message).digest('hex'));
    }
  });
});

describe('hex', () => {
  it('reads what it writes', () => expect(toHex(fromHex('00FFa1') as Uint8Array)).toBe('00ffa1'));
  it('refuses odd lengths and other characters', () => {
    expect(fromHex('abc')).toBeUndefined();
    expect(fromHex('zz')).toBeUndefined();
    expect(fromHex('0x12')).toBeUndefined();
  });
});

// The recursive definitions of RFC 9162 sections 2.1.1 and 2.1.3.1, which share nothing with the verifier but sm3.
const cat = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((p) => [...p]));
const leaf = (i: number) => sm3(cat(Uint8Array.of(0), ascii(`entry ${i}`)));
const split = (n: number) => { let k = 1; while (k * 2 < n) k *= 2; return k; };
function root(from: number, to: number): Uint8Array {
  if (to - from === 1) return leaf(from);
  const k = split(to - from);
  return sm3(cat(Uint8Array.of(1), root(from, from + k), root(from + k, to)));
}
function path(m: number, from: number, to: number): Uint8Array[] {
  if (to - from === 1) return [];
  const k = split(to - from);
  return m < from + k ? [...path(m, from, from + k), root(from + k, to)] : [...path(m, from + k, to), root(from, from + k)];
}
const proofOf = (index: number, size: number) => ({
  index,
  leaf_hash: toHex(leaf(index)),
  path: path(index, 0, size).map(toHex),
  checkpoint: { size, root: toHex(root(0, size)) },
});

describe('verifyInclusion', () => {
  it('accepts every leaf of every tree up to 33 leaves', () => {
    for (let size = 1; size <= 33; size++) {
      for (let index = 0; index < size; index++) expect(verifyInclusion(proofOf(index, size)).ok, `${index}/${size}`).toBe(true);
    }
  });
  const good = proofOf(5, 13);
  const failure = (change: object) => {
    const verdict = verifyInclusion({ ...good, ...change });
    return verdict.ok ? 'accepted' : verdict.failure;
  };
  const flip = (hex: string) => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);
  it('refuses a changed leaf, path or root', () => {
    expect(failure({ leaf_hash: flip(good.leaf_hash) })).toBe('root_differs');
    good.path.forEach((hash, i) => {
      expect(failure({ path: good.path.map((h, k) => (k === i ? flip(hash) : h)) })).toBe('root_differs');
    });
    expect(failure({ checkpoint: { size: 13, root: flip(good.checkpoint.root) } })).toBe('root_differs');
  });
  it('refuses the proof of one leaf for every other place', () => {
    for (let index = 0; index < 13; index++) {
      if (index !== 5) expect(failure({ index }), `${index}`).not.toBe('accepted');
    }
  });
  it('refuses paths that are too short or too long', () => {
    expect(failure({ path: good.path.slice(1) })).toBe('wrong_length');
    expect(failure({ path: [...good.path, good.leaf_hash] })).toBe('wrong_length');
    expect(failure({ path: [] })).toBe('wrong_length');
  });
  it('refuses places outside the tree and broken hashes', () => {
    expect(failure({ index: 13 })).toBe('index_out_of_range');
    expect(failure({ index: -1 })).toBe('index_out_of_range');
    expect(failure({ index: 1.5 })).toBe('malformed');
    expect(failure({ leaf_hash: 'xyz' })).toBe('malformed');
    expect(failure({ path: [good.path[0]?.slice(2), ...good.path.slice(1)] })).toBe('malformed');
  });
});
