//! Which statements are questions: one SELECT, or one that explains or describes. All else is refused before the engine
//! plans anything.
//!
//! This is the first of three walls. The engine is also built without what could write or open a file (`session`), and
//! the only store of objects that it has reads the listed files (`objects`).

use std::ops::ControlFlow;

use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{
    Expr, ObjectName, Query, Select, SetExpr, ShowStatementFilter, Statement, TableFactor, Value,
    ValueWithSpan, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;

use super::{failure, unread};
use crate::error::{Error, Kind};
use crate::limits::{MAX_DEPTH, MAX_NESTING, MAX_TABLES};

/// Functions that make a table out of their arguments, and read nothing.
pub(super) const TABLE_FUNCTIONS: [&str; 3] = ["generate_series", "range", "unnest"];
/// Tables of the information schema that tell of this process rather than of the logs.
const HIDDEN: [&str; 1] = ["df_settings"];
/// What no pattern of functions may have in it.
const ENDS_A_TEXT: [char; 3] = ['\'', ';', '\\'];
/// What can be asked, for people.
const QUESTIONS: &str = "SELECT, WITH, VALUES, EXPLAIN, DESCRIBE and SHOW TABLES, COLUMNS or FUNCTIONS";

/// What kind of question it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// For rows.
    Rows,
    /// For the plan of a question, which comes as text of several lines.
    Plan,
}

/// Reads a statement, and says what it asks for.
pub(super) fn read(text: &str) -> Result<(Parsed, Asks), Error> {
    let parser = DFParserBuilder::new(text)
        .with_dialect(&GenericDialect {})
        .with_recursion_limit(MAX_NESTING)
        .build();
    let mut statements = parser
        .and_then(|mut parser| parser.parse_statements())
        .map_err(failure::statement)?;
    let (Some(statement), None) = (statements.pop_front(), statements.pop_front()) else {
        let words = format!("one question at a time, and one at least: {QUESTIONS}");
        return Err(Error::new(Kind::Refused, words));
    };
    let asks = permitted(&statement, text)?;
    Ok((statement, asks))
}

fn permitted(statement: &Parsed, text: &str) -> Result<Asks, Error> {
    match statement {
        Parsed::Statement(statement) => match statement.as_ref() {
            Statement::Query(query) => walk(query.as_ref()).map(|()| Asks::Rows),
            Statement::ShowFunctions { filter } => names_alone(filter.as_ref()).map(|()| Asks::Rows),
            Statement::ExplainTable { .. } | Statement::ShowTables { .. } | Statement::ShowColumns { .. } => {
                Ok(Asks::Rows)
            }
            _ => Err(no_question(text)),
        },
        Parsed::Explain(explain) => {
            permitted(&explain.statement, text)?;
            Ok(Asks::Plan)
        }
        Parsed::CreateExternalTable(_) | Parsed::CopyTo(_) | Parsed::Reset(_) => Err(no_question(text)),
    }
}

/// Whether a filter of functions is a pattern of their names and nothing else. The engine writes it between quotes into a
/// question of its own, as it stands, and plans that without coming back here: what ends the quotes would be a question
/// that nobody looked at.
fn names_alone(filter: Option<&ShowStatementFilter>) -> Result<(), Error> {
    match filter {
        None => Ok(()),
        Some(ShowStatementFilter::Like(pattern)) if !pattern.contains(ENDS_A_TEXT) => Ok(()),
        Some(ShowStatementFilter::Like(_)) => Err(refused(
            "a pattern of functions with a quote, a semicolon or a backslash (no function has one in its name)",
        )),
        Some(_) => Err(refused(
            "functions are filtered by LIKE and a pattern of their names alone",
        )),
    }
}

fn no_question(text: &str) -> Error {
    let word: String = text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .chars()
        .take(32)
        .collect();
    refused(format!("`{word}` is no question"))
}

fn refused(what: impl AsRef<str>) -> Error {
    let words = format!(
        "{}: nothing is changed here, and nothing read but the store; what can be asked is {QUESTIONS}",
        what.as_ref()
    );
    Error::new(Kind::Refused, words)
}

fn not_read(clause: &str) -> Error {
    let words = format!("{clause} would be left out without a word, and the answer be wrong: ask without it");
    Error::new(Kind::Refused, words)
}

fn walk(query: &Query) -> Result<(), Error> {
    match query.visit(&mut Walls::default()) {
        ControlFlow::Break(error) => Err(*error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Looks at every part of a query.
#[derive(Default)]
struct Walls {
    depth: usize,
    tables: usize,
    selects: usize,
}

type Flow = ControlFlow<Box<Error>>;

fn stop(error: Error) -> Flow {
    ControlFlow::Break(Box::new(error))
}

fn too_large(what: &str, limit: usize) -> Flow {
    let words = format!(
        "the statement has {what}; at most {limit} are worked out: ask in parts, or join a table of values"
    );
    stop(Error::new(Kind::TooLarge, words))
}

impl Visitor for Walls {
    type Break = Box<Error>;

    fn pre_visit_query(&mut self, query: &Query) -> Flow {
        if let Some(clause) = unread::of_query(query) {
            return stop(not_read(clause));
        }
        // A chain of set operations is as deep as it is long.
        let (mut body, mut depth) = (query.body.as_ref(), 0);
        while let SetExpr::SetOperation { left, .. } = body {
            body = left;
            depth += 1;
        }
        if depth > MAX_TABLES {
            return too_large("a chain of UNION, INTERSECT or EXCEPT that is longer", MAX_TABLES);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> Flow {
        self.selects += 1;
        if self.selects > MAX_TABLES {
            return too_large("more SELECTs", MAX_TABLES);
        }
        if let Some(clause) = unread::of_select(select) {
            return stop(not_read(clause));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, _: &Statement) -> Flow {
        stop(refused("a statement inside of a query"))
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> Flow {
        self.tables += 1;
        if self.tables > MAX_TABLES {
            return too_large("more tables", MAX_TABLES);
        }
        if let Some(clause) = unread::of_table(table) {
            return stop(not_read(clause));
        }
        let function = match table {
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } | TableFactor::UNNEST { .. } => None,
            TableFactor::Table { args: None, .. } => None,
            TableFactor::Table {
                name, args: Some(_), ..
            }
            | TableFactor::Function { name, .. } => Some(name),
            _ => return stop(refused("this kind of table is not known here")),
        };
        if let Some(name) = function {
            let name = name.to_string().to_lowercase();
            if !TABLE_FUNCTIONS.contains(&name.as_str()) {
                let name: String = name.chars().take(64).collect();
                let known = TABLE_FUNCTIONS.join(", ");
                return stop(refused(format!(
                    "`{name}(...)` is no table; the functions that make one are {known}"
                )));
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> Flow {
        let part = relation.0.last();
        let name = part.map(|part| match part.as_ident() {
            // However it is quoted.
            Some(ident) => ident.value.clone(),
            None => part.to_string(),
        });
        let name = name.unwrap_or_default().to_lowercase();
        if HIDDEN.contains(&name.as_str()) {
            return stop(refused(format!("`{name}` tells of this machine")));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> Flow {
        if let Some(clause) = unread::of_expression(expression) {
            return stop(not_read(clause));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return too_large(
                "an expression that is deeper, or longer without parentheses",
                MAX_DEPTH,
            );
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> Flow {
        // Of other systems' kinds, the engine takes all that stand without a name for one.
        if let Value::Placeholder(id) = &value.value
            && id.strip_prefix('$').is_none_or(str::is_empty)
        {
            let id: String = id.chars().take(64).collect();
            let words = format!("`{id}` is no parameter here: name it, as $day, or number it, as $1");
            return stop(Error::new(Kind::Statement, words));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, _: &Expr) -> Flow {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}
