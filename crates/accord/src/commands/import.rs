//! `accord import`: reports, messages, lists and bundles brought into a case, over the node's API.

use serde_json::{Value, json};

use super::remote::Remote;
use super::session::{Session, SessionArguments};
use super::{Batch, CommandError, Exit, sources};
use crate::output::{Output, visible};

/// Values printed of one file without `--json`.
const PRINTED_MAX: usize = 200;

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord import --case HEATHER report.pdf                     what is in it, and what would happen; nothing is kept
  accord import --case HEATHER --yes event.json               publish what is proposed
  accord import --case HEATHER --yes --label heather --marking TLP:GREEN --looser-because 'its author, by telephone' list.csv
  accord import --case HEATHER --keep mail.eml                keep it as a draft, to be finished on its page

Text, Markdown, HTML, PDF, e-mail, CSV, STIX 2.1, MISP, plain or gzip, told by content; `-` is standard input.
The node is asked over its API: --node URL, and --token-file or --sign-in with --password-file.
Exit codes: 0 found or published, 1 nothing found, 2 error.")]
pub struct Arguments {
    #[command(flatten)]
    session: SessionArguments,
    /// The case: its id, operation name or reference
    #[arg(long, value_name = "CASE")]
    case: String,
    /// Publish; without it nothing is published
    #[arg(long, conflicts_with = "keep")]
    yes: bool,
    /// Keep what was read as a draft
    #[arg(long)]
    keep: bool,
    /// How it is marked; without it as the material is, TLP:AMBER where it is not
    #[arg(long, value_name = "TLP")]
    marking: Option<String>,
    /// Who allows a looser marking than the material's
    #[arg(long, value_name = "WORDS")]
    looser_because: Option<String>,
    /// The one line that the timeline shows
    #[arg(long, value_name = "WORDS")]
    title: Option<String>,
    /// Where it comes from
    #[arg(long, value_name = "WORDS", conflicts_with = "source_protected")]
    from: Option<String>,
    /// The source would be in danger if it were known
    #[arg(long)]
    source_protected: bool,
    /// A label for every value; may be repeated
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
    /// An ATT&CK technique; may be repeated
    #[arg(long = "technique", value_name = "ID")]
    techniques: Vec<String>,
    /// How sure you are, 0 to 100
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100))]
    confidence: Option<u8>,
    /// What should happen with the values: detect or block
    #[arg(long, value_name = "WISH", value_parser = ["none", "detect", "block"])]
    wish: Option<String>,
    /// Publish the text of the material as a report with the values
    #[arg(long)]
    report: bool,
    /// Attach the material itself: document or sample
    #[arg(long, value_name = "NATURE", value_parser = ["document", "sample"])]
    attach: Option<String>,
    /// End with 2 if any file could not be brought in
    #[arg(long)]
    strict: bool,
    /// Print one JSON object a file
    #[arg(long)]
    json: bool,
    /// Files; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
}

/// Brings files in, one after the other.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    let session = Session::open(&arguments.session)?;
    let outcome = all(session.remote(), arguments, output);
    session.close();
    outcome
}

fn all(node: &Remote, arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    // A wrong case is wrong for every file.
    let case = case(node, &arguments.case)?;
    let (mut batch, mut found) = (Batch::default(), false);
    for file in &arguments.files {
        match one(node, arguments, &case, file, output) {
            Ok(any) => {
                batch.good += 1;
                found |= any;
            }
            Err(CommandError::Failed(why)) => {
                batch.bad += 1;
                output.warning(format_args!("{}: {why}", visible(file)));
            }
            Err(other) => return Err(other),
        }
        output.flush()?;
    }
    batch.report(output);
    Ok(batch.exit(arguments.strict, found))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// The id of a case by its id, operation name or reference.
fn case(node: &Remote, asked: &str) -> Result<String, CommandError> {
    let cases = node.get("/cases", &[])?;
    let bare = |name: &str| name.strip_prefix("Operation ").unwrap_or(name).to_lowercase();
    let named: Vec<&Value> = list(&cases, "")
        .iter()
        .filter(|case| {
            text(case, "/id") == asked
                || text(case, "/reference") == asked
                || bare(text(case, "/operation")) == bare(asked)
        })
        .collect();
    match named.as_slice() {
        [one] => Ok(text(one, "/id").to_owned()),
        [] => Err(CommandError::Failed(format!(
            "you are on no case {}",
            visible(asked)
        ))),
        _ => Err(CommandError::Failed(format!(
            "several cases are called {}: give the id",
            visible(asked)
        ))),
    }
}

fn choices(arguments: &Arguments, view: &Value) -> Value {
    let mut chosen = json!({ "labels": arguments.labels, "source_protected": arguments.source_protected });
    let mut set = |name: &str, value: Option<Value>| {
        if let (Some(value), Some(fields)) = (value, chosen.as_object_mut()) {
            fields.insert(name.to_owned(), value);
        }
    };
    let words = |text: &Option<String>| text.as_deref().map(Value::from);
    set("marking", words(&arguments.marking));
    set("looser_because", words(&arguments.looser_because));
    set("title", words(&arguments.title));
    set("from", words(&arguments.from));
    set("wish", words(&arguments.wish));
    set("attach", words(&arguments.attach));
    set("confidence", arguments.confidence.map(Value::from));
    let techniques = (!arguments.techniques.is_empty()).then(|| Value::from(arguments.techniques.clone()));
    set("techniques", techniques);
    set(
        "report",
        arguments
            .report
            .then(|| Value::from(text(view, "/material/text"))),
    );
    chosen
}

/// One file; whether anything was found in it.
fn one(
    node: &Remote,
    arguments: &Arguments,
    case: &str,
    file: &str,
    output: &mut Output,
) -> Result<bool, CommandError> {
    let bytes = sources::read_source(file).map_err(CommandError::failed)?;
    let name = match file {
        "-" => "standard input",
        path => std::path::Path::new(path)
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or(path),
    };
    let about = [("name", name.to_owned()), ("case", case.to_owned())];
    let draft = node.upload("/imports", &about, bytes)?;
    let id = text(&draft, "/id").to_owned();
    let outcome = finish(node, arguments, case, file, &id, output);
    if !arguments.keep && !matches!(outcome, Ok((_, true))) {
        node.delete(&format!("/imports/{id}"))?;
    }
    outcome.map(|(found, _)| found)
}

/// What is in a draft, and what becomes of it; whether anything was found, and whether it was published.
fn finish(
    node: &Remote,
    arguments: &Arguments,
    case: &str,
    file: &str,
    id: &str,
    output: &mut Output,
) -> Result<(bool, bool), CommandError> {
    let view = node.get(&format!("/imports/{id}"), &[])?;
    let chosen = json!({ "case": case, "choices": choices(arguments, &view) });
    node.post(&format!("/imports/{id}/choices"), &chosen)?;
    let found = !list(&view, "/values").is_empty();
    if !arguments.json {
        print(file, &view, output)?;
    }
    let any = list(&view, "/values")
        .iter()
        .any(|value| value.get("ticked") == Some(&Value::Bool(true)));
    let nothing = !(any || arguments.report || arguments.attach.is_some());
    let plan = if nothing {
        Value::Null
    } else {
        node.post(&format!("/imports/{id}/preview"), &Value::Null)?
    };
    let published = if arguments.yes && !nothing {
        let expect = json!({ "expect": plan.get("reaches") });
        node.post(&format!("/imports/{id}/publish"), &expect)?
    } else {
        Value::Null
    };
    if arguments.json {
        let draft = if arguments.keep {
            Value::from(id)
        } else {
            Value::Null
        };
        output.json(&json!({
            "file": file,
            "form": view.pointer("/draft/form"),
            "marking": view.get("marking"),
            "values": view.get("values"),
            "problems": view.pointer("/material/problems"),
            "plan": plan,
            "draft": draft,
            "published": published,
        }))?;
    } else {
        outcome(arguments, id, &plan, &published, output)?;
    }
    Ok((found, !published.is_null()))
}

fn print(file: &str, view: &Value, output: &mut Output) -> Result<(), CommandError> {
    let values = list(view, "/values");
    output.line(format_args!(
        "{}: {}, {} values, {}",
        visible(file),
        text(view, "/draft/form").replace('-', " "),
        values.len(),
        text(view, "/marking")
    ))?;
    for value in values.iter().take(PRINTED_MAX) {
        let mark = if value.get("ticked") == Some(&Value::Bool(true)) {
            '+'
        } else {
            ' '
        };
        let why: Vec<&str> = list(value, "/unticked_because")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let why = if why.is_empty() {
            String::new()
        } else {
            format!("  ({})", why.join("; "))
        };
        output.line(visible(&format!(
            "{mark} {:<12} {}{why}",
            text(value, "/found/kind"),
            text(value, "/found/value")
        )))?;
    }
    if values.len() > PRINTED_MAX {
        output.line(format_args!(
            "  and {} more: --json gives all",
            values.len() - PRINTED_MAX
        ))?;
    }
    for problem in list(view, "/material/problems").iter().take(20) {
        output.warning(visible(&format!("not read: {}", text(problem, "/what"))));
    }
    Ok(())
}

fn outcome(
    arguments: &Arguments,
    id: &str,
    plan: &Value,
    published: &Value,
    output: &mut Output,
) -> Result<(), CommandError> {
    for note in list(plan, "/notes") {
        let to: Vec<String> = list(note, "/decisions")
            .iter()
            .map(|one| {
                format!(
                    "{} {} (clause {})",
                    text(one, "/to"),
                    text(one, "/answer"),
                    text(one, "/clause")
                )
            })
            .collect();
        output.line(visible(&format!(
            "{} {}: {}: {}",
            text(note, "/kind"),
            text(note, "/marking"),
            text(note, "/title"),
            to.join(", ")
        )))?;
    }
    let waiting = list(plan, "/second").len();
    if waiting > 0 {
        output.note(format_args!("{waiting} values wait for a second person"));
    }
    if published.is_null() {
        return match (arguments.keep, plan.is_null()) {
            (true, _) => output.line(format_args!("kept as draft {id}")),
            (false, true) => output.line("nothing is ticked of itself: finish it on its page (--keep)"),
            (false, false) => output.line("nothing was published: --yes publishes it"),
        };
    }
    let all = ["/report", "/indicators", "/files"]
        .into_iter()
        .flat_map(|pointer| match published.pointer(pointer) {
            Some(Value::Array(several)) => several.iter().collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(one) => vec![one],
        });
    for note in all {
        output.line(format_args!("published {}", text(note, "/at")))?;
    }
    Ok(())
}
