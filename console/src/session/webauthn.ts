// webauthn speaks with the browser about passkeys: the platform's challenge in, its answer out, octets as base64url.
import type { Challenge, FactorAnswer, FactorNew } from '../api/types';

export function toBase64url(octets: ArrayBuffer): string {
  let text = '';
  for (const octet of new Uint8Array(octets)) text += String.fromCharCode(octet);
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const octets = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(octets, (c) => c.charCodeAt(0));
}

/// available tells whether this page can use passkeys: a browser that knows them, over HTTPS or on this machine.
export function available(): boolean {
  return window.isSecureContext && typeof window.PublicKeyCredential === 'function';
}

const MINUTE = 60_000;

/// showPasskey asks for a passkey of this platform. It throws what the browser throws: a DOMException when nobody answers.
export async function showPasskey(challenge: Challenge): Promise<FactorAnswer> {
  const credential = await navigator.credentials.get({
    publicKey: {
      challenge: fromBase64url(challenge.challenge), rpId: challenge.rp_id ?? '', timeout: 2 * MINUTE,
      userVerification: challenge.user_verification ?? 'required',
      allowCredentials: (challenge.credentials ?? []).map((id) => ({ type: 'public-key' as const, id: fromBase64url(id) })),
    },
  }) as PublicKeyCredential;
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    factor: 'passkey', attempt: challenge.attempt, credential: toBase64url(credential.rawId),
    client_data: toBase64url(response.clientDataJSON), authenticator_data: toBase64url(response.authenticatorData),
    signature: toBase64url(response.signature),
  };
}

/// makePasskey makes one for this person. Discoverable, so that a log-in names no passkeys to a stranger.
export async function makePasskey(challenge: Challenge, name: string, account: string, displayName: string): Promise<FactorNew> {
  const credential = await navigator.credentials.create({
    publicKey: {
      challenge: fromBase64url(challenge.challenge), rp: { id: challenge.rp_id ?? '', name: 'Kioskward' }, timeout: 2 * MINUTE,
      user: { id: fromBase64url(challenge.user_id ?? ''), name: account, displayName },
      pubKeyCredParams: (challenge.algorithms ?? []).map((alg) => ({ type: 'public-key' as const, alg })),
      excludeCredentials: (challenge.credentials ?? []).map((id) => ({ type: 'public-key' as const, id: fromBase64url(id) })),
      authenticatorSelection: { residentKey: 'required', userVerification: challenge.user_verification ?? 'required' },
      attestation: 'none',
    },
  }) as PublicKeyCredential;
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    factor: 'passkey', name, attempt: challenge.attempt, client_data: toBase64url(response.clientDataJSON),
    attestation_object: toBase64url(response.attestationObject),
  };
}
