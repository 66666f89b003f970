"""Paced transfers over kernel TCP: `paced.py serve ADDRESS:PORT FLOWS SECONDS` receives, `paced.py send ADDRESS:PORT FLOWS SECONDS CC
MB_PER_S` sends. Each flow as the published experiment has it (see cliff.py): a receive buffer of 256 KB read
16 KB at a time, 1 ms apart; 8 KB written at a time at the rate asked for. The receiver prints one line of JSON:
bytes per second of each flow."""
import json
import socket
import sys
import threading
import time

_BUFFER, _READ, _CHUNK = 262144, 16384, 8192


def _address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def _receive(connection, seconds, out):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    connection.settimeout(2 * seconds)
    start, total = time.monotonic(), 0
    while time.monotonic() < start + seconds:
        time.sleep(0.001)
        data = connection.recv(_READ)
        if not data:
            break
        total += len(data)
    out.append(total / (time.monotonic() - start))
    connection.close()


def serve(where, flows, seconds):
    listening = socket.create_server(_address(where), backlog=flows)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    print("ready", flush=True)
    out, threads = [], []
    for _ in range(flows):
        threads.append(threading.Thread(target=_receive, args=(listening.accept()[0], seconds, out)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    print(json.dumps(out), flush=True)


def _send(where, seconds, cc, rate):
    connection = socket.socket()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, cc.encode())
    connection.connect(_address(where))
    chunk, end = b"X" * _CHUNK, time.monotonic() + seconds
    then = time.monotonic()
    try:
        while time.monotonic() < end:
            time.sleep(max(0.0, then - time.monotonic()))
            # A sleep that ran long is made up for: the rate counts, not the gap.
            then = max(then + _CHUNK / rate, time.monotonic() - 0.05)
            connection.sendall(chunk)
    except OSError:
        pass  # the receiver has seen enough
    connection.close()


def send(where, flows, seconds, cc, megabytes):
    threads = [threading.Thread(target=_send, args=(where, seconds, cc, megabytes * 1024 * 1024)) for _ in range(flows)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    verb, place, count, long, *rest = sys.argv[1:]
    if verb == "serve":
        serve(place, int(count), float(long))
    else:
        send(place, int(count), float(long), rest[0], float(rest[1]))
