// verifyInclusion recomputes the root of the audit ledger from one leaf: a Merkle tree as in RFC 9162 section 2.1.3,
// over SM3, with inner nodes SM3(0x01 || left || right).
import { fromHex, sm3, toHex } from './sm3';

export interface Step {
  sibling: string;
  side: 'left' | 'right'; // where the sibling stands
  node: string;           // what the pair hashes to
}
export type ProofFailure = 'malformed' | 'index_out_of_range' | 'wrong_length' | 'root_differs';
export type Verdict = { ok: true; steps: Step[] } | { ok: false; failure: ProofFailure; steps: Step[] };

export interface InclusionProof {
  index: number;
  leaf_hash: string;
  path: string[];
  checkpoint: { size: number; root: string };
}

function node(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(65);
  both[0] = 1;
  both.set(left, 1);
  both.set(right, 33);
  return sm3(both);
}

/// verifyInclusion follows RFC 9162 section 2.1.3.2; hashes are hex of 32 octets, the path goes from leaf to root.
export function verifyInclusion(proof: InclusionProof): Verdict {
  const steps: Step[] = [];
  const fail = (failure: ProofFailure): Verdict => ({ ok: false, failure, steps });
  const { index, checkpoint } = proof;
  const octets = [proof.leaf_hash, checkpoint.root, ...proof.path].map(fromHex);
  if (octets.some((o) => o === undefined || o.length !== 32)) return fail('malformed');
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(checkpoint.size)) return fail('malformed');
  if (index < 0 || index >= checkpoint.size) return fail('index_out_of_range');

  let fn = BigInt(index);
  let sn = BigInt(checkpoint.size - 1);
  let hash = octets[0] as Uint8Array;
  for (const sibling of octets.slice(2) as Uint8Array[]) {
    if (sn === 0n) return fail('wrong_length');
    const left = (fn & 1n) === 1n || fn === sn;
    hash = left ? node(sibling, hash) : node(hash, sibling);
    if (left && (fn & 1n) === 0n) {
      while (fn !== 0n && (fn & 1n) === 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    }
    fn >>= 1n;
    sn >>= 1n;
    steps.push({ sibling: toHex(sibling), side: left ? 'left' : 'right', node: toHex(hash) });
  }
  if (sn !== 0n) return fail('wrong_length');
  if (toHex(hash) !== toHex(octets[1] as Uint8Array)) return fail('root_differs');
  return { ok: true, steps };
}
