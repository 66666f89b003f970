"""Time series of a bulk transfer, from what the probe wrote of its two ends."""


def smooth(points, width=5):
    """Mean over `width` neighbours: goodput in 100 ms bins is quantised by bursts."""
    half = width // 2
    return [(x, sum(y for _, y in points[max(0, i - half):i + half + 1]) / len(points[max(0, i - half):i + half + 1]))
            for i, (x, _) in enumerate(points)]


def of_bulk(result, flow=0) -> dict:
    """{"goodput": Mb/s, "rtt": ms as the sender smooths it, "window": kB}, each [(second, value)...]."""
    receiver, sender = result["flows"][flow]["receiver"], result["flows"][flow]["sender"]
    t, b = receiver["t_ms"], receiver["bytes"]
    goodput = [(t[i] / 1e3, (b[i] - b[i - 1]) * 8e-3 / (t[i] - t[i - 1])) for i in range(1, len(t))
               if t[i] - t[i - 1] > 20]
    out = {"goodput": smooth(goodput), "rtt": [], "window": []}
    if isinstance(sender, dict):
        seconds = [x / 1e3 for x in sender["t_ms"]]
        out["rtt"] = [(s, r / 1e3) for s, r in zip(seconds, sender["rtt_us"]) if r]
        out["window"] = [(s, min(c * m, w or c * m) / 1e3) for s, c, m, w in
                         zip(seconds, sender["cwnd"], sender["mss"], sender["peer_window"])]
    return out


def bytes_at(receiver, second) -> float:
    """Bytes received by then, in a straight line between two samples of a receiving end."""
    t, b = receiver["t_ms"], receiver["bytes"]
    at = second * 1e3
    if not t or at <= t[0]:
        return 0.0
    for i in range(1, len(t)):
        if at <= t[i]:
            return b[i - 1] + (b[i] - b[i - 1]) * (at - t[i - 1]) / max(t[i] - t[i - 1], 1e-9)
    return float(b[-1])


def seconds_to(receiver, amount):
    """When `amount` bytes had been received; None if never."""
    t, b = receiver["t_ms"], receiver["bytes"]
    for i, have in enumerate(b):
        if have >= amount:
            if i == 0 or have == b[i - 1]:
                return t[i] / 1e3
            return (t[i - 1] + (t[i] - t[i - 1]) * (amount - b[i - 1]) / (have - b[i - 1])) / 1e3
    return None
