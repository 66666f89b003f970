"""tools/dev e2e netem: the emulator beside the kernel's own netem, in a small guest with Debian's cloud kernel.

The same settings through `tc qdisc ... netem` on a veth pair and through gimbal-impair between two veth pairs, the
same frames through both, one after the other; then quantiles of delay, losses, copies and reordering side by side.
The guest's clock counts instructions, so a busy machine changes nothing; what both paths add by themselves is measured
first and taken off. Exit code 1 when a row differs by more than chance and a processor of 250 million
instructions per second explain."""
import argparse
import json
import math
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.paths import BUILD, program

from . import guest

_TABLES = Path("/usr/lib/x86_64-linux-gnu/tc")
_PLUGINS = Path("/usr/lib/x86_64-linux-gnu/dpdk")
_QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)


@dataclass(frozen=True)
class Case:
    name: str
    netem: str        # arguments of tc's netem
    ours: dict        # a direction of gimbal-impair
    count: int = 5000
    gap_us: int = 500


def _jitter(kind, ms, **more):
    return {"delay_ms": 20, "jitter": {"kind": kind, "ms": ms, "order": "reorder", **more}}


CASES = [
    Case("nothing", "", {}, 3000),
    Case("delay 20 ms", "delay 20ms", {"delay_ms": 20}),
    Case("20 ms +- 5 ms uniform", "delay 20ms 5ms", _jitter("uniform", 5)),
    Case("20 ms, normal 4 ms", "delay 20ms 4ms distribution normal", _jitter("normal", 4)),
    Case("20 ms, Pareto-normal 4 ms", "delay 20ms 4ms distribution paretonormal", _jitter("pareto_normal", 4)),
    Case("20 ms, netem's pareto.dist 4 ms", "delay 20ms 4ms distribution pareto", _jitter("table", 4, file="/tc/pareto.dist")),
    Case("loss 5 %", "loss 5%", {"loss": {"kind": "bernoulli", "percent": 5}}, 20000, 150),
    Case("Gilbert-Elliott 1 % / 20 %", "loss gemodel 1% 20%",
         {"loss": {"kind": "gilbert_elliott", "p_percent": 1, "r_percent": 20}}, 20000, 150),
    Case("copies 5 %", "duplicate 5%", {"duplicate_percent": 5}, 10000, 150),
    Case("every 5th at once, 10 ms", "delay 10ms reorder 100% gap 5", {"delay_ms": 10, "reorder_gap": {"every": 5}}),
    Case("1 Mb/s, overloaded", "rate 1mbit", {"rate_mbit": 1, "queue_kbytes": 0}, 2000),
]


def _script(cases):
    lines = ["export TC_LIB_DIR=/tc",
             "/tools/ip link add n0 type veth peer name n1; /tools/ip link add a0 type veth peer name a1",
             "/tools/ip link add b1 type veth peer name b0",
             "for i in n0 n1 a0 a1 b1 b0; do /tools/ip link set $i up promisc on; done",
             "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6", "sleep 1"]
    for number, case in enumerate(cases):
        if case.netem:
            lines.append(f"/tools/tc qdisc add dev n0 root netem limit 100000 {case.netem}")
        lines += [f"echo RESULT {number} netem $(/tools/pulse n0 n1 {case.count} {case.gap_us})", "/tools/tc qdisc del dev n0 root 2>/dev/null",
                  f"/tools/gimbal-impair --config /cases/{number}.json 2>/tmp/log &",
                  "for t in $(seq 100); do grep -q ready /tmp/log && break; sleep 0.1; done",
                  f"echo RESULT {number} ours $(/tools/pulse a0 b0 {case.count} {case.gap_us})",
                  "kill $!; wait $! || cat /tmp/log"]
    return "\n".join(lines)


def _archive(kit, folder, cases):
    files = [(p, f"/tc/{p.name}") for p in _TABLES.glob("*.dist")]
    for number, case in enumerate(cases):
        config = {"ports": {"a": {"device": "iface:a1"}, "b": {"device": "iface:b1"}},
                  "workers": {"cores": [0], "idle": "sleep"}, "memory": {"packets": 8192},
                  "control": {"listen": "127.0.0.1:0"}, "seed": 11 + number, "a_to_b": case.ours}
        path = folder / f"{number}.json"
        path.write_text(json.dumps(config))
        files.append((path, f"/cases/{number}.json"))
    plugins = sorted(_PLUGINS.glob("pmds-*/librte_mempool_ring.so.*.*"))[-1:]
    files += [(p, p) for p in plugins]
    programs = [program("gimbal-impair"), BUILD / "tests/e2e/pulse", shutil.which("ip"), shutil.which("tc")]
    return guest.initramfs(kit, folder / "initramfs.gz", _script(cases), programs, files, ["veth", "sch_netem"])


def _results(text):
    out = {}
    for number, who, found in re.findall(r"RESULT (\d+) (netem|ours) (\{.*\})", text):
        out[int(number), who] = json.loads(found)
    return out


def _quantile(result, share, less=0.0):
    delays = result["delay_us"]
    return (delays[round(share * (len(delays) - 1))] - less) / 1000


def _distance(one, other, less_one, less_other):
    """Greatest distance of the two distribution functions, what each adds by itself taken off."""
    a, b = [x - less_one for x in one["delay_us"]], [x - less_other for x in other["delay_us"]]
    worst, j = 0.0, 0
    for i, x in enumerate(a):
        while j < len(b) and b[j] <= x:
            j += 1
        worst = max(worst, abs((i + 1) / len(a) - j / len(b)))
    return worst


def _share(result, of):
    return 1 - result["received"] / result["sent"] if of == "lost" else result[of] / result["sent"]


def _mean_run(result):
    runs = result["loss_runs"]
    return sum((i + 1) * n for i, n in enumerate(runs)) / max(1, sum(runs))


def _judge(case, netem, ours, added):
    """What is outside, as sentences; empty when the two agree."""
    out = []
    for of in ("lost", "doubled", "overtaken"):
        x, y = _share(netem, of), _share(ours, of)
        # Five deviations of the difference of two counts, twice as wide for runs and overtaking, that cluster.
        wide = 10 if "Gilbert" in case.name or of == "overtaken" else 5
        room = wide * math.sqrt(2 * max(x * (1 - x), 1e-4) / case.count) + (0.01 if of == "overtaken" else 0)
        if abs(x - y) > room:
            out.append(f"{of}: {x:.4f} and {y:.4f}")
    for q in _QUANTILES:
        # Four deviations of the difference of two ranks, and a tenth of a millisecond for the processor.
        ranks = 4 * math.sqrt(2 * q * (1 - q) / case.count)
        low, high = (_quantile(netem, min(1.0, max(0.0, q + side * ranks)), added[0]) for side in (-1, 1))
        y = _quantile(ours, q, added[1])
        if not low - 0.1 <= y <= high + 0.1:
            out.append(f"p{100 * q:g}: {y:.2f} ms, not within {low:.2f} to {high:.2f}")
    return out


def _print(case, netem, ours, added, said):
    for who, result, less in (("netem", netem, added[0]), ("ours", ours, added[1])):
        quantiles = " ".join(f"{_quantile(result, q, less):8.2f}" for q in _QUANTILES)
        print(f"{case.name if who == 'netem' else '':32} {who:6} {quantiles}  {100 * _share(result, 'lost'):6.2f} "
              f"{_mean_run(result):5.2f} {100 * _share(result, 'doubled'):6.2f} {100 * _share(result, 'overtaken'):6.2f}")
    print(f"{'':32} {'ok' if not said else 'OUTSIDE: ' + '; '.join(said)}; distance of the distributions "
          f"{_distance(netem, ours, *added):.3f}", flush=True)


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/dev e2e netem", description=__doc__)
    parser.add_argument("--match", default="", help="only rows whose name contains this")
    options = parser.parse_args(arguments)
    cases = [c for c in CASES if c.name == "nothing" or options.match.lower() in c.name.lower()]
    folder = BUILD / "netem"
    folder.mkdir(parents=True, exist_ok=True)
    kit = guest.Kit()
    text = guest.boot(kit, _archive(kit, folder, cases), folder / "console.log")
    results = _results(text)
    (folder / "results.json").write_text(json.dumps([[cases[n].name, who, r] for (n, who), r in results.items()]) + "\n")
    added = [_quantile(results[0, who], 0.5) * 1000 for who in ("netem", "ours")]
    print(f"kernel {kit.version}, QEMU without hardware help; netem adds {added[0]:.0f} us by itself, ours {added[1]:.0f} us: taken off")
    print(f"{'':32} {'':6} " + " ".join(f"{f'p{100 * q:g} ms':>8}" for q in _QUANTILES) +
          f"  {'lost %':>6} {'run':>5} {'copy %':>6} {'over %':>6}")
    failed = 0
    for number, case in enumerate(cases):
        netem, ours = results[number, "netem"], results[number, "ours"]
        said = _judge(case, netem, ours, added) if case.name != "nothing" else []
        _print(case, netem, ours, added, said)
        failed += bool(said)
    print(f"netem: {len(cases) - failed} rows agree, {failed} do not; {folder / 'results.json'}")
    return 1 if failed else 0
