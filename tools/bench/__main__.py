"""tools/dev bench [--only micro|path|emulator] [--flows 1000,100000] [--rounds N] [--seconds N]:
micro-benchmarks; the whole path beside dpdk-testpmd on the same packets; the emulator: its packet rate
beside dpdk-testpmd, how late it releases, and clean beside a kernel bridge."""
import argparse
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
import emulator_clean  # noqa: E402
import emulator_precision  # noqa: E402
import emulator_rate  # noqa: E402
import pcap_pmd  # noqa: E402
from lab.paths import BUILD  # noqa: E402


def main():
    parser = argparse.ArgumentParser(prog="tools/dev bench")
    parser.add_argument("--flows", default="1000,100000")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--only", choices=["micro", "path", "emulator"])
    options = parser.parse_args()
    worst = 0
    if options.only in (None, "micro"):
        for program in sorted((BUILD / "tests/bench").glob("bench_*")):
            if program.is_file():
                subprocess.run([str(program)], check=True)
    if options.only in (None, "path"):
        worst = pcap_pmd.run([int(n) for n in options.flows.split(",")], options.rounds, options.seconds)
    if options.only in (None, "emulator"):
        worst = max(worst, emulator_rate.run(), emulator_precision.run(), emulator_clean.run())
    return worst


if __name__ == "__main__":
    sys.exit(main())
