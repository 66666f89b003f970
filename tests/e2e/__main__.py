"""tools/dev e2e [--match TEXT] [--list] | figures [--seeds 1,2,3] [--match ROW] | rescue, verdict, correlate ... (--help tells)."""
import argparse
import importlib
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import harness  # noqa: E402


# Measurements with options of their own.
_STUDIES = {"rescue": "lab.rescue", "peers": "lab.peers", "verdict": "lab.verdict", "correlate": "lab.correlate",
            "netem": "qemu.netem", "cliff": "lab.cliff"}


def _refused():
    if os.geteuid() == 0:
        return False
    print("e2e: network namespaces need root; run this as root", file=sys.stderr)
    return True


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if len(sys.argv) > 1 and sys.argv[1] in _STUDIES:
        study = importlib.import_module(_STUDIES[sys.argv[1]])
        if "-h" not in sys.argv and "--help" not in sys.argv and getattr(study, "NEEDS_ROOT", True) and _refused():
            return 1
        return study.main(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="tools/dev e2e")
    parser.add_argument("what", nargs="?", choices=["tests", "figures"], default="tests")
    parser.add_argument("--match", default="", help="only tests (rows) whose name contains this")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--seeds", default="1,2,3", help="of the figures")
    options = parser.parse_args()
    if options.list:
        print("\n".join(sentence for sentence, _ in harness.collect()))
        return 0
    if _refused():
        return 1
    if options.what == "figures":
        import figures
        return figures.run([int(s) for s in options.seeds.split(",")], options.match)
    return harness.run_all(options.match)


if __name__ == "__main__":
    sys.exit(main())
