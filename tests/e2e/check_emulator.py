"""The emulator on its own: live captures, full disks, a port that goes away, scenarios it refuses."""
import json
import socket
import statistics
import subprocess
import time
from contextlib import contextmanager

import pcapng
from harness import expect, test
from lab import cliff
from lab.netns import command, inside
from lab.paths import program
from lab.profiles import bernoulli, link
from lab.rig import Rig

_PORT = 7800


def _rest(rig, path, method="GET", body=None):
    data = [] if body is None else ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    done = rig.run(rig.far, "curl", "-s", "-m", "5", "-X", method, "-w", "\n%{http_code}", *data,
                   f"http://127.0.0.1:8481{path}")
    text, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(text)


def _capture(rig, **wish):
    return _rest(rig, "/api/v1/capture", "POST", wish)


@contextmanager
def _datagrams(rig):
    """(send, received): `send(count)` from the server to the client, `received()` what came so far."""
    with inside(rig.client):
        far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        far.bind((rig.CLIENT, _PORT))
    far.setblocking(False)
    with inside(rig.server):
        near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(count, size=200):
        for number in range(count):
            near.sendto(number.to_bytes(4, "big").ljust(size, b"x"), (rig.CLIENT, _PORT))
            time.sleep(0.0002)

    def received(wanted, seconds=3):
        got, deadline = [], time.monotonic() + seconds
        while len(got) < wanted and time.monotonic() < deadline:
            try:
                got.append(int.from_bytes(far.recv(2048)[:4], "big"))
            except BlockingIOError:
                time.sleep(0.01)
        return got

    try:
        yield send, received
    finally:
        near.close()
        far.close()


@test("a running emulator is captured by request: every packet on both ports with its fate")
def live_capture(folder):
    path = {"a_to_b": link(20, loss=bernoulli(10), jitter={"kind": "uniform", "ms": 5, "order": "reorder"},
                           corrupt={"percent": 10, "repair_checksum": True}),
            "b_to_a": link(1), "capture": {"folder": str(folder)}}
    with Rig(folder, box="off", path=path) as rig, _datagrams(rig) as (send, received):
        send(50)
        received(50, 0.5)
        status, body = _capture(rig, action="start", file="live.pcapng")
        expect(status == 200 and body["state"] == "running", status, body)
        before = _rest(rig, "/api/v1/status")[1]["a_to_b"]
        send(1000)
        got = received(1000, 1)
        status, body = _capture(rig, action="stop")
        after = _rest(rig, "/api/v1/status")[1]["a_to_b"]
    expect(status == 200 and body["state"] == "stopped" and body["lost"] == 0, status, body)
    ours = [f for f in pcapng.frames(folder / "live.pcapng") if f.data[36:38] == _PORT.to_bytes(2, "big")]
    arrived = [f for f in ours if f.port == "a"]
    left = [f for f in ours if f.port == "b"]
    carried = [f for f in arrived if f.comment.startswith("in, carried: ")]
    lost = [f for f in arrived if f.comment.startswith("in, lost: random_loss")]
    expect(len(arrived) == 1000 and len(carried) + len(lost) == 1000, len(arrived), len(carried), len(lost))
    expect(len(left) == len(carried) == len(got), len(left), len(carried), len(got))
    expect(len(lost) == after["dropped"]["random_loss"] - before["dropped"]["random_loss"], len(lost), before, after)
    expect([int.from_bytes(f.data[42:46], "big") for f in left if "corrupted" not in f.comment][:5] ==
           [n for n in got if n in {int.from_bytes(f.data[42:46], "big") for f in left if "corrupted" not in f.comment}][:5],
           "they left in another order than they came to the client")
    expect(sorted(ours, key=lambda f: f.at_ns) == ours, "stamps run backwards")
    changed = [f for f in left if f.data not in {a.data for a in arrived}]
    expect(len(changed) == sum("corrupted" in f.comment for f in left) > 50, len(changed), "packets left changed")
    delays = [float(f.comment.split()[2]) for f in carried]
    expect(14.9 < min(delays) and max(delays) < 26, min(delays), max(delays))


@test("a capture that cannot be made is refused with the reason, and packets pass")
def refused_captures(folder):
    path = {"a_to_b": link(1), "b_to_a": link(1), "capture": {"folder": str(folder)}}
    with Rig(folder, box="off", path=path) as rig, _datagrams(rig) as (send, received):
        (folder / "there.pcapng").write_bytes(b"mine")
        for wish, said in (({"action": "begin"}, "action: 'begin': must be one of 'start', 'stop'"),
                           ({"action": "start"}, "file: missing"),
                           ({"action": "start", "file": "../x"}, "file: '../x': must be a file name without '/'"),
                           ({"action": "start", "file": "there.pcapng"}, "cannot create: File exists"),
                           ({"action": "start", "file": "x", "side": "c"}, "side: 'c': must be one of"),
                           ({"action": "stop"}, "action: nothing is being captured")):
            status, body = _capture(rig, **wish)
            expect(400 <= status < 500 and said in body["detail"], wish, status, body)
        expect((folder / "there.pcapng").read_bytes() == b"mine", "an old file was touched")
        expect(_capture(rig, action="start", file="one.pcapng", side="b", packets=5)[0] == 200)
        status, body = _capture(rig, action="start", file="two.pcapng")
        expect(status == 422 and "stop that first" in body["detail"], status, body)
        send(100)
        expect(len(received(100)) == 100, "packets were lost")
        expect(_rest(rig, "/api/v1/capture")[1]["state"] == "complete", "the capture did not end with enough packets")
        expect(_capture(rig, action="start", file="two.pcapng")[0] == 200, "the next capture was refused")
    expect(len(pcapng.frames(folder / "one.pcapng")) >= 5, "the first capture is not whole")
    with Rig(folder, box="off", path={"a_to_b": link(1), "b_to_a": link(1)}) as rig:
        status, body = _capture(rig, action="start", file="x.pcapng")
        expect(status == 422 and "capture.folder" in body["detail"], status, body)


@test("a disk that is full ends capture and truth log with a line each; every packet still leaves")
def full_disk(folder):
    small = folder / "small"
    small.mkdir(exist_ok=True)
    command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small)
    try:
        path = {"a_to_b": link(1), "b_to_a": link(1), "capture": {"folder": str(small)},
                "truth_log": str(small / "truth.log")}
        with Rig(folder, box="off", path=path) as rig, _datagrams(rig) as (send, received):
            expect(_capture(rig, action="start", file="live.pcapng")[0] == 200)
            send(2000)
            expect(len(received(2000)) == 2000, "packets were lost")
            status = _rest(rig, "/api/v1/status")[1]
            expect(status["capture"]["state"] == "disk_full", status["capture"])
            expect(status["truth_log"]["lost"] > 0, status["truth_log"])
            rig.impair.stop()
            expect(rig.impair.process.returncode == 0, f"it ended with {rig.impair.process.returncode}")
            for said in ("the disk takes no more; packets go on uncaptured", "the disk takes no more; packets go on unrecorded"):
                expect(said in rig.impair.text(), f"it did not say '{said}'", rig.impair.tail())
    finally:
        command("umount", small)


@test("a port that goes away ends the emulator with 1 and its name; what is on its way still leaves")
def port_gone(folder):
    with Rig(folder, box="off", path={"a_to_b": link(600), "b_to_a": link(1)}) as rig, \
            _datagrams(rig) as (send, received):
        send(100)
        rig.run(rig.far, "ip", "link", "del", "m1")
        got = received(100, 4)
        expect(got == list(range(100)), f"{len(got)} of 100 accepted packets left")
        rig.impair.process.wait(5)
        expect(rig.impair.process.returncode == 1, f"it ended with {rig.impair.process.returncode}")
        expect("iface:m1: the port is gone" in rig.impair.text(), rig.impair.tail())


@test("jitter of a third of the round trip brings CUBIC down as far as the published table has it")
def cliff_row(folder):
    seen = {}
    with Rig(folder, box="off", path={"a_to_b": {"delay_ms": 25}, "b_to_a": {"delay_ms": 25}}) as rig:
        for port, row in ((7001, (25, 0, 0)), (7002, (25, 16, 0))):
            cliff.set_path(rig, row)
            seen[row] = statistics.median(cliff.carried(rig, "cubic", 5, 3, 5, port))
    steady, shaken = seen.values()
    published = cliff.PUBLISHED[25, 16, 0][0]  # over 10 s; 5 s are judged roughly, `tools/dev e2e cliff` well
    expect(steady > 3000 and 0.4 * published < shaken < 3 * published, f"{steady:.0f} KB/s steady, {shaken:.0f} shaken")


_TWO = {"ports": {"a": {"device": "iface:x"}, "b": {"device": "iface:y"}}}


@test("a scenario that is wrong is refused with exit code 2 and one line: its place, the value, the mend")
def refused_scenarios(folder):
    (folder / "holes.csv").write_text("0,5\n1,\n2,5\n")
    (folder / "back.trace").write_text("1\n3\n2\n")
    for way, said in (({"rate_mbit": -4}, "a_to_b.rate_mbit: -4: must be 0"),
                      ({"loss": {"kind": "bernouli", "percent": 1}}, "a_to_b.loss.kind: 'bernouli': must be one of 'none', 'bernoulli'"),
                      ({"dealy_ms": 4}, "a_to_b.dealy_ms: unknown key: did you mean 'delay_ms'?"),
                      ({"trace": {"csv": "holes.csv"}}, "line 3: '2,5': the line before"),
                      ({"trace": {"mahimahi": "back.trace"}}, "line 3: '2': earlier than"),
                      ({"trace": {"csv": "gone.csv"}}, "a_to_b.trace.csv: ")):
        file = folder / "bad.json"
        file.write_text(json.dumps({**_TWO, "a_to_b": way}))
        for arguments in (["--check", file], ["--config", file]):
            done = subprocess.run([program("gimbal-impair"), *arguments], capture_output=True, text=True, timeout=20)
            expect(done.returncode == 2, way, "ended with", done.returncode)
            expect(said in done.stderr and done.stderr.count("\n") == 1, way, "said", done.stderr)
