# SPDX-License-Identifier: MIT
"""From fork and exec to the reply to a first ping on a unix socket.

The socket is on a tmpfs, as /run is: on a disk the journal costs more than the rest of the start.
"""
import os
import subprocess
import tempfile

from bench import Goal, Row, Samples, measurement
from bench.programs import ProgramError, program

START = Row("start to first reply", "ms", Goal(at_most=0.5, of="qemu-ga"), digits=2)
TMPFS = "/dev/shm"


def start_ms(agent):
    place = TMPFS if os.access(TMPFS, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="virtagent-b-", dir=place) as directory:
        os.chmod(directory, 0o777)  # the agent is nobody
        sock = os.path.join(directory, "sock")
        argv = [word.replace("{sock}", sock).replace("{dir}", directory) for word in agent.argv]
        done = subprocess.run([program("starter"), sock, *argv], env={**os.environ, **agent.env},
                              capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProgramError(f"starter: status {done.returncode}: {done.stderr.strip()[-300:]}")
    return int(done.stdout) / 1e6


@measurement(START)
def start(session):
    samples = Samples()
    for order in session.rounds(100, 15, "starts"):
        for agent in order:
            samples.add(agent.name, start_ms(agent))
    return {START.name: samples}
