"""A mypy plugin: what ``msgspec.structs.replace`` changes is checked like the arguments that make the struct.

msgspec's own stub takes any name and any type there, as PEP 681 says nothing of such functions.
"""

from collections.abc import Callable

from mypy.expandtype import expand_type_by_instance
from mypy.nodes import ARG_NAMED_OPT, ARG_POS
from mypy.plugin import FunctionSigContext, Plugin
from mypy.types import CallableType, FunctionLike, Instance, get_proper_type


class StructsPlugin(Plugin):
    """Gives each call of ``replace`` the signature of its struct."""

    def get_function_signature_hook(self, fullname: str) -> Callable[[FunctionSigContext], FunctionLike] | None:
        """The hook, for that function alone."""
        return _signature if fullname == "msgspec.structs.replace" else None


def _signature(context: FunctionSigContext) -> FunctionLike:
    """One struct, then any of its fields by name; the same type comes back."""
    default = context.default_signature
    struct = get_proper_type(context.api.get_expression_type(context.args[0][0])) if context.args[0] else None
    method = struct.type.get_method("__init__") if isinstance(struct, Instance) else None
    make = get_proper_type(method.type) if method is not None else None
    if not isinstance(struct, Instance) or not isinstance(make, CallableType):
        context.api.fail(f"replace: expected one struct, got {struct}", context.context)
        return default
    fields = expand_type_by_instance(make, struct)
    return default.copy_modified(
        arg_types=[struct, *fields.arg_types[1:]],
        arg_kinds=[ARG_POS, *(ARG_NAMED_OPT for _ in fields.arg_kinds[1:])],
        arg_names=[None, *fields.arg_names[1:]],
        ret_type=struct,
        variables=[],
    )


def plugin(_version: str) -> type[Plugin]:
    """What mypy calls."""
    return StructsPlugin
