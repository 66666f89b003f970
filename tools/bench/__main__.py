"""tools/dev bench [--flows 1000,100000] [--rounds N] [--seconds N]: micro-benchmarks, then the whole
path beside dpdk-testpmd on the same packets."""
import argparse
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
import pcap_pmd  # noqa: E402
from lab.paths import BUILD  # noqa: E402


def main():
    parser = argparse.ArgumentParser(prog="tools/dev bench")
    parser.add_argument("--flows", default="1000,100000")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--skip-micro", action="store_true")
    options = parser.parse_args()
    if not options.skip_micro:
        for program in sorted((BUILD / "tests/bench").glob("bench_*")):
            if program.is_file():
                subprocess.run([str(program)], check=True)
    return pcap_pmd.run([int(n) for n in options.flows.split(",")], options.rounds, options.seconds)


if __name__ == "__main__":
    sys.exit(main())
