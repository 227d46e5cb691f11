// verdictOn decides whether a proof from the server shows that the entry asked for is in the ledger.
import type { AuditProof } from '../../api/types';
import { verifyInclusion, type ProofFailure, type Step } from '../../crypto/merkle';

export type EntryVerdict =
  | { ok: true; steps: Step[] }
  | { ok: false; failure: ProofFailure | 'wrong_entry' | 'server'; steps: Step[] };

/// verdictOn trusts only what it recomputed; a server that says it could not verify is believed as well.
export function verdictOn(index: number, proof: AuditProof): EntryVerdict {
  if (proof.index !== index) return { ok: false, failure: 'wrong_entry', steps: [] };
  const verdict = verifyInclusion(proof);
  if (verdict.ok && !proof.verified) return { ok: false, failure: 'server', steps: verdict.steps };
  return verdict;
}
