"""The measuring commands: a short run of each, so that they are there when they are needed."""
import contextlib
import csv
import json

from harness import expect, test
from lab import correlate, ledger, peers, rescue, verdict


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
    recorded = folder / "recorded.csv"
    recorded.write_text("0,20\n1,60\n2,15\n4,\n")
    arguments = ["--cases", "reorder5ms,congested", "--traces", str(recorded), "--boxes", "observe", "--seconds", "3", "--out", str(folder)]
    expect(_quietly(verdict.main, arguments, folder) == 0, "the simulator failed")
    figures = json.loads((folder / "verdict.json").read_text())
    expect(figures["all"]["moments"] > 300, figures["all"])
    expect(figures["cases"]["congested cubic observe"]["congestion recall"] > 0.9, figures["cases"])
    expect(figures["cases"]["reorder5ms cubic observe"]["unsteady recall"] > 0.9, figures["cases"])
    expect(figures["cases"]["recorded.csv cubic observe"]["moments"] > 100, figures["cases"])
    expect(figures["delay"]["observe"]["onsets"] >= 1 and figures["delay"]["observe"]["within four"] == 1, figures["delay"])
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


@test("simulated and real cells are correlated, each cell once on either side")
def correlation(folder):
    arguments = ["--profiles", "clean,loss1", "--boxes", "off,auto", "--sim-seeds", "1", "--seconds", "3", "--out", str(folder)]
    expect(_quietly(correlate.main, arguments, folder) == 0, "a run failed")
    with open(folder / "correlation.csv") as read:
        cells = {(row["profile"], row["box"]): row for row in csv.DictReader(read)}
    expect(set(cells) == {(p, b) for p in ("clean", "loss1") for b in ("off", "auto")}, list(cells))
    for side in ("real_mbit", "simulated_mbit"):
        rates = {cell: float(row[side]) for cell, row in cells.items()}
        expect(rates["loss1", "off"] < min(rates["clean", "off"], rates["loss1", "auto"]), f"{side}: {rates}")
    expect(-1 <= json.loads((folder / "correlation.json").read_text())["all"] <= 1, "a rank correlation")
    expect((folder / "correlation.html").read_text().count("<circle") == 4, "one point for each cell")


@test("peers of other habits are measured off and on, each in its own settings")
def peer_table(folder):
    arguments = ["--profiles", "clean", "--peers", "no-timestamps,tiny-window", "--seeds", "1", "--seconds", "2", "--out", str(folder)]
    expect(_quietly(peers.main, arguments, folder) == 0, "a run failed")
    rows = {row["peer"]: row for row in json.loads((folder / "peers.json").read_text())}
    expect(set(rows) == {"no-timestamps", "tiny-window"}, list(rows))
    # 16 kB of buffer let half as much into a window: some 3 Mb/s at 40 ms.
    expect(0.5 < rows["tiny-window"]["off"][0] < 8 and rows["no-timestamps"]["off"][0] > 30, rows)


@test("a measurement that was killed while it wrote is taken up at the run it lost")
def taken_up(folder):
    ran = []

    def measure(fields, _):
        ran.append(fields["n"])
        return {"figure": fields["n"] * 10}

    jobs = [(f"run-{n}", {"n": n}) for n in (1, 2, 3)]
    with contextlib.redirect_stdout(None):
        ledger.run_all(jobs[:2], measure, folder, False, 1)
        kept = (folder / "runs.jsonl").read_text()
        (folder / "runs.jsonl").write_text(kept[:-9])
        rows = ledger.run_all(jobs, measure, folder, True, 1)
        again = ledger.run_all(jobs, measure, folder, True, 1)
    expect(ran == [1, 2, 2, 3], f"ran {ran}")
    expect([r["figure"] for r in rows] == [10, 20, 30] and again == rows, rows)
