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


@test("the studies beside the matrix run: a bystander, a datagram stream, short transfers")
def studies(folder):
    for asked, name, rows in ((["--bystander", "cubic", "--profiles", "congested", "--seconds", "2"], "sharing", 4),
                              (["--udp", "--seconds", "2"], "udp", 2),
                              (["--first-bytes", "--profiles", "clean"], "first-bytes", 2)):
        expect(_quietly(rescue.main, [*asked, "--seeds", "1", "--out", str(folder)], folder) == 0, f"{name}: a run failed")
        written = [json.loads(line) for line in (folder / name / "runs.jsonl").read_text().splitlines()]
        expect(len(written) == rows and {r["box"] for r in written} == {"off", "auto"}, f"{name}: {len(written)} runs")
    delays = [row["p99_ms"] for row in map(json.loads, (folder / "udp/runs.jsonl").read_text().splitlines())]
    expect(all(20 < d < 200 for d in delays), f"datagrams took {delays} ms at p99")
