"""What a process holds: every mapping that can be read, searched for a text as programs write it. As root."""
import re

LINE = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$")
PIECE = 1 << 20
FORMS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def mappings(pid):
    """(begin, end, what) of all mappings that may be read."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as lines:
        for line in lines:
            begin, end, rights, name = LINE.match(line.rstrip("\n")).groups()
            if rights[0] == "r" and name not in ("[vvar]", "[vvar_vclock]", "[vsyscall]"):
                yield int(begin, 16), int(end, 16), name or "anonymous"


def search(pid, text, mask=None):
    """Where the text stands in the process's memory, in any of its forms, under a WebSocket's mask too: [(address, mapping,
    form)]. Secret memory cannot be read, by nobody; that is left out."""
    found = []
    needles = [(text.encode(form), form) for form in FORMS]
    if mask:
        needles += [(bytes(c ^ mask[(i + turn) % 4] for i, c in enumerate(text.encode())), "masked") for turn in range(4)]
    most = max(len(needle) for needle, _ in needles)
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end, name in mappings(pid):
            at, before = begin, b""
            while at < end:
                try:
                    memory.seek(at)
                    piece = memory.read(min(PIECE, end - at))
                except OSError:
                    break
                if not piece:
                    break
                for needle, form in needles:
                    place = (before + piece).find(needle)
                    if place >= 0:
                        found.append((at - len(before) + place, name, form))
                at += len(piece)
                before = piece[-most:]
    return found
