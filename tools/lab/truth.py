"""What the emulator's truth log says of one direction (record: lib/impair/truth_log.h)."""
import statistics
import struct

_HEAD, _RECORD = struct.Struct("<QIIQQQQ"), struct.Struct("<qqqIIIBBBB")
_MAGIC = 0x3168747572746D67
CAUSES = ["none", "random_loss", "queue_full", "memory", "stopped", "aqm", "policed", "mtu", "link_down"]


def records(path, port):
    """(enqueued_ns, released_ns, backlog_bytes, frame_bytes, cause) of what arrived on `port` (0: a, 1: b)."""
    content = path.read_bytes()
    if len(content) < _HEAD.size or _HEAD.unpack_from(content)[0] != _MAGIC:
        return
    whole = (len(content) - _HEAD.size) // _RECORD.size * _RECORD.size
    for record in _RECORD.iter_unpack(content[_HEAD.size:_HEAD.size + whole]):
        if record[6] == port:
            yield record[0], record[2], record[4], record[5], CAUSES[record[7]]


def account(path, port, rate_mbit, warm_up_s=2.0) -> dict:
    """The bottleneck's queue after the warm-up, and what was dropped for which cause in all. The standing queue is the
    median over 200 ms windows of the least backlog met in each: what never drains, not what passes."""
    drops, backlogs, windows, packets = {}, [], {}, 0
    first = None
    for enqueued, _, backlog, _, cause in records(path, port):
        first = enqueued if first is None else first
        packets += 1
        if cause != "none":
            drops[cause] = drops.get(cause, 0) + 1
        since = (enqueued - first) * 1e-9
        if since >= warm_up_s:
            backlogs.append(backlog)
            window = int(since * 5)
            windows[window] = min(windows.get(window, backlog), backlog)
    ms = 8e-3 / rate_mbit if rate_mbit else 0.0
    backlogs.sort()
    return {"packets": packets, "drops": drops,
            "queue_standing_ms": statistics.median(windows.values()) * ms if windows else None,
            "queue_p50_ms": backlogs[len(backlogs) // 2] * ms if backlogs else None,
            "queue_p95_ms": backlogs[len(backlogs) * 95 // 100] * ms if backlogs else None}
