"""One laboratory: server - appliance - path emulator - client, each in a namespace of its own.

    server        box               path              client
      h0 ======= s0  m0 ========= m1  r0 ============= r1

The box is `gimbal` in some mode or, for "off", a kernel bridge. The path is `gimbal-impair`, a
kernel bridge (the bare wire), or nothing: then m1 is the far end, for looking at raw frames.
"""
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import netns
from .netns import LabError, command, ip_batch
from .paths import program

_serial = itertools.count()
_OFFLOADS = ["tx", "off", "rx", "off", "tso", "off", "gso", "off", "gro", "off", "rxvlan", "off", "txvlan", "off"]


class Program:
    """A program running in a namespace; its output goes to a file."""

    def __init__(self, namespace, arguments, log: Path, core=None):
        self.log = log
        pin = ["taskset", "-c", str(core)] if core is not None else []
        self.arguments = [str(a) for a in arguments]
        self._file = open(log, "wb")
        self.process = subprocess.Popen(["ip", "netns", "exec", namespace, *pin, *self.arguments],
                                        stdin=subprocess.DEVNULL, stdout=self._file, stderr=subprocess.STDOUT)

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_ready(self, seconds=15):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if any(line.split()[-1:] == ["ready"] for line in self.text().splitlines()):
                return self
            if self.process.poll() is not None:
                raise LabError(f"{self.arguments[0]} ended with {self.process.returncode}:\n{self.tail()}")
            time.sleep(0.01)
        raise LabError(f"{self.arguments[0]} is not ready after {seconds} s:\n{self.tail()}")

    def tail(self, lines=15) -> str:
        return "\n".join(self.text().splitlines()[-lines:])

    def stop(self, sent=signal.SIGTERM, seconds=5) -> float:
        """Asks it to end; the seconds it took. Kills it after `seconds`."""
        start = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(sent)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._file.close()
        return time.monotonic() - start


def default_cores():
    """(path, box) cores: kept apart where the machine has two."""
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[1]) if len(available) > 1 else (available[0], available[0])


class Rig:
    """`with Rig(folder, box="auto", path=profile.emulator()) as rig:`. `box`: "off" (a bridge), or a
    mode of the appliance. `path`: directions for the emulator, {} for the bare wire, None for no
    path at all. `tune` may change the appliance's configuration before it is written."""

    SERVER, CLIENT = "10.77.0.1", "10.77.0.2"
    SERVER6, CLIENT6 = "fd77::1", "fd77::2"

    def __init__(self, folder, box="auto", path=None, seed=1, mtu=1500, cores=None, tune=None, start=True):
        self.folder = Path(folder)
        self.box, self.path, self.seed, self.mtu, self.tune = box, path, seed, mtu, tune
        path_core, box_core = default_cores()
        self.path_core, self.box_cores = path_core, cores or [box_core]
        tag = f"{netns.PREFIX}{os.getpid()}-{next(_serial)}"
        self.server, self.middle, self.far, self.client = (f"{tag}-{part}" for part in ("s", "g", "i", "c"))
        self.programs = []
        self.gimbal = self.impair = None
        self._start = start
        self._count = itertools.count()

    # -- life ---------------------------------------------------------------------------------
    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._build()
            if self._start:
                self.start_path()
                self.start_box()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for running in reversed(self.programs):
            running.stop()
        self.programs.clear()
        for name in (self.server, self.middle, self.far, self.client):
            if Path(f"/run/netns/{name}").exists():
                netns.remove(name)

    # -- wires --------------------------------------------------------------------------------
    def _build(self):
        ip_batch([f"netns add {n}" for n in (self.server, self.middle, self.far, self.client)])
        for namespace in (self.server, self.middle, self.far, self.client):
            command("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0",
                    "net.ipv6.conf.default.accept_dad=0", "net.ipv4.tcp_no_metrics_save=1",
                    "net.ipv4.ip_local_port_range=20000 60000")
        for namespace in (self.middle, self.far):  # silent wires: no router solicitations of our own
            command("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                    "net.ipv6.conf.default.disable_ipv6=1")
        ends = [("h0", self.server, "s0", self.middle), ("m0", self.middle, "m1", self.far),
                ("r0", self.far, "r1", self.client)]
        ip_batch([f"link add {a} mtu {self.mtu} netns {na} type veth peer name {b} mtu {self.mtu} netns {nb}"
                  for a, na, b, nb in ends])
        for name, namespace in [e[:2] for e in ends] + [e[2:] for e in ends]:
            command("ip", "netns", "exec", namespace, "ethtool", "-K", name, *_OFFLOADS)
            ip_batch(["link set lo up", f"link set {name} promisc on up"], namespace)
        self._address(self.server, "h0", self.SERVER, self.SERVER6)
        self._address(self.client, "r1", self.CLIENT, self.CLIENT6)
        self._meet("h0", "r1", self.CLIENT, self.CLIENT6, self.SERVER, self.SERVER6)
        if self.path == {}:
            self._bridge(self.far, "m1", "r0")
        if self.box == "off":
            self._bridge(self.middle, "s0", "m0")

    @staticmethod
    def _address(namespace, name, v4, v6):
        ip_batch([f"addr add {v4}/24 dev {name}", f"addr add {v6}/64 dev {name} nodad"], namespace)

    def _meet(self, at_server, at_client, client4, client6, server4, server6):
        """Permanent neighbours: a lost ARP or ND would cost a second and say nothing about TCP."""
        mac = {n: command("ip", "netns", "exec", ns, "cat", f"/sys/class/net/{n}/address").strip()
               for ns, n in ((self.server, at_server), (self.client, at_client))}
        for namespace, device, far, addresses in ((self.server, at_server, at_client, (client4, client6)),
                                                  (self.client, at_client, at_server, (server4, server6))):
            ip_batch([f"neigh replace {a} lladdr {mac[far]} dev {device} nud permanent" for a in addresses],
                     namespace)

    @staticmethod
    def _bridge(namespace, a, b):
        # A wire does not speak (no snooping) and does not look inside (no packet filter on bridges).
        command("ip", "netns", "exec", namespace, "sysctl", "-qew", "net.bridge.bridge-nf-call-iptables=0",
                "net.bridge.bridge-nf-call-ip6tables=0", "net.bridge.bridge-nf-call-arptables=0")
        ip_batch(["link add wire type bridge mcast_snooping 0 forward_delay 0", f"link set {a} master wire",
                  f"link set {b} master wire", "link set wire up"], namespace)

    def add_vlan(self, tag):
        """Addresses inside a VLAN on both ends: (server, client) of IPv4, then of IPv6."""
        ends = [(self.server, "h0", "10.78.0.1", "fd78::1"), (self.client, "r1", "10.78.0.2", "fd78::2")]
        for namespace, trunk, v4, v6 in ends:
            ip_batch(["link add t0 type veth peer name t1", "link set t0 up", "link set t1 promisc on up"], namespace)
            for name in ("t0", "t1"):
                command("ip", "netns", "exec", namespace, "ethtool", "-K", name, *_OFFLOADS)
            self._address(namespace, "t0", v4, v6)
            tagger = Path(__file__).parent / "tagger.py"
            self.spawn(namespace, [sys.executable, tagger, trunk, "t1", tag], f"tagger-{trunk}").wait_ready()
        return ("10.78.0.1", "10.78.0.2"), ("fd78::1", "fd78::2")

    # -- programs -----------------------------------------------------------------------------
    def spawn(self, namespace, arguments, name, core=None) -> Program:
        running = Program(namespace, arguments, self.folder / f"{name}.log", core)
        self.programs.append(running)
        return running

    def run(self, namespace, *arguments, seconds=120, check=True) -> subprocess.CompletedProcess:
        done = subprocess.run(["ip", "netns", "exec", namespace, *map(str, arguments)], capture_output=True,
                              text=True, timeout=seconds, stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise LabError(f"{' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stdout[-2000:]}"
                           f"{done.stderr[-2000:]}")
        return done

    def write(self, name, content: dict) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(content, indent=2) + "\n")
        return path

    def gimbal_config(self, mode) -> dict:
        config = {"ports": {"lan": {"device": "iface:s0"}, "wan": {"device": "iface:m0"}},
                  "workers": {"cores": self.box_cores, "idle": "sleep"},
                  "memory": {"hugepages": False, "packets": 65536, "flows": 65536},
                  "control": {"listen": "127.0.0.1:8480"},
                  "policy": {"default": {"mode": mode, "custody": "never"}, "rules": []}}
        if self.tune:
            self.tune(config)
        return config

    def start_box(self):
        if self.box == "off":
            return
        config = self.write("gimbal.json", self.gimbal_config(self.box))
        n = next(self._count)
        self.gimbal = self.spawn(self.middle, [program("gimbal"), "--config", config], f"gimbal-{n}")
        self.gimbal.wait_ready()

    def start_path(self):
        if not self.path:
            return
        config = {"ports": {"a": {"device": "iface:m1"}, "b": {"device": "iface:r0"}},
                  "workers": {"cores": [self.path_core], "idle": "sleep"}, "memory": {"hugepages": False},
                  "control": {"listen": "127.0.0.1:8481"}, "seed": self.seed, "truth_log": None, **self.path}
        self.impair = self.spawn(self.far, [program("gimbal-impair"), "--config", self.write("impair.json", config)],
                                 "impair")
        self.impair.wait_ready()

    def rest(self, path, method="GET", body=None):
        """(status, parsed or plain body) of the appliance's REST listener."""
        data = [] if body is None else ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        done = self.run(self.middle, "curl", "-s", "-m", "5", "-X", method, "-w", "\n%{http_code}", *data,
                        f"http://127.0.0.1:8480{path}")
        text, _, status = done.stdout.rpartition("\n")
        try:
            return int(status), json.loads(text)
        except ValueError:
            return int(status), text
