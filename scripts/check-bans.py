#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fails on what the house style bans: calls in src/, licence lines, file names, blanks at the end of a line."""
import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent

# Calls that src/ does not make: a name, why, the files that may all the same.
BANNED = [
    (r"v?[fs]?w?scanf", "parse with base/num.h", ()),
    (r"ato(?:i|l|ll|f)", "parse with base/num.h", ()),
    (r"strto(?:l|ul|ll|ull|q|uq|imax|umax)", "parse with base/num.h", ("src/base/num.c",)),
    (r"v?sprintf", "use snprintf", ()),
    (r"strcpy|stpcpy|strcat", "copy with a length", ()),
    (r"alloca|strdupa|strndupa", "the stack has no error to report", ()),
    (r"system|popen", "no shell", ()),
]
ASSERT = re.compile(r"\bassert\s*\(")
SIDE_EFFECT = re.compile(r"\+\+|--|(?<![=!<>])=(?!=)|\b(?:free|close|read|write|malloc|calloc|realloc)\s*\(")

# Files with a licence line: by suffix, by name, or because they are programs.
LICENSED_SUFFIXES = {".c", ".h", ".py", ".sh", ".build", ".t", ".map"}
LICENSED_NAMES = {"Makefile", "meson_options.txt"}
LICENCE = re.compile(r"^(?:#|/\*|//|<!--)[ \t]*SPDX-License-Identifier: MIT\b", re.M)
LICENCE_LINES = 3  # it stands in one of the first lines

BAD_STEM = re.compile(r"(?:utils?|misc|common|helpers?)")
# Inputs and expected outputs are bytes, not text of ours.
DATA = re.compile(r"tests/(?:fuzz/corpus|schema/.*expected|roots)/")


def without_comments_and_strings(text):
    """C text with these blanked, lines kept."""
    def blank(found):
        return re.sub(r"[^\n]", " ", found[0])
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def argument(text, start):
    """The text up to the bracket that closes the one before start."""
    depth, end = 1, start
    while end < len(text) and depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    return text[start:end - 1]


def check_calls(name, text):
    code = without_comments_and_strings(text)
    for pattern, instead, exempt in BANNED:
        if name in exempt:
            continue
        for found in re.finditer(rf"(?<![\w.>])(?:{pattern})\s*\(", code):
            yield f"{name}:{line_of(code, found.start())}: {found[0].rstrip('( ')}() is banned: {instead}"
    for found in ASSERT.finditer(code):
        if SIDE_EFFECT.search(argument(code, found.end())):
            yield f"{name}:{line_of(code, found.start())}: assert() with a side effect"


def is_licensed(name, text):
    path = Path(name)
    return path.suffix in LICENSED_SUFFIXES or path.name in LICENSED_NAMES or text.startswith("#!")


def check_licence(name, text):
    lines = [line_of(text, found.start()) for found in LICENCE.finditer(text)]
    if len(lines) != 1 or lines[0] > LICENCE_LINES:
        yield f"{name}: {len(lines)} licence lines at the beginning of a line, expected one on top"


def check_blanks(name, text):
    for found in re.finditer(r"[ \t\r]+$", text, re.M):
        yield f"{name}:{line_of(text, found.start())}: blanks at the end of the line"
    if text and not text.endswith("\n"):
        yield f"{name}: no line feed at the end"


def check_file(top, name):
    if BAD_STEM.fullmatch(Path(name).stem.lower()):
        yield f"{name}: name it after what it is about"
    if DATA.match(name):
        return
    try:
        text = (top / name).read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return  # an image, an archive
    if re.match(r"(?:src|include)/.*\.[ch]$", name):
        yield from check_calls(name, text)
    if is_licensed(name, text):
        yield from check_licence(name, text)
    yield from check_blanks(name, text)


def files_of(top):
    """What git knows or would take; everything when there is no git (an unpacked archive)."""
    command = ["git", "-C", str(top), "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return sorted(n for n in result.stdout.split("\0") if n and (top / n).is_file())
    except FileNotFoundError:
        pass
    return sorted(str(p.relative_to(top)) for p in top.rglob("*")
                  if p.is_file() and not re.match(r"(?:build[^/]*|\.git)(?:/|$)", str(p.relative_to(top))))


def check(top):
    return [complaint for name in files_of(top) for complaint in check_file(top, name)]


HEAD = "/* SPDX-License-Identifier: MIT */\n"
# A file, its text, how many complaints are due.
SELF_TEST = [
    ("src/a/x.c", HEAD + "int x;\n", 0),
    ("src/a/x.c", "int x;\n", 1),
    ("src/a/x.c", HEAD + HEAD, 1),
    ("src/a/x.c", "\n\n\n" + HEAD, 1),
    ("src/a/x.c", HEAD + "int x; \n", 1),
    ("src/a/x.c", HEAD + "int x;\r\n", 1),
    ("src/a/x.c", HEAD + "int x;", 1),
    ("src/a/util.c", HEAD, 1),
    ("src/a/helpers.h", HEAD, 1),
    ("src/a/utility.c", HEAD, 0),
    ("src/a/x.c", HEAD + "n = sscanf(s, \"%d\", &v);\n", 1),
    ("src/a/x.c", HEAD + "n = atoi(s); m = atol (s);\n", 2),
    ("src/a/x.c", HEAD + "n = strtoul(s, NULL, 0);\n", 1),
    ("src/base/num.c", HEAD + "n = strtoul(s, NULL, 0);\n", 0),
    ("src/a/x.c", HEAD + "d = strtod(s, NULL);\n", 0),
    ("src/a/x.c", HEAD + "sprintf(b, \"x\"); vsprintf(b, \"x\", ap); snprintf(b, 1, \"x\");\n", 2),
    ("src/a/x.c", HEAD + "strcpy(a, b); strcat(a, b); my_strcpy(a, b);\n", 2),
    ("src/a/x.c", HEAD + "p = alloca(5); system(\"x\"); popen(\"x\", \"r\");\n", 3),
    ("src/a/x.c", HEAD + "/* system(3) and sprintf() */ s = \"atoi(x)\"; c = '\"';\n", 0),
    ("src/a/x.c", HEAD + "ops->system(x); s.popen(y);\n", 0),
    ("tests/unit/x.c", HEAD + "sprintf(b, \"x\");\n", 0),
    ("src/a/x.c", HEAD + "assert(x == 1 && y >= 2 && f(3) != 4);\n", 0),
    ("src/a/x.c", HEAD + "assert(x = 1);\nassert(n++ < 3);\nassert(close(fd) == 0);\n", 3),
    ("scripts/run", "#!/bin/sh\necho\n", 1),
    ("scripts/run", "#!/bin/sh\n# SPDX-License-Identifier: MIT\necho\n", 0),
    ("scripts/x.py", "# SPDX-License-Identifier: MIT\nTEXT = '/* SPDX-License-Identifier: MIT */'\n", 0),
    ("notes.txt", "text\n", 0),
    ("tests/fuzz/corpus/frame/x", "bytes  ", 0),
]


def self_test():
    failed = 0
    for name, text, want in SELF_TEST:
        with tempfile.TemporaryDirectory() as top:
            path = Path(top, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            complaints = check(Path(top))
        if len(complaints) != want:
            failed += 1
            print(f"{name}, {text!r}: {complaints}, expected {want}")
    print(f"{len(SELF_TEST) - failed} passed, {failed} failed")
    return failed > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    complaints = check(TOP)
    print("\n".join(complaints + [f"{len(complaints)} complaints"]))
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
