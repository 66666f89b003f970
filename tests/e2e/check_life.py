"""Start, stop, death and refusal: what an operator meets besides packets."""
import copy
import json
import signal
import socket
import time

from harness import expect, test
from lab import measure
from lab.netns import command
from lab.paths import program
from lab.profiles import bernoulli, link
from lab.rig import Rig

_PATH = {"a_to_b": link(10, loss=bernoulli(0.5)), "b_to_a": link(10)}
_MB = 1_000_000


def _offloads(rig, interface):
    lines = rig.run(rig.middle, "ethtool", "-k", interface).stdout.splitlines()[1:]
    return {line.split(":")[0].strip(): line.split(":")[1].split()[0] for line in lines if ":" in line}


def _transfer_across(rig, interrupt):
    """20 MB with `interrupt` in the middle; every byte must arrive."""
    with measure.probe_server(rig) as listen:
        started = measure.bulk_start(rig, listen, total=20 * _MB, verify=True, limit=90)
        time.sleep(0.7)
        interrupt()
        result = measure.bulk_result(rig, *started, within=120)
    expect(result["complete"], "the transfer did not survive")
    expect(result["verified"], "a byte is wrong after it")


@test("killed with -9 and started again in the middle of a transfer, every byte arrives")
def kill_and_restart(folder):
    with Rig(folder, path=_PATH) as rig:
        def interrupt():
            rig.gimbal.stop(signal.SIGKILL)
            time.sleep(0.3)
            rig.start_box()

        _transfer_across(rig, interrupt)


@test("stopped and started again in the middle of a transfer, every byte arrives")
def stop_and_restart(folder):
    with Rig(folder, path=_PATH) as rig:
        def interrupt():
            rig.gimbal.stop()
            expect(rig.gimbal.process.returncode == 0, f"it ended with {rig.gimbal.process.returncode}")
            rig.start_box()

        _transfer_across(rig, interrupt)


@test("killed with -9, the interfaces still serve a kernel bridge")
def usable_after_kill(folder):
    with Rig(folder, path=_PATH) as rig:
        rig.gimbal.stop(signal.SIGKILL)
        rig._bridge(rig.middle, "s0", "m0")
        done = rig.run(rig.client, "ping", "-q", "-c", 5, "-i", "0.1", "-W", 2, rig.SERVER)
        expect(", 0 received" not in done.stdout, done.stdout)


@test("SIGTERM and SIGINT end the appliance within 2 s under load, with exit code 0 and offloads as before")
def stops_in_time(folder):
    for sent in (signal.SIGTERM, signal.SIGINT):
        with Rig(folder / sent.name, path=_PATH, start=False) as rig:
            for interface in ("s0", "m0"):  # as a fresh interface has them
                rig.run(rig.middle, "ethtool", "-K", interface, "tso", "on", "gso", "on", "gro", "on")
            before = {i: _offloads(rig, i) for i in ("s0", "m0")}
            rig.start_path()
            rig.start_box()
            with measure.probe_server(rig) as listen:
                running, _ = measure.bulk_start(rig, listen, seconds=20)
                time.sleep(1)
                took = rig.gimbal.stop(sent, 10)
                running.stop()
            expect(took < 2, f"{sent.name}: it took {took:.2f} s")
            expect(rig.gimbal.process.returncode == 0, f"{sent.name}: it ended with {rig.gimbal.process.returncode}")
            for interface, was in before.items():
                now = _offloads(rig, interface)
                changed = {k: (v, now.get(k)) for k, v in was.items() if now.get(k) != v}
                expect(not changed, f"{sent.name}: {interface} was left with {changed} (before, after)")


@test("the emulator ends within 2 s with exit code 0")
def emulator_stops_in_time(folder):
    with Rig(folder, box="off", path=_PATH) as rig:
        took = rig.impair.stop(signal.SIGTERM, 10)
        expect(took < 2, f"it took {took:.2f} s")
        expect(rig.impair.process.returncode == 0, f"it ended with {rig.impair.process.returncode}")


@test("an idle appliance with workers that sleep leaves its core to others")
def sleeps_when_idle(folder):
    with Rig(folder) as rig:
        def ticks():
            with open(f"/proc/{rig.gimbal.process.pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
            return int(fields[11]) + int(fields[12])

        time.sleep(1)
        before = ticks()
        time.sleep(3)
        used = (ticks() - before) / 3
        expect(used < 60, f"{used:.0f} % of a core without a packet")


def _refusal(rig, config, name, text=None):
    """Starts the appliance with a bad configuration: (exit code, what it said)."""
    path = rig.folder / f"{name}.json"
    path.write_text(text if text is not None else json.dumps(config))
    done = rig.run(rig.middle, program("gimbal"), "--config", path, seconds=20, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def _expect_refused(rig, config, name, names=(), text=None):
    before = {i: _offloads(rig, i) for i in ("s0", "m0")}
    code, said = _refusal(rig, config, name, text)
    expect(code == 2, f"{name}: exit code {code}, not 2; it said:\n{said}")
    expect(len(said.splitlines()) == 1, f"{name}: not one line:\n{said}")
    for word in names:
        expect(word in said, f"{name}: '{word}' is not named in: {said}")
    expect(before == {i: _offloads(rig, i) for i in ("s0", "m0")}, f"{name}: the interfaces were changed")


@test("a bad configuration is refused with one line that names the place, exit code 2, nothing changed")
def bad_configurations(folder):
    with Rig(folder, start=False) as rig:
        good = rig.gimbal_config("auto")
        cases = {
            "unknown key": (lambda c: c.update(portz={}), ["portz"]),
            "unknown nested key": (lambda c: c["workers"].update(coers=[1]), ["coers"]),
            "no ports": (lambda c: c.pop("ports"), ["ports"]),
            "no wan": (lambda c: c["ports"].pop("wan"), ["wan"]),
            "no such interface": (lambda c: c["ports"]["lan"].update(device="iface:nosuch0"), ["nosuch0"]),
            "both ports the same": (lambda c: c["ports"]["wan"].update(device="iface:s0"), ["s0"]),
            "unknown device": (lambda c: c["ports"]["lan"].update(device="nonsense"), ["nonsense"]),
            "unknown mode": (lambda c: c["policy"]["default"].update(mode="fast"), ["mode"]),
            "unknown custody": (lambda c: c["policy"]["default"].update(custody="maybe"), ["custody"]),
            "bad prefix": (lambda c: c["policy"].update(rules=[{"match": {"prefix": "10.0.0.0/99"}, "mode": "auto"}]),
                           ["prefix"]),
            "bad port number": (lambda c: c["policy"].update(rules=[{"match": {"port": 70000}, "mode": "auto"}]), ["port"]),
            "no core": (lambda c: c["workers"].update(cores=[]), ["cores"]),
            "a core that is not there": (lambda c: c["workers"].update(cores=[999]), ["999"]),
            "the same core twice": (lambda c: c["workers"].update(cores=[0, 0]), ["cores"]),
            "cores as text": (lambda c: c["workers"].update(cores="1"), ["cores"]),
            "too few packets": (lambda c: c["memory"].update(packets=1), ["packets"]),
            "negative flows": (lambda c: c["memory"].update(flows=-5), ["flows"]),
            "bad listener": (lambda c: c["control"].update(listen="somewhere"), ["listen"]),
        }
        for name, (spoil, names) in cases.items():
            config = copy.deepcopy(good)
            spoil(config)
            _expect_refused(rig, config, name, names)
        _expect_refused(rig, None, "not JSON", text="{ports: }")
        _expect_refused(rig, None, "empty file", text="")
        done = rig.run(rig.middle, program("gimbal"), "--config", "/nowhere/gimbal.json", check=False)
        expect(done.returncode == 2 and "/nowhere/gimbal.json" in done.stdout + done.stderr,
               f"missing file: {done.returncode} {done.stdout}{done.stderr}")
        for arguments in ([], ["--nonsense"]):
            done = rig.run(rig.middle, program("gimbal"), *arguments, check=False)
            expect(done.returncode == 2, f"arguments {arguments}: exit code {done.returncode}")


@test("a second appliance on the same interfaces is refused and the first goes on")
def second_instance(folder):
    with Rig(folder, path=_PATH) as rig:
        config = rig.gimbal_config("auto")
        config["control"]["listen"] = "127.0.0.1:8490"
        _expect_refused(rig, config, "second", ["s0"])
        done = rig.run(rig.client, "ping", "-q", "-c", 5, "-i", "0.1", "-W", 2, rig.SERVER)
        expect(", 0 received" not in done.stdout, done.stdout)


@test("the interface with the default route is refused unless allowed")
def default_route(folder):
    with Rig(folder, start=False) as rig:
        rig.run(rig.middle, "ip", "addr", "add", "10.99.0.1/24", "dev", "s0")
        rig.run(rig.middle, "ip", "route", "add", "default", "via", "10.99.0.2")
        config = rig.gimbal_config("auto")
        _expect_refused(rig, config, "route", ["s0"])
        rig.tune = lambda c: c["ports"].update(allow_default_route=True)
        rig.start_box()


@test("without privilege it is refused with one line")
def no_privilege(folder):
    with Rig(folder, start=False) as rig:
        path = rig.write("plain.json", rig.gimbal_config("auto"))
        folder.chmod(0o755)
        done = rig.run(rig.middle, "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all",
                       "--bounding-set=-all", program("gimbal"), "--config", path, check=False)
        said = (done.stdout + done.stderr).strip()
        expect(done.returncode == 2, f"exit code {done.returncode}: {said}")
        expect(len(said.splitlines()) == 1, f"not one line:\n{said}")


@test("REST port in use is refused with one line")
def control_port_in_use(folder):
    from lab.netns import inside
    with Rig(folder, start=False) as rig:
        with inside(rig.middle):
            taken = socket.socket()
        with taken:
            taken.bind(("127.0.0.1", 8480))
            taken.listen(1)
            _expect_refused(rig, rig.gimbal_config("auto"), "taken", ["8480"])


@test("namespaces of a run that died are swept away by the next")
def sweep(folder):
    from lab import netns
    name = f"{netns.PREFIX}999999999-0-s"
    command("ip", "netns", "add", name)
    netns.sweep()
    expect(name not in command("ip", "netns"), "it is still there")
