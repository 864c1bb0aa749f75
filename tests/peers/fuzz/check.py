"""Runs Schemathesis against a sandbox server as every role, on every engine that this run has."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections import Counter

import requests

from plan import may, recipes
from server import Server
from town import Town

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20261101
# How many generated cases an operation gets for each role, beside those of the coverage phase.
EXAMPLES = {"sqlite": 10, "postgres": 4}
# The coverage phase walks the limits of each schema; these are the same on both engines.
PHASES = {"sqlite": "coverage,fuzzing", "postgres": "fuzzing"}
# The administrator comes last: he replaces the hours in which the patient books.
ROLES = ["patient", "anonymous", "doctor", "support", "reception", "officer", "administrator"]
# What succeeds once in the life of an installation, before it can be fuzzed; what takes a visit that is over, or a picture.
DONE_BY_TOWN = {
    "claimInstallation", "createFeedback", "putScreenshotContent", "takeCallback", "sendTelemetry", "listenEvents", "listDuplicates",
    "listPatientInsurancePolicies", "verifyInsurancePolicy", "redeemInvitation", "resolveOpeningAlert",
}
# What this town's doctor does not reach, because the states that it needs end before: tests/it/sharing/blocking.rs and
# tests/it/support reach them, and so do the doors.
NOT_REACHED = {"getScreenshotToReview", "openBlocked"}
# What takes the signature of an authenticator succeeds in tests/it/staff/passkeys.rs.
SIGNED = {"createPasskey", "deletePasskey", "signInByPasskey"}
# What this profile does not offer: patients come in by codes, nobody gives an undertaking, no server of video visits is named, no
# calls are recorded. Who is called about a visit is one whose visit was in the last days: tests/it/records/evidence.rs.
NOT_OFFERED = {
    "changePassword", "issueCredentials", "giveUndertaking", "getJoin", "createRecording", "listStaffRecordings",
    "putStaffRecordingContent", "linkRecording", "createListening", "getStaffRecordingContent", "flagRecording", "destroyRecording",
    "listRecordings", "getRecordingContent", "callForFeedback",
}
# A stream that is accepted has no end to wait for: as nobody alone, who is refused.
ENDLESS = {"listenEvents"}
# Left out: positive_data_acceptance, for a valid form may still be refused by a rule (a slot that isn't offered, an ETag that
# is over); the rest needs links between operations, which the contract doesn't declare.
CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method",
    "allow_header_conformance", "ignored_auth",
]


class Role:
    """One run of Schemathesis: as whom, over which operations, and what came of it."""

    def __init__(self, name, town, options):
        self.name, self.options = name, options
        self.folder = town.server.folder / f"as-{name}"
        self.folder.mkdir()
        self.setup = json.loads(town.describe()) | {"seed": SEED}
        self.answers, self.output, self.code = Counter(), "", None

    def run(self, town, plan):
        engine, base = town.server.engine, town.server.base
        setup, answers = self.folder / "setup.json", self.folder / "answers"
        setup.write_text(json.dumps(self.setup | {"recipes": plan}), encoding="utf-8")
        answers.touch()
        env = os.environ | {
            "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "FELDSHER_FUZZ_SETUP": str(setup),
            "FELDSHER_FUZZ_ANSWERS": str(answers),
        }
        command = [
            os.environ["FELDSHER_TEST_SCHEMATHESIS"], "--config-file", str(HERE / "schemathesis.toml"), "run", f"{base}/openapi.json", "--url", base, "--seed", str(SEED),
            "--max-examples", str(EXAMPLES[engine]), "--phases", PHASES[engine], "--generation-database", "none", "--no-color",
            "--warnings", "off", "--suppress-health-check", "all", "--continue-on-failure", "--request-timeout", "20",
            *self.options,
        ]
        began = time.monotonic()
        done = subprocess.run(command, cwd=self.folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.code, self.output = done.returncode, done.stdout
        self.answers.update(tuple(json.loads(line)) for line in answers.read_text().splitlines())
        print(f"  {engine} as {self.name}: {self.answers.total()} requests, {time.monotonic() - began:.0f} s", flush=True)
        return self


def all_roles(town):
    """Nobody over everything; each role over what it may do and what leaves it signed in, for what it may not do is the
    door test's; then what ends a session or an account, with tokens of its own."""
    apart = set(town.apart)
    for name in ROLES:
        token = town.tokens.get(name)
        chosen = ["--header", f"Authorization: Bearer {token}", *only(may(name) - apart - ENDLESS)] if token else without(apart)
        role = Role(name, town, [*chosen, "--checks", ",".join(CHECKS)])
        role.setup["apart"] = {}
        yield role
    # Here the hooks sign in, of which Schemathesis knows nothing.
    yield Role("leaving", town, [*only(apart), "--checks", ",".join(check for check in CHECKS if check != "ignored_auth")])


def only(operations):
    return [word for operation in sorted(operations) for word in ("--include-operation-id", operation)]


def without(operations):
    return [word for operation in sorted(operations) for word in ("--exclude-operation-id", operation)]


def faults_of(engine, folder):
    faults = []
    pg_log = pathlib.Path(os.environ.get("FELDSHER_TEST_PGLOG", os.devnull))
    pg_began = pg_log.stat().st_size
    with Server(engine, folder) as server:
        town = Town(server)
        contract = requests.get(f"{server.base}/openapi.json", timeout=20).json()
        plan = recipes(contract, town.names)
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            roles = list(pool.map(lambda role: role.run(town, plan), all_roles(town)))
        for role in roles:
            if role.code != 0:
                faults.append(f"as {role.name}, Schemathesis ended with {role.code}:\n{role.output}")
        faults += unreached(contract, roles)
        server.stop()
        faults += told(town, "the server's log", server.log.read_bytes())
        if engine == "postgres" and pg_log.is_file():
            faults += told(town, "PostgreSQL's log", pg_log.read_bytes()[pg_began:])
    return faults


def unreached(contract, roles):
    """Operations that nobody reached with success, and those that ever answered 5xx."""
    answers = sum((role.answers for role in roles), Counter())
    known = {operation["operationId"] for item in contract["paths"].values() for operation in item.values()}
    reached = {operation for operation, status in answers if 200 <= status < 300} | DONE_BY_TOWN | SIGNED | NOT_OFFERED | NOT_REACHED
    for operation in sorted(known - reached):
        got = {status: count for (of, status), count in sorted(answers.items()) if of == operation}
        yield f"{operation} was never reached with success: {got or 'never called'}"
    for (operation, status), count in sorted(answers.items()):
        if status >= 500:
            yield f"{operation} answered {status}, {count} times"


def told(town, where, log):
    """Personal data and panics in a log. What was found is told by its place alone."""
    for number, line in enumerate(log.decode(errors="replace").splitlines(), start=1):
        if "panicked" in line:
            yield f"{where}, line {number}: {line}"
        for index, secret in enumerate(town.secrets):
            if secret in line:
                yield f"{where}, line {number}: secret {index} of the town: {line.replace(secret, '(here)')}"


def main():
    engines = ["sqlite"]
    if os.environ.get("FELDSHER_TEST_POSTGRES"):
        engines.append("postgres")
    else:
        print("not on PostgreSQL: FELDSHER_TEST_POSTGRES is not set")
    code = 0
    for engine in engines:
        with tempfile.TemporaryDirectory(prefix="feldsher-fuzz-") as folder:
            faults = list(faults_of(engine, folder))
        print(f"{engine}: {len(faults)} faults")
        for fault in faults:
            print(f"FAULT on {engine}: {fault}\n")
        code = code or (1 if faults else 0)
    return code


if __name__ == "__main__":
    sys.exit(main())
