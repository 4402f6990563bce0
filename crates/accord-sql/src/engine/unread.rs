//! Clauses that the parser takes and the engine would leave out without a word: PREWHERE, TABLESAMPLE, WITH ROLLUP and the
//! like. An answer that is not the answer to the question is worse than none, so each is refused.
//!
//! Every member of these parts of a statement is named here, so that a new one of a later parser does not compile before
//! somebody has looked whether the engine reads it.

use datafusion::sql::sqlparser::ast::{
    DataType, ExactNumberInfo, Expr, Function, FunctionArguments, GroupByExpr, OrderByKind, Query, Select,
    SelectFlavor, SelectItem, TableFactor, WildcardAdditionalOptions,
};

/// Whether what is left out stands there: its name.
type Found = Option<&'static str>;

fn first(clauses: &[(bool, &'static str)]) -> Found {
    clauses.iter().find(|(there, _)| *there).map(|(_, name)| *name)
}

/// Of a query: what stands around its SELECT.
pub(super) fn of_query(query: &Query) -> Found {
    let Query {
        // Read by the engine.
        with: _,
        body: _,
        limit_clause: _,
        fetch: _,
        pipe_operators: _,
        order_by,
        locks,
        for_clause,
        settings,
        format_clause,
    } = query;
    let fills = order_by.as_ref().is_some_and(|order| order.interpolate.is_some());
    let all = order_by
        .as_ref()
        .is_some_and(|order| matches!(order.kind, OrderByKind::All(_)));
    first(&[
        (!locks.is_empty(), "FOR UPDATE or SHARE"),
        (for_clause.is_some(), "FOR XML, JSON or BROWSE"),
        (settings.is_some(), "SETTINGS"),
        (format_clause.is_some(), "FORMAT"),
        (fills, "INTERPOLATE"),
        (all, "ORDER BY ALL"),
    ])
}

/// Of a SELECT.
pub(super) fn of_select(select: &Select) -> Found {
    let Select {
        // No part of the question: a word, a comment, the order of two words.
        select_token: _,
        optimizer_hints: _,
        top_before_distinct: _,
        window_before_qualify: _,
        // Read by the engine, or refused by it in words.
        distinct: _,
        top: _,
        from: _,
        lateral_views: _,
        selection: _,
        cluster_by: _,
        distribute_by: _,
        sort_by: _,
        having: _,
        named_window: _,
        qualify: _,
        projection,
        select_modifiers,
        exclude,
        into,
        prewhere,
        connect_by,
        group_by,
        value_table_mode,
        flavor,
    } = select;
    let (GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers)) = group_by;
    first(&[
        (projection.iter().any(is_narrowed), "* ILIKE"),
        (into.is_some(), "SELECT INTO"),
        (select_modifiers.is_some(), "a modifier behind SELECT"),
        (exclude.is_some(), "EXCLUDE behind the columns"),
        (prewhere.is_some(), "PREWHERE"),
        (!connect_by.is_empty(), "CONNECT BY"),
        (!modifiers.is_empty(), "WITH ROLLUP, CUBE or TOTALS"),
        (value_table_mode.is_some(), "SELECT AS VALUE or STRUCT"),
        (
            matches!(flavor, SelectFlavor::FromFirstNoSelect),
            "FROM without SELECT",
        ),
    ])
}

/// Whether `*` stands for less than it does to the engine.
fn is_narrowed(item: &SelectItem) -> bool {
    let (SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options)) = item else {
        return false;
    };
    let WildcardAdditionalOptions {
        wildcard_token: _,
        // Read by the engine, or refused by it in words.
        opt_exclude: _,
        opt_except: _,
        opt_replace: _,
        opt_rename: _,
        opt_ilike,
        opt_alias,
    } = options;
    opt_ilike.is_some() || opt_alias.is_some()
}

/// Of a table: what stands behind its name.
pub(super) fn of_table(table: &TableFactor) -> Found {
    match table {
        TableFactor::Table {
            name: _,
            alias: _,
            args,
            with_hints,
            version,
            with_ordinality,
            partitions,
            json_path,
            sample,
            index_hints,
        } => first(&[
            (
                args.as_ref().is_some_and(|args| args.settings.is_some()),
                "SETTINGS",
            ),
            (!with_hints.is_empty(), "hints"),
            (version.is_some(), "a version of the table"),
            (*with_ordinality, "WITH ORDINALITY"),
            (!partitions.is_empty(), "PARTITION"),
            (json_path.is_some(), "a path of JSON"),
            (sample.is_some(), "TABLESAMPLE"),
            (!index_hints.is_empty(), "hints"),
        ]),
        TableFactor::Derived {
            lateral: _,
            subquery: _,
            alias: _,
            sample,
        } => first(&[(sample.is_some(), "TABLESAMPLE")]),
        TableFactor::Function {
            lateral: _,
            name: _,
            args: _,
            alias: _,
            with_ordinality,
        } => first(&[(*with_ordinality, "WITH ORDINALITY")]),
        _ => None,
    }
}

/// Of an expression.
pub(super) fn of_expression(expression: &Expr) -> Found {
    match expression {
        Expr::Function(function) => of_function(function),
        Expr::Cast {
            // A format is refused by the engine in words.
            kind: _,
            expr: _,
            format: _,
            data_type,
            array,
        } => array
            .then_some("ARRAY behind a type")
            .or_else(|| of_type(data_type)),
        _ => None,
    }
}

fn of_function(function: &Function) -> Found {
    let Function {
        // How it is called, and what the engine reads.
        name: _,
        uses_odbc_syntax: _,
        args: _,
        filter: _,
        null_treatment: _,
        over: _,
        within_group: _,
        parameters,
    } = function;
    first(&[(
        !matches!(parameters, FunctionArguments::None),
        "parameters of a function",
    )])
}

/// Of types, the engine refuses what it does not know, and takes these without their length.
fn of_type(of: &DataType) -> Found {
    first(&[
        (
            matches!(of, DataType::Char(Some(_)) | DataType::String(Some(_))),
            "the length of a text type",
        ),
        (
            matches!(of, DataType::Float(precision) if *precision != ExactNumberInfo::None),
            "the precision of FLOAT",
        ),
    ])
}
