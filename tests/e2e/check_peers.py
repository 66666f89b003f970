"""Peers of other habits, on real kernels, with room for a busy machine; `tools/dev e2e peers` measures."""
from harness import expect, test
from lab import peers
from lab.profiles import PROFILES


def _off_and_on(folder, profile, peer, cc="cubic", seconds=6):
    results = [peers.run_peer(folder / box, PROFILES[profile], box, peer, cc, seconds=seconds) for box in ("off", "auto")]
    return [r["goodput_mbit"] for r in results], results[1]


@test("a receiver without SACK is served as well as without the box")
def no_sack(folder):
    (off, on), result = _off_and_on(folder, "loss0.1", "no-sack")
    expect(result["kernel"].get("TcpExtTCPSACKReorder", 0) == 0, "SACK was in use: the test tests nothing")
    expect(on > 0.6 * off, f"{off:.1f} Mb/s off, {on:.1f} on")


@test("a receiver without timestamps is repaired like any other")
def no_timestamps(folder):
    (off, on), _ = _off_and_on(folder, "loss1", "no-timestamps")
    expect(on > 30 and on > 3 * off, f"{off:.1f} Mb/s off, {on:.1f} on")


@test("a window of a few kilobytes without scaling is left as it is")
def tiny_window(folder):
    (off, on), _ = _off_and_on(folder, "reorder5ms", "tiny-window")
    expect(on > 0.8 * off, f"{off:.2f} Mb/s off, {on:.2f} on")


@test("a BBR sender on a clean path is as fast as without the box")
def bbr(folder):
    (off, on), _ = _off_and_on(folder, "clean", "linux", "bbr")
    expect(on > 0.9 * off, f"{off:.1f} Mb/s off, {on:.1f} on")
