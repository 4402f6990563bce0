//! The rows as commands of the command line.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Args, Command, value_parser};

use super::field::Kind;
use super::{Act, Body, Field, Shows, all, table};
use crate::commands::remote::ActArguments;

/// The id of the option with the whole body.
pub const BODY: &str = "the body";
/// The id of the option that says where bytes go.
pub const OUTPUT: &str = "the output";
/// The id of the word that says which file is sent.
pub const FILE: &str = "the file";

/// Adds every row to a command line: under the commands that are there already, and in groups of their own.
pub fn added(line: Command) -> Command {
    all().fold(line, |line, act| {
        let words: Vec<&str> = act.words.split(' ').collect();
        put(line, "", &words, act)
    })
}

fn put(parent: Command, before: &str, words: &[&'static str], act: &Act) -> Command {
    match words {
        [] => parent,
        [last] => parent.subcommand(command(last, act)),
        [first, rest @ ..] => {
            let path = format!("{before} {first}").trim_start().to_owned();
            if parent.find_subcommand(first).is_some() {
                return parent.mut_subcommand(first, |group| put(group, &path, rest, act));
            }
            let about = table::GROUPS.iter().find(|(words, _)| *words == path);
            let group = Command::new(*first)
                .about(about.map_or("", |(_, about)| about))
                .subcommand_required(true)
                .arg_required_else_help(true);
            parent.subcommand(put(group, &path, rest, act))
        }
    }
}

fn command(name: &'static str, act: &Act) -> Command {
    let mut command = Command::new(name).about(act.help);
    if !act.example.is_empty() {
        command = command.after_help(format!("Example:\n  accord {} {}", act.words, act.example));
    }
    for place in act.places() {
        let arg = Arg::new(place.id()).value_name(place.value_name());
        command = command.arg(arg.required(true).help(place.help()));
    }
    if act.body == Body::Bytes {
        let file = Arg::new(FILE).value_name("FILE").required(true);
        let file = file.value_parser(value_parser!(PathBuf));
        command = command.arg(file.help("The file; - is standard input"));
    }
    let in_body =
        act.body == Body::Fields && act.fields().any(|field| field.place == super::field::Place::Body);
    for field in act.fields() {
        command = command.arg(argument(field, in_body));
    }
    if in_body {
        command =
            command.arg(Arg::new(BODY).long("body").value_name("FILE").help(
                "A JSON file with what is sent; - is standard input. What the options say goes before it",
            ));
    }
    if act.shows == Shows::Bytes {
        let arg = Arg::new(OUTPUT).short('o').long("output").value_name("FILE");
        let arg = arg.value_parser(value_parser!(PathBuf));
        command = command.arg(arg.help("Write it here; standard output where absent"));
    }
    ActArguments::augment_args(command)
}

fn argument(field: &Field, in_body: bool) -> Arg {
    let mut arg = Arg::new(field.id()).help(help(field));
    if !field.positional {
        arg = arg.long(field.option_name());
    }
    arg = match field.kind {
        Kind::Flag => return arg.action(ArgAction::SetTrue),
        Kind::Many | Kind::Objects(_) | Kind::Published | Kind::Members => arg.action(ArgAction::Append),
        Kind::Number => arg.value_parser(value_parser!(i64)),
        Kind::Time => arg.value_parser(value_parser!(jiff::Timestamp)),
        Kind::YesNo => arg.value_parser(["yes", "no"]),
        Kind::Secret | Kind::TextFile => arg.value_parser(value_parser!(PathBuf)),
        Kind::Text | Kind::Json => arg,
    };
    arg = arg
        .value_name(field.value_name)
        .allow_hyphen_values(field.kind == Kind::Number);
    match (field.required && field.default.is_none(), in_body) {
        (true, true) => arg.required_unless_present(BODY),
        (true, false) => arg.required(true),
        (false, _) => arg,
    }
}

fn help(field: &Field) -> String {
    let how = match field.kind {
        Kind::Many | Kind::Objects(_) | Kind::Published | Kind::Members => "; again for more",
        Kind::Time => ", UTC",
        Kind::Json => "; @FILE reads a file, - standard input",
        Kind::TextFile | Kind::Secret => "; - is standard input",
        Kind::Text | Kind::Number | Kind::YesNo | Kind::Flag => "",
    };
    let otherwise = field
        .default
        .map_or(String::new(), |value| format!(" [default: {value}]"));
    format!("{}{how}{otherwise}", field.help)
}
