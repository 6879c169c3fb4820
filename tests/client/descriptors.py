# SPDX-License-Identifier: MIT
"""vactl started with some of the first three descriptors closed, or with a standard output that takes nothing."""
import subprocess
import tempfile
from pathlib import Path

import harness
from exec_copy import RealAgent
from harness import FAILED, OK, PATIENCE, USAGE, check, environment, test
from verbs import OWN


def without(closed, a, *words, program="vactl"):
    """The result with "<&-" and the like behind the command."""
    command = [harness.VACTL, "-s", str(a.path), *map(str, words)]
    return subprocess.run(["sh", "-c", f'"$@" {closed}', program, *command], capture_output=True, timeout=PATIENCE,
                          env=environment(), stdin=subprocess.DEVNULL)


@test
def closed_descriptors():
    """No file or socket of vactl takes their place: what is read there is nothing, and what is written goes nowhere."""
    with RealAgent() as a, tempfile.TemporaryDirectory() as d:
        r = without("<&-", a, "exec", "cat")
        check(r.returncode == OK and not r.stdout and not r.stderr, r)
        check(without("<&-", a, "raw", "-").returncode == USAGE, "no request")
        for words in (["status"], ["load"], ["ping"], ["--help"], ["completion", "bash"]):
            a.replies["guest-fsfreeze-status"] = b'{"return": "thawed"}'
            a.replies["guest-get-load"] = b'{"return": {"load1m": 1, "load5m": 2, "load15m": 3}}'
            r = without(">&-", a, *words)
            check(r.returncode == FAILED and r.stderr == b"vactl: cannot write the output: Bad file descriptor\n", words, r)
        check(without(">&- 2>&-", a, "exec", "echo", "x").returncode == OWN, "exec")
        check(without("<&- >&- 2>&-", a, "ping", "-q").returncode == OK, "nothing to read and to say")
        (Path(d) / "f").write_text("contents\n")
        check(without("<&- >&- 2>&-", a, "cp", f"{d}/f", f":{d}/g").returncode == OK, "cp")
        check(without("<&- >&- 2>&-", a, "cp", "-v", f":{d}/g", f"{d}/h").returncode == FAILED, "what -v says is lost")
        for name in "gh":
            check((Path(d) / name).read_text() == "contents\n", name)
        check(without("<&- 2>&-", a, "exec", "/nonexistent").returncode == OWN, "an error that nobody sees")
        check(all(line.startswith(b'{"execute"') for line in a.raw), a.raw)


@test
def output_that_is_not_taken():
    with RealAgent() as a:
        r = without(">/dev/full", a, "exec", "-n", "head", "-c", "100000", "/dev/zero")
        check(r.returncode == OWN and r.stderr == b"vactl: cannot write the output: No space left on device\n", r)
