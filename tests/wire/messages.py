"""Any message, for properties that hold of all."""

from typing import Any

from hypothesis import strategies as st

from sealwire.messages import MESSAGES

Field = tuple[str, str]


def utf8(most: int) -> st.SearchStrategy[str]:
    """Text of so many bytes at most."""
    return st.text(st.characters(codec="utf-8"), max_size=most).filter(lambda text: len(text.encode()) <= most)


def values(form: str) -> st.SearchStrategy[Any]:
    """What a field of this form may hold, its bounds often among it."""
    size = int(form[1:])
    match form[0]:
        case "u":
            most = (1 << size) - 1
            return st.sampled_from([0, 1, most]) | st.integers(0, most)
        case "b":
            return st.binary(min_size=size, max_size=size)
        case "v":
            return st.binary(max_size=size) | st.just(b"\x00" * size) | st.just(b"\xff" * size)
        case _:
            return utf8(size) | st.just("x" * size)


def forms(kind: Any) -> dict[str, str]:
    """The form of each of a kind's fields, in their order."""
    return dict(each.split(":") for each in kind.FIELDS.split())


@st.composite
def messages(draw: st.DrawFn) -> Any:
    kind: Any = draw(st.sampled_from(MESSAGES))
    return kind(**{name: draw(values(form)) for name, form in forms(kind).items()})


def fields(message: Any) -> tuple[str, dict[str, Any]]:
    """A message's kind and all its values, to compare it by."""
    return type(message).__name__, {name: getattr(message, name) for name in forms(message)}
