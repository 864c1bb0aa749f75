"""Holds a FHIR bundle against the structure definitions, as the package fhir.resources has them (R4B: of the resources of an
export it differs in nothing from R4). Usage: fhir.py FILE. Prints what it found; fails at the first thing that is not sound."""

import json
import sys
from collections import Counter

from fhir.resources.R4B import get_fhir_model_class

bundle = json.load(open(sys.argv[1], encoding="utf-8"))
get_fhir_model_class("Bundle").model_validate(bundle)
kinds = Counter()
for entry in bundle["entry"]:
    resource = entry["resource"]
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    kinds[resource["resourceType"]] += 1
print(", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
