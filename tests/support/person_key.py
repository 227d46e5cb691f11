"""PersonKey: an administrator's own SM2 key, made by `kioskward key make`; signs what waits, by openssl's command."""
import os
import pathlib
import subprocess

from demo.site import BUILD

KIOSKWARD = str(BUILD / "bin" / "kioskward")
PHRASE = "a passphrase of a test"


class PersonKey:
    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder)
        self.file, self.phrase = self.folder / f"{name}.key", self.folder / f"{name}.phrase"
        self.phrase.touch(mode=0o600)
        self.phrase.write_text(PHRASE + "\n")
        said = subprocess.run([KIOSKWARD, "key", "make", str(self.file), "--credentials", str(self.phrase)], check=True,
                              capture_output=True, text=True).stdout.split()
        self.id, self.spki = said[1], said[3]

    def sign(self, octets):
        message = self.folder / f"{self.file.name}.message"
        message.write_bytes(octets)
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", str(self.file), "-passin", "env:KW_PHRASE", "-rawin",
                               "-in", str(message), "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"], check=True,
                              capture_output=True, env={**os.environ, "KW_PHRASE": PHRASE}).stdout

    def add(self, console, account):
        proof = self.sign(b"kioskward:signing-key:v1\0" + account.encode())
        return console.post("/signing-keys", {"label": "test", "spki": self.spki, "proof": proof.hex()})

    def sign_waiting(self, console, signing):
        """Signs one that waits; gives it as it is then."""
        octets = bytes.fromhex(console.get(f"/signings/{signing}")["octets"])
        return console.post(f"/signings/{signing}/signatures", {"key": self.id, "signature": self.sign(octets).hex()})
