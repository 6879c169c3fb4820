# SPDX-License-Identifier: MIT
"""A guest that lives as long as a `with` block: QEMU, its serial lines, its agent port, and the
agent in it.

The first serial line is the console (a log file), the second a root shell through which effects are
checked without asking the agent. QEMU gets its sockets for QMP and shell as open descriptors; only
agent ports have paths. It dies with the process that started it, whatever kills that one.
"""
import base64
import ctypes
import itertools
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import disk as disks_of
from . import fetch, initramfs
from . import layers as layers_of
from . import udev as udev_of
from .compiled import compiled as compile_one
from .qga import Client
from .qmp import Qmp, QmpError
from .shell import Shell, ShellError

PORT = "org.qemu.guest_agent.0"
AGENT_LOG = "/var/log/agent.log"
BOOT_SECONDS = 120
# No entropy is spent, no speculation is feared and no timer is doubted in a guest that lives for seconds.
KERNEL_OPTIONS = "console=ttyS0 quiet panic=-1 mitigations=off nokaslr no_timer_check tsc=reliable"


class GuestError(Exception):
    pass


class Guest:
    """Parameters

    agent      program to put into the guest (with its libraries); not started before start_agent()
    programs   more programs for /usr/sbin
    disks      list of Disk; their devices are then in guest.devices, their image files are guest.image(n)
    layers     what is put on disks: "loop", "dm", "crypt", "md", "overlay" (modules and programs; see layers.py)
    modules    kernel modules beyond those that ports and disks need
    files      {path in the guest: bytes or path here}
    ports      names of the virtio ports; () for a guest without
    cmdline    more kernel options        qemu_args  more QEMU options
    dm         True: device-mapper and dmsetup, for hang.HangingDisk
    udev       True: udev and its rules for disks, for udev.start()
    reference  True: the packaged qemu-ga beside the agent
    compiled   names of C programs beside this file
    kernel     "kernel-full" has every driver; chosen by itself when a disk needs it
    max_cpus   CPUs that plug_cpu() can add, with those that are there
    dimms      how often plug_memory() can be called
    resume     number of the swap disk from which a suspended guest goes on after power_cycle()
    programs_on_disk   True: programs and libraries are on an ext4 disk. In the initramfs every page of a
               program counts as dirty, so memory is to be measured with this.
    """

    def __init__(self, agent=None, programs=(), disks=(), modules=(), files=None, ports=(PORT,),
                 memory="256M", cpus=1, machine="q35", cmdline="", qemu_args=(), dm=False,
                 programs_on_disk=False, layers=(), kernel=None, max_cpus=None, dimms=0, resume=None,
                 udev=False, reference=False, compiled=()):
        self.agent = Path(agent) if agent else None
        layers = {*layers, *(["dm"] if dm else [])}
        tools = [getattr(fetch, name)() for name in layers_of.programs(layers)]
        tools += udev_of.programs() if udev else []
        tools += [fetch.qemu_ga()] if reference else []
        tools += [compile_one(name) for name in compiled]
        self.programs = [Path(p) for p in dict.fromkeys([agent, *programs, *tools]) if p]
        self.disks = list(disks)
        self.kernel = kernel or ("kernel-full" if disks_of.need_full_kernel(self.disks) else "kernel")
        self.devices = [name for _, name in disks_of.place(self.disks)]
        self.max_cpus, self.dimms, self.resume = max_cpus, dimms, resume
        self.numbers = itertools.count()
        self.modules = ["virtio_pci", *(["virtio_console"] if ports else []),
                        *layers_of.modules(sorted(layers)), *modules]
        self.files = {**(udev_of.files() if udev else {}), **(files or {})}
        self.ports = tuple(ports)
        self.memory, self.cpus, self.machine = memory, cpus, machine
        self.cmdline, self.qemu_args = cmdline, list(qemu_args)
        self.programs_on_disk = programs_on_disk
        self.keep = False
        self.agent_pid = None
        self.process = None

    def __enter__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="virtagent-vm-"))
        try:
            self.boot()
        except BaseException:
            self.keep = True
            self.close()
            raise
        return self

    def __exit__(self, kind, *_):
        self.keep = self.keep or kind is not None
        self.close()

    # Boot and end

    def boot(self):
        started = time.monotonic()
        image = self.directory / "initramfs.cpio"
        if self.programs_on_disk:
            self.add_program_disk()
        modules = [*self.modules, *(m for d in self.disks for m in d.modules())]
        initramfs.build(image, [] if self.programs_on_disk else self.programs, modules, self.files,
                        self.kernel)
        for n, disk in enumerate(self.disks):
            disk.create(self.image(n))
        self.switch_on(image)
        try:
            self.shell_session.wait_ready(BOOT_SECONDS, self.check_alive)
        except (TimeoutError, ShellError) as e:
            raise GuestError(f"guest did not boot ({e}); its console ends with\n{self.console_tail()}") from e
        if self.resume is None:
            image.unlink()
        self.devices = disks_of.find(self, self.disks)
        if self.programs_on_disk:
            self.mount_program_disk()
        self.boot_seconds = time.monotonic() - started

    def switch_on(self, image):
        shell, shell_there = socket.socketpair()
        qmp, qmp_there = socket.socketpair()
        with shell_there, qmp_there:
            self.spawn(image, shell_there.fileno(), qmp_there.fileno())
        self.qmp_session = Qmp(qmp)
        self.shell_session = Shell(shell)

    def add_program_disk(self):
        tree = self.directory / "programs"
        initramfs.program_tree(tree, self.programs)
        self.disks.append(disks_of.Disk("256M", fs="ext4", content=str(tree)))

    def mount_program_disk(self):
        self.sh(f"mkdir -p /mnt/programs && mount -t ext4 -o ro {self.devices.pop()} /mnt/programs && cd /mnt/programs"
                " && for d in *; do [ $d = lost+found ] || mkdir -p /$d && mount --bind $d /$d; done")

    def spawn(self, image, shell_fd, qmp_fd):
        command = ["qemu-system-x86_64", *self.options(image, shell_fd, qmp_fd)]
        parent = os.getpid()
        libc = ctypes.CDLL(None)

        def die_with_parent():  # between fork and exec
            libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            if os.getppid() != parent:
                os._exit(1)

        with open(self.directory / "qemu.log", "wb") as log:
            try:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    pass_fds=(shell_fd, qmp_fd), preexec_fn=die_with_parent)
            except FileNotFoundError:
                raise GuestError("qemu-system-x86_64 is not installed: scripts/install-deps vm") from None

    def options(self, image, shell_fd, qmp_fd):
        memory = f"{self.memory},slots={self.dimms},maxmem=8G" if self.dimms else self.memory
        cpus = f"{self.cpus},maxcpus={self.max_cpus}" if self.max_cpus else str(self.cpus)
        resume = "" if self.resume is None else f"vm.resume={self.devices[self.resume]}"
        options = ["-accel", "tcg", "-machine", self.machine, "-m", memory, "-smp", cpus,
                   "-nodefaults", "-display", "none", "-action", "reboot=shutdown,shutdown=pause",
                   "-kernel", str(fetch.kernel_image(self.kernel)), "-initrd", str(image),
                   "-append", f"{KERNEL_OPTIONS} vm.ports={len(self.ports)} {resume} {self.cmdline}",
                   "-serial", "chardev:console",
                   "-chardev", f"file,id=console,path={self.console_log},append=on",
                   "-chardev", f"socket,id=shell,fd={shell_fd}", "-serial", "chardev:shell",
                   "-chardev", f"socket,id=qmp,fd={qmp_fd}", "-mon", "chardev=qmp,mode=control"]
        if self.ports:
            options += ["-device", "virtio-serial-pci,id=ports"]
        for n, name in enumerate(self.ports):
            options += ["-chardev", f"socket,id=port{n},path={self.socket_of(name)},server=on,wait=off",
                        "-device", f"virtserialport,bus=ports.0,chardev=port{n},name={name},id=vport{n}"]
        return options + disks_of.qemu_options(self.disks, self.directory) + self.qemu_args

    def check_alive(self):
        if self.process.poll() is not None:
            raise GuestError(f"QEMU ended with status {self.process.returncode}:\n"
                             + (self.directory / "qemu.log").read_text(errors="replace"))

    def close(self):
        """Ends QEMU; keeps the logs and says where when something went wrong."""
        if self.process:
            if self.keep:
                self.save_agent_log()
            self.process.kill()
            self.process.wait()
            self.process = None
        if self.keep:
            for large in [*self.directory.glob("*.img"), *self.directory.glob("*.cpio")]:
                large.unlink()
            print(f"guest logs kept in {self.directory}", flush=True)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    def save_agent_log(self):
        try:
            (self.directory / "agent.log").write_bytes(self.agent_log(timeout=3))
        except (OSError, ShellError, AttributeError):
            pass  # the guest may be too broken to answer; the console log remains

    @property
    def console_log(self):
        return self.directory / "console.log"

    def console_tail(self, lines=15):
        try:
            return "\n".join(self.console_log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no console output)"

    # Looking into the guest

    def shell(self, command, timeout=60):
        """Runs a command as root: (exit status, output as text)."""
        status, output = self.shell_session.run(command, timeout)
        return status, output.decode(errors="replace")

    def sh(self, command, timeout=60):
        """Runs a command that must succeed and returns its output without the last line feed."""
        status, output = self.shell(command, timeout)
        if status:
            raise GuestError(f"in the guest: {command}\nstatus {status}: {output}")
        return output.rstrip("\n")

    def put(self, path, data):
        """Writes a file in the guest."""
        self.sh(f": > {shlex.quote(path)}")
        for at in range(0, len(data), 12000):
            text = base64.b64encode(data[at:at + 12000]).decode()
            self.sh(f"echo {text} | base64 -d >> {shlex.quote(path)}")

    def get(self, path):
        status, output = self.shell_session.run(f"cat {shlex.quote(path)}")
        if status:
            raise GuestError(f"no {path} in the guest: {output.decode(errors='replace')}")
        return output

    def qmp(self, command, /, **arguments):
        return self.qmp_session.command(command, **arguments)

    def wait_event(self, name, timeout=20):
        return self.qmp_session.wait_event(name, timeout)

    # Its hardware

    def image(self, n):
        """The file that holds the n-th disk."""
        return disks_of.image_path(self.directory, n)

    def unplug_disk(self, n, timeout=20):
        """Pulls the n-th disk out; its bus has to know how (scsi and usb do)."""
        self.qmp("device_del", id=f"dev{n}")
        while self.wait_event("DEVICE_DELETED", timeout)["data"].get("device") != f"dev{n}":
            pass

    def plug_memory(self, size=128 << 20):
        """One more module of memory. Its blocks are there and offline when this returns."""
        name = f"dimm{next(self.numbers)}"
        before = self.sh("ls -d /sys/devices/system/memory/memory* | wc -l")
        self.qmp("object-add", qom_type="memory-backend-ram", id=f"of-{name}", size=size)
        self.qmp("device_add", driver="pc-dimm", id=name, memdev=f"of-{name}")
        self.sh(f"until [ $(ls -d /sys/devices/system/memory/memory* | wc -l) -gt {before} ]; do usleep 10000; done")

    def plug_cpu(self):
        """One more CPU of those that max_cpus allows for; offline when this returns."""
        free = [cpu for cpu in self.qmp("query-hotpluggable-cpus") if "qom-path" not in cpu]
        number = int(self.sh("ls -d /sys/devices/system/cpu/cpu[0-9]* | wc -l"))
        self.qmp("device_add", driver=free[-1]["type"], id=f"cpu{next(self.numbers)}", **free[-1]["props"])
        self.sh(f"until [ -d /sys/devices/system/cpu/cpu{number} ]; do usleep 10000; done")

    def power_cycle(self):
        """After a shutdown or a suspend to disk: another QEMU with the same disks and ports. For guests with resume."""
        self.process.kill()
        self.process.wait()
        self.switch_on(self.directory / "initramfs.cpio")

    def wake_up(self):
        """After a suspend to memory. The serial lines lose what comes before the guest is really awake."""
        self.qmp("system_wakeup")
        self.wait_event("WAKEUP")

    def await_boot(self, timeout=BOOT_SECONDS):
        """For a guest that boots again, and does not go on where it was."""
        self.shell_session.wait_ready(timeout, self.check_alive)
        self.agent_pid = None

    # The agent

    def socket_of(self, port):
        return self.directory / f"{port}.sock"

    @property
    def agent_socket(self):
        return str(self.socket_of(PORT))

    def connect(self, port=PORT, timeout=20):
        """A raw socket to the host end of a port; QEMU serves one at a time."""
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        sock.connect(str(self.socket_of(port)))
        return sock

    def client(self, port=PORT):
        return Client(self.connect(port))

    def start_agent(self, args=None, binary=None):
        """Starts a program of /usr/sbin as the agent; its output goes to the agent log. Returns its pid."""
        binary = binary or self.agent.name
        if args is None:
            args = f"-v -m virtio-serial -p /dev/virtio-ports/{PORT}"
        pid = self.sh(f"setsid {binary} {args} </dev/null >>{AGENT_LOG} 2>&1 & echo $!")
        self.agent_pid = int(pid)
        return self.agent_pid

    def kill_agent(self, sig="KILL", timeout=20):
        """Signals the agent's first process and waits for its end; a zombie will do, init is slow to reap."""
        pid, self.agent_pid = self.agent_pid, None
        self.sh(f"kill -{sig} {pid}; while readlink /proc/{pid}/exe; do usleep 2000; done >/dev/null",
                timeout)

    def agent_runs(self):
        return self.agent_pid is not None and self.shell(f"readlink /proc/{self.agent_pid}/exe")[0] == 0

    def agent_log(self, timeout=20):
        return self.shell_session.run(f"cat {AGENT_LOG} 2>/dev/null", timeout)[1]

    def link_ports(self):
        self.sh("sh /bin/link-ports")

    def unlink_ports(self):
        """Leaves the ports without names under /dev, as in a guest without udev."""
        self.sh("rm -rf /dev/virtio-ports")
