// keyIdOf is how the platform and the kiosks name a key: SM3 of its SubjectPublicKeyInfo, hex.
import { sm3 } from 'sm-crypto-v2';
import { octetsOf, spkiOf, type PersonKey } from '../../crypto/keyFile';

export const keyIdOf = (key: PersonKey): string => sm3(octetsOf(spkiOf(key)));
