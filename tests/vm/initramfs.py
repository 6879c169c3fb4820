# SPDX-License-Identifier: MIT
"""The guest's root filesystem: a cpio archive written here, so that neither root nor cpio is
needed.

It is not compressed (unpacking would run on an emulated processor) and made anew for every boot:
writing 10 MB takes less time than finding out whether an old one is still right.
"""
import re
import subprocess
from pathlib import Path, PurePosixPath

from . import fetch, kmod

HERE = Path(__file__).parent
DIRECTORIES = ("bin", "dev", "etc", "mnt", "proc", "root", "run", "sys", "tmp", "usr/sbin", "usr/bin",
               "var/log", "var/lib", "sbin", "lib/modules")


class Archive:
    """A cpio archive in the "newc" format."""

    def __init__(self):
        self.entries = {}

    def directory(self, path):
        path = PurePosixPath("/", path)
        for place in [*reversed(path.parents), path][1:]:
            self.entries.setdefault(str(place)[1:], (0o040755, b""))

    def add(self, path, mode, data):
        path = PurePosixPath("/", path)
        self.directory(path.parent)
        self.entries[str(path)[1:]] = (mode, data)

    def file(self, path, data, mode=0o644):
        self.add(path, 0o100000 | mode, data)

    def link(self, path, target):
        self.add(path, 0o120777, target.encode())

    def program(self, source, path):
        """A program of the host with the shared libraries it loads."""
        self.file(path, Path(source).read_bytes(), 0o755)
        for library, where in libraries(source):
            self.file(where, Path(library).read_bytes(), 0o755)

    def write(self, stream):
        entries = [*self.entries.items(), ("TRAILER!!!", (0, b""))]
        for number, (path, (mode, data)) in enumerate(entries, 1):
            name = path.encode() + b"\0"
            fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
            head = b"070701" + b"".join(b"%08X" % f for f in fields) + name
            stream.write(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))


    def unpack(self, directory):
        """The same as a tree of plain files; knows no links, programs have none."""
        for path, (mode, data) in self.entries.items():
            place = Path(directory, path)
            if mode & 0o040000:
                place.mkdir(parents=True)
            else:
                place.write_bytes(data)
                place.chmod(mode & 0o777)


def program_tree(directory, programs):
    """Puts programs into `directory`/usr/sbin and their libraries where they are looked for."""
    archive = Archive()
    add_programs(archive, programs)
    archive.unpack(directory)


def libraries(program):
    """Pairs (file here, path in the guest) of the libraries and the loader a program needs."""
    path = ":".join(fetch.library_path(program))
    done = subprocess.run(["ldd", program], capture_output=True, text=True,
                          env={"LD_LIBRARY_PATH": path, "PATH": "/usr/bin:/bin", "LC_ALL": "C"})
    if done.returncode:
        return []  # linked statically
    if "not found" in done.stdout:
        raise FileNotFoundError(f"{program}: " + "; ".join(re.findall(r"\S+ => not found", done.stdout)))
    found = re.findall(r"(/\S+) \(0x", done.stdout)
    home = next((str(Path(f).parent) for f in found if "/libc.so" in f), "/lib")
    cache = str(fetch.cache_dir())
    return [(f, f"{home}/{Path(f).name}" if f.startswith(cache) else f) for f in found]


def build(target, programs=(), modules=(), files=None, kernel="kernel"):
    """Writes the archive: programs go to /usr/sbin, files is {path in the guest: bytes or host file}."""
    archive = Archive()
    for directory in DIRECTORIES:
        archive.directory(directory)
    add_busybox(archive)
    add_modules(archive, modules, kernel)
    add_programs(archive, programs)
    for path, content in (files or {}).items():
        if isinstance(content, bytes):
            archive.file(path, content)
        else:
            archive.file(path, Path(content).read_bytes(), Path(content).stat().st_mode & 0o777)
    with open(target, "wb") as stream:
        archive.write(stream)


def add_programs(archive, programs):
    for program in programs:
        archive.program(program, f"usr/sbin/{Path(program).name}")


def add_busybox(archive):
    busybox = fetch.busybox()
    archive.file("bin/busybox", busybox.read_bytes(), 0o755)
    for applet in subprocess.run([busybox, "--list"], capture_output=True, text=True).stdout.split():
        if applet != "busybox":
            archive.link(f"bin/{applet}", "busybox")
    archive.file("init", (HERE / "guest-init").read_bytes(), 0o755)
    archive.file("bin/shell-server", (HERE / "guest-shell").read_bytes(), 0o755)
    archive.file("bin/link-ports", (HERE / "guest-link-ports").read_bytes(), 0o755)
    archive.file("etc/inittab", b"::respawn:/bin/shell-server\n")
    archive.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    archive.file("etc/group", b"root:x:0:\n")


def add_modules(archive, names, kernel):
    order = kmod.load_order(fetch.kernel_modules(kernel), names)
    for module, _ in order:
        archive.file(f"lib/modules/{module.name}", module.read_bytes())
    archive.file("etc/modules", "".join(f"{m.name} {parameters}\n" for m, parameters in order).encode())
