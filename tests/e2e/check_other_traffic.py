"""What is not TCP passes, in every mode."""
import socket

import sockets
from harness import expect, test
from lab.rig import Rig

_PATH = {"a_to_b": {"delay_ms": 2}, "b_to_a": {"delay_ms": 2}}


@test("UDP of every size, fragments too, comes back whole in auto mode, IPv4 and IPv6")
def udp(folder):
    with Rig(folder, path=_PATH) as rig:
        for address, family in ((rig.SERVER, socket.AF_INET), (rig.SERVER6, socket.AF_INET6)):
            with sockets.listening(rig, 9000, socket.SOCK_DGRAM, address) as server, \
                    sockets.client(rig, socket.SOCK_DGRAM, family) as client:
                client.connect((address, 9000))
                for size in [0, 1, 17, 500, 1400, 1472, 1473, 3000, 9000, 30000] * 5:
                    sent = bytes(i * size % 251 for i in range(size))
                    client.send(sent)
                    got, back = server.recvfrom(65536)
                    expect(got == sent, f"{size} bytes became {len(got)}")
                    server.sendto(got, back)
                    expect(client.recv(65536) == sent, f"the echo of {size} bytes is another")


@test("ping answers over IPv4 and IPv6, fragments too, none lost")
def ping(folder):
    with Rig(folder, path=_PATH) as rig:
        for address in (rig.SERVER, rig.SERVER6):
            for size in (56, 1400, 4000):
                done = rig.run(rig.client, "ping", "-q", "-c", 20, "-i", "0.02", "-s", size, "-W", 2, address)
                expect(" 0% packet loss" in done.stdout, done.stdout)


@test("ARP and neighbour discovery work through the box")
def neighbours(folder):
    with Rig(folder, path=_PATH) as rig:
        for namespace, device in ((rig.server, "h0"), (rig.client, "r1")):
            rig.run(namespace, "ip", "neigh", "flush", "dev", device, "nud", "permanent")
        for address in (rig.SERVER, rig.SERVER6):
            done = rig.run(rig.client, "ping", "-q", "-c", 3, "-i", "0.1", "-W", 2, address)
            expect(" 0% packet loss" in done.stdout, done.stdout)
