"""Queries a second against recall, as a picture."""
import math


def draw(curves, ceiling, title, path):
    """`curves`: per contestant (ef_search, recall, queries a second). `ceiling`: empty round trips a second."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot, ticker

    figure, axes = pyplot.subplots(figsize=(8.5, 5.5))
    colours = {"Apus": "tab:blue", "Chroma": "tab:orange"}
    for name, points in curves.items():
        colour = colours.get(name)
        axes.plot([_place(p[1]) for p in points], [p[2] for p in points], marker="o", color=colour, label=name)
        for at, label in _labels(points):
            axes.annotate(label, at, textcoords="offset points", xytext=(4, 7), fontsize=8, color=colour)
    if ceiling:
        axes.axhline(ceiling, color="grey", linestyle="--", linewidth=1, label="empty round trip of Apus")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel("recall@10 (numbers beside the points: ef_search)")
    axes.set_ylabel("queries a second of processor time")
    ticks = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 1.0]
    low = min(p[1] for points in curves.values() for p in points)
    ticks = [tick for i, tick in enumerate(ticks) if i + 1 == len(ticks) or ticks[i + 1] > low]
    axes.set_xticks([_place(tick) for tick in ticks], [f"{tick:g}" for tick in ticks])
    axes.set_xlim(_place(ticks[0]), _place(1.0) + 0.35)
    axes.set_title(title)
    axes.grid(True, which="both", alpha=0.25)
    axes.legend(loc="best", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def _labels(points):
    """Places and texts; one text for neighbours that lie so close together that theirs would hide each other."""
    groups = []
    for ef, recall, rate in points:
        x = _place(recall)
        if groups and abs(x - groups[-1][0][0]) < 0.08 and abs(rate / groups[-1][0][1] - 1) < 0.25:
            groups[-1][1].append(ef)
        else:
            groups.append(((x, rate), [ef]))
    return [(at, str(efs[0]) if len(efs) == 1 else f"{efs[0]}-{efs[-1]}") for at, efs in groups]


def _place(recall):
    """Decades of what is missed: 0.99 to 0.999 takes as much as 0.9 to 0.99. 1 stands where 0.9999 does."""
    return -math.log10(max(1 - recall, 0.0001))
