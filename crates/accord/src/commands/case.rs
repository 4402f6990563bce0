//! `accord case`: who works on a case, for scripts: the pen, secondments, members.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::older::Older;
use super::remote::ActArguments;
use super::{CommandError, Exit, older};
use crate::output::Output;

/// See and change who works on a case
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  export ACCORD_NODE=https://accord.agency.example ACCORD_TOKEN_FILE=~/.accord-token
  accord case pen show 3f2a...
  accord case pen pass 3f2a... --to bureau.example --person 71c0...
  accord case second grant 3f2a... --person 9be1... --home isp.example --host agency.example \\
      --category analysis --category indicator --scope 'samples of the loader' --until 2027-01-31T00:00:00Z
  accord case member name 3f2a... --person 71c0... --role investigator --category analysis --scope 'the loader'
  accord case older list 3f2a... --to hosting.example
  accord case older give 3f2a... --to hosting.example --all")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Who holds the pen; offer it, take it
    #[command(subcommand)]
    Pen(Pen),
    /// People seconded between organisations
    #[command(subcommand)]
    Second(Second),
    /// Your organisation's own people on a case
    #[command(subcommand)]
    Member(Member),
    /// Older notes for a party that came later
    #[command(subcommand)]
    Older(Older),
}

#[derive(Debug, clap::Subcommand)]
enum Pen {
    /// Who holds it, and to whom it is offered
    Show(OnCase),
    /// Offer it to another case officer: it stays until they take it
    Pass {
        #[command(flatten)]
        on: OnCase,
        /// Their organisation
        #[arg(long, value_name = "ORG")]
        to: String,
        /// Their number
        #[arg(long, value_name = "ID")]
        person: String,
    },
    /// Take it
    Take {
        #[command(flatten)]
        on: OnCase,
        /// The offer, as `pen show` lists it
        #[arg(long, value_name = "NOTE")]
        offer: String,
    },
}

#[derive(Debug, clap::Subcommand)]
enum Second {
    /// The secondments of a case
    List(OnCase),
    /// Grant your side
    Grant {
        #[command(flatten)]
        on: OnCase,
        #[command(flatten)]
        of: Between,
        /// A category that they see and write; again for more
        #[arg(long = "category", value_name = "CATEGORY", required = true)]
        categories: Vec<String>,
        /// The same in words
        #[arg(long, value_name = "WORDS")]
        scope: String,
        /// From, UTC; now when absent
        #[arg(long, value_name = "TIME")]
        from: Option<Timestamp>,
        /// Until, UTC, excluded
        #[arg(long, value_name = "TIME")]
        until: Timestamp,
    },
    /// End it, at once
    End {
        #[command(flatten)]
        on: OnCase,
        #[command(flatten)]
        of: Between,
        /// Why; all parties read it
        #[arg(long, value_name = "WORDS")]
        reason: String,
    },
}

#[derive(Debug, clap::Subcommand)]
enum Member {
    /// Name one of your people, for the whole case or for some categories
    Name {
        #[command(flatten)]
        on: OnCase,
        /// Their number
        #[arg(long, value_name = "ID")]
        person: String,
        /// A role on the case; again for more
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<String>,
        /// A category that they see and write, and no other; again for more
        #[arg(long = "category", value_name = "CATEGORY", requires = "scope")]
        categories: Vec<String>,
        /// What they need it for
        #[arg(long, value_name = "WORDS", requires = "categories")]
        scope: Option<String>,
        /// When the roles end, UTC
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
    },
    /// Take one of your people off, at once
    Remove {
        #[command(flatten)]
        on: OnCase,
        /// Their number
        #[arg(long, value_name = "ID")]
        person: String,
    },
}

/// On which case, at which node.
#[derive(Debug, clap::Args)]
pub struct OnCase {
    /// The case's id
    #[arg(value_name = "CASE")]
    pub case: String,
    #[command(flatten)]
    pub node: ActArguments,
}

/// The address of a case.
pub fn address(case: &str) -> Result<String, CommandError> {
    // It stands in an address: nothing but what an id has.
    if case.is_empty() || !case.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(CommandError::Failed(format!("{case:?} is no id of a case")));
    }
    Ok(format!("/cases/{case}"))
}

impl OnCase {
    /// The address of something on the case.
    pub fn path(&self, rest: &str) -> Result<String, CommandError> {
        Ok(format!("{}{rest}", address(&self.case)?))
    }
}

#[derive(Debug, clap::Args)]
struct Between {
    /// Their number at home
    #[arg(long, value_name = "ID")]
    person: String,
    /// Whose they are, and stay
    #[arg(long, value_name = "ORG")]
    home: String,
    /// Which agency takes them in
    #[arg(long, value_name = "ORG")]
    host: String,
}

fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// Text of a field, or nothing.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A moment, as ISO 8601.
pub fn moment(value: &Value, key: &str) -> String {
    let at = value.get(key).and_then(Value::as_i64);
    at.and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .map(|at| at.to_string())
        .unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// Runs it.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.command {
        Command::Pen(pen) => run_pen(pen, output),
        Command::Second(second) => run_second(second, output),
        Command::Member(member) => run_member(member, output),
        Command::Older(asked) => older::run(asked, output),
    }
}

fn run_pen(pen: &Pen, output: &mut Output) -> Result<Exit, CommandError> {
    match pen {
        Pen::Show(on) => {
            let team = on.node.get(&on.path("/team")?)?;
            if on.node.json {
                output.json(&json!({ "pen": team.get("pen"), "offered": team.get("offered") }))?;
                return Ok(Exit::Done);
            }
            let pen = team.get("pen").and_then(Value::as_array);
            let of = |place: usize| pen.and_then(|pen| pen.get(place)?.as_str()).unwrap_or("nobody");
            output.line(format_args!("{} {}", of(0), of(1)))?;
            for offer in list(&team, "offered") {
                output.line(format_args!(
                    "offered {} to {} {}",
                    text(offer, "at"),
                    text(offer, "to_org"),
                    text(offer, "to")
                ))?;
            }
        }
        Pen::Pass { on, to, person } => {
            let body = json!({ "to_org": to, "to": person });
            on.node
                .done(&on.node.post(&on.path("/pen/pass")?, &body)?, output)?;
        }
        Pen::Take { on, offer } => {
            let body = json!({ "passed": offer });
            on.node
                .done(&on.node.post(&on.path("/pen/take")?, &body)?, output)?;
        }
    }
    Ok(Exit::Done)
}

fn run_second(second: &Second, output: &mut Output) -> Result<Exit, CommandError> {
    match second {
        Second::List(on) => {
            let team = on.node.get(&on.path("/team")?)?;
            let mut found = false;
            for one in list(&team, "secondments") {
                found = true;
                if on.node.json {
                    output.json(one)?;
                    continue;
                }
                let categories: Vec<&str> = list(one, "categories").filter_map(Value::as_str).collect();
                output.line(format_args!(
                    "{} of {} to {}: {} from {} until {} ({})",
                    text(one, "person"),
                    text(one, "home"),
                    text(one, "host"),
                    categories.join(","),
                    moment(one, "from_ms"),
                    moment(one, "until_ms"),
                    text(one, "state")
                ))?;
            }
            return Ok(if found { Exit::Done } else { Exit::Nothing });
        }
        Second::Grant {
            on,
            of,
            categories,
            scope,
            from,
            until,
        } => {
            let body = json!({
                "person": of.person, "home": of.home, "host": of.host,
                "categories": categories, "scope": scope,
                "from_ms": from.map_or_else(|| ms(Timestamp::now()), ms), "until_ms": ms(*until),
            });
            on.node
                .done(&on.node.post(&on.path("/secondments")?, &body)?, output)?;
        }
        Second::End { on, of, reason } => {
            let body = json!({ "person": of.person, "home": of.home, "host": of.host, "reason": reason });
            on.node
                .done(&on.node.post(&on.path("/secondments/end")?, &body)?, output)?;
        }
    }
    Ok(Exit::Done)
}

fn run_member(member: &Member, output: &mut Output) -> Result<Exit, CommandError> {
    match member {
        Member::Name {
            on,
            person,
            roles,
            categories,
            scope,
            until,
        } => {
            let mut body = Map::new();
            body.insert("person".to_owned(), json!(person));
            body.insert("roles".to_owned(), json!(roles));
            if let Some(until) = until {
                body.insert("until_ms".to_owned(), json!(ms(*until)));
            }
            if let Some(scope) = scope {
                body.insert(
                    "scope".to_owned(),
                    json!({ "categories": categories, "text": scope }),
                );
            }
            let answer = on.node.post(&on.path("/members")?, &Value::Object(body))?;
            on.node.done(&answer, output)?;
        }
        Member::Remove { on, person } => {
            if person.is_empty() || !person.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(CommandError::Failed(format!(
                    "{person:?} is no number of a person"
                )));
            }
            let answer = on.node.delete(&on.path(&format!("/members/{person}"))?)?;
            on.node.done(&answer, output)?;
        }
    }
    Ok(Exit::Done)
}
