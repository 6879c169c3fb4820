# SPDX-License-Identifier: MIT
"""What can be said of the packages without building them."""
import fnmatch
import os
import re
import subprocess

from packages.place import TOP, need, read, run

# As on a system where sbin is not merged; what is between braces in the spec.
MACROS = {"_sbindir": "/usr/sbin", "_bindir": "/usr/bin", "_libdir": "/usr/lib/x", "_libexecdir": "/usr/libexec",
          "_includedir": "/usr/include", "_datadir": "/usr/share", "_mandir": "/usr/share/man", "_sysconfdir": "/etc",
          "_unitdir": "/usr/lib/systemd/system", "_udevrulesdir": "/usr/lib/udev/rules.d"}
# What options of the build add: scripts/check-units.py looks at those.
CHOSEN = ("/usr/sbin/qemu-ga", "/usr/lib/systemd/system/qemu-guest-agent.service")
MAINTAINER_SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "init")


def test_one_version_everywhere(place):
    found = {
        "debian/changelog": re.match(r"virtagent \(([^)]+)\)", read("debian/changelog"))[1],
        "virtagent.spec": re.search(r"^Version: +(\S+)", read("packaging/rpm/virtagent.spec"), re.M)[1],
        "virtagent.spec, changelog": re.search(r"> - ([^-\n]+)-", read("packaging/rpm/virtagent.spec"))[1],
        "APKBUILD": re.search(r"^pkgver=(\S+)", read("packaging/alpine/APKBUILD"), re.M)[1],
        "NEWS.md": re.search(r"^## (\S+)", read("NEWS.md"), re.M)[1],
    }
    assert set(found.values()) == {place.version}, (place.version, found)


def test_symbols_are_those_of_the_library(place):
    exported = set(re.findall(r"\bqgac_\w+", read("src/client/qgaclient.map")))
    listed = set(re.findall(r"^ (qgac_\w+)@QGACLIENT_0 ", read("debian/libqgaclient0.symbols"), re.M))
    assert exported == listed, exported ^ listed


def test_installed_files(place):
    """Exactly these, programs and hooks executable, nothing writable by others."""
    wanted = set(read("tests/packages/layout.txt").split())
    assert set(place.installed) == wanted, set(place.installed) ^ wanted
    for path, file in place.installed.items():
        if not file.is_symlink():
            mode = file.stat().st_mode & 0o777
            executable = re.match(r"/usr/s?bin/|/usr/libexec/|.*\.so\.\d|.*/freeze-hook$", path)
            assert mode == (0o755 if executable else 0o644), (path, oct(mode))


def spec_files():
    """Patterns of all %files sections, macros replaced."""
    spec = read("packaging/rpm/virtagent.spec")
    sections = re.split(r"^%files.*\n", spec, flags=re.M)[1:]
    lines = [line for part in sections for line in re.split(r"^%changelog", part, flags=re.M)[0].splitlines()]
    paths = [line.split()[-1] for line in lines if line.startswith(("%{", "%dir"))]
    return [re.sub(r"%\{(\w+)\}", lambda m: MACROS.get(m[1], m[0]), path) for path in paths]


def test_rpm_spec(place):
    """rpm understands it; its lists name everything that is installed, and nothing else."""
    need("rpmspec")
    text = run("rpmspec", "-P", TOP / "packaging/rpm/virtagent.spec")
    assert len(re.findall(r"^%files", text, re.M)) == 6, text
    names = run("rpmspec", "-q", "--qf", "%{name} %{version}\n", TOP / "packaging/rpm/virtagent.spec").split("\n")
    assert sorted(name.split()[0] for name in names if name) == [
        "libqgaclient", "libqgaclient-devel", "vactl", "virtagent", "virtagent-qemu-ga", "virtagent-selinux"], names
    patterns = spec_files()
    missed = [path for path in place.installed if not any(
        fnmatch.fnmatch(path, pattern) or path.startswith(pattern) and pattern.endswith("/") for pattern in patterns)]
    assert not missed, missed
    made = [*place.installed, *CHOSEN, "/etc/virtagent", "/etc/virtagent/freeze.d", "/usr/share/selinux/packages/virtagent.pp.bz2",
            "/usr/share/virtagent", "/usr/libexec/virtagent"]
    unknown = [p for p in patterns if not any(fnmatch.fnmatch(path, p) or path.startswith(p) and p.endswith("/") for path in made)]
    assert not unknown, unknown


def test_alpine_recipe(place):
    """It parses, has what abuild requires, and moves what is installed."""
    need("shellcheck")
    recipe = TOP / "packaging/alpine/APKBUILD"
    run("sh", "-n", recipe)
    # variables are for abuild, and set by it
    run("shellcheck", "-s", "sh", "-e", "SC2034,SC2154", recipe)
    script = f'. "{recipe}"; for v in pkgname pkgver pkgrel pkgdesc url arch license makedepends source builddir; do eval "echo $v=\\$$v"; done; ' \
        'echo "subpackages=$subpackages" | tr -s "\\n\\t" "  "'
    values = dict(line.split("=", 1) for line in run("sh", "-euc", script, env={**os.environ, "srcdir": "/src", "pkgdir": "/pkg"}).splitlines())
    assert all(values.values()), values
    functions = set(re.findall(r"^(\w+)\(\) \{", read("packaging/alpine/APKBUILD"), re.M))
    assert {"build", "check", "package"} <= functions
    for sub in values["subpackages"].split():
        name, function, *_ = [*sub.split(":"), ""]
        standard = name.endswith(("-doc", "-openrc", "-dev"))
        assert standard or (function or name) in functions, sub
    for path in re.findall(r"amove (.+)", read("packaging/alpine/APKBUILD")):
        for one in path.split():
            pattern = "/" + one.replace("usr/lib/libq", "usr/lib/x/libq")
            assert any(fnmatch.fnmatch(p, pattern) or p.startswith(pattern) for p in (*place.installed, *CHOSEN)), one


def test_options_of_the_recipes(place):
    """Every -D of a recipe is an option of the build."""
    known = set(re.findall(r"^option\('(\w+)'", read("meson_options.txt"), re.M))
    for file in ("debian/rules", "packaging/rpm/virtagent.spec", "packaging/alpine/APKBUILD", "scripts/build-static"):
        used = set(re.findall(r" -D([a-z_0-9]+)=", read(file))) - {"buildtype", "optimization", "c_args", "c_link_args"}
        assert used and used <= known, (file, used - known)


def test_scripts_of_the_packages(place):
    need("shellcheck")
    scripts = [p for p in (TOP / "debian").iterdir() if p.suffix[1:] in MAINTAINER_SCRIPTS]
    scripts += [TOP / "debian/fsfreeze-hook", *(TOP / "scripts" / n for n in ("version", "build-deb", "build-static", "make-dist"))]
    scripts += [p for p in (TOP / "debian/tests").iterdir() if p.name != "control"]
    assert len(scripts) > 10
    for script in scripts:
        run("sh", "-n", script)
        run("shellcheck", "-s", "sh", script)


def hook(directory, word):
    return subprocess.run(["sh", directory / "fsfreeze-hook", word], capture_output=True, text=True, check=False)


def test_hook_dispatcher(place):
    """Calls what is executable, in order, without leftovers, and goes on after a failure, as the packaged script does."""
    directory = place.scratch / "hooks"
    (directory / "d").mkdir(parents=True)
    text = read("debian/fsfreeze-hook").replace("/etc/qemu/fsfreeze-hook.d", f"{directory}/d") \
        .replace("/var/log/qga-fsfreeze-hook.log", f"{directory}/log")
    (directory / "fsfreeze-hook").write_text(text)
    for name, mode in (("20-second", 0o755), ("10-first", 0o755), ("30-not", 0o644), ("40.dpkg-old", 0o755), ("50~", 0o755)):
        (directory / "d" / name).write_text(f"#!/bin/sh\necho {name} $1\nexit 3\n")
        (directory / "d" / name).chmod(mode)
    for word in ("freeze", "thaw"):
        assert hook(directory, word).returncode == 0
    said = re.findall(r"^[\d~]\S* (?:freeze|thaw)$", (directory / "log").read_text(), re.M)
    assert said == ["10-first freeze", "20-second freeze", "10-first thaw", "20-second thaw"], said
    assert "status 3" in (directory / "log").read_text()


def test_selinux_module(place):
    """It compiles; a misspelt interface would not."""
    need("checkmodule", "semodule_package", "m4")
    assert os.path.exists("/usr/share/selinux/devel/Makefile"), "selinux-policy-dev is not installed"
    source = TOP / "packaging/selinux"
    run("make", "-s", "-C", source, f"OUT={place.scratch}/selinux")
    assert (place.scratch / "selinux/virtagent.pp.bz2").stat().st_size > 1000
    broken = place.scratch / "broken"
    broken.mkdir()
    for file in source.iterdir():
        (broken / file.name).write_text(file.read_text().replace("dev_rw_sysfs(", "dev_rw_sysfss("))
    assert subprocess.run(["make", "-s", "-C", broken], capture_output=True, check=False).returncode != 0
    contexts = read("packaging/selinux/virtagent.fc")
    for path in ("/usr/sbin/virtagent", "/etc/virtagent/freeze.d/x", "/run/qga.state", "/run/virtagent.sock", "/run/virtagent-programs-1.7"):
        assert any(re.fullmatch(line.split()[0], path) for line in contexts.splitlines() if line[:1] == "/"), path


def test_archive_is_the_same_everywhere(place):
    """From a clone elsewhere, with another umask, zone and configuration of git."""
    first = place.archive.read_bytes()
    clone = place.scratch / "clone"
    run("git", "clone", "--quiet", "--shared", TOP, clone)
    run("git", "-C", clone, "checkout", "--quiet", "--detach", run("git", "-C", TOP, "rev-parse", "HEAD").strip())
    (place.scratch / "gitconfig").write_text("[tar]\numask = 0077\n[core]\nautocrlf = true\n")
    env = {**os.environ, "TZ": "Asia/Tokyo", "GIT_CONFIG_GLOBAL": str(place.scratch / "gitconfig"), "XZ_DEFAULTS": "--threads=2"}
    run("sh", "-c", f"umask 077; exec {clone}/scripts/make-dist {place.scratch}/again", env=env)
    assert (place.scratch / "again" / place.archive.name).read_bytes() == first
    run("sha256sum", "-c", place.archive.name + ".sha256", cwd=place.archive.parent)
    run("sha512sum", "-c", place.archive.name + ".sha512", cwd=place.archive.parent)


def test_archive_has_the_tree(place):
    listed = set(run("git", "-C", TOP, "ls-tree", "-r", "--name-only", "HEAD").splitlines())
    got = {str(p.relative_to(place.unpacked)) for p in place.unpacked.rglob("*") if p.is_symlink() or p.is_file()}
    assert got == listed, got ^ listed
