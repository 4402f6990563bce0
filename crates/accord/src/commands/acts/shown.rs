//! What a node answered, for people: references, decisions, tables, lines.
//!
//! How an answer is printed follows from its form; a row says more only where a list has more members than a line has
//! room for. Times are written out, and nothing in an answer steers a terminal.

use comfy_table::{Table, presets};
use serde_json::{Map, Value};

use super::{Act, Method, Shows};
use crate::commands::{CommandError, Exit};
use crate::output::{Output, visible};

/// Longest cell of a table, characters; `--json` has the whole.
const CELL_MAX_CHARS: usize = 80;
/// Most columns of a table whose row names none.
const COLUMNS_MAX: usize = 7;

/// Prints an answer; says how the command ends.
pub fn print(act: &Act, answer: &Value, as_json: bool, output: &mut Output) -> Result<Exit, CommandError> {
    if as_json {
        output.json(answer)?;
    } else {
        match act.shows {
            Shows::Plain | Shows::Bytes | Shows::Problems | Shows::Verdict(..) => plain(answer, output)?,
            Shows::Table(at, columns) => table(answer.pointer(at), columns, output)?,
            Shows::Members(names) => {
                let named = |name: &&str| Some(((*name).to_owned(), answer.get(*name)?.clone()));
                lines(&names.iter().filter_map(named).collect(), 0, output)?;
            }
            Shows::Json => {
                let text = serde_json::to_string_pretty(answer).map_err(CommandError::failed)?;
                output.line(text)?;
            }
            Shows::Text(at) => {
                let text = answer.pointer(at).and_then(Value::as_str).unwrap_or_default();
                output.bytes(text.as_bytes())?;
                if !text.ends_with('\n') {
                    output.line("")?;
                }
            }
        }
        for next in ["next", "older"] {
            match answer.get(next) {
                Some(Value::Null) | None => {}
                Some(from) => output.note(format_args!("there is more: from {}", cell(next, from))),
            }
        }
    }
    output.flush()?;
    Ok(exit(act, answer))
}

fn exit(act: &Act, answer: &Value) -> Exit {
    let listed = match act.shows {
        Shows::Table(at, _) => answer.pointer(at),
        _ => Some(answer),
    };
    let none = |value: Option<&Value>| match value {
        Some(Value::Array(all)) => all.is_empty(),
        Some(Value::Object(all)) => all.is_empty(),
        _ => false,
    };
    let good = match act.shows {
        Shows::Problems => none(Some(answer)),
        Shows::Verdict(at, word) => answer.pointer(at).and_then(Value::as_str) == Some(word),
        _ if refused(answer) => false,
        _ => act.method != Method::Get || !none(listed),
    };
    if good { Exit::Done } else { Exit::Nothing }
}

/// Whether it is decisions alone, and all of them no: nothing would go, or went.
fn refused(answer: &Value) -> bool {
    let no = |one: &Value| is_decision(one) && one.get("answer").is_some_and(|answer| answer == "no");
    match answer {
        Value::Array(all) => !all.is_empty() && all.iter().all(no),
        one => no(one),
    }
}

/// The gate's word on one recipient.
fn is_decision(value: &Value) -> bool {
    ["to", "answer", "clause", "words"]
        .iter()
        .all(|member| value.get(member).is_some())
}

fn decision(value: &Value) -> String {
    let of = |member: &str| value.get(member).and_then(Value::as_str).unwrap_or_default();
    format!(
        "{} {}: {} (clause {})",
        of("to"),
        of("answer"),
        of("words"),
        of("clause")
    )
}

fn plain(answer: &Value, output: &mut Output) -> Result<(), CommandError> {
    match answer {
        Value::Null => Ok(()),
        Value::Array(all) if all.iter().all(is_written) => all.iter().try_for_each(|one| plain(one, output)),
        Value::Array(all) if all.iter().all(is_decision) => all.iter().try_for_each(|one| plain(one, output)),
        Value::Array(all) if all.iter().all(Value::is_object) => table(Some(answer), &columns(all), output),
        Value::Array(all) => all.iter().try_for_each(|one| output.line(cell("", one))),
        one if is_decision(one) => output.line(visible(&decision(one))),
        one if is_written(one) => {
            output.line(visible(one.get("at").and_then(Value::as_str).unwrap_or_default()))?;
            let decisions = one.get("decisions").and_then(Value::as_array);
            let mut decisions = decisions.into_iter().flatten();
            decisions.try_for_each(|one| output.line(visible(&format!("  {}", decision(one)))))
        }
        Value::Object(members) => lines(members, 0, output),
        word => output.line(cell("", word)),
    }
}

/// A note that was written, with whom it goes to.
fn is_written(value: &Value) -> bool {
    value.get("at").is_some_and(Value::is_string)
        && value
            .get("decisions")
            .and_then(Value::as_array)
            .is_some_and(|all| all.iter().all(is_decision))
        && value.get("title").is_none()
}

/// The members of objects that fit into cells, as the first one has them.
fn columns(all: &[Value]) -> Vec<&str> {
    let first = all.first().and_then(Value::as_object);
    let short = |value: &Value| !matches!(value, Value::Object(_));
    let members = first.into_iter().flatten().filter(|(_, value)| short(value));
    members.map(|(name, _)| name.as_str()).take(COLUMNS_MAX).collect()
}

fn table(listed: Option<&Value>, columns: &[&str], output: &mut Output) -> Result<(), CommandError> {
    let rows = listed
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    if rows.is_empty() {
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(columns.iter().map(|column| heading(column)));
    for row in rows {
        let cells = columns.iter().map(|column| {
            let value = row.pointer(&format!("/{column}")).unwrap_or(&Value::Null);
            short(cell(column, value))
        });
        table.add_row(cells);
    }
    for line in table.to_string().lines() {
        output.line(line.trim_end())?;
    }
    Ok(())
}

fn heading(column: &str) -> String {
    let last = column.rsplit('/').next().unwrap_or(column);
    let last = last.strip_suffix("_ms").unwrap_or(last);
    last.replace('_', " ").to_uppercase()
}

fn short(text: String) -> String {
    if text.chars().count() <= CELL_MAX_CHARS {
        return text;
    }
    let kept: String = text.chars().take(CELL_MAX_CHARS).collect();
    format!("{kept}...")
}

/// A value on one line.
fn cell(name: &str, value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => match number.as_i64().filter(|_| is_moment(name)) {
            Some(ms) => moment(ms),
            None => number.to_string(),
        },
        Value::String(text) => text.clone(),
        // Pairs and their like: agency.example agency.
        Value::Array(all) if all.iter().any(Value::is_array) => joined(name, all, "; "),
        Value::Array(all) => joined(name, all, ", "),
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| format!("{name} {}", cell(name, value)))
                .collect();
            members.join(", ")
        }
    };
    visible(&text.replace(['\r', '\n'], " "))
}

fn joined(name: &str, all: &[Value], between: &str) -> String {
    let all: Vec<String> = all.iter().map(|one| cell(name, one)).collect();
    all.join(between)
}

/// Whether a number of this name is a moment; an offset of a clock is milliseconds, too.
fn is_moment(name: &str) -> bool {
    name.ends_with("_ms") && !name.ends_with("offset_ms") && !name.ends_with("after_ms")
}

fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| ms.to_string(),
        |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

fn label(name: &str) -> String {
    name.strip_suffix("_ms").unwrap_or(name).replace('_', " ")
}

/// What of an object fits on a line: no objects within it.
fn brief(value: &Value) -> String {
    let Some(members) = value.as_object() else {
        return cell("", value);
    };
    let fits = |value: &Value| match value {
        Value::Null | Value::Object(_) => false,
        Value::Array(all) => !all.is_empty() && !all.iter().any(Value::is_object),
        _ => true,
    };
    let members: Vec<String> = members
        .iter()
        .filter(|(_, value)| fits(value))
        .map(|(name, value)| format!("{} {}", label(name), cell(name, value)))
        .collect();
    visible(&members.join(", "))
}

/// An object as lines, what is within it further in.
fn lines(members: &Map<String, Value>, depth: usize, output: &mut Output) -> Result<(), CommandError> {
    let indent = "  ".repeat(depth);
    for (name, value) in members {
        let name_shown = visible(&label(name));
        match value {
            Value::Null => {}
            Value::Array(all) if all.is_empty() => {}
            Value::Object(inner) if inner.is_empty() => {}
            Value::Object(_) if is_decision(value) => {
                output.line(format_args!(
                    "{indent}{name_shown}: {}",
                    visible(&decision(value))
                ))?;
            }
            Value::Object(inner) => {
                output.line(format_args!("{indent}{name_shown}:"))?;
                lines(inner, depth + 1, output)?;
            }
            Value::Array(all) if all.iter().any(Value::is_object) => {
                output.line(format_args!("{indent}{name_shown}:"))?;
                for one in all {
                    let text = match one {
                        one if is_decision(one) => visible(&decision(one)),
                        one => brief(one),
                    };
                    output.line(format_args!("{indent}  {text}"))?;
                }
            }
            Value::String(text) if text.contains('\n') => {
                output.line(format_args!("{indent}{name_shown}:"))?;
                for line in text.lines() {
                    output.line(format_args!("{indent}  {}", visible(line)))?;
                }
            }
            value => output.line(format_args!("{indent}{name_shown}: {}", cell(name, value)))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{get, post};
    use super::*;

    #[test]
    fn cells_are_one_line_and_times_are_written_out() {
        let check = |name: &str, value: Value, expected: &str| assert_eq!(cell(name, &value), expected);
        check("due_ms", json!(0), "1970-01-01T00:00:00Z");
        check("clock_offset_ms", json!(1500), "1500");
        check("count", json!(7), "7");
        check(
            "parties",
            json!([["agency.example", "agency"]]),
            "agency.example, agency",
        );
        check("roles", json!(["approver", "custodian"]), "approver, custodian");
        check("text", json!("a\nb\u{1b}[2J"), "a b\\u{1b}[2J");
        check("here", json!(true), "yes");
        check("who", json!(null), "");
        assert_eq!(short("x".repeat(81)).chars().count(), 83);
    }

    #[test]
    fn how_a_command_ends() {
        let no = json!({ "to": "isp.example", "answer": "no", "clause": "3", "words": "not this" });
        let yes = json!({ "to": "isp.example", "answer": "yes", "clause": "2", "words": "as agreed" });
        let list = get("x", "/x", "").table(&["at"]);
        let done = post("x", "/x", "");
        let check = |act: &Act, answer: Value, expected| assert_eq!(exit(act, &answer), expected, "{answer}");
        check(&list, json!([]), Exit::Nothing);
        check(&list, json!([{ "at": "1" }]), Exit::Done);
        check(&done, json!([]), Exit::Done);
        check(&done, json!(null), Exit::Done);
        check(&done, no.clone(), Exit::Nothing);
        check(&done, json!([no, yes]), Exit::Done);
        check(&done, json!({ "at": "1", "decisions": [no] }), Exit::Done);
        check(&done.shows(Shows::Problems), json!(["cut short"]), Exit::Nothing);
        check(
            &done.shows(Shows::Verdict("/verdict", "verified")),
            json!({ "verdict": "failed" }),
            Exit::Nothing,
        );
    }
}
