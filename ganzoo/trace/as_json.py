"""The analysis of a recording as JSON: integer nanoseconds, null for what is not known."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ganzoo.trace.analysis import Analysis


def to_json(analysis: Analysis) -> dict[str, Any]:
    """The object that `ganzoo bench trace --json` prints, without its schema number: docs/recordings.md."""
    kernels, launches, idle = analysis.kernels, analysis.launches, analysis.idle
    steps = analysis.steps
    return {
        "kernels": {
            "count": kernels.count,
            "total_ns": kernels.total,
            "union_ns": kernels.union,
            "under_10_us": kernels.small,
        },
        "gpu": {"busy_ns": analysis.busy, "span_ns": analysis.span},
        "idle": {
            "host_wait_ns": idle.host_wait,
            "host_wait_in_pauses_ns": idle.long_pauses,
            "pauses": idle.pauses,
            "short_gaps_ns": idle.short_gaps,
            "other_ns": idle.other,
        },
        "memcpy": {
            "count": analysis.memcpy.count,
            "total_ns": analysis.memcpy.total,
            "bytes": analysis.memcpy.bytes,
            "kinds": [
                {"name": kind.name, "count": kind.count, "total_ns": kind.total, "bytes": kind.bytes}
                for kind in analysis.memcpy_kinds
            ],
        },
        "memset": {"count": analysis.memset.count, "total_ns": analysis.memset.total},
        "launches": {
            "count": launches.count,
            "graphs": launches.graphs,
            "total_ns": launches.total,
            "joined_kernels": launches.joined,
            "median_delay_ns": launches.median_delay,
            "tenth_delay_ns": launches.tenth_delay,
            "longest_delay_ns": launches.longest_delay,
            "median_queue": launches.median_queue,
            "longest_queue": launches.longest_queue,
            "captured": launches.captured,
            "dropped": launches.dropped,
            "dropped_nodes": launches.dropped_nodes,
        },
        "complete": analysis.complete,
        "problems": list(analysis.problems),
        "verdict": asdict(analysis.bottleneck),
        "table": [
            {
                "name": row.name,
                "category": row.category,
                "calls": row.calls,
                "total_ns": row.total,
                "shortest_ns": row.shortest,
                "longest_ns": row.longest,
            }
            for row in analysis.table
        ],
        "categories": [
            {"name": row.name, "calls": row.calls, "total_ns": row.total} for row in analysis.categories
        ],
        "ranges": [
            {
                "name": row.name,
                "instances": row.instances,
                "kernels": row.kernels,
                "total_ns": row.total,
                "own_kernels": row.own_kernels,
                "own_total_ns": row.own_total,
                "host_ns": row.host_total,
            }
            for row in analysis.ranges
        ],
        "unattributed": {"kernels": analysis.unattributed.count, "total_ns": analysis.unattributed.total},
        "steps": {"kernels": list(steps.kernels), "stable": steps.stable},
        "devices": [
            {"id": row.id, "name": row.name, "kernels": row.kernels, "busy_ns": row.busy}
            for row in analysis.devices
        ],
        "operators": [
            {"name": row.name, "calls": row.calls, "total_ns": row.total, "self_ns": row.own}
            for row in analysis.operators
        ],
    }
