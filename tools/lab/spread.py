"""Medians with their spread, and ratios of them."""
import statistics


class Spread:
    """Middle, least and greatest of some values; nan when there are none."""

    def __init__(self, values):
        values = [v for v in values if v is not None]
        self.count = len(values)
        self.middle = statistics.median(values) if values else float("nan")
        self.low, self.high = (min(values), max(values)) if values else (float("nan"),) * 2

    def __str__(self):
        if not self.count:
            return "-"
        width = 0 if self.middle >= 100 else 1
        if self.count == 1:
            return f"{self.middle:.{width}f}"
        return f"{self.middle:.{width}f} [{self.low:.{width}f}-{self.high:.{width}f}]"


def ratio(a, b) -> str:
    value = a / b if b else float("nan")
    return "-" if value != value else f"{value:.2f}" if value < 9.95 else f"{value:.0f}"


def ranks(values):
    """Ranks from 1, equal values sharing the mean of theirs."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    out, i = [0.0] * len(values), 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
            j += 1
        for k in order[i:j + 1]:
            out[k] = (i + j) / 2 + 1
        i = j + 1
    return out


def spearman(xs, ys) -> float:
    """Rank correlation; nan for fewer than three pairs or a constant side."""
    if len(xs) < 3:
        return float("nan")
    a, b = ranks(xs), ranks(ys)
    ma, mb = statistics.mean(a), statistics.mean(b)
    ab = sum((x - ma) * (y - mb) for x, y in zip(a, b))
    aa, bb = sum((x - ma) ** 2 for x in a), sum((y - mb) ** 2 for y in b)
    return ab / (aa * bb) ** 0.5 if aa > 0 and bb > 0 else float("nan")


def print_table(headers, rows, left=2):
    """Columns aligned, the first `left` of them to the left."""
    cells = [[str(c) for c in row] for row in [headers, *rows]]
    widths = [max(len(r[i]) for r in cells) for i in range(len(headers))]
    for row in cells:
        print("  ".join(c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))).rstrip())
