"""Real TCP through the box: content, many flows, every way a connection may end."""
import socket
import time

import sockets
from harness import expect, test
from lab import measure
from lab.profiles import bernoulli, link, normal
from lab.rig import Rig

_MB = 1_000_000
_ROUGH = {"a_to_b": link(5, rate=500, queue=2000, jitter=normal(1), loss=bernoulli(0.1)),
          "b_to_a": link(5, rate=500, queue=2000, jitter=normal(1), loss=bernoulli(0.1))}
_LOSSY = {"a_to_b": link(10, loss=bernoulli(1)), "b_to_a": link(10)}


def _intact(rig, megabytes, upload=False, cc="cubic", flows=1, address=None, limit=120.0):
    with measure.probe_server(rig, address) as listen:
        result = measure.bulk(rig, listen, cc=cc, upload=upload, total=megabytes * _MB, flows=flows, verify=True,
                              limit=limit)
    expect(result["complete"], f"{'upload' if upload else 'download'}: not every byte arrived in {limit} s")
    expect(result["verified"], f"{'upload' if upload else 'download'}: a byte is wrong",
           [f["receiver"].get("mismatch_offset") for f in result["flows"]])
    return result


@test("200 MB arrive intact both ways over the bare wire")
def intact_on_the_wire(folder):
    with Rig(folder, path={}) as rig:
        _intact(rig, 200)
        _intact(rig, 200, upload=True)


@test("200 MB arrive intact both ways over a path that loses and reorders")
def intact_on_a_rough_path(folder):
    with Rig(folder, path=_ROUGH) as rig:
        _intact(rig, 200)
        _intact(rig, 200, upload=True, cc="bbr")


@test("200 flows at once arrive intact")
def many_flows(folder):
    with Rig(folder, path=_ROUGH) as rig:
        _intact(rig, 1, flows=200)


@test("bytes arrive intact over IPv6, both ways, with loss")
def ipv6(folder):
    with Rig(folder, path=_LOSSY) as rig:
        _intact(rig, 20, address=rig.SERVER6)
        _intact(rig, 5, upload=True, address=rig.SERVER6, cc="bbr")


@test("bytes arrive intact inside a VLAN, with loss")
def vlan(folder):
    with Rig(folder, path=_LOSSY) as rig:
        for server, _ in rig.add_vlan(42):
            _intact(rig, 15, address=server)
        rows = rig.rest("/api/v1/flows")[1]["flows"]
        expect("42" in str(rows), "no flow shows its VLAN:", rows)


@test("bytes arrive intact in frames of 9000 bytes")
def jumbo(folder):
    with Rig(folder, path={}, mtu=9000) as rig:
        _intact(rig, 200)
        _intact(rig, 200, upload=True)


@test("two workers share the flows and every byte arrives")
def two_workers(folder):
    with Rig(folder, path=_ROUGH, cores=[0, 1]) as rig:
        with measure.probe_server(rig) as listen:
            started = measure.bulk_start(rig, listen, total=4 * _MB, flows=40, verify=True)
            workers = set()
            for _ in range(10):  # A worker that waits for its core answers the next time.
                time.sleep(0.5)
                status, flows = rig.rest("/api/v1/flows?limit=1000")
                expect(status == 200, status, flows)
                workers |= {row["worker"] for row in flows["flows"]}
                if workers == {0, 1}:
                    break
            result = measure.bulk_result(rig, *started, within=120)
        expect(result["complete"] and result["verified"], "not every byte arrived as it was sent")
        expect(workers == {0, 1}, f"flows are on workers {workers}")


@test("a half-closed connection still carries the answer")
def half_close(folder):
    with Rig(folder, path=_LOSSY) as rig:
        for address in (rig.SERVER, rig.SERVER6):
            server, client = sockets.pair(rig, address=address)
            answer = bytes(range(256)) * 8000

            def serve():
                asked = sockets.read_all(server)
                server.sendall(answer)
                server.shutdown(socket.SHUT_WR)
                return asked

            served = sockets.beside(serve)
            client.sendall(b"question" * 1000)
            client.shutdown(socket.SHUT_WR)
            got = sockets.read_all(client)
            expect(served() == b"question" * 1000, "the question was changed")
            expect(got == answer, f"{len(got)} of {len(answer)} bytes of the answer came, or wrong ones")
            client.close()
            server.close()


@test("a reset by either end reaches the other at once, in the middle of a transfer")
def resets(folder):
    with Rig(folder, path=_LOSSY) as rig:
        for by_server in (True, False):
            server, client = sockets.pair(rig)
            ender, other = (server, client) if by_server else (client, server)
            sender = sockets.beside(lambda: _send_until_broken(other))
            time.sleep(0.5)
            start = time.monotonic()
            sockets.reset(ender)
            sender()
            took = time.monotonic() - start
            other.close()
            expect(took < 3, f"the reset was seen after {took:.1f} s")


def _send_until_broken(opened):
    try:
        while True:
            opened.sendall(b"x" * 65536)
    except (ConnectionResetError, BrokenPipeError):
        return


@test("a port used again at once is a new connection")
def port_reuse(folder):
    with Rig(folder, path=_LOSSY) as rig, sockets.listening(rig, 7000) as waiting:
        for attempt in range(20):
            near = sockets.client(rig)
            near.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            near.bind((rig.CLIENT, 33333))
            near.connect((rig.SERVER, 7000))
            far, _ = waiting.accept()
            near.sendall(b"%d" % attempt * 3000)
            near.shutdown(socket.SHUT_WR)
            expect(sockets.read_all(far) == b"%d" % attempt * 3000, f"connection {attempt} carried other bytes")
            sockets.reset(far)
            try:  # the port is free only once the reset is here
                near.recv(1)
            except ConnectionResetError:
                pass
            near.close()


@test("an idle connection with keepalives lives on")
def keepalive(folder):
    with Rig(folder, path={"a_to_b": link(5), "b_to_a": link(5)}) as rig:
        server, client = sockets.pair(rig)
        for end in (server, client):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 2)):
                end.setsockopt(socket.IPPROTO_TCP, option, value)
        client.sendall(b"before")
        expect(server.recv(64) == b"before", "the first bytes were changed")
        time.sleep(5)
        server.sendall(b"after")
        expect(client.recv(64) == b"after", "the connection did not outlive its silence")


@test("a receiver that stops reading stops the sender and gets every byte later")
def zero_window(folder):
    with Rig(folder, path=_LOSSY) as rig:
        server, client = sockets.pair(rig)
        sent = bytes(range(256)) * 40_000

        def send():
            server.sendall(sent)
            server.shutdown(socket.SHUT_WR)

        sending = sockets.beside(send)
        time.sleep(3)  # the client's buffer fills, its window closes
        got = sockets.read_all(client)
        sending()
        expect(got == sent, f"{len(got)} of {len(sent)} bytes came, or wrong ones")
