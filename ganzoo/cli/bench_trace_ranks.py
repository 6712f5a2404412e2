"""What `ganzoo bench trace` prints of the recordings of one training's processes."""

from __future__ import annotations

from typing import Any

from ganzoo.cli.output import heading, print_labelled, print_table
from ganzoo.tables import Field, table
from ganzoo.text import count
from ganzoo.trace import Rank, Ranks


def to_json(found: Ranks) -> dict[str, Any]:
    """The comparison as JSON can say it, without the schema number; times in nanoseconds."""
    return {
        "world_size": found.world_size,
        "straggler": found.straggler,
        "unmatched": found.unmatched,
        "ranks": [
            {
                "rank": rank.rank,
                "span_ns": rank.span,
                "computing_ns": rank.computing,
                "communicating_ns": rank.communicating,
                "hidden_ns": rank.hidden,
                "overlap": rank.overlap,
                "collectives": rank.collectives,
                "waiting_ns": rank.waiting,
            }
            for rank in found.ranks
        ],
    }


def print_ranks(found: Ranks) -> None:
    """Prints a row a rank, then who waits for whom."""
    of_how_many = f" of {found.world_size:,}" if found.world_size is not None else ""
    heading(f"{count(len(found.ranks), 'rank')}{of_how_many}")
    print_table(table(_FIELDS, found.ranks), indent=2)
    print_labelled("verdict", _verdict(found))


def _verdict(found: Ranks) -> str:
    if found.unmatched:
        return f"who waits for whom can't be told: {found.unmatched}"
    if found.straggler is None:
        return "no rank keeps the others waiting for long"
    return f"the others wait for rank {found.straggler}: look at its data, its host, its clock"


def _ms(nanoseconds: int | None) -> str:
    return "-" if nanoseconds is None else f"{nanoseconds / 1e6:,.3f} ms"


_FIELDS = (
    Field[Rank](name="rank", heading="rank", value=lambda row: row.rank),
    Field[Rank](name="span_ns", heading="span", value=lambda row: row.span, text=lambda row: _ms(row.span)),
    Field[Rank](name="computing_ns", heading="computes", value=lambda row: row.computing,
                text=lambda row: _ms(row.computing)),
    Field[Rank](name="communicating_ns", heading="communicates", value=lambda row: row.communicating,
                text=lambda row: _ms(row.communicating)),
    Field[Rank](name="overlap", heading="hidden behind computing", value=lambda row: row.overlap,
                text=lambda row: "-" if row.overlap is None else f"{row.overlap:.1%}"),
    Field[Rank](name="collectives", heading="collectives", value=lambda row: row.collectives),
    Field[Rank](name="waiting_ns", heading="waits for the last", value=lambda row: row.waiting,
                text=lambda row: _ms(row.waiting)),
)  # fmt: skip
