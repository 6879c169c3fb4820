#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fails when a header does not compile alone, or a source file does not include its own header first.

A header is compiled twice in one unit, so that a missing include guard shows.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
FLAGS = ["-x", "c", "-std=gnu11", "-fsyntax-only", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wundef", "-Werror"]
# Folders with headers, and what they need besides src/.
FOLDERS = {"src": [], "include": [], "tests/unit": ["tests/unit"], "tests/fuzz": ["tests/fuzz", "tests/unit"]}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)


def compile_alone(compiler, directories, header):
    """What the compiler says, '' when it is content."""
    text = f'#include "{header}"\n#include "{header}"\n'
    result = subprocess.run([*compiler, *FLAGS, *(f"-I{d}" for d in directories), "-"], input=text,
                            capture_output=True, text=True, check=False)
    return result.stderr if result.returncode else ""


def check_headers(top, build, compiler):
    generated = [build, build / "schema" / "daemon", top / "include", top / "src"]
    jobs = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for folder, more in FOLDERS.items():
            directories = [top / d for d in more] + generated
            for header in sorted((top / folder).rglob("*.h")):
                jobs.append((header, pool.submit(compile_alone, compiler, directories, header)))
    return [f"{header.relative_to(top)}: does not compile alone\n{job.result()}" for header, job in jobs if job.result()]


def check_first_include(top):
    complaints = []
    for path in sorted((top / "src").rglob("*.c")):
        own = path.with_suffix(".h")
        if not own.exists():
            continue
        want = str(own.relative_to(top / "src"))
        found = INCLUDE.search(path.read_text(encoding="utf-8"))
        if not found or found[1] != want:
            first = found[1] if found else "nothing"
            complaints.append(f'{path.relative_to(top)}: includes {first} first, not "{want}"')
    return complaints


def check(top, build, compiler):
    return check_headers(top, build, compiler) + check_first_include(top)


# Files of a small tree, and a word of each complaint that is due.
SELF_TEST = [
    ({"src/a/x.h": "#ifndef X\n#define X\nint x(void);\n#endif\n", "src/a/x.c": '#include "a/x.h"\n#include <a.h>\n'}, []),
    ({"src/a/x.h": "#ifndef X\n#define X\nsize_t x(void);\n#endif\n"}, ["alone"]),
    ({"src/a/x.h": "struct x { int a; };\n"}, ["alone"]),
    ({"src/a/x.h": "#ifndef X\n#define X\n#endif\n", "src/a/x.c": '#include <string.h>\n#include "a/x.h"\n'}, ["first"]),
    ({"src/a/x.h": "#ifndef X\n#define X\n#endif\n", "src/a/x.c": "int x;\n"}, ["first"]),
    ({"src/a/y.c": "#include <string.h>\n"}, []),
]


def self_test(compiler):
    failed = 0
    for files, want in SELF_TEST:
        with tempfile.TemporaryDirectory() as top:
            for name, text in files.items():
                path = Path(top, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            complaints = check(Path(top), Path(top, "build"), compiler)
        if len(complaints) != len(want) or any(w not in c for w, c in zip(want, complaints)):
            failed += 1
            print(f"{files}: {complaints}, expected {want}")
    print(f"{len(SELF_TEST) - failed} passed, {failed} failed")
    return failed > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--build", type=Path, default=TOP / "build")
    parser.add_argument("compiler", nargs="*", default=["gcc"])
    options = parser.parse_args()
    if options.self_test:
        return self_test(options.compiler)
    complaints = check(TOP, options.build.resolve(), options.compiler)
    print("\n".join(complaints + [f"{len(complaints)} complaints"]))
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
