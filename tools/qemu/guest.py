"""A small virtual machine without privileges: Debian's cloud kernel, an initramfs made here, one script, power off.

Nothing is installed: packages are downloaded and unpacked into the build folder (QEMU too, unless the machine
has it). Emulated by TCG, so it runs anywhere; its clock counts instructions (4 ns each) and jumps over idleness, so that
what else the machine does changes no time in the guest."""
import gzip
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from lab.netns import LabError, command
from lab.paths import BUILD

_PACKAGES = ["linux-image-cloud-amd64", "busybox-static"]
_LIBRARIES = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"]


def _download(folder: Path, packages):
    """The packages and all they need that this machine lacks, unpacked below `folder`."""
    plan = command("apt-get", "install", "-s", "--no-install-recommends", *packages)
    names = re.findall(r"^Inst (\S+)", plan, re.M)
    installed = [p for p in packages if p not in names]
    debs = folder / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    command("apt-get", "download", *names, *installed, cwd=debs)
    for deb in sorted(debs.glob("*.deb")):
        command("dpkg-deb", "-x", deb, folder / "root")


class Kit:
    """What a guest is made of."""

    def __init__(self, folder: Path = BUILD / "qemu"):
        self.root = folder / "root"
        self._own = shutil.which("qemu-system-x86_64")
        mark = folder / "complete"
        if not mark.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _download(folder, _PACKAGES + ([] if self._own else ["qemu-system-x86"]))
            mark.touch()
        kernels = sorted((self.root / "boot").glob("vmlinuz-*"))
        if not kernels:
            raise LabError(f"no kernel in {self.root}/boot: remove {folder} and try again")
        self.kernel = kernels[-1]
        self.version = self.kernel.name.removeprefix("vmlinuz-")

    @property
    def busybox(self) -> Path:
        return next(p for p in (self.root / "bin/busybox", Path("/bin/busybox")) if p.exists())

    def qemu(self):
        """(arguments, environment) to run QEMU with."""
        if self._own:
            return [self._own], dict(os.environ)
        environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(str(self.root / p) for p in _LIBRARIES)}
        data = [x for p in ("usr/share/qemu", "usr/share/seabios", "usr/lib/ipxe/qemu") for x in ("-L", self.root / p)]
        return [self.root / "usr/bin/qemu-system-x86_64", *data], environment

    def modules(self, names):
        """Files of kernel modules with what they need, in order of loading."""
        all_of = {p.name.removesuffix(".ko").replace("-", "_"): p
                  for p in (self.root / "lib/modules" / self.version).rglob("*.ko")}
        order = []

        def need(name):
            path = all_of[name.replace("-", "_")]
            found = re.search(rb"\0depends=([^\0]*)\0", b"\0" + path.read_bytes())
            for other in filter(None, found.group(1).decode().split(",") if found else []):
                need(other)
            if path not in order:
                order.append(path)

        for name in names:
            need(name)
        return order


def _needs(program: Path):
    """The shared libraries of a program, and its loader."""
    listed = subprocess.run(["ldd", str(program)], capture_output=True, text=True).stdout
    return [Path(p) for p in re.findall(r"(/\S+) \(0x", listed)]


def initramfs(kit: Kit, out: Path, script: str, programs=(), files=(), modules=()):
    """Writes the archive: busybox, `programs` under /tools (its shell prefers its own) with their libraries, `files` as (source, place), and
    /init, which loads `modules`, runs `script`, and powers off."""
    root = out.parent / "initramfs"
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("bin", "dev", "proc", "sys", "tmp", "modules", "run", "var/run"):
        (root / folder).mkdir(parents=True)

    def put(source, place):
        target = root / str(place).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copy(source, target)

    put(kit.busybox, "bin/busybox")
    for program in map(Path, programs):
        put(program, f"tools/{program.name}")
        for library in _needs(program):
            put(library, library)
    for source, place in files:
        put(source, place)
    loads = []
    for number, module in enumerate(kit.modules(modules)):
        put(module, f"modules/{number}.ko")
        loads.append(f"insmod /modules/{number}.ko")
    (root / "init").write_text("\n".join(
        ["#!/bin/busybox sh", "/bin/busybox --install -s /bin", "export PATH=/bin", "mount -t proc p /proc",
         "mount -t sysfs s /sys", "mount -t devtmpfs d /dev", "mount -t tmpfs t /tmp", "chmod 755 /", *loads, script, "echo GUEST-DONE",
         "sync", "poweroff -f", ""]))
    (root / "init").chmod(0o755)
    out.write_bytes(gzip.compress(_cpio(root), 1))
    shutil.rmtree(root)
    return out


def _cpio(root: Path) -> bytes:
    """The tree as the kernel reads it: cpio, format newc, all owned by root."""
    parts = []

    def entry(name, mode, data):
        fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        parts.extend((head + bytes(-len(head) % 4), data + bytes(-len(data) % 4)))

    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_dir():
            entry(name, 0o040755, b"")
        else:
            entry(name, 0o100755 if os.access(path, os.X_OK) else 0o100644, path.read_bytes())
    entry("TRAILER!!!", 0, b"")
    return b"".join(parts)


def boot(kit: Kit, archive: Path, log: Path, memory=1024, seconds=1800):
    """Runs the guest to its end; everything it wrote to the console."""
    qemu, environment = kit.qemu()
    arguments = [*map(str, qemu), "-accel", "tcg,thread=single", "-icount", "shift=2,sleep=off", "-machine", "q35",
                 "-cpu", "max", "-smp", "1", "-m", str(memory), "-kernel", str(kit.kernel), "-initrd", str(archive), "-nographic", "-no-reboot",
                 "-net", "none", "-append", "console=ttyS0 quiet panic=-1 tsc=reliable"]
    with open(log, "wb") as out:
        running = subprocess.Popen(arguments, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        deadline = time.monotonic() + seconds
        try:
            while running.poll() is None and time.monotonic() < deadline:
                time.sleep(0.2)
        finally:
            if running.poll() is None:
                running.kill()
            running.wait()
    text = log.read_text(errors="replace")
    if "GUEST-DONE" not in text:
        raise LabError("the guest did not come to its end:\n" + "\n".join(text.splitlines()[-20:]))
    return text
