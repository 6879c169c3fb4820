# SPDX-License-Identifier: MIT
"""A Debian guest as a domain of a real libvirtd, driven through virsh; the second serial line is a root shell in it, by
which effects are looked at without the agent."""
import base64
import os
import shlex
import shutil
import socket
import subprocess
import time

from libvirt.daemon import Failed
from vm import fetch
from vm.guest import KERNEL_OPTIONS, PORT
from vm.shell import Shell, ShellError

from debian import image

NAME = "debian"
BOOT_SECONDS = 300
DOMAIN = """<domain type='qemu'><name>{name}</name><memory unit='MiB'>384</memory><vcpu>2</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type><kernel>{kernel}</kernel><initrd>{d}/initrd</initrd>
<cmdline>{options} systemd.show_status=no systemd.log_target=kmsg systemd.default_timeout_start_sec=300
 net.ifnames=0</cmdline></os>
<features><acpi/></features>
<pm><suspend-to-mem enabled='yes'/><suspend-to-disk enabled='yes'/></pm>
<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>
<devices><emulator>{qemu}</emulator>
<disk type='file' device='disk'><driver name='qemu' type='raw' cache='unsafe' discard='unmap'/><source file='{d}/root.img'/>
 <target dev='vda' bus='virtio'/></disk>
<disk type='file' device='disk'><driver name='qemu' type='raw' cache='unsafe'/><source file='{d}/swap.img'/>
 <target dev='vdb' bus='virtio'/></disk>
<disk type='file' device='disk'><driver name='qemu' type='raw' cache='unsafe'/><source file='{d}/packages.img'/>
 <target dev='vdc' bus='virtio'/><readonly/></disk>
<interface type='user'><model type='virtio'/><mac address='52:54:00:12:34:56'/></interface>
<serial type='file'><source path='{d}/console'/><target port='0'/></serial>
<serial type='unix'><source mode='bind' path='{d}/shell'/><target port='1'/></serial>
{channel}
<memballoon model='none'/></devices></domain>"""
CHANNEL = """<channel type='unix'><source mode='bind' path='{d}/agent'/><target type='virtio' name='{port}'/>
<address type='virtio-serial' controller='0' bus='0' port='1'/></channel>"""


class Domain:
    def __init__(self, libvirt, packages, variant=image):
        """packages: the folder whose files are in /mnt of the guest; variant: the module that makes its root filesystem."""
        self.libvirt, self.d = libvirt, libvirt.d
        self.session = None
        subprocess.run(["cp", "--sparse=always", variant.base(), self.d / "root.img"], check=True)
        image.disk_of(packages, self.d / "packages.img")
        with open(self.d / "swap.img", "wb") as swap:
            swap.truncate(512 << 20)
        image.run(["mkswap", self.d / "swap.img"])
        image.write_initramfs(self.d / "initrd")
        self.channel = CHANNEL.format(d=self.d, port=PORT)
        (self.d / "channel.xml").write_text(self.channel)
        (self.d / "domain.xml").write_text(DOMAIN.format(
            name=NAME, d=self.d, kernel=fetch.kernel_image(), options=f"{KERNEL_OPTIONS} {variant.OPTIONS}", channel=self.channel,
            qemu=shutil.which("qemu-system-x86_64")))
        self.virsh("define", self.d / "domain.xml")

    # From the host

    def run_virsh(self, *words, timeout=120):
        tree = fetch.fetch("virsh")
        env = {**os.environ, "LC_ALL": "C", "LD_LIBRARY_PATH": ":".join(fetch.library_path(tree / "usr/bin/virsh"))}
        return subprocess.run([tree / "usr/bin/virsh", "-c", self.libvirt.uri, *map(str, words)], env=env, text=True,
                              capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False)

    def virsh(self, *words, timeout=120):
        """What a command that must succeed says."""
        done = self.run_virsh(*words, timeout=timeout)
        if done.returncode:
            raise Failed(f"virsh {' '.join(map(str, words))}: {done.stdout}{done.stderr}\n{self.console_tail()}")
        return done.stdout.strip()

    def ask(self, command, *words, timeout=120):
        """A virsh command about this domain."""
        return self.virsh(command, NAME, *words, timeout=timeout)

    def state(self):
        return self.ask("domstate")

    def start(self):
        self.ask("start")
        self.await_boot(new=True)

    def await_state(self, wanted, seconds=BOOT_SECONDS):
        end = time.monotonic() + seconds
        while (state := self.state()) != wanted:
            if time.monotonic() > end:
                raise Failed(f"the domain is {state}, not {wanted}\n{self.console_tail()}")
            time.sleep(0.2)

    def console_tail(self, lines=25):
        try:
            return "\n".join((self.d / "console").read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no console output)"

    # In the guest

    def await_boot(self, new=False):
        """For its shell; `new` when there is another QEMU."""
        if new:
            if self.session:
                self.session.sock.close()
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(str(self.d / "shell"))
            self.session = Shell(sock)
        try:
            self.session.wait_ready(BOOT_SECONDS, self.check_alive)
        except (TimeoutError, ShellError) as e:
            raise Failed(f"the guest does not boot ({e})\n{self.console_tail()}") from e

    def check_alive(self):
        if self.state() == "shut off":
            raise Failed(f"the guest ended\n{self.console_tail()}")

    def shell(self, command, timeout=120):
        status, output = self.session.run(command, timeout)
        return status, output.decode(errors="replace")

    def sh(self, command, timeout=120):
        status, output = self.shell(command, timeout)
        if status:
            raise Failed(f"in the guest: {command}\nstatus {status}: {output}")
        return output.rstrip("\n")

    def until(self, command, timeout=120):
        """Waits for a command in the guest to succeed."""
        self.sh(f"until {command}; do sleep 0.2; done", timeout)

    def put(self, path, text):
        encoded = base64.b64encode(text.encode()).decode()
        self.sh(f"mkdir -p $(dirname {shlex.quote(path)}); echo {encoded} | base64 -d >{shlex.quote(path)}")

    def await_resume(self):
        """A guest that goes on says nothing by itself: a new line to its shell."""
        self.session.sock.close()
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(self.d / "shell"))
        self.session = Shell(sock)
        end = time.monotonic() + BOOT_SECONDS
        while True:
            try:
                self.session.run("true", 5)
                return
            except TimeoutError:
                if time.monotonic() > end:
                    raise Failed(f"the guest does not go on\n{self.console_tail()}") from None
