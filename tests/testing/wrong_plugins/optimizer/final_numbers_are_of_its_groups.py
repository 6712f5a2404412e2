"""Names a number by half of its name."""

from right_parts import RightOptimizer


class Wrong(RightOptimizer):
    """Momentum that would move, if it were called so."""

    ganzoo_api = 1
    final_numbers = {"beta": 0.99}  # noqa: RUF012
