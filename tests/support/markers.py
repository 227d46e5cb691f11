"""Markers: distinctive values, every form in which a program may write them down, and the search for them in files.

A value is looked for as UTF-8, GB18030, UTF-16, JSON and percent escapes, hexadecimal and Base64, in files as they are and in
what gzip, zlib and zip files hold.
"""
import base64
import binascii
import io
import json
import pathlib
import urllib.parse
import zipfile
import zlib

WEIGHTS, CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
MOST_HELD = 64 << 20  # octets of what a compressed file holds


def id_number(serial):
    """An identity card number that nobody has (GB 11643): born on the last day of 1949 in a district of the standard's example."""
    body = f"11010519491231{serial:03d}"
    return body + CHECKS[sum(w * int(d) for w, d in zip(WEIGHTS, body)) % 11]


def forms(value):
    """The octets as which a value may be written."""
    octets = value.encode()
    escaped = json.dumps(value)[1:-1]
    out = {octets, value.encode("gb18030", "replace"), value.encode("utf-16-le"), value.encode("utf-16-be"), escaped.encode(),
           escaped.upper().replace("\\U", "\\u").encode(), urllib.parse.quote(value, safe="").encode(),
           urllib.parse.quote(value, safe="").lower().encode(), binascii.hexlify(octets), binascii.hexlify(octets).upper()}
    for before in range(3):  # Base64 at any offset: what does not depend on its neighbours
        whole = base64.b64encode(b"\0" * before + octets)
        out.add(whole[(before * 4 + 2) // 3:(before + len(octets)) * 4 // 3])
    return {one for one in out if len(one) >= 6}


def held(octets):
    """What a file holds: its octets, and those inside where it is compressed."""
    yield octets
    if octets[:2] == b"\x1f\x8b":
        yield zlib.decompressobj(31).decompress(octets, MOST_HELD)
    elif octets[:2] in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
        try:
            yield zlib.decompressobj().decompress(octets, MOST_HELD)
        except zlib.error:  # it only began like one
            return
    elif octets[:4] == b"PK\3\4":
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            for name in archive.namelist():
                yield name.encode() + archive.read(name)


def search(roots, marks):
    """{mark: files that hold it, or bear it in their names}; `marks` is {name: value}."""
    wanted = {name: forms(value) for name, value in marks.items()}
    out, looked = {}, 0
    for root in roots:
        for path in sorted(pathlib.Path(root).rglob("*")):
            if not path.is_file() or path.is_symlink():
                continue
            looked += 1
            pieces = [str(path).encode(), *held(path.read_bytes())]
            for name, some in wanted.items():
                if any(one in piece for piece in pieces for one in some):
                    out.setdefault(name, []).append(str(path))
    return out, looked
