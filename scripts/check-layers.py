#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fails when a folder of src/ includes one that it may not know.

The arrows of docs/ARCHITECTURE.md as a table: a folder and what it may include. Only what a file itself includes
counts. Tests may include anything.
"""
import argparse
import re
import sys
import tempfile
from pathlib import Path

LOW = {"base", "json", "sys", "ipc", "log"}
# The folders of src/, what each may include besides itself. A folder that is not here is an error: give it its place.
MAY_INCLUDE = {
    "base": set(),
    "json": {"base"},
    "config": {"base"},
    "log": {"base"},
    "sys": {"base"},
    "ipc": {"base", "json"},
    "proto": LOW,
    "policy": LOW | {"config", "proto"},
    "cmd": LOW - {"json"} | {"config", "proto", "policy"},
    "transport": {"base", "sys"},
    "worker": LOW | {"config", "proto", "policy", "cmd"},
    "guard": {"base", "config", "ipc", "log", "sys"},
    "zygote": {"base", "config", "guard", "ipc", "log", "policy", "sys", "transport", "worker"},
    "front": LOW | {"config", "guard", "proto", "policy", "transport", "zygote"},
    "client": {"base", "json"},
    "cli": {"base", "json"},
    "bridge": {"base", "json"},
}
# Headers without a folder: our public one, what the build makes, and those of libraries that have one place only.
MAY_INCLUDE_HEADER = {
    re.compile(r"qgaclient\.h"): {"client", "cli"},
    re.compile(r"build_config\.h"): set(MAY_INCLUDE),
    re.compile(r"schema_\w+\.h"): {"proto", "policy", "cmd", "worker", "front"},
    re.compile(r"uv\.h"): {"front"},
}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def judge(folder, bracket, header):
    """What is wrong with this include, None."""
    for pattern, folders in MAY_INCLUDE_HEADER.items():
        if pattern.fullmatch(header):
            return None if folder in folders else f"{folder} may not include {header}"
    target = header.split("/")[0] if "/" in header else None
    # <sys/…> is the C library's
    if target in MAY_INCLUDE and (bracket, target) != ("<", "sys"):
        allowed = target == folder or target in MAY_INCLUDE[folder]
        return None if allowed else f"{folder} may not include {target} ({header})"
    if bracket == "<":
        return None
    return f"{header}: not the path of a header from src/"


def check(src):
    """All complaints about the tree below src, one line each."""
    complaints = []
    for path in sorted(src.rglob("*.[ch]")):
        shown = path.relative_to(src.parent)
        folder = path.relative_to(src).parts[0]
        if folder not in MAY_INCLUDE:
            complaints.append(f"{shown}: {folder} has no place in scripts/check-layers.py")
            continue
        text = path.read_text(encoding="utf-8")
        for found in INCLUDE.finditer(text):
            wrong = judge(folder, found[1], found[2])
            if wrong:
                line = text.count("\n", 0, found.start()) + 1
                complaints.append(f"{shown}:{line}: {wrong}")
    return complaints


# A file, one include, whether it is allowed.
SELF_TEST = [
    ("base/buf.c", '"base/buf.h"', True),
    ("base/buf.c", "<string.h>", True),
    ("base/buf.c", "<sys/stat.h>", True),
    ("base/buf.c", '"sys/stat.h"', False),
    ("base/buf.c", '"json/reader.h"', False),
    ("base/buf.c", '"buf.h"', False),
    ("json/reader.c", '"base/err.h"', True),
    ("json/reader.c", '"ipc/ring.h"', False),
    ("sys/clock.c", '"base/err.h"', True),
    ("sys/clock.c", '"json/reader.h"', False),
    ("sys/clock.c", '"schema_types.h"', False),
    ("ipc/ring.c", '"json/reader.h"', True),
    ("ipc/ring.c", '"proto/frame.h"', False),
    ("proto/frame.c", '"json/reader.h"', True),
    ("proto/frame.c", '"policy/policy.h"', False),
    ("proto/frame.c", '"front/queue.h"', False),
    ("policy/policy.c", '"proto/command.h"', True),
    ("policy/policy.c", '"cmd/time.h"', False),
    ("cmd/time.c", '"sys/clock.h"', True),
    ("cmd/time.c", '"schema_handlers.h"', True),
    ("cmd/time.c", '"json/writer.h"', False),
    ("cmd/time.c", '  "front/front.h"', False),
    ("transport/virtio.c", '"sys/root.h"', True),
    ("transport/virtio.c", '"proto/frame.h"', False),
    ("worker/worker.c", '"cmd/time.h"', True),
    ("worker/worker.c", '"front/front.h"', False),
    ("worker/worker.c", "<uv.h>", False),
    ("zygote/zygote.c", '"worker/worker.h"', True),
    ("zygote/zygote.c", '"proto/frame.h"', False),
    ("front/main.c", '"zygote/zygote.h"', True),
    ("front/main.c", "<uv.h>", True),
    ("front/main.c", '"worker/worker.h"', False),
    ("client/call.c", '"json/reader.h"', True),
    ("client/call.c", '"qgaclient.h"', True),
    ("client/call.c", '"proto/frame.h"', False),
    ("client/call.c", "<proto/frame.h>", False),
    ("cli/main.c", "<qgaclient.h>", True),
    ("cli/main.c", '"client/conn.h"', False),
    ("cli/list.c", '"json/writer.h"', True),
    ("cli/main.c", '"sys/root.h"', False),
    ("front/sub/deep.c", '"cmd/time.h"', False),
    ("newcomer/x.c", "<string.h>", False),
]


def self_test():
    """Each row in a tree of its own: a check that never complains would not pass."""
    failed = 0
    for name, include, allowed in SELF_TEST:
        with tempfile.TemporaryDirectory() as top:
            path = Path(top, "src", name)
            path.parent.mkdir(parents=True)
            path.write_text(f"/* a comment */\n#  include {include.strip()}\nint x;\n", encoding="utf-8")
            complaints = check(Path(top, "src"))
        if bool(complaints) == allowed:
            failed += 1
            print(f"{name}, {include}: {complaints}, expected {'none' if allowed else 'one'}")
    print(f"{len(SELF_TEST) - failed} passed, {failed} failed")
    return failed > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--src", type=Path, default=Path(__file__).resolve().parent.parent / "src")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    complaints = check(options.src)
    print("\n".join(complaints + [f"{len(complaints)} complaints"]))
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
