#!/usr/bin/env python3
"""Finds names that two unnamed namespaces of one library share, and functions in them that hide one of src/base.

A library's sources are compiled in batches (cmake/KwLibrary.cmake), so such names meet as soon as a new file moves its
neighbours into one batch. Constants and types are looked at; functions of one name may be overloads.

Types of one name in one named namespace are found, too, wherever they are defined: no compiler sees both, the linker takes
the members of one for both, and the program writes where it should not. Prints each clash and ends with 1 if there is one.
"""
import collections
import pathlib
import re
import sys

UNNAMED = re.compile(r"^namespace \{\n((?:[^\n}]*\n){1,2}?(?=\}$)|.*?(?=^\}  // namespace$))", re.S | re.M)  # short ones close without a word
TYPE = re.compile(r"^(?:struct|class|enum class|enum) (\w+)(?: final)?(?: : [^{]*)? \{", re.M)
CONSTANTS = re.compile(r"^(?:inline )?(?:constexpr|const) [^=({]*?\bk[A-Z]\w*.*?;", re.S | re.M)
CONSTANT = re.compile(r"\b(k[A-Z]\w*)(?:\[\w*\])?\s*(?:=|\{|\()")
FUNCTION = re.compile(r"^(?:\[\[nodiscard\]\] )?(?:inline |constexpr )*[A-Za-z][\w:<>, ]*[&*]? [&*]?([a-z]\w*)\(", re.M)


def names(text):
    for body in UNNAMED.findall(text):
        yield from TYPE.findall(body)
        for line in CONSTANTS.findall(body):
            yield from CONSTANT.findall(line)


def clashes(sources):
    where = collections.defaultdict(set)
    for source in sources:
        for name in names(source.read_text(encoding="utf-8")):
            where[name].add(source)
    return {name: places for name, places in where.items() if len(places) > 1}


def hidden(sources, below):
    for source in sources:
        for body in UNNAMED.findall(source.read_text(encoding="utf-8")):
            for name in set(FUNCTION.findall(body)) & below:
                yield name, source


def twins(sources):
    """Types of named namespaces that are defined twice."""
    where = collections.defaultdict(set)
    for source in sources:
        text = UNNAMED.sub("", source.read_text(encoding="utf-8"))
        space = ""
        for line in text.split("\n"):
            if opened := re.match(r"(?:inline )?namespace ([\w:]+) \{$", line):
                space = opened[1]
            elif defined := TYPE.match(line):
                where[f"{space}::{defined[1]}"].add(source)
    return {name: places for name, places in where.items() if len(places) > 1}


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    found = 0
    below = {name for header in (root / "src/base").glob("*.h") for name in FUNCTION.findall(header.read_text(encoding="utf-8"))}
    for library in [*sorted((root / "src").iterdir()), root / "bench" / "fleet"]:
        files = sorted(library.rglob("*.cpp"))
        for part in ([f for f in files if not f.stem.endswith("_test")], [f for f in files if f.stem.endswith("_test")]):
            for name, places in sorted(clashes(part).items()):
                print(f"{name}: {', '.join(str(p.relative_to(root)) for p in sorted(places))}")
                found += 1
            for name, source in hidden(part if library.name != "base" else [], below):
                print(f"{name}: {source.relative_to(root)} hides that of src/base")
                found += 1
    for name, places in sorted(twins(sorted([*(root / "src").rglob("*.h"), *(root / "src").rglob("*.cpp")])).items()):
        print(f"{name}: {', '.join(str(p.relative_to(root)) for p in sorted(places))}")
        found += 1
    print(f"{found} names would meet others")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
