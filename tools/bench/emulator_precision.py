"""How much later than planned packets leave the emulator, at 100,000 packets per second over veth, each with a
delay of its own (2 ms +- 1 ms, reordering). The emulator says so itself: its histogram of hand-over minus plan.

"Dedicated" is a spinning worker that had its core to itself. Where no core is set apart at boot (isolcpus) the kernel
gives every core to others now and then, so the run is cut in windows of 50 ms and only those count in which, and in
both neighbours of which, the worker's thread never waited for its core (schedstat); how many did is printed. The thread gets
real-time priority for the run, so that there are enough. "Shared" is the program as it comes (idle: sleep), all of it."""
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pcap_pmd
from lab.netns import inside
from lab.paths import program
from lab.rig import Rig, default_cores

_RATE = 100_000
_WINDOW = 0.05
_LIMITS = {0.99: 20.0, 0.999: 50.0}  # microseconds, dedicated


def _busiest_thread(process):
    before = pcap_pmd.busy_ns(process)
    time.sleep(0.5)
    after = pcap_pmd.busy_ns(process)
    return max(after, key=lambda thread: after[thread] - before.get(thread, 0))


class _Watch:
    """Samples of the emulator's histogram and of how long its worker has waited for its core."""

    def __init__(self, rig, thread):
        self._waits = Path(f"/proc/{rig.impair.process.pid}/task/{thread}/schedstat")
        with inside(rig.far):
            self._asks = http.client.HTTPConnection("127.0.0.1", 8481, timeout=5)
            self._asks.connect()
        self.samples = []

    def look(self):
        self._asks.request("GET", "/api/v1/histogram")
        late = json.loads(self._asks.getresponse().read())["lateness_us"]["buckets"]
        self.samples.append((int(self._waits.read_text().split()[1]), Counter({b["up_to"]: b["count"] for b in late})))

    def undisturbed(self):
        """(histogram of the windows that count, how many they are, how many there were)."""
        waits, total, kept = [w for w, _ in self.samples], Counter(), 0
        for i in range(1, len(self.samples) - 2):
            if waits[i - 1] == waits[i + 2]:
                total += self.samples[i + 1][1] - self.samples[i][1]
                kept += 1
        return total, kept, max(0, len(self.samples) - 3)

    def whole(self):
        return self.samples[-1][1] - self.samples[0][1]


def percentile(histogram, share):
    """Upper edge of the bucket in which it lies."""
    wanted, seen = share * sum(histogram.values()), 0
    for edge in sorted(histogram):
        seen += histogram[edge]
        if seen >= wanted:
            return edge
    return float("nan")


def measure(folder, dedicated, seconds):
    """A watch over a run, and the status at its end."""
    pacer_core, worker_core = default_cores()
    way = {"delay_ms": 2, "jitter": {"kind": "uniform", "ms": 1, "order": "reorder"}}
    config = {"ports": {"a": {"device": "iface:m1"}, "b": {"device": "iface:r0"}},
              "workers": {"cores": [worker_core], "idle": "spin" if dedicated else "sleep"},
              "control": {"listen": "127.0.0.1:8481"}, "a_to_b": way}
    with Rig(folder, box="off", start=False) as rig:
        rig.impair = rig.spawn(rig.far, [program("gimbal-impair"), "--config", rig.write("impair.json", config)], "impair")
        rig.impair.wait_ready()
        thread = _busiest_thread(rig.impair.process)
        if dedicated:
            os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(1))
        pacer = rig.spawn(rig.middle, [sys.executable, Path(__file__).with_name("pacer.py"), "m0", _RATE, seconds, pacer_core], "pacer")
        time.sleep(0.3)
        watch = _Watch(rig, thread)
        while pacer.process.poll() is None:
            watch.look()
            time.sleep(_WINDOW)
        status = json.loads(rig.run(rig.far, "curl", "-s", "http://127.0.0.1:8481/api/v1/status").stdout)
        return watch, status


def _line(name, histogram, tail):
    quantiles = "  ".join(f"p{100 * q:g} {percentile(histogram, q):9.2f}" for q in (0.5, 0.99, 0.999))
    print(f"  {name:15} {quantiles}  {sum(histogram.values()):8} packets; {tail}", flush=True)


def run(seconds=6, rounds=3):
    """Prints p50, p99 and p99.9 of both; 1 when the dedicated core's, over all rounds, are beyond the limits."""
    load = subprocess.run(["uptime"], capture_output=True, text=True).stdout.split("load average:")[-1].strip()
    print(f"release precision, {_RATE} packets/s over veth, microseconds later than planned; load {load} on {os.cpu_count()} cores")
    alone, windows, of = Counter(), 0, 0
    for _ in range(rounds):
        for dedicated in (True, False):
            watch, status = measure(Path(tempfile.mkdtemp(prefix="gimbal-bench-")), dedicated, seconds)
            came = f"{status['a_to_b']['received'] / seconds:.0f} packets/s came, missed {status['ports']['a']['missed']}"
            if not dedicated:
                _line("shared core", watch.whole(), came)
                continue
            total, kept, all_of_them = watch.undisturbed()
            alone, windows, of = alone + total, windows + kept, of + all_of_them
            _line("dedicated core", total, f"{kept} of {all_of_them} windows undisturbed; {came}")
            _line("  disturbed too", watch.whole(), "the same run, whole")
    kept = bool(alone) and all(percentile(alone, q) <= limit for q, limit in _LIMITS.items())
    _line("dedicated, all", alone, f"{windows} of {of} windows")
    print(f"dedicated core: {'within' if kept else 'NOT within'} p99 20 us and p99.9 50 us")
    return 0 if kept else 1
