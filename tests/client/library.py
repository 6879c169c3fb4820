# SPDX-License-Identifier: MIT
"""The library as others see it: headers, symbols, and the example of its manual."""
import re
import shutil
import subprocess
from pathlib import Path

import harness
from files import directory
from harness import TOP, Skip, check, test
from verbs import OS, agent

HEADERS = ("qgaclient.h", "qgaclient_calls.h")


def compiler(*names):
    for name in names:
        if shutil.which(name):
            return name
    raise Skip(f"none of {', '.join(names)}")


def flags():
    lib = Path(harness.VACTL).parent / "src" / "client"
    if not (lib / "qgaclient_calls.h").exists():
        raise Skip(f"no {lib}/qgaclient_calls.h")
    return ["-I", TOP / "include", "-I", lib, "-L", lib, f"-Wl,-rpath,{lib}"]


def declared():
    text = re.sub(r"/\*.*?\*/", "", (TOP / "include" / "qgaclient.h").read_text(), flags=re.S)
    text = re.sub(r"\btypedef\b[^;]*;", "", text)
    return set(re.findall(r"\b(qgac_[a-z0-9_]+)\(", text))


@test
def exported_symbols_are_those_of_the_header():
    listed = set(re.findall(r"^\t(qgac_\w+);", (TOP / "src/client/qgaclient.map").read_text(), re.M))
    check(listed == declared(), listed ^ declared())
    if shutil.which("nm"):
        libs = list((Path(harness.VACTL).parent / "src" / "client").glob("libqgaclient.so.*.*.*"))
        libs = [p for p in libs if p.is_file()]
        out = subprocess.run(["nm", "-D", "--defined-only", libs[0]], capture_output=True, text=True, check=True).stdout
        exported = {line.split()[2].split("@")[0] for line in out.splitlines()} - {"QGACLIENT_0"}
        check(exported == listed, exported ^ listed)


@test
def headers_in_strict_c_and_cxx():
    for cc, std, suffix in ((("cc", "gcc", "clang"), "-std=c99", "c"), (("c++", "g++", "clang++"), "-std=c++11", "cc")):
        try:
            cc = compiler(*cc)
        except Skip:
            continue  # C is always there: it has built vactl
        for header in HEADERS:
            with directory() as d:
                (d / f"x.{suffix}").write_text(f"#include <{header}>\nint main(void) {{ return 0; }}\n")
                p = subprocess.run([cc, std, "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-c", "-o", d / "x.o",
                                    *flags(), d / f"x.{suffix}"], capture_output=True, text=True)
                check(p.returncode == 0, cc, header, p.stderr[:2000])


@test
def example_of_the_manual():
    page = (TOP / "docs/man/libqgaclient.3.scd").read_text()
    code = page.split("# EXAMPLE", 1)[1].split("```")[1].replace("\\\\", "\\")
    check(len(code.strip().splitlines()) <= 24, "longer than it should be")
    built = subprocess.run(["ldd", harness.VACTL], capture_output=True, text=True).stdout
    if "libasan" in built:
        raise Skip("a library with sanitizers cannot be linked into a program without")
    with directory() as d, agent({"guest-get-osinfo": OS}) as a:
        (d / "x.c").write_text(code)
        subprocess.run([compiler("cc", "gcc", "clang"), "-Wall", "-Wextra", "-Werror", "-o", d / "x", d / "x.c",
                        *flags(), "-lqgaclient"], check=True)
        r = subprocess.run([d / "x", a.path], capture_output=True, text=True, timeout=30)
        check(r.returncode == 0 and r.stdout == OS["pretty-name"] + "\n" and not r.stderr, r)
        r = subprocess.run([d / "x", "/nonexistent"], capture_output=True, text=True, timeout=30)
        check(r.returncode == 1 and r.stderr == "cannot connect\n", r)
