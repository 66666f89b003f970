"""Measurements on a rig: the probe's workloads, iperf3 as an independent check, kernel counters."""
import contextlib
import json
import time

from .netns import LabError
from .paths import program
from .rig import Rig

PORT = 5201


@contextlib.contextmanager
def probe_server(rig: Rig, address=None, port=PORT):
    listen = f"[{address}]:{port}" if address and ":" in address else f"{address or rig.SERVER}:{port}"
    server = rig.spawn(rig.server, [program("gimbal-probe"), "server", "--listen", listen], f"probe-server-{port}")
    try:
        server.wait_ready(5)
        yield listen
    finally:
        server.stop()


def bulk(rig: Rig, listen, name="bulk", seconds=10.0, cc="cubic", upload=False, total=0, flows=1, verify=False,
         limit=120.0) -> dict:
    """Runs the bulk workload to its end; its whole JSON."""
    return bulk_result(rig, *bulk_start(rig, listen, name, seconds, cc, upload, total, flows, verify, limit),
                       within=(limit if total else seconds) + 60)


def bulk_start(rig, listen, name="bulk", seconds=10.0, cc="cubic", upload=False, total=0, flows=1, verify=False,
               limit=120.0):
    out = rig.folder / f"{name}.json"
    arguments = [program("gimbal-probe"), "bulk", "--connect", listen, "--cc", cc, "--json", out, "--flows", flows]
    arguments += ["--total", total, "--limit", limit] if total else ["--seconds", seconds]
    arguments += (["--upload"] if upload else []) + (["--verify"] if verify else [])
    return rig.spawn(rig.client, arguments, name), out


def bulk_result(rig, running, out, within):
    try:
        running.process.wait(within)
    except Exception:
        running.stop()
        raise LabError(f"the bulk workload did not end within {within} s:\n{running.tail()}")
    if not out.exists():
        raise LabError(f"the bulk workload failed:\n{running.tail()}")
    return json.loads(out.read_text())


def barrier(rig: Rig, listen, name="barrier", reads=100, size=4000, rounds=300, cc="cubic") -> dict:
    out = rig.folder / f"{name}.json"
    rig.run(rig.client, program("gimbal-probe"), "barrier", "--connect", listen, "--reads", reads, "--bytes", size,
            "--rounds", rounds, "--cc", cc, "--json", out, seconds=240)
    return json.loads(out.read_text())


def iperf3(rig: Rig, seconds=10, cc="cubic", upload=False) -> float:
    """Goodput in Mb/s as iperf3's receiver saw it."""
    server = rig.spawn(rig.server, ["iperf3", "-s", "-1", "-p", "5301", "-B", rig.SERVER], "iperf3-server")
    deadline = time.monotonic() + 5
    while ":5301" not in rig.run(rig.server, "ss", "-ltn").stdout and time.monotonic() < deadline:
        time.sleep(0.02)
    done = rig.run(rig.client, "iperf3", "-c", rig.SERVER, "-p", "5301", "-t", seconds, "-C", cc, "-J",
                   *([] if upload else ["-R"]), seconds=seconds + 60)
    server.stop()
    return json.loads(done.stdout)["end"]["sum_received"]["bits_per_second"] / 1e6


@contextlib.contextmanager
def socket_samples(rig: Rig, namespace, name, every=0.5):
    """`ss -tin` every so many seconds into NAME.log: what the kernel says, beside what the probe says."""
    loop = f"while :; do date +%s.%N; ss -Htin; sleep {every}; done"
    running = rig.spawn(namespace, ["sh", "-c", loop], name)
    try:
        yield running.log
    finally:
        running.stop()


def tcp_counters(rig: Rig, namespace) -> dict:
    """Kernel counters of a namespace since it began: namespaces are fresh, so no difference is needed."""
    return {k: v for k, v in json.loads(rig.run(namespace, "nstat", "-asj").stdout)["kernel"].items() if v}
