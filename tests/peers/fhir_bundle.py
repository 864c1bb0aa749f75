"""Holds a FHIR bundle against the structure definitions, as the package fhir.resources has them (R4B: of the resources of an
export it differs in nothing from R4). The package knows which codes a field may hold and does not ask for them: that is done here.
Usage: fhir_bundle.py FILE. Prints what it found; fails where something is not sound."""

import json
import sys
from collections import Counter

from fhir.resources.R4B import get_fhir_model_class
from pydantic import BaseModel


def foreign_codes(value, at):
    """Yields each code that its field does not know."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from foreign_codes(item, f"{at}[{index}]")
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            inner = getattr(value, name, None)
            known = (field.json_schema_extra or {}).get("enum_values")
            if known and isinstance(inner, str) and inner not in known:
                yield f"{at}.{name}: {inner} is none of {known}"
            yield from foreign_codes(inner, f"{at}.{name}")


with open(sys.argv[1], encoding="utf-8") as file:
    bundle = get_fhir_model_class("Bundle").model_validate(json.load(file))
kinds = Counter(entry.resource.get_resource_type() for entry in bundle.entry)
print(", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
foreign = list(foreign_codes(bundle, "Bundle"))
print(*foreign, sep="\n", end="")
sys.exit(bool(foreign))
