"""The what-if: the probe builds its own laboratory, and takes it down again."""
import json
import signal
import subprocess
import time
from pathlib import Path

from harness import expect, test
from lab.paths import program

_PROBE = program("gimbal-probe")


def _left_behind():
    folder = Path("/run/netns")
    return sorted(p.name for p in folder.glob("gimbal-whatif-*")) if folder.is_dir() else []


@test("the what-if runs the same inference at both sites, without and with, and says where")
def whatif(folder):
    edge = folder / "near.json"
    edge.write_text(json.dumps({"a_to_b": {"delay_ms": 4}, "b_to_a": {"delay_ms": 4}}))
    done = subprocess.run([_PROBE, "whatif", edge, "transatlantic", "--core-set", "delay_ms=60", "--rounds", "1",
                           "--seconds", "1.5", "--edge-token-ms", "4", "--core-token-ms", "3", "--edge-first-ms", "10",
                           "--core-first-ms", "10", "--tokens", "16", "--json", folder / "whatif.json", "--html",
                           folder / "whatif.html", "--require", "whatif.edge.off.ttft.p50<60ms"],
                          capture_output=True, text=True, timeout=150)
    (folder / "whatif.log").write_text(done.stdout + done.stderr)
    expect(done.returncode == 0, f"exit {done.returncode}: {done.stderr[-1500:]}")
    answer = json.loads((folder / "whatif.json").read_text())
    expect(answer["best"] == {"off": "edge", "on": "edge"}, answer["sentences"])
    rows = {(r["metric"], r["what"]): r for r in answer["rows"]}
    ttft = {site: rows["ttft", "p50"][site]["off"]["median"] for site in ("edge", "core")}
    expect(17 < ttft["edge"] < 40 and 129 < ttft["core"] < 170, f"18 and 130 ms on the path and computing, {ttft} seen")
    expect("run it at the edge" in (folder / "whatif.html").read_text(), "the page does not answer")
    expect(not _left_behind(), "namespaces were left:", _left_behind())


@test("a what-if that is interrupted leaves nothing behind, and a wrong scenario is refused before it begins")
def whatif_interrupted(folder):
    wrong = subprocess.run([_PROBE, "whatif", "no-such-path", "lte"], capture_output=True, text=True, timeout=30)
    expect(wrong.returncode == 2 and "no-such-path" in wrong.stderr, wrong.returncode, wrong.stderr)
    running = subprocess.Popen([_PROBE, "whatif", "lte", "lte"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 20
    while len(_left_behind()) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    expect(len(_left_behind()) == 4, "the namespaces never came")
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=20)[1].decode()
    expect(running.returncode == 1 and "stopped" in said, running.returncode, said)
    expect(not _left_behind(), "namespaces were left:", _left_behind())
