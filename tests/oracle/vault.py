#!/usr/bin/env python3
"""A second implementation of the vault's forms, written from their descriptions in src/vault/*.h.

SM3 is hashlib's, SM4 is `openssl enc`, GHASH and everything else is here. Without an argument it writes
src/vault/testdata/vectors.json; with --check it says whether that file is what it would write.
"""
import hashlib
import hmac
import json
import pathlib
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FILE = ROOT / "src/vault/testdata/vectors.json"


def sm3(data):
    return hashlib.new("sm3", data).digest()


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), lambda data=b"": hashlib.new("sm3", data)).digest()


def sm4(mode, key, iv, data):
    args = ["openssl", "enc", f"-sm4-{mode}", "-K", key.hex(), "-nopad"]
    if iv:
        args += ["-iv", iv.hex()]
    return subprocess.run(args, input=data, capture_output=True, check=True).stdout


def ghash(h, data):
    """SP 800-38D section 6.4, bit by bit."""
    y, h = 0, int.from_bytes(h, "big")
    for at in range(0, len(data), 16):
        x, v, z = y ^ int.from_bytes(data[at:at + 16], "big"), h, 0
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                z ^= v
            v = v >> 1 ^ (0xe1 << 120 if v & 1 else 0)
        y = z
    return y.to_bytes(16, "big")


def gcm(key, nonce, aad, plain):
    pad = lambda b: b + bytes(-len(b) % 16)
    h = sm4("ecb", key, b"", bytes(16))
    stream = sm4("ctr", key, nonce + b"\0\0\0\1", bytes(16) + plain)
    mask, text = stream[:16], stream[16:]
    tag = ghash(h, pad(aad) + pad(text) + struct.pack(">QQ", 8 * len(aad), 8 * len(text)))
    return text + bytes(a ^ b for a, b in zip(tag, mask))


def vec(width, data):
    return len(data).to_bytes(width, "big") + data


class Random:
    """Octets 0, 1, 2, ... as the test's port gives them."""
    def __init__(self, start):
        self.at = start

    def take(self, n):
        out = bytes((self.at + i) & 0xff for i in range(n))
        self.at += n
        return out


FORMS = {"field": 1, "record": 2, "file": 3, "wrapped": 4, "row": 5, "statement": 6}
USES = {"wrapping": 1, "column": 2, "record": 3, "file": 4, "session": 5, "blind_index": 6, "row_mac": 7}


def header(form, grade, key_id, version):
    return b"KV" + bytes([1, FORMS[form], 1, grade]) + struct.pack(">I", version) + key_id


def message(key, form, salt):
    out = mac(key, b"kwv1:message", bytes([FORMS[form]]), salt)
    return out[:16], out[16:28]


def padded(plain):
    return plain + b"\x80" + bytes(-(len(plain) + 1) % 32)


def row_place(place):
    return (vec(1, place["tenant"].encode()) + vec(1, place["table"].encode())
            + vec(2, bytes.fromhex(place["primary_key"])) + struct.pack(">Q", place["row_version"]))


def label(use, data_class, district, scope, key_id, version):
    return (b"kwv1:label" + bytes([USES[use], data_class]) + vec(1, district.encode()) + vec(2, scope.encode())
            + struct.pack(">I", version) + key_id)


def root(key_id, secret):
    prk = mac(b"kwv1:root", secret)  # HKDF, RFC 5869
    return mac(prk, key_id, b"\1")


def wrap(under, under_id, under_version, bound, octets, salt):
    start = header("wrapped", 0, under_id, under_version) + salt
    key, nonce = message(under, "wrapped", salt)
    return start + gcm(key, nonce, start + bound, octets)


def sealed(form, key, key_id, version, grade, salt, between, place, plain):
    start = header(form, grade, key_id, version) + salt + between
    message_key, nonce = message(key, form, salt)
    return start + gcm(message_key, nonce, start + place, padded(plain))


def row_seal(key, key_id, version, place, columns):
    start = header("row", 0, key_id, version)
    body = row_place(place) + struct.pack(">H", len(columns))
    for name in sorted(columns, key=str.encode):
        value = columns[name]
        body += vec(1, name.encode()) + (b"\0" if value is None else b"\1" + vec(4, bytes.fromhex(value)))
    return start + mac(key, b"kwv1:row", start, body)


def row_set_root(tenant, table, bits, leaves):
    parts = [[0, [0] * 1024] for _ in range(1 << bits)]
    for primary_key, version, seal in leaves:
        part = parts[sm3(primary_key)[0] >> (8 - bits) if bits else 0]
        seed = sm3(b"kwv1:row-leaf" + vec(2, primary_key) + struct.pack(">Q", version) + vec(2, seal))
        lanes = struct.unpack("<1024H", b"".join(sm3(seed + bytes([i])) for i in range(64)))
        part[0] += 1
        part[1] = [(a + b) & 0xffff for a, b in zip(part[1], lanes)]
    out = b"kwv1:row-set" + vec(1, tenant.encode()) + vec(1, table.encode()) + bytes([bits])
    for rows, lanes in parts:
        out += struct.pack(">Q", rows) + sm3(struct.pack("<1024H", *lanes))
    return sm3(out)


def merkle(leaves):
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return sm3(b"\1" + merkle(leaves[:left]) + merkle(leaves[left:]))


def file_form(key, key_id, version, grade, salt, place, plain):
    start = header("file", grade, key_id, version) + salt
    message_key, nonce = message(key, "file", salt)
    bound = sm3(start + b"".join(vec(1, word.encode()) for word in place))
    pieces = [plain[at:at + 65536] for at in range(0, len(plain), 65536)] or [b""]
    chunks = []
    for i, piece in enumerate(pieces):
        last = b"\1" if i + 1 == len(pieces) else b"\0"
        chunks.append(gcm(message_key, nonce[:7] + struct.pack(">I", i) + last, bound, piece))
    tree = merkle([sm3(b"\0" + chunk) for chunk in chunks])
    whole = start + b"".join(chunks)
    statement = (b"KV" + bytes([1, FORMS["statement"], 1]) + b"".join(vec(1, word.encode()) for word in place)
                 + struct.pack(">Q", len(whole)) + sm3(start) + tree)
    return whole, tree, statement


def index(key, version, tenant, table, column, normal, bits):
    out = mac(key, b"kwv1:index", vec(1, tenant.encode()), vec(1, table.encode()), vec(1, column.encode()), normal)
    size = (bits + 7) // 8
    number = int.from_bytes(out[:size], "big") >> (8 * size - bits) << (8 * size - bits)
    return struct.pack(">I", version) + number.to_bytes(size, "big")


def build():
    gcm_vector = json.loads((ROOT / "tests/vectors/gbt_vectors.json").read_text())["sm4_gcm_rfc8998"]
    got = gcm(*(bytes.fromhex(gcm_vector[name]) for name in ("key", "iv", "aad", "pt")))
    assert got.hex().upper() == gcm_vector["ct"] + gcm_vector["tag"], "RFC 8998"
    ids = [bytes([n] * 16) for n in range(1, 8)]
    secret = bytes(range(100, 132))
    place = {"tenant": "shenzhen", "table": "permits", "primary_key": "00000000000004d2", "row_version": 7}
    root_key = root(ids[0], secret)
    random = Random(0)
    kek, kek_salt = random.take(32), random.take(16)
    wrapped_kek = wrap(root_key, ids[0], 1, label("wrapping", 6, "futian", "", ids[1], 1), kek, kek_salt)
    data, data_salt = random.take(32), random.take(16)
    scope = "permits/holder_name"
    wrapped = wrap(kek, ids[1], 1, label("column", 6, "futian", scope, ids[2], 3), data, data_salt)
    random = Random(7)
    field_salt = random.take(16)
    name = "阿卜杜热西提·买买提".encode()
    field = sealed("field", data, ids[2], 3, 3, field_salt, b"", row_place(place) + vec(1, b"holder_name"), name)
    # protobuf by hand: version 1, matter, one value {field, text}
    value = b"\x0a" + vec(1, b"note") + b"\x12" + vec(1, b"x" * 100)
    payload = b"\x08\x01\x12" + vec(1, b"residence-permit") + b"\x1a" + vec(1, value)
    key = bytes(range(32))
    record = sealed("record", key, ids[3], 1, 4, Random(9).take(16), bytes(9), row_place(place) + vec(1, b"body"), payload)
    columns = {"b": "00", "a": "ff01", "état": None, "c": ""}
    seal = row_seal(key, ids[4], 2, place, columns)
    leaves = [(i.to_bytes(4, "big"), i * i, sm3(bytes([i]))) for i in range(40)]
    plain = bytes(i * 7 & 0xff for i in range(2 * 65536 + 5))
    film = ("shenzhen", "camera", "0190f3c0")
    whole, tree, statement = file_form(key, ids[5], 1, 2, Random(11).take(16), film, plain)
    empty, _, _ = file_form(key, ids[5], 1, 2, Random(11).take(16), film, b"")
    return {
        "source": "tests/oracle/vault.py: hashlib's SM3, OpenSSL's SM4, GHASH of its own; checked against RFC 8998",
        "secret": secret.hex(), "place": place, "key": key.hex(),
        "wrapped_kek": wrapped_kek.hex(), "wrapped": wrapped.hex(),
        "field": {"plain": name.decode(), "sealed": field.hex()},
        "record": {"note": "x" * 100, "sealed": record.hex()},
        "row": {"columns": columns, "seal": seal.hex()},
        "row_set": {str(bits): row_set_root("shenzhen", "permits", bits, leaves).hex() for bits in (0, 3, 8)},
        "file": {"octets": len(plain), "sealed_sm3": sm3(whole).hex(), "sealed_octets": len(whole), "root": tree.hex(),
                 "first_chunk_end": whole[42 + 65536:42 + 65552].hex(), "last_chunk": whole[-21:].hex(),
                 "statement": statement.hex(), "empty": empty.hex()},
        "index": [{"type": t, "value": v, "bits": bits,
                   "index": index(key, 5, "shenzhen", "permits", "holder_name", n.encode(), bits).hex()}
                  for t, v, n, bits in [("name", "  张三\u3000", "张三", 64),
                                        ("name", "阿卜杜热西提•买买提", "阿卜杜热西提·买买提", 64),
                                        ("id-number", "11010519491231002x", "11010519491231002X", 32),
                                        ("phone", "+86 138-0013-8000", "13800138000", 21),
                                        ("phone", "(0755) 8888.0000", "075588880000", 128),
                                        ("text", " Grüße aus b ", "GRüßE AUS B", 9)]],
    }


def main():
    text = json.dumps(build(), ensure_ascii=False, indent=1) + "\n"
    if sys.argv[1:] == ["--check"]:
        same = FILE.read_text(encoding="utf-8") == text
        print("vectors.json is what this script makes" if same else "vectors.json is not what this script makes")
        return 0 if same else 1
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
