"""tools/dev fuzz [SECONDS]: builds the libFuzzer targets with clang and runs each for a while.

A crash is kept in build-fuzz/crashes/; add it to the corpus of its target with the mend."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build-fuzz"


def build():
    if not (BUILD / "build.ninja").exists():
        shutil.rmtree(BUILD, ignore_errors=True)
        subprocess.run(["meson", "setup", str(BUILD), str(ROOT), "-Dfuzz=true", "-Ddpdk=disabled", "-Dbench=false",
                        "-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dcpp_args=-fsanitize=fuzzer-no-link"],
                       env={**os.environ, "CXX": "ccache clang++", "CC": "ccache clang"}, check=True,
                       stdout=subprocess.DEVNULL)
    # Only the targets and what they need: the rest is built by g++ elsewhere.
    known = subprocess.run(["ninja", "-C", str(BUILD), "-t", "targets", "all"], capture_output=True, text=True,
                           check=True).stdout
    names = sorted(set(re.findall(r"^(tests/fuzz/fuzz_\w+): cpp_LINKER", known, re.M)))
    if names:
        subprocess.run(["ninja", "-C", str(BUILD), *names], check=True)
    return [BUILD / name for name in names]


def run(target: Path, seconds: int):
    """(passed, what was done or seen)."""
    grown = BUILD / "corpus" / target.name
    crashes = BUILD / "crashes"
    for folder in (grown, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = [p for p in (ROOT / "tests/fuzz/corpus" / target.name,
                         ROOT / "tests/fuzz/corpus" / target.name.removeprefix("fuzz_")) if p.is_dir()]
    done = subprocess.run([str(target), str(grown), *map(str, seeds), f"-max_total_time={seconds}",
                           f"-artifact_prefix={crashes}/{target.name}-", "-print_final_stats=1", "-rss_limit_mb=4096"],
                          capture_output=True, text=True, errors="replace")
    (BUILD / f"{target.name}.log").write_text(done.stdout + done.stderr)
    count = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    if done.returncode == 0:
        return True, f"{count.group(1) if count else '?'} runs in {seconds} s"
    return False, f"see {BUILD / (target.name + '.log')}\n" + "\n".join(done.stderr.splitlines()[-25:])


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    failed = 0
    for target in build():
        passed, said = run(target, seconds)
        failed += not passed
        print(f"{'ok  ' if passed else 'FAIL'} {target.name}: {said}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
