"""The REST listener, as the contract names it."""
import re
import time

from harness import expect, test
from lab import measure
from lab.profiles import bernoulli, link
from lab.rig import Rig

_PATH = {"a_to_b": link(10, loss=bernoulli(0.5)), "b_to_a": link(10)}
_SAMPLE = re.compile(r'^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^}]*\})? [-+0-9.eEinfNa]+$')


@test("health, readiness, status, configuration, description and metrics answer")
def answers(folder):
    with Rig(folder, path=_PATH) as rig:
        for path in ("/healthz", "/readyz"):
            status, body = rig.rest(path)
            expect(status == 200, path, status, body)
        for path in ("/api/v1/status", "/api/v1/config", "/api/v1/flows", "/openapi.json"):
            status, body = rig.rest(path)
            expect(status == 200 and isinstance(body, dict), path, status, str(body)[:300])
        expect(set(rig.rest("/openapi.json")[1]["paths"]) >= {"/healthz", "/readyz", "/metrics", "/api/v1/status",
                                                             "/api/v1/config", "/api/v1/flows", "/api/v1/mode"},
               "openapi.json does not name every path")
        status, text = rig.rest("/metrics")
        expect(status == 200, status, text)
        for line in text.splitlines():
            expect(not line or line.startswith("#") or _SAMPLE.match(line), "not a sample:", line)


@test("a flow shows its ends, state, mode and verdict, and what was done to it")
def flows(folder):
    with Rig(folder, path=_PATH) as rig, measure.probe_server(rig) as listen:
        running, _ = measure.bulk_start(rig, listen, seconds=6)
        time.sleep(3)
        status, body = rig.rest("/api/v1/flows")
        running.stop()
        expect(status == 200, status, body)
        rows = body["flows"]
        expect(len(rows) == 1, f"{len(rows)} flows")
        text = str(rows[0])
        for part in (rig.SERVER, rig.CLIENT, "5201", "established", "auto", "verdict"):
            expect(part.lower() in text.lower(), f"'{part}' is not in {text}")


@test("the mode can be changed while a transfer runs, and the transfer goes on")
def mode(folder):
    with Rig(folder, path=_PATH) as rig, measure.probe_server(rig) as listen:
        started = measure.bulk_start(rig, listen, total=15_000_000, verify=True, limit=90)
        for wanted in ("observe", "auto", "bypass", "auto"):
            time.sleep(0.5)
            status, body = rig.rest("/api/v1/mode", "PUT", {"mode": wanted})
            expect(status in (200, 204), wanted, status, body)
            expect(wanted in str(rig.rest("/api/v1/status")[1]), f"the status does not show {wanted}")
        result = measure.bulk_result(rig, *started, within=120)
        expect(result["complete"] and result["verified"], "the transfer was hurt")


@test("a change of configuration is applied or refused whole, with a problem document")
def patch(folder):
    with Rig(folder, path=_PATH) as rig:
        rules = {"policy": {"rules": [{"match": {"port": 443}, "mode": "observe"}]}}
        status, body = rig.rest("/api/v1/config", "PATCH", rules)
        expect(status == 200, status, body)
        now = rig.rest("/api/v1/config")[1]
        expect(now["policy"]["rules"][0]["match"]["port"] == 443, "the rule is not there", now)
        for method, path, content, wanted in (("PATCH", "/api/v1/config", {"policy": {"default": {"mode": "fast"}}}, 400),
                                              ("PATCH", "/api/v1/config", {"nonsense": 1}, 400),
                                              ("PUT", "/api/v1/mode", {"mode": "fast"}, 400),
                                              ("GET", "/api/v1/nothing", None, 404),
                                              ("DELETE", "/api/v1/status", None, 405)):
            status, body = rig.rest(path, method, content)
            expect(status == wanted or 400 <= status < 500 and wanted == 400, method, path, status, body)
            expect(isinstance(body, dict) and {"title", "status"} <= set(body), f"{method} {path}: not a problem:", body)
        expect(rig.rest("/api/v1/config")[1] == now, "a refused change left a trace")


@test("the listener is bound to this host only, and packets pass while it is asked without pause")
def busy_listener(folder):
    with Rig(folder, path={"a_to_b": {"delay_ms": 1}, "b_to_a": {"delay_ms": 1}}) as rig:
        listening = rig.run(rig.middle, "ss", "-Hltn").stdout
        expect("127.0.0.1:8480" in listening and "0.0.0.0:8480" not in listening, listening)
        asker = rig.spawn(rig.middle, ["sh", "-c", "while :; do curl -s -o /dev/null http://127.0.0.1:8480/metrics; done"],
                          "asker")
        done = rig.run(rig.client, "ping", "-q", "-c", 200, "-i", "0.01", "-W", 2, rig.SERVER)
        asker.stop()
        expect(" 0% packet loss" in done.stdout, done.stdout)
