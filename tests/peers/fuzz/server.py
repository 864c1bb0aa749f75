"""A sandbox server of its own, on a free port, with everything that it writes to its log kept."""

import glob
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "feldsher"


class Server:
    """Use it as a context: it stops with it, and its databases go."""

    def __init__(self, engine, folder):
        self.engine, self.folder = engine, pathlib.Path(folder)
        self.databases, self.process = [], None
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / "server.log"

    def __enter__(self):
        env = {name: value for name, value in os.environ.items() if not name.startswith("FELDSHER_")}
        env |= {
            "FELDSHER_LISTEN": f"127.0.0.1:{self.port}",
            "FELDSHER_DATA": str(self.folder / "data"),
            "FELDSHER_KEYS": str(self.folder / "keys"),
            "FELDSHER_PROFILE": str(self.profile()),
            "FELDSHER_LOG_LEVEL": "info,feldsher=debug",
        }
        if self.engine == "postgres":
            server = os.environ["FELDSHER_TEST_POSTGRES"]
            name = f"fuzz_{secrets.token_hex(8)}"
            for store in ("record", "register"):
                psql(server, f"CREATE DATABASE {name}_{store}")
                self.databases.append(f"{name}_{store}")
                env[f"FELDSHER_{store.upper()}_URL"] = f"{server}/{name}_{store}"
        with self.log.open("wb") as log:
            command = [BINARY, "serve", "--sandbox"]
            self.process = subprocess.Popen(command, cwd=self.folder, env=env, stdout=log, stderr=subprocess.STDOUT)
        self.wait()
        return self

    def __exit__(self, *_):
        self.stop()
        for name in self.databases:
            psql(os.environ["FELDSHER_TEST_POSTGRES"], f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise SystemExit("the server did not stop within 15 s")

    def wait(self):
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                if requests.get(f"{self.base}/readyz", timeout=1).ok:
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.1)
        raise SystemExit(f"the server does not start:\n{self.log.read_text()}")

    def claim_token(self):
        """The one-time token of the file that the server named at its start."""
        path = re.search(r"with the token in (.+) \(30 minutes\)", self.log.read_text()).group(1)
        return (self.folder / path).read_text().splitlines()[0]

    def profile(self):
        """The shipped profile without its limits on codes: everybody here calls from one address."""
        text = (ROOT / "profiles" / "ru-telemed.toml").read_text()
        path = self.folder / "profile.toml"
        path.write_text(re.sub(r"^(codes_per_hour_per_\w+) = .*$", r"\1 = 1000000", text, flags=re.MULTILINE))
        return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def psql(server, sql):
    candidates = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"), reverse=True)
    program = candidates[0] if candidates else shutil.which("psql")
    if program is None:
        raise SystemExit("psql is missing, so no database can be made")
    subprocess.run([program, "-qX", "-d", f"{server}/postgres", "-c", sql], check=True, stdout=subprocess.DEVNULL)
