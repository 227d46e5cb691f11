#!/usr/bin/env python3
"""Finds names that two unnamed namespaces of one library share.

A library's sources are compiled in batches (cmake/KwLibrary.cmake), so such names meet as soon as a new file moves its
neighbours into one batch. Constants and types are looked at; functions of one name may be overloads. Prints each clash
and ends with 1 if there is one.
"""
import collections
import pathlib
import re
import sys

UNNAMED = re.compile(r"^namespace \{\n(.*?)^\}(?:  // namespace)?$", re.S | re.M)
TYPE = re.compile(r"^(?:struct|class|enum class|enum) (\w+)(?: final)?(?: : [^{]*)? \{", re.M)
CONSTANTS = re.compile(r"^(?:inline )?(?:constexpr|const) [^=({]*?\bk[A-Z]\w*.*?;", re.S | re.M)
CONSTANT = re.compile(r"\b(k[A-Z]\w*)(?:\[\w*\])?\s*(?:=|\{|\()")


def names(text):
    for body in UNNAMED.findall(text):
        yield from TYPE.findall(body)
        for line in CONSTANTS.findall(body):
            head = line.split("=")[0] if "{" in line else line
            yield from CONSTANT.findall(line if head is line else head + "=")


def clashes(sources):
    where = collections.defaultdict(set)
    for source in sources:
        for name in names(source.read_text(encoding="utf-8")):
            where[name].add(source)
    return {name: places for name, places in where.items() if len(places) > 1}


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    found = 0
    for library in sorted((root / "src").iterdir()):
        files = sorted(library.rglob("*.cpp"))
        for part in ([f for f in files if not f.stem.endswith("_test")], [f for f in files if f.stem.endswith("_test")]):
            for name, places in sorted(clashes(part).items()):
                print(f"{name}: {', '.join(str(p.relative_to(root)) for p in sorted(places))}")
                found += 1
    print(f"{found} names stand in two unnamed namespaces of one library")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
