"""Raw frames at a steady rate: `pacer.py INTERFACE PACKETS_PER_S SECONDS CORE`. Real-time, so that the rate holds on a
busy machine; prints what it reached."""
import ctypes
import os
import socket
import sys
import time

_BATCH = 10
_PR_SET_TIMERSLACK = 29

interface, rate, seconds, core = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
os.sched_setaffinity(0, {core})
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind((interface, 0))
# Nobody's address: the far end drops it at once. IEEE 802's type for local experiments.
frame = bytes.fromhex("02ff00000001" "02ff00000002" "88b5").ljust(100, b"x")
start = then = time.monotonic()
sent = 0
while then < start + seconds:
    for _ in range(_BATCH):
        out.send(frame)
    sent += _BATCH
    then += _BATCH / rate
    time.sleep(max(0.0, then - time.monotonic()))
print(f"{sent / (time.monotonic() - start):.0f}")
