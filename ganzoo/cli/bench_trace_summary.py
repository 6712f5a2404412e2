"""What `ganzoo bench trace` says above its tables."""

from __future__ import annotations

from collections.abc import Sequence

from ganzoo.trace import Analysis, KernelLaunches


def summary(analysis: Analysis) -> Sequence[tuple[str, str]]:
    """What stands above the tables."""
    verdict = ("verdict", str(analysis.bottleneck))
    if not analysis.devices:
        return [verdict]
    kernels, idle, launches = analysis.kernels, analysis.idle, analysis.launches
    devices = [f"{'?' if d.id is None else d.id}: {d.name or 'name not recorded'}" for d in analysis.devices]
    copies = [
        f"{kind.name.removeprefix('Memcpy ')} {kind.count:,} in {ms(kind.total)}"
        for kind in analysis.memcpy_kinds
    ]
    span = analysis.busy + idle.total
    unlaunched = kernels.count - launches.joined
    rows = [
        ("GPU", "; ".join(devices)),
        (
            "busy",
            f"{share(analysis.busy, span)}, {ms(analysis.busy)} of {ms(span)}; idle: waiting for the host "
            f"{share(idle.host_wait, span)}, gaps up to 5 µs {share(idle.short_gaps, span)}, "
            f"other {share(idle.other, span)}",
        ),
        (
            "kernels",
            f"{kernels.count:,} in {ms(kernels.total)}, {ms(kernels.union)} with overlaps counted once; "
            f"{share(kernels.small, kernels.count)} of them under 10 µs",
        ),
        ("copies", "; ".join(copies) or "none"),
        ("fills", f"{analysis.memset.count:,} in {ms(analysis.memset.total)}"),
        (
            "launches",
            f"{launches.count:,} of kernels, {launches.graphs:,} of graphs, {ms(launches.total)} on the host"
            + (f"; those of {unlaunched:,} kernels are not recorded" if unlaunched else ""),
        ),
    ]
    if launches.joined:
        rows.append(("queue", _queue(launches)))
    if analysis.steps.kernels:
        rows.append(("steps", _steps(analysis.steps.kernels)))
    return [*rows, verdict]


def _queue(launches: KernelLaunches) -> str:
    delays = (launches.median_delay, launches.tenth_delay, launches.longest_delay)
    median, tenth, longest = (f"{(delay or 0) / 1e3:,.1f} µs" for delay in delays)
    return (
        f"{launches.median_queue:,} kernels wait when another is launched (median), "
        f"{launches.longest_queue:,} at most; a kernel starts {median} after its launch (median), "
        f"a tenth {tenth} or more, {longest} at most"
    )


def _steps(kernels: Sequence[int]) -> str:
    if len(set(kernels)) == 1:
        return f"{len(kernels):,} with {kernels[0]:,} kernels each"
    return f"{len(kernels):,} with different numbers of kernels: {', '.join(f'{k:,}' for k in kernels[:16])}"


def ms(nanoseconds: int) -> str:
    """Milliseconds with all that a recording says."""
    return f"{nanoseconds / 1e6:,.3f} ms"


def share(part: int, whole: int) -> str:
    """A part in percent of the whole."""
    return f"{part / whole:.1%}" if whole else "-"
