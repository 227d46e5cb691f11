"""Just enough protobuf to read what the ledger signs: fields of varints and of octets (protobuf.dev, "Encoding")."""


class Malformed(Exception):
    pass


def varint(data: bytes, at: int):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Malformed("varint")
        value |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return value & (1 << 64) - 1, at
        shift += 7


def fields(data: bytes) -> dict:
    """{number: [values]}; octets as bytes, numbers as int."""
    out, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise Malformed("field 0")
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
            if at > len(data):
                raise Malformed("length")
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, at = data[at : at + size], at + size
            if at > len(data):
                raise Malformed("fixed")
        else:
            raise Malformed("wire type")
        out.setdefault(number, []).append(value)
    return out


def octets(message: dict, number: int) -> bytes:
    value = message.get(number, [b""])[-1]
    if not isinstance(value, bytes):
        raise Malformed("field %d" % number)
    return value


def number(message: dict, which: int) -> int:
    value = message.get(which, [0])[-1]
    if not isinstance(value, int):
        raise Malformed("field %d" % which)
    return value


def signed(message: dict, which: int) -> int:
    """A sint64, which protobuf folds."""
    value = number(message, which)
    return value >> 1 ^ -(value & 1)


def many(message: dict, which: int) -> list:
    values = message.get(which, [])
    if any(not isinstance(value, bytes) for value in values):
        raise Malformed("field %d" % which)
    return values
