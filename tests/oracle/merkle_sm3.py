"""The Merkle tree hash of RFC 9162 section 2.1.1 over SM3, written from the RFC's recursive definition with hashlib only.

Oracle for src/ledger: `python3 merkle_sm3.py golden` prints "size root" lines over the entries "entry-0", "entry-1", ...
(the source of src/ledger/golden_test.cpp).
"""
import hashlib
import sys


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def root(leaves: list) -> bytes:
    """leaves: leaf hashes, SM3(0x00 || entry)."""
    if not leaves:
        return sm3(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sm3(b"\x01" + root(leaves[:k]) + root(leaves[k:]))


def leaf(entry: bytes) -> bytes:
    return sm3(b"\x00" + entry)


if __name__ == "__main__" and sys.argv[1:] == ["golden"]:
    hashes = [leaf(b"entry-%d" % i) for i in range(70000)]
    for size in (0, 1, 2, 3, 4, 5, 7, 8, 255, 256, 257, 511, 600, 1000, 65535, 65536, 65537, 70000):
        print(size, root(hashes[:size]).hex())
