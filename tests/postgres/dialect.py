"""The SQL that PostgreSQL's relatives document that they take, as far as the register needs it: a list of constructs.

docs/postgres.md says where the manuals of CockroachDB and YugabyteDB have each; whatever is not here is a fault. A
statement is taken apart by PostgreSQL's own parser (libpg_query).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import postgast

NODES: Final[Mapping[str, frozenset[str]]] = {
    "CREATE TABLE IF NOT EXISTS": frozenset({"CreateStmt", "ColumnDef", "Constraint", "RangeVar"}),
    "CREATE INDEX IF NOT EXISTS": frozenset({"IndexStmt", "IndexElem"}),
    "ALTER TABLE ... ADD COLUMN IF NOT EXISTS": frozenset({"AlterTableStmt", "AlterTableCmd"}),
    "types TEXT, BIGINT, INTEGER, BOOLEAN, TIMESTAMPTZ, JSONB, BYTEA": frozenset({"TypeName", "TypeCast"}),
    "SELECT with WHERE, ORDER BY, GROUP BY, LIMIT, UNION": frozenset(
        {"SelectStmt", "ResTarget", "ColumnRef", "SortBy", "A_Expr", "BoolExpr", "ParamRef", "A_Const"}
        | {"String", "Integer", "Float", "Boolean", "List", "Alias", "NullTest", "SubLink"}
    ),
    "JOIN ... ON, CROSS JOIN, VALUES as a table": frozenset({"JoinExpr", "RangeSubselect"}),
    "CASE, COALESCE, count, max, now, current_schema": frozenset({"CaseExpr", "CaseWhen", "CoalesceExpr", "FuncCall"}),
    "SELECT ... FOR UPDATE": frozenset({"LockingClause"}),
    "INSERT ... SELECT, ... RETURNING, ... ON CONFLICT": frozenset(
        {"InsertStmt", "OnConflictClause", "InferClause", "IndexElem", "ReturningClause"}
    ),
    "UPDATE": frozenset({"UpdateStmt"}),
    "COPY ... FROM STDIN": frozenset({"CopyStmt"}),
    "BEGIN, COMMIT, ROLLBACK, ISOLATION LEVEL REPEATABLE READ": frozenset({"TransactionStmt", "DefElem"}),
    "SET of a session's setting": frozenset({"VariableSetStmt"}),
}
"""The constructs by the names that the manual calls them, and the parser's names of their parts."""

SETTINGS: Final = frozenset(
    {"lock_timeout", "idle_in_transaction_session_timeout"}
    | {"tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count"}
    | {"yb_default_copy_from_rows_per_transaction"}
)
"""Each is tried, and left out by a server that does not know it."""

FUNCTIONS: Final = frozenset({"count", "max", "now", "current_schema"})
OPERATORS: Final = frozenset({"=", "<>", "<", "<=", ">", ">=", "+"})
"""CockroachDB divides otherwise than PostgreSQL, and binds its operators on bits otherwise."""

TYPES: Final = frozenset({"text", "int8", "int4", "bool", "timestamptz", "jsonb", "bytea"})
_PARTS: Final = frozenset().union(*NODES.values()) | {"ParseResult", "RawStmt"}
_CONSTRAINTS: Final = frozenset({"CONSTR_PRIMARY", "CONSTR_NOTNULL", "CONSTR_NULL", "CONSTR_DEFAULT"})
_TRANSACTIONS: Final = frozenset({"TRANS_STMT_BEGIN", "TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"})
_SETS: Final = frozenset({"SETOP_NONE", "SETOP_UNION"})


def _enum(node: Any, field: str) -> str:
    """The name of an enumerated field's value."""
    described = node.DESCRIPTOR.fields_by_name[field].enum_type
    return str(described.values_by_number[getattr(node, field)].name)


def _last(names: Any) -> str:
    return str(names[-1].string.sval)


def _bad_table(node: Any) -> bool:
    more = (node.inh_relations, node.options, node.tablespacename, node.access_method, node.HasField("partspec"))
    return bool(not node.if_not_exists or any(more) or _enum(node, "oncommit") != "ONCOMMIT_NOOP")


def _bad_index(node: Any) -> bool:
    more = (node.concurrent, node.options, node.table_space, node.nulls_not_distinct)
    return bool(not node.if_not_exists or any(more) or node.access_method != "btree")


def _bad_select(node: Any) -> bool:
    more = (node.window_clause, node.distinct_clause, node.limit_offset.ListFields(), node.having_clause.ListFields())
    ties = _enum(node, "limit_option") == "LIMIT_OPTION_WITH_TIES"
    return bool(any(more) or ties or node.HasField("with_clause") or _enum(node, "op") not in _SETS)


def _bad_option(node: Any) -> bool:
    """Of a transaction; CockroachDB runs this level as SERIALIZABLE, which is stricter."""
    return bool(node.defname != "transaction_isolation" or node.arg.a_const.sval.sval != "repeatable read")


_CHECKS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "CreateStmt": _bad_table,
    "IndexStmt": _bad_index,
    "AlterTableCmd": lambda node: _enum(node, "subtype") != "AT_AddColumn" or not node.missing_ok,
    "Constraint": lambda node: _enum(node, "contype") not in _CONSTRAINTS,
    "ColumnDef": lambda node: bool(node.compression or node.storage_name),
    "RangeVar": lambda node: node.relpersistence != "p",
    "TypeName": lambda node: _last(node.names) not in TYPES or bool(node.array_bounds),
    "A_Expr": lambda node: _enum(node, "kind") not in {"AEXPR_OP", "AEXPR_IN"} or _last(node.name) not in OPERATORS,
    "SubLink": lambda node: _enum(node, "sub_link_type") != "EXISTS_SUBLINK",
    "SortBy": lambda node: _enum(node, "sortby_dir") == "SORTBY_USING",
    "IndexElem": lambda node: bool(node.HasField("expr") or node.collation or node.opclass),
    "FuncCall": lambda node: (
        _last(node.funcname) not in FUNCTIONS or bool(node.agg_filter.ListFields() or node.over.ListFields())
    ),
    "SelectStmt": _bad_select,
    "InsertStmt": lambda node: node.HasField("with_clause") or _enum(node, "override") != "OVERRIDING_NOT_SET",
    "OnConflictClause": lambda node: node.HasField("where_clause"),
    "InferClause": lambda node: node.HasField("where_clause") or bool(node.conname),
    "UpdateStmt": lambda node: bool(node.from_clause) or node.HasField("with_clause"),
    "LockingClause": lambda node: (
        _enum(node, "strength") != "LCS_FORUPDATE" or _enum(node, "wait_policy") != "LockWaitBlock"
    ),
    "JoinExpr": lambda node: _enum(node, "jointype") != "JOIN_INNER" or node.is_natural,
    "RangeSubselect": lambda node: node.lateral,
    "CopyStmt": lambda node: bool(
        not node.is_from or node.filename or node.is_program or node.options or node.HasField("where_clause")
    ),
    "TransactionStmt": lambda node: _enum(node, "kind") not in _TRANSACTIONS or node.chain,
    "DefElem": _bad_option,
    "VariableSetStmt": lambda node: (
        node.name not in SETTINGS or node.is_local or _enum(node, "kind") != "VAR_SET_VALUE"
    ),
}
"""What of a part is more than the constructs say."""


def faults(sql: str) -> Iterator[str]:
    """What a statement, or several, has that is not on the list: the parser's name of it."""
    for _field, node in postgast.walk(postgast.parse(sql)):
        name = type(node).__name__
        if name not in _PARTS or _CHECKS.get(name, lambda _node: False)(node):
            yield f"{name} {str(node)[:200]!r}"
