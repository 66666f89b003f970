"""Network namespaces of one run. Their names carry the process id, so that what a dead run left
behind is recognised and removed by the next one."""
import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

PREFIX = "gimbal-lab-"
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class LabError(RuntimeError):
    """Something in the laboratory could not be set up; the text says what and why."""


def command(*arguments, check=True, **options) -> str:
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, **options)
    if check and done.returncode != 0:
        raise LabError(f"{' '.join(map(str, arguments))}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def ip_batch(lines, namespace=None):
    """Many `ip` commands by one process."""
    arguments = ["ip"] + (["-n", namespace] if namespace else []) + ["-batch", "-"]
    command(*arguments, input="\n".join(lines) + "\n")


def sweep():
    """Removes namespaces of runs that no longer live, and ends the programs left in them."""
    folder = Path("/run/netns")
    for entry in sorted(folder.glob(PREFIX + "*")) if folder.is_dir() else []:
        owner = entry.name.removeprefix(PREFIX).split("-")[0]
        if not (owner.isdigit() and Path(f"/proc/{owner}").exists()):
            remove(entry.name)


def remove(name):
    """Ends what still runs in the namespace, waits for it, deletes the namespace."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + 2.5
        pids = _pids(name)
        for pid in pids:
            try:
                os.kill(pid, sent)
            except ProcessLookupError:
                pass
        while pids and time.monotonic() < deadline:
            time.sleep(0.02)
            pids = _pids(name)
        if not pids:
            break
    command("ip", "netns", "del", name, check=False)


def _pids(name):
    own = os.getpid()
    return [int(p) for p in command("ip", "netns", "pids", name, check=False).split() if int(p) != own]


class inside:
    """`with inside(name):` the calling thread lives in that namespace, for opening sockets."""

    def __init__(self, name):
        self._name = name

    def __enter__(self):
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self._name}", os.O_RDONLY)
        try:
            self._enter(there)
        finally:
            os.close(there)

    def __exit__(self, *_):
        self._enter(self._home)
        os.close(self._home)

    @staticmethod
    def _enter(fd):
        if _libc.setns(fd, _CLONE_NEWNET) != 0:
            raise LabError(f"setns: {os.strerror(ctypes.get_errno())}")
