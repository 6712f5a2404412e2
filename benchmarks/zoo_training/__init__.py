"""What `zoo.py` and `race.py` share: contenders, a training in a process of its own, judgements, tables."""
