"""Signed objects (schemas/kioskward/v1/common.proto) checked by the openssl command: SM2 over SM3, GM/T 0009's ID."""
import base64
import hashlib
import pathlib
import re
import subprocess
import tempfile

import wire

SM2_ID = "1234567812345678"


class BadSignature(Exception):
    pass


class Key:
    """An SM2 public key, SubjectPublicKeyInfo in PEM or DER."""

    def __init__(self, path: pathlib.Path):
        data = path.read_bytes()
        block = re.search(rb"-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", data, re.S)
        self.spki = base64.b64decode(block.group(1)) if block else data
        self.id = hashlib.new("sm3", self.spki).digest()

    def verify(self, message: bytes, signature: bytes) -> bool:
        with tempfile.TemporaryDirectory() as scratch:
            place = pathlib.Path(scratch)
            (place / "key.der").write_bytes(self.spki)
            (place / "message").write_bytes(message)
            (place / "signature").write_bytes(signature)
            pem = subprocess.run(["openssl", "pkey", "-pubin", "-inform", "DER", "-in", "key.der", "-out", "key.pem"],
                                 cwd=place, capture_output=True)
            if pem.returncode != 0:
                return False
            done = subprocess.run(["openssl", "dgst", "-sm3", "-verify", "key.pem", "-sigopt", "distid:" + SM2_ID,
                                   "-signature", "signature", "message"], cwd=place, capture_output=True)
            return done.returncode == 0


def open_signed(data: bytes, kind: str, key: Key) -> dict:
    """The fields of the payload, where `key` signed it."""
    message = wire.fields(data)
    if wire.number(message, 1) != 1 or wire.octets(message, 2) != kind.encode():
        raise wire.Malformed("not a " + kind)
    payload = wire.octets(message, 3)
    body = wire.fields(payload)
    for item in wire.many(message, 4):
        signature = wire.fields(item)
        if wire.octets(signature, 1) == key.id:
            covered = b"kioskward:" + kind.encode() + b":v1\0" + payload
            if key.verify(covered, wire.octets(signature, 2)):
                return body
            raise BadSignature(kind)
    raise BadSignature(kind)


def checkpoint(data: bytes, key: Key) -> dict:
    body = open_signed(data, "checkpoint", key)
    root = wire.octets(body, 4)
    if wire.number(body, 1) != 1 or len(root) != 32:
        raise wire.Malformed("checkpoint")
    return {"origin": wire.octets(body, 2), "size": wire.number(body, 3), "root": root, "time": wire.signed(body, 5)}


def removal(data: bytes, key: Key) -> dict:
    """That a segment left on purpose."""
    body = open_signed(data, "ledger-removal", key)
    out = {"origin": wire.octets(body, 2), "number": wire.number(body, 3), "first": wire.number(body, 4),
           "end": wire.number(body, 5), "digest": wire.octets(body, 6), "bundle": wire.octets(body, 7),
           "confirmed_by": wire.octets(body, 8), "place": wire.octets(body, 9), "confirmed": wire.signed(body, 10),
           "removed": wire.signed(body, 11)}
    if wire.number(body, 1) != 1 or len(out["bundle"]) != 32:
        raise wire.Malformed("removal")
    return out


def cosignature(data: bytes, key: Key) -> dict:
    """A witness's word for one head."""
    body = open_signed(data, "cosignature", key)
    root, witness = wire.octets(body, 4), wire.octets(body, 6)
    if wire.number(body, 1) != 1 or len(root) != 32 or not 1 <= len(witness) <= 64:
        raise wire.Malformed("cosignature")
    return {"origin": wire.octets(body, 2), "size": wire.number(body, 3), "root": root, "witness": witness.decode()}


def signers(data: bytes) -> list:
    """Key IDs that a signed object claims."""
    return [wire.octets(wire.fields(one), 1) for one in wire.many(wire.fields(data), 4)]


def seal(data: bytes, key: Key) -> dict:
    body = open_signed(data, "ledger-segment", key)
    out = {"origin": wire.octets(body, 2), "number": wire.number(body, 3), "first": wire.number(body, 4),
           "end": wire.number(body, 5), "octets": wire.number(body, 6), "digest": wire.octets(body, 7),
           "root": wire.octets(body, 8)}
    if wire.number(body, 1) != 1 or len(out["root"]) != 32 or out["first"] >= out["end"]:
        raise wire.Malformed("seal")
    return out
