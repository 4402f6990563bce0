//! Everybody reads their own node, and every mark that is found is asked whether they may.

use std::collections::BTreeSet;
use std::sync::Arc;

use accord_server::Part;
use tokio::task::JoinSet;

use super::super::StepError;
use super::super::client::Session;
use super::super::marks::Reader;
use super::super::nodes::{Who, World};
use super::super::probe::{Known, readable};
use super::super::story::Story;
use super::table::filled;

/// After so many steps everybody has asked every route once.
const TURNS: usize = 11;
/// How a mark begins, and how many characters it has.
const MARK: (&[u8], usize) = (b"mk", 14);

/// The words in an answer that can be marks.
fn words(body: &[u8]) -> BTreeSet<String> {
    memchr::memmem::find_iter(body, MARK.0)
        .filter_map(|at| {
            let word = std::str::from_utf8(body.get(at..at.checked_add(MARK.1)?)?).ok()?;
            let digits = word.get(2..)?;
            let hex = digits
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            hex.then(|| word.to_owned())
        })
        .collect()
}

/// What is read after every step, as soon as there is such a thing: what stands in one place only.
const ALWAYS: [&str; 5] = [
    "/api/v1/cases/{case}",
    "/api/v1/cases/{second case}",
    "/cases/{case}/timeline",
    "/api/v1/leads/{lead}",
    "/api/v1/files/{file of the report}/bytes",
];

/// What somebody read, and where.
struct Read {
    who: Who,
    sign_in: String,
    path: String,
    words: BTreeSet<String>,
}

/// One node's people, one after the other.
async fn ask(
    people: Vec<(Who, String, Session)>,
    paths: Arc<Vec<String>>,
) -> Result<(usize, Vec<Read>), StepError> {
    let (mut asked, mut found) = (0, Vec::new());
    for (who, sign_in, session) in people {
        for path in paths.iter() {
            let (status, body) = session.look(path).await?;
            if status >= 500 {
                return Err(StepError::new(format!(
                    "{sign_in} of {} at {path}: answered with {status}",
                    who.org()
                )));
            }
            asked += 1;
            let words = words(&body);
            if !words.is_empty() {
                found.push(Read {
                    who,
                    sign_in: sign_in.clone(),
                    path: path.clone(),
                    words,
                });
            }
        }
    }
    Ok((asked, found))
}

/// The ids of the story with one of its cases and the notes of that.
fn about(story: &Story<'_>, second: bool) -> Known {
    let of_second = |name: &str| name == "second case" || name.starts_with("note: second case");
    let of_one_case = |name: &str| name == "case" || name.starts_with("note: ") || of_second(name);
    let mut ids = story.ids();
    ids.retain(|(name, _)| !of_one_case(name) || of_second(name) == second);
    Known::of(&ids)
}

/// The paths of a round; all of them after the last step, about every note.
fn paths(story: &Story<'_>, round: usize, all: bool) -> Vec<String> {
    let mut paths: BTreeSet<String> = BTreeSet::new();
    let there = !story.value_of("second case").is_empty();
    for second in [false, true].into_iter().filter(|second| there || !second) {
        let known = about(story, second);
        let of_round = readable(&known, round)
            .into_iter()
            .enumerate()
            .filter(|(number, _)| all || (number + round).is_multiple_of(TURNS))
            // No note stands in an agreement, and its matrix takes long to work out.
            .filter(|(_, (route, _))| !route.path.contains("/agreements/{"))
            .map(|(_, (_, path))| story.with_conversation(&path));
        paths.extend(of_round);
        if all {
            paths.extend(about_notes(&known, story.ids().len()));
        }
    }
    paths.extend(ALWAYS.iter().filter_map(|path| filled(path, story)));
    paths.into_iter().collect()
}

/// What can be read about every note.
fn about_notes(known: &Known, turns: usize) -> BTreeSet<String> {
    let of_a_note = |part: Part, path: &str| {
        part == Part::Api && (path.ends_with("/notes/{ledger}/{seq}") || path.ends_with("/subscribers"))
    };
    (0..turns)
        .flat_map(|round| readable(known, round))
        .filter(|(route, _)| of_a_note(route.part, route.path))
        .map(|(_, path)| path)
        .collect()
}

/// Everybody reads; how many pages and answers. A mark that somebody reads who may not is an error.
pub(super) async fn crawl(
    world: &World,
    story: &mut Story<'_>,
    round: usize,
    all: bool,
) -> Result<usize, StepError> {
    // Nothing is marked where people look around.
    if story.marks.all.is_empty() {
        return Ok(0);
    }
    let paths = Arc::new(paths(story, round, all));
    let mut asking = JoinSet::new();
    for who in Who::ALL.into_iter().filter(|who| *who != Who::Outsider) {
        let place = world.place(who)?;
        let people: Vec<(Who, String, Session)> = story
            .everybody()
            .filter(|(org, ..)| *org == place.who)
            .map(|(org, sign_in, session)| (org, sign_in.to_owned(), session.clone()))
            .collect();
        asking.spawn(ask(people, paths.clone()));
    }
    let (mut asked, mut wrong) = (0, Vec::new());
    while let Some(answered) = asking.join_next().await {
        let (count, found) = answered.map_err(StepError::from_display)??;
        asked += count;
        wrong.extend(found.iter().filter_map(|read| judge(story, read)));
    }
    if wrong.is_empty() {
        Ok(asked)
    } else {
        Err(StepError::new(wrong.join("; ")))
    }
}

/// Keeps who read what; in words where they may not.
fn judge(story: &mut Story<'_>, read: &Read) -> Option<String> {
    let mut wrong = None;
    for mark in &mut story.marks.all {
        if !read.words.contains(&mark.word) {
            continue;
        }
        let reader: Option<Reader> = mark
            .may
            .iter()
            .find(|(who, sign_in)| *who == read.who && *sign_in == read.sign_in)
            .copied();
        match reader {
            Some(reader) => {
                mark.read_by.insert(reader);
            }
            None => {
                wrong = Some(format!(
                    "{} of {} reads the {} at {}",
                    read.sign_in,
                    read.who.org(),
                    mark.name,
                    read.path
                ));
            }
        }
    }
    wrong
}

/// Whoever may read a mark has read it: otherwise nothing was shown by nobody else reading it.
pub(super) fn all_read(story: &Story<'_>) -> Result<(), StepError> {
    let mut unread = Vec::new();
    for mark in story.marks.all.iter().filter(|mark| mark.must) {
        for (who, sign_in) in mark.may.difference(&mark.read_by) {
            unread.push(format!("{sign_in} of {} never read the {}", who.org(), mark.name));
        }
    }
    if unread.is_empty() {
        Ok(())
    } else {
        Err(StepError::new(unread.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_in_any_bytes() {
        let found = words(b"<p>Words mk0123456789ab.</p>mkx0123456789a mk0123456789\xff\xff mk00");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["mk0123456789ab"]);
        assert!(words(b"").is_empty());
    }
}
