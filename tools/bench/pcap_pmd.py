"""Cycles per packet of the whole appliance on one core, beside dpdk-testpmd macswap.

Both read the same captures through DPDK's pcap driver, which keeps all frames in memory and hands them
out for ever, and send into nothing: no card, no kernel, the same copies for both. Rounds are interleaved
because the machine's speed drifts; the ratio is the median of the rounds' ratios."""
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
from lab.paths import BUILD, program

_PORT = 8499
_SUM = re.compile(r'^gimbal_port_received_packets_total\{[^}]*\} ([0-9.e+]+)$', re.M)
_FATE = re.compile(r'^gimbal_packets_total\{[^}]*fate="(\w+)"[^}]*\} ([0-9.e+]+)$', re.M)


def tsc_hz():
    """The time-stamp counter's rate; on machines that do not say, the clock in cpuinfo."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("cpu MHz"):
            return float(line.split(":")[1]) * 1e6
    return 1e9


def steal():
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    return int(fields[7]), sum(map(int, fields[:8]))


@contextlib.contextmanager
def huge_pages(megabytes):
    """Reserves huge pages for the run and gives them back. Yields whether there are enough: without
    them both programs are measured on small pages, which costs both many times their own work."""
    knob = Path("/proc/sys/vm/nr_hugepages")
    before = knob.read_text()
    free = int(re.search(r"HugePages_Free:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1))
    try:
        knob.write_text(str(int(before) + max(0, megabytes // 2 - free)))
        free = int(re.search(r"HugePages_Free:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1))
        yield free >= megabytes // 2
    finally:
        knob.write_text(before)


def busy_ns(process):
    """Nanoseconds each thread of the process has run: on a shared machine the clock on the wall
    would count other people's work as ours."""
    return {task.name: int((task / "schedstat").read_text().split()[0])
            for task in Path(f"/proc/{process.pid}/task").iterdir()}


def busiest(before, after):
    return max(after[t] - before.get(t, 0) for t in after) / 1e9


def _metrics():
    with urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/metrics", timeout=5) as answer:
        return answer.read().decode()


def _devices(lan, wan):
    return [f"net_pcap{i},rx_pcap={path},infinite_rx=1" for i, path in enumerate((lan, wan))]


def gimbal(lan, wan, core, flows, packets, huge, seconds, folder):
    """(packets per second of its worker's running time, share of packets by fate)."""
    devices = _devices(lan, wan)
    config = {"ports": {"lan": {"device": devices[0]}, "wan": {"device": devices[1]}},
              "workers": {"cores": [core], "idle": "spin"},
              "memory": {"hugepages": huge, "packets": packets, "flows": max(4 * flows, 4096)},
              "control": {"listen": f"127.0.0.1:{_PORT}"}, "policy": {"default": {"mode": "auto", "custody": "never"}}}
    path = folder / f"gimbal-{flows}.json"
    path.write_text(json.dumps(config))
    log = folder / f"gimbal-{flows}.log"
    with open(log, "wb") as out:
        running = subprocess.Popen([str(program("gimbal")), "--config", str(path)], stdout=out, stderr=out)
    try:
        until(lambda: b"ready" in log.read_bytes(), running, log)
        time.sleep(1.5)  # handshakes done, caches warm
        before, ran = _metrics(), busy_ns(running)
        time.sleep(seconds)
        after, took = _metrics(), busiest(ran, busy_ns(running))
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(10)
    count = [sum(map(float, _SUM.findall(text))) for text in (before, after)]
    old = dict(_FATE.findall(before))
    fates = {name: float(n) - float(old.get(name, 0)) for name, n in _FATE.findall(after)}
    total = sum(fates.values()) or 1
    return (count[1] - count[0]) / took, {k: v / total for k, v in fates.items() if v / total > 0.001}


def testpmd(lan, wan, core, packets, huge, seconds, folder, forward="macswap"):
    """Packets per second of running time of `dpdk-testpmd`; macswap is the least a program that touches the frame does,
    io the least of all."""
    main_core = next((c for c in sorted(os.sched_getaffinity(0)) if c != core), core)
    arguments = ["dpdk-testpmd", "--lcores", f"0@{main_core},1@{core}", "--main-lcore", "0", "--no-pci", "--no-telemetry", "--file-prefix", f"bench{os.getpid()}"]
    arguments += ["--in-memory"] if huge else ["--no-huge", "-m", str(packets * 5 // 1024 + 256)]
    for device in _devices(lan, wan):
        arguments += ["--vdev", device]
    arguments += ["--", f"--forward-mode={forward}", "--nb-cores=1", "--no-flush-rx", "--auto-start", "--stats-period=1",
                  f"--total-num-mbufs={packets}"]
    log = folder / "testpmd.log"
    with open(log, "wb") as out:
        running = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    received = lambda: [int(n) for n in re.findall(r"RX-packets: (\d+)", log.read_text(errors="replace"))]  # noqa: E731
    try:
        until(lambda: len(received()) >= 4, running, log)  # the second print of both ports: it runs
        before, ran = received(), busy_ns(running)
        until(lambda: len(received()) >= len(before) + 2 * int(seconds), running, log, seconds + 30)
        after, took = received(), busiest(ran, busy_ns(running))
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
    return (sum(after[-2:]) - sum(before[-2:])) / took


def until(done, running, log, seconds=90):
    deadline = time.monotonic() + seconds
    while not done():
        if running.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"bench: {' '.join(running.args)[:200]} ...\n" +
                             "\n".join(log.read_text(errors="replace").splitlines()[-15:]))
        time.sleep(0.05)


def run(flow_counts, rounds, seconds):
    if shutil.which("dpdk-testpmd") is None:
        print("bench: dpdk-testpmd is missing; install the package dpdk")
        return 1
    core = sorted(os.sched_getaffinity(0))[-1]
    hz = tsc_hz()
    rows = []
    print(f"one core, pcap driver, 64-byte ACKs with handshakes, TSC {hz / 1e6:.0f} MHz")
    with tempfile.TemporaryDirectory(prefix="gimbal-bench-") as scratch:
        for flows in flow_counts:
            lan, wan = captures.write(Path(scratch), flows, max(2, 16_000 // flows))
            frames = sum((p.stat().st_size - 24) // 76 for p in (lan, wan))
            packets = 1 << (frames + 20_000).bit_length()
            ours, theirs, fates = [], [], {}
            with huge_pages(packets * 3 // 1024 + 512) as huge:
                print(f"  {flows} flows, {frames} frames, {'huge' if huge else 'small'} pages")
                for number in range(rounds):
                    before = steal()
                    rate, fates = gimbal(lan, wan, core, flows, packets, huge, seconds, Path(scratch))
                    other = testpmd(lan, wan, core, packets, huge, seconds, Path(scratch))
                    after = steal()
                    stolen = (after[0] - before[0]) / max(1, after[1] - before[1])
                    print(f"  round {number + 1}: gimbal {hz / rate:.1f}, testpmd {hz / other:.1f} cycles/packet"
                          f"{f', left out: {stolen:.1%} stolen' if stolen > 0.01 else ''}", flush=True)
                    if stolen <= 0.01:
                        ours.append(hz / rate)
                        theirs.append(hz / other)
            if not ours:
                print(f"{flows} flows: every round was disturbed")
                continue
            ratio = statistics.median(a / b for a, b in zip(ours, theirs))
            rows.append({"flows": flows, "gimbal": ours, "testpmd": theirs, "ratio": ratio, "fates": fates})
            print(f"{flows} flows: gimbal {statistics.median(ours):.1f}, testpmd macswap {statistics.median(theirs):.1f} "
                  f"cycles/packet, ratio {ratio:.2f}; fates {', '.join(f'{k} {v:.0%}' for k, v in fates.items())}")
    out = BUILD / "bench.json"
    out.write_text(json.dumps(rows, indent=1) + "\n")
    print(f"whole figures: {out}")
    return 0
