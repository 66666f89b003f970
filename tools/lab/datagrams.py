"""A stream of datagrams that tells how long each was under way: `datagrams.py send ADDRESS PORT SECONDS MBIT` and
`datagrams.py receive ADDRESS PORT OUT`. Both ends share a machine and so a clock; arrivals are stamped by the kernel."""
import json
import signal
import socket
import struct
import sys
import time

_SIZE = 1000
_SO_TIMESTAMPNS = 35


def send(address, port, seconds, mbit):
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    gap, start, number = _SIZE * 8e-6 / mbit, time.monotonic(), 0
    while (due := number * gap) < seconds:
        wait = start + due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        out.sendto(struct.pack("!QQ", number, time.time_ns()).ljust(_SIZE, b"\0"), (address, port))
        number += 1
    print(number, flush=True)


def receive(address, port, path):
    got = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    got.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    got.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    got.bind((address, port))
    delays = []

    def finish(*_):
        with open(path, "w") as out:
            json.dump(delays, out)
        sys.exit(0)

    signal.signal(signal.SIGTERM, finish)
    print("ready", flush=True)
    while True:
        data, ancillary, _, _ = got.recvmsg(2048, 128)
        number, sent = struct.unpack_from("!QQ", data)
        arrived = next(struct.unpack_from("=qq", d) for _, kind, d in ancillary if kind == _SO_TIMESTAMPNS)
        delays.append([number, (arrived[0] * 1_000_000_000 + arrived[1] - sent) / 1e6])


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))
    else:
        receive(sys.argv[2], int(sys.argv[3]), sys.argv[4])
