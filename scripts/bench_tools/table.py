"""What was measured, by rows, contestants and rounds, and the table of it."""
import statistics

from bench_tools.servers import APUS, CHROMA

LESS, MORE = "less is better", "more is better"


class Row:
    def __init__(self, better, compared):
        self.better, self.compared, self.values, self.limits = better, compared, {}, []

    def times_better(self, value, other):
        """How many times better than `other` a value is."""
        if not value or not other:
            return None
        return other / value if self.better == LESS else value / other


class Table:
    def __init__(self):
        self._rows = {}

    def put(self, label, who, value, better=LESS, limit=None, compared=True):
        """One more round of a row. `limit` is what the machine would allow, measured in the same round."""
        row = self._rows.setdefault(label, Row(better, compared))
        row.values.setdefault(who, []).append(value)
        if who == APUS:
            row.limits.append(limit)

    def markdown(self, peer):
        head = ["", CHROMA, APUS, "ratio", "x of the limit"] if peer else ["", APUS, "x of the limit"]
        lines = [head, ["---"] * len(head)]
        for label, row in self._rows.items():
            ours, theirs = row.values.get(APUS, []), row.values.get(CHROMA, [])
            # Both of one round: the machine's speed changes from round to round, and both feel it.
            ratio = _median(map(row.times_better, ours, theirs)) if row.compared else None
            distance = _median(map(row.times_better, row.limits, ours))
            numbers = [_number(_median(values), "recall" in label) for values in (theirs, ours)]
            lines.append([label, *numbers, _times(ratio), _times(distance)])
            if not peer:
                del lines[-1][1], lines[-1][2]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def _number(value, recall=False):
    if value is None:
        return "-"
    if recall:
        return f"{value:.4f}"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def _times(value):
    if value is None:
        return "-"
    return f"{value:,.0f} x" if value >= 100 else f"{value:.1f} x" if value >= 1 else f"{value:.2f} x"
