"""Puts what exists into generated requests, so that they get behind the first 404, and notes every answer."""

import json
import os
import random
import re
import threading
import uuid
from collections import Counter

import schemathesis
from schemathesis.transport.serialization import serialize_binary

SETUP = json.loads(open(os.environ["FELDSHER_FUZZ_SETUP"], encoding="utf-8").read())
ANSWERS = open(os.environ["FELDSHER_FUZZ_ANSWERS"], "a", encoding="utf-8")
NAMES, RECIPES, APART = SETUP["names"], SETUP["recipes"], SETUP["apart"]
# Each so manieth valid case of an operation is its recipe; the first one always.
EVERY = 4

lock = threading.Lock()
chance = random.Random(SETUP["seed"])
seen = Counter()


def fill(text):
    """Puts values for the names in braces. What can be used once is used up, but for the last one."""

    def value(match):
        values = NAMES[match.group(1)]
        return values.pop(0) if len(values) > 1 else values[0]

    return re.sub(r"\{(\w+)\}", value, text)


def known_good(case, recipe):
    """Makes the case its recipe. Parts that the recipe says nothing of stay untouched, or they would count as edited."""
    if recipe["path"]:
        case.path_parameters = {name: fill(value) for name, value in recipe["path"].items()}
    if recipe["query"]:
        case.query = {name: fill(value) for name, value in recipe["query"].items()}
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    case.headers.pop("If-Match", None)
    if recipe["bytes"]:
        # As text: bytes from a hook would count as a body that violates the schema.
        case.media_type, case.body = "application/pdf", SETUP["pdf"]
    elif recipe["body"]:
        case.body = json.loads(fill(recipe["body"]))


@schemathesis.serializer("application/pdf", "image/jpeg", "image/png", "image/webp")
def raw(context, value):
    return serialize_binary(value)


@schemathesis.hook
def filter_case(context, case):
    """`null` is as absent (docs/api.md), which OpenAPI 3.0 can't say of a reference: such cases are no violations."""
    return case.meta is None or case.meta.generation.mode.is_positive or not holds_null(case.body)


def holds_null(value):
    if isinstance(value, dict):
        return any(held is None or holds_null(held) for held in value.values())
    return isinstance(value, list) and any(map(holds_null, value))


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw["operationId"]
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    with lock:
        recipe, count = RECIPES.get(operation), seen[operation]
        seen[operation] += 1
        if operation in APART:
            endings = APART[operation]
            ending = endings.pop(0) if len(endings) > 1 else endings[0]
            known_good(case, recipe)
            if "path" in ending:
                case.path_parameters = ending["path"]
            case.headers["Authorization"] = f"Bearer {ending['token']}"
        elif recipe and count % EVERY == 0:
            known_good(case, recipe)
        elif recipe and recipe["path"] and chance.random() < 0.5:
            case.path_parameters = {name: fill(value) for name, value in recipe["path"].items()}


@schemathesis.hook
def after_call(context, case, response):
    operation = case.operation.definition.raw["operationId"]
    # A method that the path doesn't serve is no call of the operation.
    if case.method.upper() == case.operation.method.upper():
        with lock:
            ANSWERS.write(json.dumps([operation, response.status_code]) + "\n")
            ANSWERS.flush()
