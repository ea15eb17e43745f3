"""What scripts/bench measures: ratios against peers in the same run, one file an area."""
