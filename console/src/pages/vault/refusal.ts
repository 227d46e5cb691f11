// The vault says why it refuses with a word at the beginning of the error's detail: "reveal_refused: role_not_named".
import type { ApiError } from '../../api/client';

/// WORDS are those of the vault; each has a sentence vaultRefusal.<word>.
export const WORDS = [
  'consent_required', 'purpose_forbidden', 'field_unknown', 'field_forbidden', 'value_invalid', 'matter_unknown', 'case_unknown', 'case_changed', 'reveal_refused',
  'landing_refused', 'too_large', 'too_often', 'locked', 'vault_unavailable', 'file_unknown', 'upload_order', 'upload_unknown',
] as const;

export interface Refused {
  word: string;
  rest: string;  // what stands behind the word: of reveal_refused a word of its own
}

/// refusedOf reads a refusal; undefined where the error is of another kind. `corrupt` is a case that does not open.
export function refusedOf(error: Pick<ApiError, 'code' | 'detail'>): Refused | undefined {
  if (error.code === 'corrupt') return { word: 'corrupt', rest: '' };
  const at = error.detail.indexOf(':');
  const word = at < 0 ? error.detail : error.detail.slice(0, at);
  if (!(WORDS as readonly string[]).includes(word)) return undefined;
  return { word, rest: at < 0 ? '' : error.detail.slice(at + 1).trim() };
}
