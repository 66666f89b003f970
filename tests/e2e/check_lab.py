"""The measuring commands: a short run of each, so that they are there when they are needed."""
import contextlib
import csv
import json

from harness import expect, test
from lab import rescue, verdict


def _quietly(command, arguments, folder):
    """The command's exit code; what it prints goes to a log."""
    with open(folder / "said.log", "a") as said, contextlib.redirect_stdout(said):
        return command(arguments)


@test("the rescue matrix measures a path, keeps each run, and writes its table, figures and page")
def matrix(folder):
    arguments = ["--profiles", "loss1", "--boxes", "off,auto,oracle", "--seeds", "1", "--seconds", "3", "--out", str(folder)]
    expect(_quietly(rescue.main, arguments, folder) == 0, "a run failed")
    with open(folder / "rescue.csv") as read:
        rows = {row["box"]: row for row in csv.DictReader(read)}
    off, auto, oracle = (float(rows[box]["goodput_mbit"]) for box in ("off", "auto", "oracle"))
    expect(off < auto < 1.05 * oracle, f"off {off:.1f}, auto {auto:.1f}, oracle {oracle:.1f} Mb/s")
    expect(int(rows["off"]["retransmitted"]) > 0 and "random_loss=" in rows["off"]["drops"], rows["off"])
    expect(json.loads((folder / "logs/loss1-cubic-download-off-1/nstat.json").read_text())["TcpRetransSegs"] > 0, "nstat")
    page = (folder / "rescue.html").read_text()
    expect(page.count("<figure>") == 4 and "http" not in page, "one self-contained page with four plots")
    before = (folder / "runs.jsonl").read_text()
    expect(_quietly(rescue.main, [*arguments, "--resume"], folder) == 0 and (folder / "runs.jsonl").read_text() == before, "resumed runs nothing")


@test("the verdict is held against the truth of the simulator, and a confusion matrix written")
def verdicts(folder):
    arguments = ["--cases", "reorder5ms,congested", "--boxes", "observe", "--seconds", "3", "--out", str(folder)]
    expect(_quietly(verdict.main, arguments, folder) == 0, "the simulator failed")
    figures = json.loads((folder / "verdict.json").read_text())
    expect(figures["all"]["moments"] > 300, figures["all"])
    expect(figures["cases"]["congested cubic observe"]["congestion recall"] > 0.9, figures["cases"])
    expect(figures["cases"]["reorder5ms cubic observe"]["unsteady recall"] > 0.9, figures["cases"])
    with open(folder / "confusion.csv") as read:
        expect([row[0] for row in csv.reader(read)][1:] == list(verdict.CLASSES), "one row for each class")
