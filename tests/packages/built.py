# SPDX-License-Identifier: MIT
"""Packages and programs that are built for it: minutes."""
import hashlib
import os
import re
import shutil
import subprocess

from packages.place import TOP, need, run

STATIC_BYTES_MAX = 768 << 10


def build_debs(source, into):
    run(source / "scripts/build-deb", into)
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(into.glob("*.deb"))}


def test_debian_packages_are_reproducible(place):
    """From the release archive, twice, in folders of different names and with another zone and umask."""
    need("dpkg-buildpackage", "dh")
    first = build_debs(place.unpacked, place.scratch / "debs")
    elsewhere = place.scratch / "a longer name" / "tree"
    shutil.copytree(place.unpacked, elsewhere, symlinks=True)
    os.environ["TZ"], mask = "Asia/Tokyo", os.umask(0o027)
    try:
        second = build_debs(elsewhere, place.scratch / "debs-again")
    finally:
        del os.environ["TZ"]
        os.umask(mask)
    assert first == second, [name for name in first if first[name] != second.get(name)]
    names = {name.split("_")[0] for name in first if "-dbgsym" not in name}
    assert names == {"virtagent", "virtagent-qemu-ga", "vactl", "libqgaclient0", "libqgaclient-dev"}, names


def test_lintian(place):
    """Nothing but what the overrides give a reason for."""
    need("lintian")
    changes = next((place.scratch / "debs").glob("*.changes"))
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", changes], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not re.search(r"^[EW]: ", done.stdout, re.M), done.stdout + done.stderr


def test_client_builds_with_the_packages(place):
    """The autopkgtest of the library, with packages that are unpacked instead of installed."""
    root = place.scratch / "unpacked-debs"
    for deb in (place.scratch / "debs").glob("*.deb"):
        if "-dbgsym" not in deb.name:
            run("dpkg-deb", "-x", deb, root)
    machine = run("gcc", "-print-multiarch").strip()
    tmp = place.scratch / "autopkgtest"
    tmp.mkdir()
    env = {**os.environ, "AUTOPKGTEST_TMP": str(tmp), "PKG_CONFIG_SYSROOT_DIR": str(root), "LD_LIBRARY_PATH": f"{root}/usr/lib/{machine}",
           "PKG_CONFIG_PATH": f"{root}/usr/lib/{machine}/pkgconfig", "PATH": f"{root}/usr/bin:{root}/usr/sbin:{os.environ['PATH']}"}
    for name in ("build-client", "answers"):
        run("sh", TOP / "debian/tests" / name, env=env, timeout=120)


def test_rpm_lint(place):
    need("rpmlint")
    said = subprocess.run(["rpmlint", TOP / "packaging/rpm/virtagent.spec"], capture_output=True, text=True, check=False).stdout
    # the archive is made here and not fetched; names of libraries and the missing tag are customs of other distributions
    known = r"no-buildroot-tag|lib-package-without-%mklibname|invalid-url Source0: virtagent-"
    left = [line for line in said.splitlines() if re.search(r": [EW]: ", line) and not re.search(known, line)]
    assert "0 packages and 1 specfiles checked" in said and not left, left


def test_static_agent(place):
    need("musl-gcc", "file")
    cache = os.environ.get("VIRTAGENT_CACHE") or place.build / "cache"
    run(TOP / "scripts/build-static", place.build / "static", cache)
    agent = place.build / "static" / "virtagent"
    about = run("file", "-b", agent)
    assert "static-pie linked" in about and about.strip().endswith(", stripped"), about
    assert agent.stat().st_size <= STATIC_BYTES_MAX, agent.stat().st_size
    assert place.version in run(agent, "--version")
    print(f"     {agent.stat().st_size} bytes")
