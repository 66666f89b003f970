"""tools/dev test: builds everything, runs every test, closes with `N passed, N failed`.

Counts single test cases where a program reports them, otherwise the program. A build that fails
counts as one failure and skips what needs it."""
import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import fuzz

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / "tools/dev"
_ALL_PASSED = re.compile(r"All tests passed \(.* in (\d+) test cases?\)")
_SOME_FAILED = re.compile(r"test cases:\s*(\d+)\s*\|(?:\s*(\d+) passed\s*\|)?\s*(\d+) failed")
_SUMMARY = re.compile(r"(\d+) passed, (\d+) failed")


class Tally:
    def __init__(self):
        self.passed = self.failed = 0
        self.failures = []

    def add(self, name, passed, failed):
        self.passed += passed
        self.failed += failed
        if failed:
            self.failures.append(name)
        print(f"{'FAIL' if failed else 'ok  '} {name}: {passed} passed, {failed} failed", flush=True)


# Sanitized code is slow to compile: lines for the traces, no more, and the warnings are the plain build's business.
LIGHT = ["-Ddebug=false", "-Doptimization=1", "-Dcpp_args=-g1", "-Dwerror=false"]


def step(name):
    print(f"\n== {name} ({time.strftime('%H:%M:%S')})", flush=True)


def run(arguments, log: Path, echo=False):
    """Runs a command with its output in a log; shown as it comes, or its end when it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as out:
        child = subprocess.Popen([str(a) for a in arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 text=True, errors="replace")
        for line in child.stdout:
            out.write(line)
            if echo:
                print("  " + line, end="", flush=True)
        child.wait()
    if child.returncode and not echo:
        print("\n".join(log.read_text().splitlines()[-40:]), flush=True)
        print(f"whole log: {log.relative_to(ROOT)}", flush=True)
    return child.returncode


def build(tally, name, directory, options):
    step(f"build {name}")
    if not (ROOT / directory / "build.ninja").exists():
        if run(["meson", "setup", directory, ".", *options], ROOT / f"{directory}.setup.log"):
            tally.add(f"configure {name}", 0, 1)
            return False
        (ROOT / f"{directory}.setup.log").unlink()
    log = ROOT / directory / "dev-build.log"
    failed = run(["ninja", "-C", directory], log)
    tally.add(f"build {name}", int(not failed), int(bool(failed)))
    return not failed


def unit_tests(tally, name, directory):
    step(f"tests, {name}")
    run(["meson", "test", "-C", directory, "--no-rebuild", "--timeout-multiplier", "6"],
        ROOT / directory / "dev-test.log")
    results = ROOT / directory / "meson-logs/testlog.json"
    lines = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    if not lines:
        tally.add(f"{name}: no test reported", 0, 1)
    for test in lines:
        passed, failed = _cases(test)
        if failed:
            print((test.get("stdout", "") + test.get("stderr", ""))[-6000:], flush=True)
        tally.add(f"{name}: {test['name']}", passed, failed)


def _cases(test):
    text = test.get("stdout", "")
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        found = _ALL_PASSED.search(text)
        return (int(found.group(1)) if found else 1), 0
    if test["result"] == "SKIP":
        return 0, 0
    found = _SOME_FAILED.search(text)
    if not found:
        return 0, 1
    failed = int(found.group(3))
    return int(found.group(1)) - failed, max(1, failed)


def summed(tally, name, arguments, log):
    """A step that prints its own `N passed, N failed`."""
    step(name)
    code = run(arguments, log, echo=True)
    found = _SUMMARY.findall(log.read_text())
    passed, failed = map(int, found[-1]) if found else (0, 0)
    if code and not failed:
        failed = 1
    if not found and not code:
        failed = 1
    tally.add(name, passed, failed)


def fuzzing(tally, seconds):
    step("fuzz")
    try:
        targets = fuzz.build()
    except subprocess.CalledProcessError as error:
        print(error)
        tally.add("build fuzz targets", 0, 1)
        return
    for target in targets:
        passed, said = fuzz.run(target, seconds)
        print(f"     {said}")
        tally.add(f"fuzz {target.name}", int(passed), int(not passed))


def main():
    parser = argparse.ArgumentParser(prog="tools/dev test")
    parser.add_argument("--fuzz-seconds", type=int, default=15)
    parser.add_argument("--skip", default="", help="steps to leave out: lint,unit,asan,fuzz,e2e")
    options = parser.parse_args()
    skip = set(options.skip.split(","))
    start = time.monotonic()
    tally = Tally()
    built = build(tally, "g++", "build", ["-Ddpdk=enabled"])
    if "lint" not in skip:
        summed(tally, "lint", ["/usr/bin/python3", "tools/lint.py"], ROOT / "build/lint.log")
    if built and "unit" not in skip:
        unit_tests(tally, "g++", "build")
    if "asan" not in skip and build(tally, "ASan and UBSan, no DPDK", "build-asan",
                                    ["-Ddpdk=disabled", "-Dbench=false", "-Db_sanitize=address,undefined",
                                     "-Db_lundef=false", *LIGHT]):
        unit_tests(tally, "sanitized", "build-asan")
    if "fuzz" not in skip:
        fuzzing(tally, options.fuzz_seconds)
    if built and "e2e" not in skip:
        summed(tally, "end to end", ["/usr/bin/python3", "tests/e2e"], ROOT / "build/e2e/run.log")
    print(f"\n{(time.monotonic() - start) / 60:.1f} minutes")
    for name in tally.failures:
        print(f"failed: {name}")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
