//! The table against itself and the command line. Against the API: `tests/cli/acts.rs`.

use super::{Body, all, covered};
use crate::cli;

fn command(words: &str) -> Option<clap::Command> {
    let mut at = cli::line();
    for word in words.split(' ') {
        at = at.find_subcommand(word)?.clone();
    }
    Some(at)
}

#[test]
fn every_row_is_a_command_with_help_and_is_called_by_its_words() {
    for act in all() {
        let found = command(act.words).unwrap_or_else(|| panic!("{}", act.words));
        assert!(found.get_about().is_some(), "{}", act.words);
        assert!(!act.help.ends_with('.') && !act.help.is_empty(), "{}", act.words);
        let needs =
            !act.places().is_empty() || act.body == Body::Bytes || act.fields().any(|field| field.required);
        assert!(!needs || !act.example.is_empty(), "an example: {}", act.words);
    }
    for (_, _, words) in covered::ELSEWHERE {
        assert!(command(words).is_some(), "{words}");
    }
}

#[test]
fn every_group_says_what_it_is() {
    for act in all() {
        let words: Vec<&str> = act.words.split(' ').collect();
        for length in 1..words.len() {
            let group = words[..length].join(" ");
            let about = command(&group).unwrap().get_about().map(ToString::to_string);
            assert!(about.is_some_and(|about| !about.is_empty()), "{group}");
        }
    }
}

#[test]
fn examples_are_read_as_they_stand() {
    for act in all().filter(|act| !act.example.is_empty()) {
        let line = format!("accord {} {}", act.words, act.example);
        let line = line.split(" > ").next().unwrap().split(" < ").next().unwrap();
        let mut words = split(line);
        words.extend(["--node", "http://127.0.0.1:1", "--token-file", "x"].map(str::to_owned));
        let read = cli::line().try_get_matches_from(&words);
        let read = read.unwrap_or_else(|error| panic!("{line}\n{error}"));
        assert_eq!(
            super::called(&read).map(|(called, _)| called.words),
            Some(act.words)
        );
    }
}

/// Words as a shell splits them; only single quotes occur.
fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
