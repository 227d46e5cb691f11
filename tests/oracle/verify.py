"""The second implementation of `kioskward verify`: standard library and the openssl command, no code of this project.

`python3 verify.py ledger DIR | bundle FILE | receipt FILE | witnessed FILE | refusal FILE --key FILE [--ledger DIR]
[--witnesses FILE,FILE --needed N]` prints {"good", "fault"} as JSON; exits 0 where all is as signed, 3 where it is not, 1 where something cannot be read, 77 where this Python has no SM3.
Written from docs/design/ledger.md and RFC 9162, by its recursive definitions, and slowly.
"""
import argparse
import base64
import json
import pathlib
import re
import struct
import sys

try:
    from merkle_sm3 import leaf, root, sm3

    sm3(b"")
except ValueError:
    sys.exit(77)
import sm2
import wire


class Fault(Exception):
    def __init__(self, code: str, detail: str = ""):
        super().__init__(detail)
        self.code = code


def node(left: bytes, right: bytes) -> bytes:
    return sm3(b"\x01" + left + right)


def split(n: int) -> int:
    return 1 << (n - 1).bit_length() - 1


def root_by_path(index: int, size: int, hashed: bytes, path: list) -> bytes:
    """The root that an inclusion proof leads to, by the recursion of RFC 9162 section 2.1.3.1 read backwards."""
    if index >= size:
        raise Fault("not_included", "place outside the tree")
    if size == 1:
        if path:
            raise Fault("not_included", "proof too long")
        return hashed
    if not path:
        raise Fault("not_included", "proof too short")
    k = split(size)
    if index < k:
        return node(root_by_path(index, k, hashed, path[:-1]), path[-1])
    return node(path[-1], root_by_path(index - k, size - k, hashed, path[:-1]))


def roots_by_consistency(m: int, n: int, proof: list, old: bytes, whole: bool):
    """(old root, new root) that a consistency proof leads to: SUBPROOF of RFC 9162 section 2.1.4.1 read backwards."""
    if m == n:
        if whole:
            if proof:
                raise Fault("checkpoint_unrelated", "proof too long")
            return old, old
        if len(proof) != 1:
            raise Fault("checkpoint_unrelated", "proof length")
        return proof[0], proof[0]
    if not proof:
        raise Fault("checkpoint_unrelated", "proof too short")
    k = split(n)
    if m <= k:
        before, after = roots_by_consistency(m, k, proof[:-1], old, whole)
        return before, node(after, proof[-1])
    before, after = roots_by_consistency(m - k, n - k, proof[:-1], old, False)
    return node(proof[-1], before), node(proof[-1], after)


def consistent(old: dict, new: dict, proof: list) -> bool:
    if old["size"] == new["size"]:
        return old["root"] == new["root"] and not proof
    if not 0 < old["size"] < new["size"]:
        return False
    before, after = roots_by_consistency(old["size"], new["size"], proof, old["root"], True)
    return before == old["root"] and after == new["root"]


def opened(what, data: bytes, key: sm2.Key, unreadable: str) -> dict:
    try:
        return what(data, key)
    except sm2.BadSignature as error:
        raise Fault("bad_signature", str(error))
    except wire.Malformed as error:
        raise Fault(unreadable, str(error))


def records(data: bytes, number: int, first: int):
    """Entries of a segment file; stops with Fault at the first record that is not good."""
    magic, version, zero, stated, start = struct.unpack_from(">8sHHIQ", data)
    if (magic, version, zero, stated, start) != (b"KWLEDSEG", 1, 0, number, first) or sm3(data[:24])[:8] != data[24:32]:
        raise Fault("file_altered", "header of segment %d" % number)
    at, expected = 32, first
    while at < len(data):
        if at + 24 > len(data):
            raise Fault("entry_altered", "record of entry %d" % expected)
        length, place, index = struct.unpack_from(">IIQ", data, at)
        entry = data[at + 24 : at + 24 + length]
        if index != expected or place > index or len(entry) != length or not 1 <= length <= 65536:
            raise Fault("entry_altered", "record of entry %d" % expected)
        if leaf(entry)[:8] != data[at + 16 : at + 24]:
            raise Fault("entry_altered", "check of entry %d" % expected)
        yield entry
        at += 24 + length
        expected += 1


def edge_root(edge: list, size: int, leaves: list) -> bytes:
    """Root of the tree whose first `size` leaves are known by their edge alone, and the others by their hashes."""
    parts, begin = [], 0
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            parts.append((begin, begin + (1 << bit)))
            begin += 1 << bit
    known = dict(zip(parts, edge))

    def over(begin: int, end: int) -> bytes:
        if (begin, end) in known:
            return known[begin, end]
        if begin >= size:
            return root(leaves[begin - size : end - size])
        k = split(end - begin)
        return node(over(begin, begin + k), over(begin + k, end))

    return over(0, size + len(leaves))


def check_receipt(path: pathlib.Path, key: sm2.Key, _asked) -> None:
    text = path.read_text(errors="replace")
    block = re.search(r"-----BEGIN KIOSKWARD RECEIPT-----(.*?)-----END KIOSKWARD RECEIPT-----", text, re.S)
    if not block:
        raise Fault("unreadable", "no receipt")
    try:
        message = wire.fields(base64.b64decode(re.sub(r"\s", "", block.group(1)), validate=True))
        entry, index = wire.octets(message, 3), wire.number(message, 2)
        proof, signed = wire.many(message, 4), wire.octets(message, 5)
        if wire.number(message, 1) != 1 or not entry or any(len(one) != 32 for one in proof) or len(proof) > 64:
            raise wire.Malformed("receipt")
        wire.fields(signed)
    except (ValueError, wire.Malformed) as error:
        raise Fault("unreadable", str(error))
    head = opened(sm2.checkpoint, signed, key, "checkpoint_altered")
    if root_by_path(index, head["size"], leaf(entry), proof) != head["root"]:
        raise Fault("not_included", "the proof leads elsewhere")


def check_bundle(path: pathlib.Path, key: sm2.Key, asked) -> None:
    ledger = asked.ledger
    data = path.read_bytes()
    if len(data) < 16 or data[:8] != b"KWLEDBDL" or data[8:12] != b"\0\0\0\1":
        raise Fault("head_altered", "not a bundle")
    length = struct.unpack_from(">I", data, 12)[0]
    if length > 16384 or len(data) < 16 + length:
        raise Fault("head_altered", "length")
    try:
        message = wire.fields(data[16 : 16 + length])
        edge, proof = wire.many(message, 3), wire.many(message, 5)
        if wire.number(message, 1) != 1 or any(len(one) != 32 for one in edge + proof) or max(len(edge), len(proof)) > 64:
            raise wire.Malformed("head")
        signed_seal, signed_head = wire.octets(message, 2), wire.octets(message, 4)
    except wire.Malformed as error:
        raise Fault("head_altered", str(error))
    seal = opened(sm2.seal, signed_seal, key, "head_altered")
    head = opened(sm2.checkpoint, signed_head, key, "head_altered")
    sealed = {"size": seal["end"], "root": seal["root"]}
    if head["origin"] != seal["origin"] or not consistent(sealed, head, proof):
        raise Fault("checkpoint_unrelated", "the checkpoint does not continue the seal")
    if len(edge) != bin(seal["first"]).count("1"):
        raise Fault("head_altered", "edge")
    segment = data[16 + length :]
    if len(segment) != seal["octets"]:
        raise Fault("file_altered", "length of the segment")
    leaves = [leaf(entry) for entry in records(segment, seal["number"], seal["first"])]
    if seal["first"] + len(leaves) != seal["end"] or edge_root(edge, seal["first"], leaves) != seal["root"]:
        raise Fault("entry_altered", "the entries do not lead to the sealed root")
    if sm3(segment) != seal["digest"]:
        raise Fault("file_altered", "digest of the segment")
    if ledger:
        later = opened(sm2.checkpoint, (ledger / "checkpoint").read_bytes(), key, "checkpoint_unrelated")
        stored = stored_leaves(ledger)
        if later["size"] < seal["end"] or len(stored) < later["size"] or later["origin"] != seal["origin"] or \
                root(stored[: later["size"]]) != later["root"] or root(stored[: seal["end"]]) != seal["root"]:
            raise Fault("checkpoint_unrelated", "the ledger does not continue the bundle")


def stored_leaves(directory: pathlib.Path) -> list:
    path = directory / "tile" / "0"
    data = path.read_bytes() if path.exists() else b""
    return [data[at : at + 32] for at in range(0, len(data) - 31, 32)]


def check_ledger(directory: pathlib.Path, key: sm2.Key, _asked) -> None:
    if not (directory / "entries").is_dir():
        raise FileNotFoundError(directory / "entries")
    path = directory / "checkpoint"
    if not path.exists():
        raise Fault("checkpoint_missing")
    head = opened(sm2.checkpoint, path.read_bytes(), key, "checkpoint_altered")
    numbers = sorted(int(one.name[:8]) for one in (directory / "entries").glob("*.seg"))
    stored, leaves = stored_leaves(directory), []
    for number in range(numbers[0] if numbers else 0):  # archived: their seals speak for them
        record = directory / "archive" / ("%08d" % number)
        if not record.exists():
            raise Fault("entry_missing", record.name)
        try:
            message = wire.fields(record.read_bytes())
        except wire.Malformed as error:
            raise Fault("archive_altered", str(error))
        seal = opened(sm2.seal, wire.octets(message, 2), key, "archive_altered")
        gone = opened(sm2.removal, wire.octets(message, 10), key, "archive_altered")
        if any(gone[name] != seal[name] for name in ("origin", "number", "first", "end", "digest")) or \
                gone["removed"] != wire.signed(message, 8) or gone["removed"] == 0 or \
                gone["confirmed"] != wire.signed(message, 6) or gone["confirmed_by"] != wire.octets(message, 7) or \
                gone["place"] != wire.octets(message, 9) or gone["bundle"] != wire.octets(message, 4):
            raise Fault("archive_altered", "removal of segment %d" % number)
        if seal["first"] != len(leaves) or seal["number"] != number or \
                seal["origin"] != head["origin"] or root(stored[: seal["end"]]) != seal["root"]:
            raise Fault("archive_altered", "segment %d" % number)
        leaves = stored[: seal["end"]]
    for number in numbers:
        data = (directory / "entries" / ("%08d.seg" % number)).read_bytes()
        try:
            for entry in records(data, number, len(leaves)):
                leaves.append(leaf(entry))
        except (Fault, struct.error):
            if number != numbers[-1] or len(leaves) < head["size"]:
                raise Fault("entry_altered", "segment %d" % number)
            break  # behind the checkpoint: an append in progress, or cut by a crash
    if len(leaves) < head["size"]:
        raise Fault("shrank")
    if root(leaves[: head["size"]]) != head["root"]:
        raise Fault("rewritten")
    if stored[: head["size"]] != leaves[: head["size"]]:
        raise Fault("tile_altered")


def check_witnessed(path: pathlib.Path, key: sm2.Key, asked) -> None:
    try:
        message = wire.fields(path.read_bytes())
        words = wire.many(message, 3)
        if wire.number(message, 1) != 1 or len(words) > 64:
            raise wire.Malformed("witnessed checkpoint")
        signed_head = wire.octets(message, 2)
    except wire.Malformed as error:
        raise Fault("checkpoint_altered", str(error))
    head = opened(sm2.checkpoint, signed_head, key, "checkpoint_altered")
    keys = {one.id: one for one in (sm2.Key(pathlib.Path(name)) for name in asked.witnesses.split(","))}
    counted = set()
    for word in words:
        try:
            claimed = sm2.signers(word)
        except wire.Malformed as error:
            raise Fault("checkpoint_altered", str(error))
        if len(claimed) != 1 or claimed[0] not in keys or claimed[0] in counted:
            continue
        said = opened(sm2.cosignature, word, keys[claimed[0]], "checkpoint_altered")
        if any(said[name] != head[name] for name in ("origin", "size", "root")):
            raise Fault("below_quorum", said["witness"] + " vouches for another head")
        counted.add(claimed[0])
    if len(counted) < asked.needed:
        raise Fault("below_quorum", "%d of %d" % (len(counted), asked.needed))
    if asked.ledger:
        newest = opened(sm2.checkpoint, (asked.ledger / "checkpoint").read_bytes(), key, "bad_signature")
        stored = stored_leaves(asked.ledger)
        if newest["origin"] != head["origin"] or newest["size"] < head["size"] or len(stored) < newest["size"] or \
                root(stored[: head["size"]]) != head["root"] or root(stored[: newest["size"]]) != newest["root"]:
            raise Fault("rewritten")


def check_refusal(path: pathlib.Path, key: sm2.Key, _asked) -> None:
    """What a refusal proves by the ledger's own signatures; the witness's own is not asked for, as its key is not."""
    try:
        message = wire.fields(path.read_bytes())
        body = wire.fields(wire.octets(message, 3))
        proof = wire.many(body, 6)
        if wire.octets(message, 2) != b"witness-refusal" or wire.number(body, 1) != 1 or len(proof) > 64 or \
                any(len(one) != 32 for one in proof) or not 1 <= len(wire.octets(body, 2)) <= 64:
            raise wire.Malformed("refusal")
    except wire.Malformed as error:
        raise Fault("unreadable", str(error))
    try:
        seen, offered = sm2.checkpoint(wire.octets(body, 4), key), sm2.checkpoint(wire.octets(body, 5), key)
    except (sm2.BadSignature, wire.Malformed):
        raise Fault("word_against")
    if seen["origin"] != offered["origin"]:
        raise Fault("other_log")
    if seen["size"] == offered["size"]:
        raise Fault("word_against" if seen["root"] == offered["root"] else "forked")
    if offered["size"] < seen["size"]:
        raise Fault("shrank" if offered["time"] > seen["time"] else "word_against")
    try:
        before, after = roots_by_consistency(seen["size"], offered["size"], proof, seen["root"], True)
    except Fault:
        raise Fault("word_against")
    raise Fault("forked" if after == offered["root"] and before != seen["root"] else "word_against")


CHECKS = {"ledger": check_ledger, "bundle": check_bundle, "receipt": check_receipt, "witnessed": check_witnessed,
          "refusal": check_refusal}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=CHECKS)
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--key", type=pathlib.Path, required=True)
    parser.add_argument("--ledger", type=pathlib.Path)
    parser.add_argument("--witnesses", default="")
    parser.add_argument("--needed", type=int, default=1)
    asked = parser.parse_args()
    fault = "none"
    try:
        CHECKS[asked.kind](asked.path, sm2.Key(asked.key), asked)
    except Fault as found:
        fault = found.code
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"good": fault == "none", "fault": fault}))
    return 0 if fault == "none" else 3


if __name__ == "__main__":
    sys.exit(main())
