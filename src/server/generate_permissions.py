"""Turns schemas/permissions.json into the C++ tables of permissions.cpp, refusing one that contradicts itself or the API.

usage: generate_permissions.py permissions.json openapi.yaml OUT_DIRECTORY
"""
import json
import pathlib
import re
import sys

SCOPES = ("none", "list", "body", "city", "device", "baseline", "media", "enrolment", "alarm", "request", "site",
          "region")
SECONDS = ("never", "listed", "always")
KEYS = {"operation", "roles", "scope", "second", "by", "reauth", "anonymous", "expired", "enrolling"}
source, api, target = sys.argv[1:]
data = json.load(open(source, encoding="utf-8"))


def stop(why):
    sys.exit(f"{source}: {why}")


if set(data) != {"version", "note", "roles", "pages", "two_persons_at_first", "operations"} or data["version"] != 1:
    stop("version 1 with roles, pages and operations is expected")
names = [role["role"] for role in data["roles"]]
if len(set(names)) != len(names):
    stop("a role stands there twice")


def bits(what, roles):
    if roles == "all":
        roles = names
    for role in roles:
        if role not in names:
            stop(f"{what}: unknown role {role}")
    return sum(1 << names.index(role) for role in roles)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def flag(value):
    return "true" if value else "false"


roles = []
for role in data["roles"]:
    if not set(role) <= {"role", "administrator", "ends", "first"} or not re.fullmatch("[a-z]+", role["role"]):
        stop(f"role {role}")
    first = role.get("first", {"account": "", "display_name": ""})
    roles.append(f'{{{quoted(role["role"])}, {flag(role.get("administrator"))}, {flag(role.get("ends"))}, '
                 f'{quoted(first["account"])}, {quoted(first["display_name"])}}},')
rows, seen = [], set()
for row in data["operations"]:
    name = row["operation"]
    if not set(row) <= KEYS or name in seen:
        stop(f"{name} stands there twice, or has an unknown key")
    seen.add(name)
    scope, second, by = row["scope"], row.get("second", "never"), row.get("by", "platform")
    if scope not in SCOPES or second not in SECONDS or by not in ("platform", "asker"):
        stop(f"{name}: scope, second or by")
    if row.get("anonymous") and (row["roles"] or second != "never"):
        stop(f"{name}: anonymous and with roles")
    rows.append(f'{{{quoted(name)}, {bits(name, row["roles"])}, {flag(row.get("anonymous"))}, ScopeRule::{scope}, '
                f'Second::{second}, {flag(by == "asker")}, {flag(row.get("reauth"))}, {flag(row.get("expired"))}, '
                f'{flag(row.get("enrolling"))}}},')
for page in data["pages"]:
    bits(page["page"], page["roles"])
listed = {row["operation"] for row in data["operations"] if row.get("second") == "listed"}
first = data["two_persons_at_first"]
if first != sorted(set(first)) or any(entry.split(":")[0] not in listed for entry in first):
    stop("two_persons_at_first: sorted, and of operations that may be listed")
offered = set(re.findall(r"operationId: (\w+)", open(api, encoding="utf-8").read()))
if offered != seen:
    stop(f"differs from the API in {sorted(offered ^ seen)}")
out = pathlib.Path(target)
out.mkdir(parents=True, exist_ok=True)
(out / "roles.gen.inc").write_text("\n".join(roles) + "\n", encoding="utf-8")
(out / "two_persons.gen.inc").write_text("".join(quoted(entry) + ",\n" for entry in first), encoding="utf-8")
(out / "permissions.gen.inc").write_text("\n".join(rows) + "\n", encoding="utf-8")
