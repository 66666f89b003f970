"""The runs of a long measurement: kept one by one as they end, taken up again, with an estimate of the rest."""
import contextlib
import fcntl
import json
import os
import time
from pathlib import Path


class Ledger:
    """`runs.jsonl` in a folder. A run is known by its key: with `resume` what stands there is not run again."""

    def __init__(self, folder: Path, resume=False):
        self.path = Path(folder) / "runs.jsonl"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.done = {}
        if resume and self.path.exists():
            text = self.path.read_text()
            whole = text[:text.rfind("\n") + 1]  # a killed run leaves half a line, which the next row must not continue
            if whole != text:
                self.path.write_text(whole)
            rows = map(json.loads, whole.splitlines())
            self.done = {row["key"]: row for row in rows if "failed" not in row}
        self._file = open(self.path, "w" if not resume else "a")

    def add(self, row: dict):
        self.done[row["key"]] = row
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()


class Progress:
    """Lines with what is done and when the rest will be: by the mean of the runs so far."""

    def __init__(self, runs: int, guess_s: float):
        self.left, self._total, self._guess, self._spent, self._ran = runs, runs, guess_s, 0.0, 0
        print(f"{runs} runs, about {_span(runs * guess_s)}", flush=True)

    def say(self, text: str, seconds: float):
        self.left -= 1
        self._spent += seconds
        self._ran += 1
        print(f"[{self._total - self.left}/{self._total}, {_span(self.left * self._spent / self._ran)} left] {text}", flush=True)


def _span(seconds):
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


@contextlib.contextmanager
def turn(lock):
    """Holds the file `lock`, so that two laboratories of one machine do not measure at once. None: does not ask."""
    if lock is None:
        yield
        return
    with open(lock, "a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def run_all(jobs, measure, folder: Path, resume, guess_s, lock=None) -> list:
    """`jobs`: [(key, fields)...]; `measure(fields, folder)` gives the figures of one. A run that fails is a row with
    `failed`, and is tried again by --resume. Rows in the order of the jobs."""
    ledger = Ledger(folder, resume)
    open_jobs = [(key, fields) for key, fields in jobs if key not in ledger.done]
    progress = Progress(len(open_jobs), guess_s)
    for key, fields in open_jobs:
        with turn(lock):
            start = time.monotonic()
            row = {"key": key, **fields, "load": os.getloadavg()[0]}
            try:
                row.update(measure(fields, folder / "logs" / key))
                said = row.get("says", "")
            except Exception as error:  # one run that cannot be measured must not end the matrix
                row["failed"] = str(error)
                said = "FAILED: " + str(error).splitlines()[-1]
        ledger.add(row)
        progress.say(f"{key}: {said}", time.monotonic() - start)
    return [ledger.done[key] for key, _ in jobs]
