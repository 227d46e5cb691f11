"""The sealed cells of a stored case (schemas/kioskward/v1/vault.proto, SealedCells), taken apart and put together again, as somebody
does who has the database and no key."""


def varint(value):
    out = b""
    while value > 0x7f:
        out, value = out + bytes([value & 0x7f | 0x80]), value >> 7
    return out + bytes([value])


def fields(octets):
    """(number, octets) of each length-delimited field."""
    at = 0

    def number():
        nonlocal at
        value, shift = 0, 0
        while True:
            octet = octets[at]
            at, value, shift = at + 1, value | (octet & 0x7f) << shift, shift + 7
            if octet < 0x80:
                return value
    while at < len(octets):
        key = number()
        assert key & 7 == 2, "all fields of these messages are length-delimited"
        size = number()
        yield key >> 3, octets[at:at + size]
        at += size


def read(octets):
    """{column: [sealed, index]}"""
    out = {}
    for _, cell in fields(octets):
        parts = dict(fields(cell))
        out[parts[1].decode()] = [parts[2], parts.get(3, b"")]
    return out


def write(cells):
    out = b""
    for column, (sealed, index) in cells.items():
        cell = b"".join(varint(number << 3 | 2) + varint(len(part)) + part
                        for number, part in ((1, column.encode()), (2, sealed), (3, index)) if part)
        out += varint(1 << 3 | 2) + varint(len(cell)) + cell
    return out
