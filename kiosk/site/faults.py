"""What is wrong with site.toml's shape: all of it, since who corrects a file wants to do so once.

msgspec tells the first thing that it meets. So where a table is wrong each of its keys is read by itself, down to the
key that is.
"""

import re
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from kiosk.core.units import quoted
from kiosk.site.settings import SiteError


def all_of(faults: Iterable[SiteError]) -> SiteError:
    """One error that tells each of them, of which there is at least one."""
    first, *others = faults
    first.others = tuple(others)
    return first


def tables_of(said: Mapping[str, Any], shape: type[Struct]) -> dict[str, Any]:
    """The tables of a file that are as they should be; those left out by what stands for them."""
    tables: dict[str, Any] = {}
    for each in msgspec.structs.fields(shape):
        try:
            if each.encode_name in said:
                tables[each.name] = msgspec.convert(said[each.encode_name], each.type)
            elif not each.required:
                tables[each.name] = each.default
        except msgspec.ValidationError:
            continue
    return tables


def faults_in(source: str, said: Any, shape: Any, where: str = "") -> Iterator[SiteError]:  # noqa: ANN401 - TOML's, typing's
    """Each thing that is not of its shape.

    Args:
        source: The file's name.
        said: What stands there.
        shape: The type that it should be of.
        where: Where it stands, such as ``.access[0]``.
    """
    try:
        msgspec.convert(said, shape)
    except msgspec.ValidationError as error:
        told = [_told(source, str(error), said, where)]
    else:
        return
    table, entries = _struct_in(shape), _entries_in(shape)
    if table is not None and isinstance(said, dict):
        yield from _in_table(source, said, table, where)
    elif entries is not None and isinstance(said, list):
        inside = (fault for at, each in enumerate(said) for fault in faults_in(source, each, entries, f"{where}[{at}]"))
        yield from list(inside) or told
    else:
        yield from told


def _in_table(source: str, said: Mapping[str, Any], table: type[Struct], where: str) -> Iterator[SiteError]:
    place = f"{source} {where.strip('.')}".strip()
    fields = {each.encode_name: each for each in msgspec.structs.fields(table)}
    for key, value in said.items():
        if key in fields:
            yield from faults_in(source, value, fields[key].type, f"{where}.{key}")
        else:
            yield SiteError(place, expected="a key that the manual lists", got=f"`{key}`")
    for key, field in fields.items():
        if field.required and key not in said:
            yield SiteError(place, expected=f"the key `{key}`", got="nothing")


def _struct_in(shape: Any) -> type[Struct] | None:  # noqa: ANN401 - typing's forms have no type in common
    """The table that a value may be; None where it is none."""
    options = get_args(shape) if get_origin(shape) in (Union, types.UnionType) else (shape,)
    return next((each for each in options if isinstance(each, type) and issubclass(each, Struct)), None)


def _entries_in(shape: Any) -> type[Struct] | None:  # noqa: ANN401 - as above
    """The table that each of a list's entries is; None where it is no list of tables."""
    plain = get_args(shape)[0] if get_origin(shape) is Annotated else shape
    return _struct_in(get_args(plain)[0]) if get_origin(plain) is tuple else None


_SPOKEN: Final = (
    (re.compile(r"Expected (?P<expected>.+), got (?P<got>.+)"), "{expected}", "{got}"),
    (re.compile(r"Expected (?P<expected>.+)"), "{expected}", None),
    (re.compile(r"Object contains unknown field (?P<got>.+)"), "a key that the manual lists", "{got}"),
    (re.compile(r"Object missing required field (?P<expected>.+)"), "the key {expected}", "nothing"),
    (re.compile(r"Invalid enum value (?P<got>.+)"), "one of the values that the manual lists", "{got}"),
    (re.compile(r"Invalid RFC3339 encoded time"), "a time such as 06:00:00", None),
    (re.compile(r"Invalid RFC3339 encoded date"), "a date such as 2026-12-25", None),
)
"""msgspec's own words, and the same as expected and got; None where it does not say what came. It names the key
behind ``- at``."""


def _told(source: str, text: str, said: object, within: str) -> SiteError:
    words, _, where = text.partition(" - at `$")
    place = f"{source} {(within + where).strip('.`')}".strip()
    for pattern, expected, got in _SPOKEN:
        spoken = pattern.fullmatch(words)
        if spoken is not None:
            named = spoken.groupdict()
            came = quoted(_at(said, where)) if got is None else got.format(**named)
            return SiteError(place, expected=expected.format(**named), got=came)
    return SiteError(place, expected="what the manual says", got=words)


def _at(said: Any, where: str) -> str:  # noqa: ANN401 - TOML's values are of any type
    """What the file says at msgspec's path of it, such as ``.access[0].opens``."""
    for key, index in re.findall(r"\.(\w+)|\[(\d+)\]", where):
        said = said[key] if key else said[int(index)]
    return str(said)
