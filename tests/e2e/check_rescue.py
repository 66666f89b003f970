"""The main job, with room for a busy machine: `tools/dev e2e figures` measures it properly."""
from harness import expect, test
from lab import runs
from lab.profiles import PROFILES


def _off_and_on(folder, name, seconds):
    return [runs.run_bulk(folder / box, PROFILES[name], box, seconds=seconds)["goodput_mbit"] for box in ("off", "auto")]


@test("a CUBIC transfer that reordering brings down is carried at several times the rate")
def reordering(folder):
    off, on = _off_and_on(folder, "reorder15ms", 8)
    expect(on > 45 and on > 3 * off, f"{off:.1f} Mb/s off, {on:.1f} on")


@test("a CUBIC transfer that 1 % of loss brings down is carried at several times the rate")
def loss(folder):
    off, on = _off_and_on(folder, "loss1", 8)
    expect(on > 45 and on > 5 * off, f"{off:.1f} Mb/s off, {on:.1f} on")


@test("a clean path is as fast as without the box")
def clean(folder):
    off, on = _off_and_on(folder, "clean", 8)
    expect(on > 0.93 * off, f"{off:.1f} Mb/s off, {on:.1f} on")


@test("the barrier's slow steps no longer wait for the sender's timer")
def barrier(folder):
    result = runs.run_barrier(folder, PROFILES["edge-loss0.1d"], "auto", rounds=200)
    expect(result["p99_ms"] < 110, f"p99 {result['p99_ms']:.0f} ms")
