"""An identity authority for tests: an SM2 key by the openssl program, its JSON Web Key Set, and ID tokens (ADR 110).

    identity_authority.py DIRECTORY NONCE SUBJECT    prints a token of the authority that a test has made there"""
import base64
import json
import pathlib
import subprocess
import sys
import time

NAME = "city-identity"
ISSUER = "https://id.example"


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def numbers_of(der):
    """r and s of SEQUENCE{INTEGER, INTEGER}, 32 octets each."""
    out, at = b"", 2
    for _ in range(2):
        size = der[at + 1]
        out += int.from_bytes(der[at + 2:at + 2 + size], "big").to_bytes(32, "big")
        at += 2 + size
    return out


class IdentityAuthority:
    def __init__(self, root, made=False):
        self.root = root
        self.key, self.directory = root / "authority.key", root / "authorities.d"
        if made:
            return
        root.mkdir()
        self.openssl("genpkey", "-algorithm", "SM2", "-out", self.key)
        point = self.openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")[-64:]
        keys = root / "authority.jwks"
        keys.write_text(json.dumps({"keys": [{"kty": "EC", "crv": "SM2", "x": base64url(point[:32]), "y": base64url(point[32:])}]}))
        self.directory.mkdir()
        (self.directory / "city.toml").write_text(
            f'name = "{NAME}"\nissuer = "{ISSUER}"\naudience = "kioskward"\nkeys = "{keys}"\nstrengths = ["2"]\n')

    @staticmethod
    def openssl(*words):
        return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True).stdout

    def token(self, nonce, subject, **more):
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": subject, "aud": "kioskward", "iat": now, "exp": now + 600, "acr": "2", "nonce": nonce, **more}
        text = base64url(b'{"alg":"SM2"}') + "." + base64url(json.dumps(claims).encode())
        message = self.root / "message"
        message.write_text(text)
        der = self.openssl("pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in", message, "-digest", "sm3", "-pkeyopt",
                           "distid:1234567812345678")
        message.unlink()
        return text + "." + base64url(numbers_of(der))


if __name__ == "__main__":
    print(IdentityAuthority(pathlib.Path(sys.argv[1]), made=True).token(*sys.argv[2:4]))
