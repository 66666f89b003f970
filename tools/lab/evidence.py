"""Why a run went as it did: the sender's own kernel, as `ss -ti` and `nstat` show it."""
import re

_STAMP = re.compile(r"^(\d{9,}\.\d+)$")
_PAIR = re.compile(r"(?<![\w.])(cwnd|ssthresh|minrtt|bytes_sent|bytes_retrans|lost|reordering|reord_seen|unacked|"
                   r"rcv_ooopack|dsack_dups|notsent):([\d.]+)")
_RTT = re.compile(r"(?<![\w.])rtt:([\d.]+)/([\d.]+)")
_RETRANS = re.compile(r"(?<![\w.])retrans:\d+/(\d+)")
_SHARE = re.compile(r"(busy|rwnd_limited|sndbuf_limited|cwnd_limited):(\d+)ms")

UNDOS = ("TcpExtTCPFullUndo", "TcpExtTCPPartialUndo", "TcpExtTCPDSACKUndo", "TcpExtTCPLossUndo")


def socket_series(log, port) -> list:
    """Samples of the busiest socket with that local or remote port: [{"t": seconds, "rtt": ms, ...}...]."""
    samples, stamp, start = [], None, None
    wanted = False
    for line in log.read_text(errors="replace").splitlines():
        found = _STAMP.match(line)
        if found:
            stamp, wanted = float(found.group(1)), False
            start = stamp if start is None else start
        elif not line.startswith((" ", "\t")):
            wanted = f":{port} " in line + " "
        elif wanted and stamp is not None:
            sample = _sample(line)
            if not sample.get("bytes_sent"):
                continue
            sample["t"] = stamp - start
            if samples and samples[-1]["t"] == sample["t"]:
                if sample["bytes_sent"] <= samples[-1]["bytes_sent"]:
                    continue
                samples.pop()
            samples.append(sample)
    return samples


def _sample(line):
    sample = {k: float(v) for k, v in _PAIR.findall(line)}
    sample.update({k + "_ms": float(v) for k, v in _SHARE.findall(line)})
    if found := _RTT.search(line):
        sample["rtt"], sample["rttvar"] = float(found.group(1)), float(found.group(2))
    if found := _RETRANS.search(line):
        sample["retrans"] = float(found.group(1))
    return sample


def moved(before, after) -> dict:
    """Counters of `nstat` that moved between two readings."""
    return {k: v - before.get(k, 0) for k, v in after.items() if v != before.get(k, 0)}


def undos(kernel) -> int:
    return sum(kernel.get(name, 0) for name in UNDOS)
