# SPDX-License-Identifier: MIT
"""libvirt's daemon, unpacked and not installed: in a mount namespace of its own in which it finds the configuration,
users and writable directories it wants, without systemd, D-Bus, cgroups and security drivers. Its sockets are in a
directory of the test, so that vactl reaches it from outside. Nothing on the machine is changed.
"""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vm import Disk, fetch, initramfs
from vm.guest import KERNEL_OPTIONS, PORT
from vm.shell import Shell

LIBRARIES = "usr/lib/x86_64-linux-gnu"
QEMU_CONF = """security_driver = "none"
cgroup_controllers = []
namespaces = []
user = "root"
group = "root"
stdio_handler = "file"
remember_owner = 0
dynamic_ownership = 0
"""
NAMESPACE = """set -e
mount --make-rprivate /
for m in /run /var/lib /var/cache /var/log; do mount -t tmpfs tmpfs $m; done
mkdir -p /run/libvirt /run/etc
cp -a /etc/. /run/etc
mkdir -p /run/etc/libvirt
cp {d}/qemu.conf /run/etc/libvirt/qemu.conf
echo 'libvirt-qemu:x:64055:64055::/:/bin/false' >>/run/etc/passwd
printf 'libvirt-qemu:x:64055:\\nkvm:x:64056:\\nlibvirt:x:64057:\\n' >>/run/etc/group
mount --bind /run/etc /etc
exec {root}/usr/sbin/libvirtd -f {d}/libvirtd.conf -p {d}/pid
"""
DOMAIN = """<domain type='qemu'><name>{name}</name><memory unit='MiB'>256</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type><kernel>{kernel}</kernel><initrd>{d}/initrd</initrd>
<cmdline>{options} vm.ports=1</cmdline></os>
<devices><emulator>{qemu}</emulator>
<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none' io='threads'/><source file='{d}/{name}.disk'/>
<target dev='vda' bus='virtio'/></disk>
<serial type='file'><source path='{d}/{name}.console'/><target port='0'/></serial>
<serial type='unix'><source mode='bind' path='{d}/{name}.shell'/><target port='1'/></serial>
<channel type='unix'><source mode='bind' path='{d}/{name}.agent'/><target type='virtio' name='{port}'/></channel>
<memballoon model='none'/></devices></domain>"""


class Failed(Exception):
    pass


class Libvirt:
    def __enter__(self):
        # whoever ends the test early must not leave domains behind: they are nobody's children
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        self.root = fetch.fetch("libvirt")
        self.d = Path(tempfile.mkdtemp(prefix="vactl-libvirt-"))
        self.uri = f"qemu+unix:///system?socket={self.d}/libvirt-sock"
        self.domains = []
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        d = self.d
        (d / "qemu.conf").write_text(QEMU_CONF)
        (d / "libvirtd.conf").write_text(f'unix_sock_dir = "{d}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n'
                                         f'log_outputs = "2:file:{d}/libvirtd.log"\n')
        env = {**os.environ, "LD_LIBRARY_PATH": f"{self.root}/{LIBRARIES}:{self.root}/lib/x86_64-linux-gnu",
               "LIBVIRT_DRIVER_DIR": f"{self.root}/{LIBRARIES}/libvirt/connection-driver",
               "LIBVIRT_STORAGE_FILE_DIR": f"{self.root}/{LIBRARIES}/libvirt/storage-file"}
        with open(d / "stderr", "wb") as err:
            self.process = subprocess.Popen(["unshare", "-m", "sh", "-c", NAMESPACE.format(d=d, root=self.root)],
                                            env=env, stderr=err, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while not (d / "libvirt-sock").exists():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failed("libvirtd does not start: " + self.log())
            time.sleep(0.05)
        self.lib = ctypes.CDLL("libvirt.so.0")
        self.lib.virConnectOpen.restype = self.lib.virDomainCreateXML.restype = ctypes.c_void_p
        self.lib.virDomainCreateXML.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint]
        for name in ("virDomainDestroy", "virDomainSuspend", "virDomainResume"):
            getattr(self.lib, name).argtypes = [ctypes.c_void_p]
        self.connection = self.lib.virConnectOpen(self.uri.encode())
        if not self.connection:
            raise Failed("no connection to libvirtd: " + self.log())

    def log(self):
        return "".join((self.d / n).read_text()[-1500:] for n in ("stderr", "libvirtd.log") if (self.d / n).exists())

    def boot(self, name, agent):
        """A running domain with the agent in its initramfs, not started; returns a root shell in it."""
        disk = Disk("64M", fs="ext4")
        disk.create(self.disk(name))
        initramfs.build(self.d / "initrd", [agent], ["virtio_pci", "virtio_console", *disk.modules()], {})
        xml = DOMAIN.format(name=name, d=self.d, kernel=fetch.kernel_image(), options=KERNEL_OPTIONS, port=PORT,
                            qemu=shutil.which("qemu-system-x86_64"))
        domain = self.lib.virDomainCreateXML(self.connection, xml.encode(), 0)
        if not domain:
            raise Failed("the domain does not start: " + self.log())
        self.domains.append(domain)
        s = socket.socket(socket.AF_UNIX)
        s.connect(f"{self.d}/{name}.shell")
        shell = Shell(s)
        shell.wait_ready(60, lambda: None)
        return shell

    def disk(self, name):
        return self.d / f"{name}.disk"

    def hold(self, n=-1):
        if self.lib.virDomainSuspend(self.domains[n]) < 0:
            raise Failed("cannot pause the domain")

    def go_on(self, n=-1):
        if self.lib.virDomainResume(self.domains[n]) < 0:
            raise Failed("cannot resume the domain")

    def destroy(self, n=-1):
        self.lib.virDomainDestroy(self.domains.pop(n))

    def __exit__(self, *_):
        while self.domains:
            self.destroy()
        if getattr(self, "process", None):
            self.process.terminate()
            self.process.wait()
        shutil.rmtree(self.d, ignore_errors=True)
