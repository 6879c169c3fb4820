# SPDX-License-Identifier: MIT
"""Small C programs for the guest that lie beside this file, compiled when they are newer than what is there."""
import os
import shlex
import subprocess
from pathlib import Path

from .fetch import TOP

HERE = Path(__file__).resolve().parent


def compiled(name):
    """A program, or a library to be loaded first if the name ends with .so."""
    source, target = HERE / f"{name.removesuffix('.so')}.c", TOP / "build" / "vm" / name
    shared = ["-shared", "-fPIC"] if name.endswith(".so") else []
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        target.parent.mkdir(parents=True, exist_ok=True)
        compiler = shlex.split(os.environ.get("CC") or "cc")
        subprocess.run([*compiler, *shared, "-O1", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-o", target, source], check=True)
    return target
