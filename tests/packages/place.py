# SPDX-License-Identifier: MIT
"""Where the tests work, and what several of them need."""
import functools
import shutil
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


class Skip(Exception):
    pass


def run(*command, **how):
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **how)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: status {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}"
    return done.stdout


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Skip(f"no {program}: scripts/install-deps")


def read(path):
    return (TOP / path).read_text(encoding="utf-8")


class Place:
    def __init__(self, build, scratch):
        self.build, self.scratch = build, scratch

    @functools.cached_property
    def version(self):
        return run(TOP / "scripts/version").strip()

    @functools.cached_property
    def installed(self):
        """Every file and link that the build installs, by path, as with the prefix /usr and libraries in /usr/lib/x."""
        into = self.scratch / "installed"
        run("meson", "install", "-C", self.build, "--no-rebuild", "--destdir", into)
        files = {"/" + str(p.relative_to(into)): p for p in sorted(into.rglob("*")) if p.is_symlink() or not p.is_dir()}
        prefix = next(path for path in files if path.endswith("/bin/vactl"))[:-len("/bin/vactl")]
        libraries = next(path for path in files if path.endswith("/libqgaclient.so")).rsplit("/", 1)[0]
        return {path.replace(libraries, "/usr/lib/x").replace(prefix + "/", "/usr/"): file for path, file in files.items()}

    @functools.cached_property
    def archive(self):
        """The release archive of this commit."""
        if not (TOP / ".git").exists():
            raise Skip("not a git repository: this is a release already")
        need("git", "xz")
        run(TOP / "scripts/make-dist", self.scratch / "dist")
        return self.scratch / "dist" / f"virtagent-{self.version}.tar.xz"

    @functools.cached_property
    def unpacked(self):
        run("tar", "-xf", self.archive, "-C", self.scratch)
        return self.scratch / f"virtagent-{self.version}"
