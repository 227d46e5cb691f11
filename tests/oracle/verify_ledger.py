"""Recomputes a ledger's root from its entry files, by the format of docs/design/ledger.md and Python's hashlib alone.

`python3 verify_ledger.py DIR` prints "SIZE ROOT" over all entries; it exits 1 on any departure from the format, and 77
where this Python has no SM3. It checks no signature: `kioskward verify ledger` does.
"""
import pathlib
import struct
import sys

try:
    from merkle_sm3 import leaf, root, sm3

    sm3(b"")
except ValueError:
    sys.exit(77)


def entries(directory: pathlib.Path):
    expected = 0
    for number, path in enumerate(sorted((directory / "entries").glob("*.seg"))):
        data = path.read_bytes()
        magic, version, zero, stated, first = struct.unpack_from(">8sHHIQ", data)
        if (magic, version, zero, stated, first) != (b"KWLEDSEG", 1, 0, number, expected):
            sys.exit("%s: header" % path.name)
        if sm3(data[:24])[:8] != data[24:32]:
            sys.exit("%s: check of the header" % path.name)
        at = 32
        while at < len(data):
            length, place, index = struct.unpack_from(">IIQ", data, at)
            entry = data[at + 24 : at + 24 + length]
            if index != expected or place > index or len(entry) != length or not 1 <= length <= 65536:
                sys.exit("%s: record of entry %d" % (path.name, expected))
            if leaf(entry)[:8] != data[at + 16 : at + 24]:
                sys.exit("%s: check of entry %d" % (path.name, expected))
            yield entry
            at += 24 + length
            expected += 1


if __name__ == "__main__":
    leaves = [leaf(entry) for entry in entries(pathlib.Path(sys.argv[1]))]
    print(len(leaves), root(leaves).hex())
