import { expect, it } from 'vitest';
import type { AuditProof } from '../../api/types';
import { sm3, toHex } from '../../crypto/sm3';
import { verdictOn } from './verdict';

const leaf = toHex(sm3(Uint8Array.of(0, 1)));
const proof = (over: Partial<AuditProof> = {}): AuditProof => ({
  index: 0, leaf_hash: leaf, path: [], checkpoint: { origin: 'kw', size: 1, root: leaf, time: '' }, signature: '', key_id: '', verified: true, archived: false, ...over,
});

it('accepts what it recomputed', () => expect(verdictOn(0, proof()).ok).toBe(true));
it('does not take the server’s word for it', () => {
  expect(verdictOn(0, proof({ leaf_hash: toHex(sm3(Uint8Array.of(9))) }))).toMatchObject({ ok: false, failure: 'root_differs' });
});
it('refuses the proof of another entry', () => expect(verdictOn(1, proof())).toMatchObject({ ok: false, failure: 'wrong_entry' }));
it('is not green when the server says that it failed', () => expect(verdictOn(0, proof({ verified: false }))).toMatchObject({ ok: false, failure: 'server' }));
