"""Turns the event catalogue (schemas/events/*.json, schemas/free_text.json) into C++ tables, refusing one that contradicts
itself."""
import json
import re
import sys

*sources, free_text, target = sys.argv[1:]
rows, seen, known = [], set(), set()
for source in sources:
    catalogue = json.load(open(source, encoding="utf-8"))
    for event in catalogue["events"]:
        kind = event["type"]
        if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", kind) or kind in seen:
            sys.exit(f"{source}: bad or repeated event type {kind!r}")
        seen.add(kind)
        if set(event) - {"personal"} != {"type", "clause", "severity", "alarm", "params"}:
            sys.exit(f"{source}: {kind} has the wrong keys")
        personal = event.get("personal", [])
        if not set(personal) <= set(event["params"]) or ("personal" in event and not personal):
            sys.exit(f"{source}: {kind} says that something is personal which is no parameter of it")
        known.update(event["params"])
        params = ",".join(event["params"])
        rows.append(f'{{"{kind}", "{event["clause"]}", v1::{event["severity"]}, {str(event["alarm"]).lower()}, "{params}", "{",".join(personal)}"}},')
words = sorted(json.load(open(free_text, encoding="utf-8"))["params"])
if not set(words) <= known:
    sys.exit(f"{free_text}: no event has {sorted(set(words) - known)}")
with open(target.replace("event_catalogue", "free_text"), "w", encoding="utf-8") as out:
    out.write("".join(f'"{word}",\n' for word in words))
with open(target, "w", encoding="utf-8") as out:
    out.write("\n".join(sorted(rows)) + "\n")
