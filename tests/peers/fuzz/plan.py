"""Calls that are known to succeed, one for each operation of the contract: the lines of the door test, read as recipes."""

import pathlib
import re

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

DOORS = pathlib.Path(__file__).resolve().parents[2] / "it" / "doors.toml"


def recipes(contract, names):
    """operationId -> {path, query, body, bytes}, with the names of the town still in braces."""
    templates = {
        operation["operationId"]: path
        for path, item in contract["paths"].items()
        for method, operation in item.items()
        if method in ("get", "put", "post", "delete", "patch")
    }
    plan, unknown = {}, set()
    for door in tomllib.loads(DOORS.read_text())["door"]:
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
