"""Draws the visit's state diagram into docs/architecture.md from the table of transitions.

usage: python scripts/state_diagram.py          writes it
       python scripts/state_diagram.py --check  exit 1 if the page is stale
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kiosk.core.visit import ENDS, TABLE, State

PAGE = Path(__file__).resolve().parent.parent / "docs" / "architecture.md"
BEGIN, END = "<!-- state diagram: begin -->\n", "<!-- state diagram: end -->\n"
COMMON = frozenset({State.ABANDONED, State.INTERRUPTED})
"""Ends that nearly every state leads to: drawn as a note, or the diagram is all arrows."""


def arrows() -> Iterator[str]:
    """One line for each pair of states, with everything that leads from one to the other."""
    labels: dict[tuple[State, State], list[str]] = {}
    for state, rows in TABLE.items():
        for event, (_, to) in rows.items():
            for outcome, target in to.items():
                if target in COMMON or (event.__name__ == "CommitFailed" and state is not State.COMMITTING):
                    continue
                label = event.__name__ if len(to) == 1 else f"{event.__name__} / {outcome}"
                labels.setdefault((state, target), []).append(label)
    for (state, target), causes in labels.items():
        yield f"    {state.name} --> {target.name}: {'<br>'.join(sorted(causes))}"


def diagram() -> str:
    """The diagram in Mermaid's language."""
    leads = {
        end: ", ".join(state.name for state in TABLE if any(end in to.values() for _, to in TABLE[state].values()))
        for end in sorted(COMMON, key=lambda each: each.name)
    }
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> ARRIVING", *arrows()]
    lines += [f"    {end.name} --> [*]" for end in sorted(ENDS, key=lambda each: each.name)]
    lines += ["```", ""]
    lines += [f"{end.name} can follow {names}." for end, names in leads.items()]
    lines += ["", "CommitFailed leads to HELD from every state between WELCOMED and SIGNING too.", ""]
    return "\n".join(lines)


def main() -> int:
    """Write the page, or with --check say whether it is stale."""
    before = PAGE.read_text(encoding="utf-8")
    head, _, rest = before.partition(BEGIN)
    tail = rest.partition(END)[2]
    after = f"{head}{BEGIN}{diagram()}{END}{tail}"
    if sys.argv[1:] == ["--check"]:
        if before != after:
            print(
                "docs/architecture.md: expected the diagram of today's table, got another; run scripts/state_diagram.py"
            )
            return 1
        return 0
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
