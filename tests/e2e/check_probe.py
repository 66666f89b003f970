"""What the probe says about paths whose truth is known."""
import json
import subprocess
import time

from harness import expect, test
from lab import measure
from lab.paths import program
from lab.rig import Rig

_PROBE = program("gimbal-probe")


def _client(rig, listen, name, *arguments):
    out = rig.folder / f"{name}.json"
    rig.run(rig.client, _PROBE, *arguments, "--connect", listen, "--quiet", "--json", out)
    return json.loads(out.read_text())


def _metric(result, name):
    return next(m for m in result["metrics"] if m["name"] == name)


@test("the probe's datagrams tell the loss, the delay and the jitter the emulator made")
def udp_tells_the_truth(folder):
    path = {"a_to_b": {"delay_ms": 15, "jitter": {"kind": "uniform", "ms": 5, "order": "reorder"},
                       "loss": {"kind": "every_nth", "every": 50}},
            "b_to_a": {"delay_ms": 10, "duplicate_percent": 5}}
    with Rig(folder, path=path) as rig, measure.probe_server(rig) as listen:
        result = _client(rig, listen, "udp", "udp", "--up", 400, "--down", 400, "--duration", 4)
    counters, figures = result["counters"], result["figures"]
    # The other datagrams of the direction, the session's and TCP's for the report, are counted by the emulator too.
    expect(1.7 < figures["down_loss_percent"] < 2.3, f"lost {figures['down_loss_percent']:.2f} % of each 50th")
    expect(counters["up_lost"] == 0, f"{counters['up_lost']} lost where none were")
    expect(40 <= counters["up_duplicates"] <= 130, f"{counters['up_duplicates']} of 1600 doubled, 5 % asked for")
    expect(counters["down_reordered"] > 100, f"{counters['down_reordered']} out of order with 10 ms of jitter")
    expect(counters["mismatches"] == 0, "a byte is wrong")
    trip, spread = _metric(result, "rtt"), _metric(result, "down_delay_variation")
    least = trip["min_raw"] * trip["scale"]
    expect(19 < least < 28, f"least round trip {least:.1f} ms, 20 on the path")
    expect(least + 2 < trip["p50"] < 60, f"median round trip {trip['p50']:.1f} ms, 25 on the path")
    expect(spread["p99"] > 8, f"delay varies by {spread['p99']:.1f} ms, by 10 on the path")


def _mpa(rig, listen, *more):
    result = _client(rig, listen, "mpa", "mpa", "--markers", "--bytes", 900, *more)
    expect(result["counters"]["fpdus_received"] == result["counters"]["fpdus_sent"], result["counters"])
    expect(result["counters"]["mismatches"] == 0, "a byte is wrong")
    return result["counters"]


@test("messages of iWARP's shape arrive byte for byte through repair of 1 % of loss")
def mpa_with_loss(folder):
    path = {"a_to_b": {"delay_ms": 5, "loss": {"kind": "bernoulli", "percent": 1}}, "b_to_a": {"delay_ms": 5}}
    with Rig(folder, path=path) as rig, measure.probe_server(rig) as listen:
        counters = _mpa(rig, listen, "--requests", 600, "--answer", 3000, "--depth", 4)
    expect(counters["markers_checked"] > 3000, counters)


def _capture(rig, name):
    capture = rig.folder / f"{name}.pcap"
    watch = rig.spawn(rig.client, ["tcpdump", "-i", "r1", "-U", "--immediate-mode", "-w", capture, "tcp"], "tcpdump")
    deadline = time.monotonic() + 5
    while "listening" not in watch.text() and time.monotonic() < deadline:
        time.sleep(0.02)
    return watch, capture


def _dissect(rig, capture, *options):
    said = subprocess.run(["tshark", "-r", capture, *options], capture_output=True, text=True, timeout=60).stdout
    (rig.folder / "tshark.log").write_text(said)
    return said


@test("Wireshark takes the probe's messages for FPDUs with good CRCs")
def mpa_dissected(folder):
    with Rig(folder, path={}) as rig, measure.probe_server(rig) as listen:
        watch, capture = _capture(rig, "mpa")
        # An FPDU in a segment of its own, as MPA wishes and the dissector needs: one at a time, no larger than a frame.
        _mpa(rig, listen, "--requests", 40, "--answer", 1400)
        time.sleep(0.5)
        watch.stop()
    said = _dissect(rig, capture, "-Y", "iwarp_mpa", "-V")
    expect("Request frame header" in said and "Reply frame header" in said, "no start of MPA was seen")
    expect(said.count("ULPDU length: 1400 bytes") == 40, f"{said.count('ULPDU length: 1400 bytes')} of 40 answers")
    expect(said.count("(Good CRC32)") == 80, f"{said.count('(Good CRC32)')} of 80 CRCs were taken for good")


@test("Wireshark takes the probe's calls over HTTP/2 for gRPC, many streams on each connection")
def http2_dissected(folder):
    with Rig(folder, path={"a_to_b": {"delay_ms": 5}, "b_to_a": {"delay_ms": 5}}) as rig, \
            measure.probe_server(rig) as listen:
        watch, capture = _capture(rig, "http2")
        result = _client(rig, listen, "rpc", "rpc", "--http2", "--connections", 2, "--streams", 25, "--requests", 1000,
                         "--request-bytes", 300, "--answer-bytes", 500)
        time.sleep(0.5)
        watch.stop()
    expect(result["counters"]["answers"] == 1000 and result["counters"]["errors"] == 0, result["counters"])
    expect(result["counters"]["reconnects"] == 0, "a connection did not last")
    # What is inside the messages is a pattern, which the Protobuf dissector would stumble over.
    said = _dissect(rig, capture, "-d", f"tcp.port=={listen.rsplit(':', 1)[1]},http2", "--disable-protocol", "protobuf",
                    "-Y", "http2", "-V")
    expect(said.count("Stream: Magic") == 2, f"{said.count('Stream: Magic')} connection prefaces, 2 connections")
    asked = said.count("Header: :method: POST")
    expect(asked == 1000, f"{asked} of 1000 calls seen")
    expect(said.count("Header: grpc-status: 0") == 1000, f"{said.count('Header: grpc-status: 0')} of 1000 ended well")
    for size in (300, 500):
        messages = said.count(f"Message Length: {size}")
        expect(messages == 1000, f"{messages} of 1000 messages of {size} bytes")
