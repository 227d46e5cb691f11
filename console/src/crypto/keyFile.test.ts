// Key files made by openssl (src/crypto/testdata/encrypted_key), and signatures that openssl verifies.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeyFileError, makeKeyFile, octetsOf, octetsToSign, openKeyFile, signWith, spkiOf } from './keyFile';

const file = (name: string) => readFileSync(new URL(`../../../src/crypto/testdata/encrypted_key/${name}`, import.meta.url), 'utf8');
const refusal = (pem: string, phrase: string) => openKeyFile(pem, phrase).then(() => 'opened', (e: unknown) => (e instanceof KeyFileError ? e.code : String(e)));

describe('key files', () => {
  it('opens what openssl made, and signs what openssl verifies', async () => {
    const key = await openKeyFile(file('scrypt_sm4.pem'), 'kioskward');
    const folder = mkdtempSync(join(tmpdir(), 'kw-key-'));
    try {
      const [spki, message, signature] = ['spki.der', 'message', 'signature'].map((n) => join(folder, n)) as [string, string, string];
      const publicDer = execFileSync('openssl', ['pkey', '-pubout', '-outform', 'DER'], { input: file('plain.pem') });
      expect(spkiOf(key)).toBe(publicDer.toString('hex'));
      writeFileSync(spki, publicDer);
      writeFileSync(message, octetsToSign('order', new TextEncoder().encode('payload')));
      writeFileSync(signature, octetsOf(signWith(key, readFileSync(message))));
      const said = execFileSync('openssl', ['pkeyutl', '-verify', '-pubin', '-keyform', 'DER', '-inkey', spki, '-rawin', '-in', message, '-sigfile', signature,
        '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678']);
      expect(said.toString()).toContain('Signature Verified Successfully');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  it('makes a file that it opens, and openssl, too', async () => {
    const made = await makeKeyFile('correct horse');
    expect(await openKeyFile(made.pem, 'correct horse')).toEqual(made.key);
    const publicDer = execFileSync('openssl', ['pkey', '-pubout', '-outform', 'DER', '-passin', 'pass:correct horse'], { input: made.pem });
    expect(publicDer.toString('hex')).toBe(spkiOf(made.key));
  });
  it('tells a wrong passphrase, another form and no key apart', async () => {
    expect(await refusal(file('scrypt_sm4.pem'), 'Kioskward')).toBe('passphrase');
    expect(await refusal(file('pbkdf2_sm4.pem'), 'kioskward')).toBe('unsupported');
    expect(await refusal(file('rsa.pem'), 'kioskward')).toBe('unsupported');
    expect(await refusal(file('plain.pem'), 'kioskward')).toBe('not_a_key');
    expect(await refusal('', '')).toBe('not_a_key');
  });
});
