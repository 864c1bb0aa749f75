"""What the lines of the door test say of each operation: a call that is known to succeed, and who may make it."""

import pathlib
import re
import tomllib

DOORS = tomllib.loads((pathlib.Path(__file__).resolve().parents[2] / "it" / "doors.toml").read_text())["door"]
# The callers of a line's `refused`, in its order; whom the door test tells apart is one role here.
CALLERS = ["anonymous", "patient", "doctor", "doctor", "doctor", "reception", "administrator", "officer"]
OWNERS = {"self": "patient", "colleague": "doctor"}


def recipes(contract, names):
    """operationId -> {path, query, body, bytes}, with the names of the town still in braces."""
    templates = {
        operation["operationId"]: path
        for path, item in contract["paths"].items()
        for method, operation in item.items()
        if method in ("get", "put", "post", "delete", "patch")
    }
    plan, unknown = {}, set()
    for door in DOORS:
        if door["operation"] not in templates:
            continue
        path, _, query = door["path"].partition("?")
        wanted = zip(templates[door["operation"]].split("/"), path.split("/"), strict=True)
        recipe = {
            "path": {part[1:-1]: value for part, value in wanted if part.startswith("{")},
            "query": dict(pair.split("=", 1) for pair in query.split("&") if pair),
            "body": door.get("body"),
            "bytes": door.get("bytes", False),
        }
        unknown |= set(re.findall(r"\{(\w+)\}", f"{path}?{query} {recipe['body']}")) - set(names)
        plan[door["operation"]] = recipe
    if unknown:
        raise SystemExit(f"doors.toml uses names that town.py has no value for: {', '.join(sorted(unknown))}")
    return plan


def may(role):
    """The operations that a role may call. What patients and everybody may do is tried by them alone."""
    found = set()
    for door in DOORS:
        owner = OWNERS.get(door["owner"], door["owner"])
        allowed = {owner}
        if owner not in ("patient", "anonymous"):
            allowed |= {caller for caller, refused in zip(CALLERS, door["refused"], strict=True) if refused == 0}
        if role in allowed:
            found.add(door["operation"])
    return found
