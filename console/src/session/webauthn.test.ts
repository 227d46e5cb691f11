import { describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url } from './webauthn';

describe('base64url', () => {
  it('is RFC 4648 section 5 without padding, there and back', () => {
    const octets = Uint8Array.from([0xfb, 0xff, 0x00, 0x3e]);
    expect(toBase64url(octets.buffer)).toBe('-_8APg');
    expect(fromBase64url('-_8APg')).toEqual(octets);
    expect(toBase64url(new ArrayBuffer(0))).toBe('');
  });
});
