"""Turns the event catalogue (schemas/events/*.json) into a C++ table, refusing one that contradicts itself."""
import json
import re
import sys

*sources, target = sys.argv[1:]
rows, seen = [], set()
for source in sources:
    catalogue = json.load(open(source, encoding="utf-8"))
    for event in catalogue["events"]:
        kind = event["type"]
        if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", kind) or kind in seen:
            sys.exit(f"{source}: bad or repeated event type {kind!r}")
        seen.add(kind)
        if set(event) != {"type", "clause", "severity", "alarm", "params"}:
            sys.exit(f"{source}: {kind} has the wrong keys")
        params = ",".join(event["params"])
        rows.append(f'{{"{kind}", "{event["clause"]}", v1::{event["severity"]}, {str(event["alarm"]).lower()}, "{params}"}},')
with open(target, "w", encoding="utf-8") as out:
    out.write("\n".join(sorted(rows)) + "\n")
