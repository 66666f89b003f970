"""Packets per second of the clean emulator on one core, beside dpdk-testpmd that only forwards ("io").

Both read the same frames through DPDK's pcap driver, which hands them out for ever from memory, and
send into nothing: the same copies for both, no card and no kernel. A packet's cost is the running time
of the forwarding thread, so what else runs on the machine does not count; rounds are interleaved and
the ratio is the median of the rounds' ratios."""
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import captures
import pcap_pmd
from lab.paths import program

_PORT = 8498
_FRAMES = 1 << 14
_PACKETS = 1 << 17
_MOVED = re.compile(r"^gimbal_impair_transmitted_packets_total\{[^}]*\} ([0-9.e+]+)$", re.M)
# What models cost, beside: delays short enough for the packet memory at millions of packets per second.
_MODELS = {"delay": {"delay_ms": 0.05}, "delay and loss": {"delay_ms": 0.05, "loss": {"kind": "bernoulli", "percent": 1}},
           "normal jitter, reordering": {"delay_ms": 0.05, "jitter": {"kind": "normal", "ms": 0.01, "order": "reorder"}},
           "rate and queue": {"delay_ms": 0.05, "rate_mbit": 100000}}
_LEAST = 0.8  # of testpmd's rate, for the smallest frames


def _devices(paths):
    return [f"net_pcap{i},rx_pcap={path},infinite_rx=1" for i, path in enumerate(paths)]


def _transmitted():
    with urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/metrics", timeout=5) as answer:
        return sum(map(float, _MOVED.findall(answer.read().decode())))


@contextlib.contextmanager
def running(arguments, log):
    """A program until it prints its sign of life; ends it afterwards."""
    with open(log, "wb") as out:
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def emulator(paths, core, huge, seconds, folder, path):
    """Packets per second of its worker's running time; `path` is what both directions do."""
    a, b = _devices(paths)
    config = {"ports": {"a": {"device": a}, "b": {"device": b}}, "workers": {"cores": [core], "idle": "spin"},
              "memory": {"hugepages": huge, "packets": _PACKETS}, "control": {"listen": f"127.0.0.1:{_PORT}"},
              "a_to_b": path, "b_to_a": path}
    file, log = folder / "impair.json", folder / "impair.log"
    file.write_text(json.dumps(config))
    with running([str(program("gimbal-impair")), "--config", str(file)], log) as process:
        pcap_pmd.until(lambda: b"ready" in log.read_bytes(), process, log)
        time.sleep(0.7)
        before, ran = _transmitted(), pcap_pmd.busy_ns(process)
        time.sleep(seconds)
        after, took = _transmitted(), pcap_pmd.busiest(ran, pcap_pmd.busy_ns(process))
    return (after - before) / took


def measure(paths, core, huge, seconds, rounds, folder, path):
    """[(emulator, testpmd)] cycles per packet of each undisturbed round."""
    hz, pairs = pcap_pmd.tsc_hz(), []
    for number in range(rounds):
        ours = hz / emulator(paths, core, huge, seconds, folder, path)
        theirs = hz / pcap_pmd.testpmd(*paths, core, _PACKETS, huge, seconds, folder, forward="io")
        pairs.append((ours, theirs))
    return pairs


def run(rounds=5, seconds=2.0, sizes=(60, 1514)):
    """Prints the table; 1 when the clean emulator moves less than its share of what testpmd does."""
    if shutil.which("dpdk-testpmd") is None:
        print("bench: dpdk-testpmd is missing; install the package dpdk")
        return 1
    core = sorted(os.sched_getaffinity(0))[-1]
    kept = True
    with tempfile.TemporaryDirectory(prefix="gimbal-bench-") as scratch, pcap_pmd.huge_pages(_PACKETS * 6 // 1024 + 512) as huge:
        print(f"one core, pcap driver, {'huge' if huge else 'small'} pages; cycles per packet of TSC {pcap_pmd.tsc_hz() / 1e6:.0f} MHz")
        for size in sizes:
            paths = captures.plain(Path(scratch), size, _FRAMES)
            pairs = measure(paths, core, huge, seconds, rounds, Path(scratch), {})
            share = statistics.median(theirs / ours for ours, theirs in pairs)
            kept = kept and share >= _LEAST
            ours, theirs = (statistics.median(column) for column in zip(*pairs))
            print(f"{size + 4:5} byte frames: emulator, clean {ours:.1f}, testpmd io {theirs:.1f}: {share:.2f} of its rate"
                  f" (rounds {' '.join(f'{t / o:.2f}' for o, t in pairs)})", flush=True)
        for name, path in _MODELS.items():
            cost = pcap_pmd.tsc_hz() / emulator(captures.plain(Path(scratch), sizes[0], _FRAMES), core, huge, seconds, Path(scratch), path)
            print(f"{sizes[0] + 4:5} byte frames, {name}: {cost:.0f}", flush=True)
    return 0 if kept else 1

