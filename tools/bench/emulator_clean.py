"""What the emulator adds when it is asked for nothing: round trips and goodput beside a kernel bridge
in its place, in interleaved rounds. The appliance's place is a bridge throughout."""
import statistics
import tempfile
from pathlib import Path

from lab import measure
from lab.rig import Rig

_ECHO = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("{address}", 7777)); print("ready", flush=True)
while True:
    data, peer = s.recvfrom(64); s.sendto(data, peer)
"""
_ASK = """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1); s.connect(("{address}", 7777))
for _ in range({count}):
    start = time.perf_counter(); s.send(b"x" * 32)
    try: s.recv(64)
    except TimeoutError: continue
    print(int((time.perf_counter() - start) * 1e9)); time.sleep(0.0005)
"""


def _percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))] / 1e3


def _round_trips(rig, count):
    echo = rig.spawn(rig.server, ["/usr/bin/python3", "-c", _ECHO.format(address=rig.SERVER)], "echo")
    echo.wait_ready(5)
    asked = rig.run(rig.client, "/usr/bin/python3", "-c", _ASK.format(address=rig.SERVER, count=count))
    echo.stop()
    return sorted(int(word) for word in asked.stdout.split())


def run(rounds=3, count=3000, seconds=4):
    """Prints a table; the emulator at 100 Mb/s must carry 95 % of what that rate allows."""
    paths = {"bridge": {}, "emulator": {"a_to_b": {}, "b_to_a": {}},
             "emulator, 100 Mb/s": {"a_to_b": {"rate_mbit": 100}, "b_to_a": {}}}
    seen = {name: [] for name in paths}
    print(f"{'path':20} {'p50 us':>8} {'p99 us':>8} {'p99.9 us':>9} {'Mb/s':>8}")
    for _ in range(rounds):
        for name, path in paths.items():
            folder = Path(tempfile.mkdtemp(prefix="gimbal-bench-"))
            with Rig(folder, box="off", path=path) as rig:
                trips = _round_trips(rig, count)
                with measure.probe_server(rig) as listen:
                    goodput = measure.bulk(rig, listen, seconds=seconds)["goodput_mbit"]
            row = [_percentile(trips, q) for q in (0.5, 0.99, 0.999)] + [goodput]
            seen[name].append(row)
            print(f"{name:20} {row[0]:8.1f} {row[1]:8.1f} {row[2]:9.1f} {row[3]:8.1f}", flush=True)
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in seen.items()}
    added = [medians["emulator"][i] - medians["bridge"][i] for i in range(3)]
    # 1448 of 1514 bytes of a full frame are payload.
    share = medians["emulator, 100 Mb/s"][3] / (100 * 1448 / 1514)
    print(f"added over the bridge, medians: p50 {added[0]:.1f}  p99 {added[1]:.1f}  p99.9 {added[2]:.1f} us")
    print(f"at 100 Mb/s it carries {share:.3f} of the wire; unlimited, "
          f"{medians['emulator'][3] / medians['bridge'][3]:.2f} of the bridge's goodput")
    return 0 if share >= 0.95 else 1

