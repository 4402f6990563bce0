//! `/cases/ID/plan/targets` and `/cases/ID/plan/checks`: many targets at once. What is pasted, one a line, is proposed
//! with one responsible party, action and reason; what one check found is said of all that are ticked, with one reason.
//! Both are shown first.
//!
//! One's own infrastructure is no check of this page: each party answers for it on the plan ([`super::plan`]).

use std::collections::BTreeSet;

use accord_model::content::{ActionKind, CheckResult, TargetCheck, TargetKind};
use accord_model::{EntryKind, EntryRef, OrgName, Role, Tlp};
use accord_service::{
    Act, Board, Decided, Denial, Draft, NewCheck, NewNote, NewTarget, NewTargets, Published, ServiceError,
    TargetLine,
};
use axum::extract::Path;
use serde_json::json;

use super::lines::lines;
use super::requests::{field, pair, pick, wrong};
use super::steps::{self, Asked, Before};
use super::timeline::markings;
use super::write::forms::{ACTION_WORDS, KIND_WORDS};
use super::{Case, plan};
use crate::web::render;
use crate::web::routes::failed::{Failed, Paged};
use crate::web::routes::frame::{Page, done, html, kind_words};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::counted;
use crate::web::view::plan::{CheckRow, ChecksPage};
use crate::web::view::release::{Readers, Undo};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Choice, FieldError, Href, Link, Mark};

/// Most targets that are proposed or checked at once; the service takes no more either.
const AT_ONCE_MAX: usize = 1_000;

const PROPOSED: &[&str] = &[
    "values",
    "target",
    "action",
    "responsible",
    "reason",
    "marking",
    "to",
];
const CHECKED: &[&str] = &["check", "result", "text", "ticked"];

/// The checks, in the order of a table's columns.
const CHECKS: [(TargetCheck, &str); 5] = [
    (TargetCheck::AllowList, "Allow lists"),
    (TargetCheck::Holder, "Holder"),
    (TargetCheck::Age, "Age"),
    (TargetCheck::Popularity, "How many use it"),
    (TargetCheck::Judgement, "A person's judgement"),
];
const RESULTS: [(CheckResult, &str); 3] = [
    (CheckResult::Clear, "nothing speaks against it"),
    (CheckResult::Unknown, "could not be told"),
    (CheckResult::Against, "it speaks against acting"),
];

fn words(known: &[(&str, &str)]) -> Vec<(String, String)> {
    let one = |(word, label): &(&str, &str)| ((*word).to_owned(), (*label).to_owned());
    known.iter().map(one).collect()
}

fn label_of<'a>(known: &[(&'static str, &'a str)], word: &str) -> &'a str {
    let found = known.iter().find(|(known, _)| *known == word);
    found.map_or("", |(_, label)| label)
}

/// A value as the one who acts needs it: what was pasted out of a report may be defanged.
fn refanged(line: &str) -> String {
    line.replace("[.]", ".")
        .replace("(.)", ".")
        .replace("[:]", ":")
        .replacen("hxxp", "http", 1)
}

/// The values, each once, in their order.
fn values(typed: &Typed) -> accord_service::Result<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut values: Vec<String> = lines(typed, "values").iter().map(|line| refanged(line)).collect();
    values.retain(|value| seen.insert(value.clone()));
    match values.len() {
        0 => Err(ServiceError::invalid(
            "values",
            "paste at least one value, one a line",
        )),
        1..=AT_ONCE_MAX => Ok(values),
        many => Err(ServiceError::invalid(
            "values",
            format!("1 to {AT_ONCE_MAX} at once, not {many}"),
        )),
    }
}

fn fields(page: &Page, case: &Case, typed: &Typed) -> Vec<Field> {
    let parties = case
        .view
        .parties
        .iter()
        .map(|(org, kind)| (org.to_string(), format!("{org}, {}", kind_words(*kind))));
    let mut fields = vec![
        field(
            typed,
            "values",
            "Targets",
            "One a line: domains, addresses, URLs, accounts. What is a target of this case already is left out.",
            Shape::Values,
            false,
        ),
        Field {
            hint: "Left open, each is told by its form: a domain, an address or a URL.".to_owned(),
            ..pick(typed, "target", "What they are", true, words(KIND_WORDS))
        },
        pick(typed, "action", "What should be done", false, words(ACTION_WORDS)),
        Field {
            hint: "It answers for all of these. Of the providers only they see them; a vendor sees what you mean for it."
                .to_owned(),
            ..pick(typed, "responsible", "Who can do it", false, parties)
        },
        field(
            typed,
            "reason",
            "Why",
            "What they do in the crime, and how that is known. It stands at each of them.",
            Shape::Prose,
            false,
        ),
        Field {
            choices: markings(typed),
            ..field(typed, "marking", "Marking", "", Shape::Choice, false)
        },
    ];
    fields.extend(steps::readers(page, case, typed, "Whom they are for", "them"));
    fields
}

async fn show_targets(page: &Page, case: &Case, typed: &Typed) -> Paged {
    may_write(page, case, EntryKind::TargetProposed)?;
    let asked = Asked {
        tab: "Plan",
        title: "Propose many targets".to_owned(),
        lede: "Things that the criminals need and that one partner can take from them. Nothing happens to any before \
               it is checked, planned and agreed to.",
        about: Vec::new(),
        fields: fields(page, case, typed),
        carried: Vec::new(),
        place: case.href(&["plan", "targets"]),
        back: case.href(&["plan"]),
    };
    steps::ask(page, case, typed, asked).await
}

/// Refuses whoever does not write this kind here; the service decides of each note anew.
fn may_write(page: &Page, case: &Case, kind: EntryKind) -> Result<(), Failed> {
    Act::Write.ask(&page.who)?;
    if case.view.writes.contains(&kind) {
        return Ok(());
    }
    let rule = match kind {
        EntryKind::TargetProposed => {
            "targets are proposed by researchers, investigators and case officers named on the case"
        }
        _ => {
            "targets are checked by researchers, investigators, case officers and approvers named on the case"
        }
    };
    Err(Failed(ServiceError::Denied(Box::new(Denial {
        rule: rule.to_owned(),
        clause: None,
        who: Some(Role::Investigator),
    }))))
}

/// `/cases/ID/plan/targets`.
pub(in super::super) async fn new_targets(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show_targets(&page, &case, &Typed::default()).await
}

/// What was typed, without the targets that the case has already; and those.
fn proposed(case: &Case, typed: &Typed, board: &Board) -> accord_service::Result<(NewTargets, Vec<String>)> {
    let action: ActionKind = typed
        .get("action")
        .parse()
        .map_err(|_| ServiceError::invalid("action", "choose one"))?;
    let target: Option<TargetKind> = match typed.get("target") {
        "" => None,
        word => Some(
            word.parse()
                .map_err(|_| ServiceError::invalid("target", "choose one"))?,
        ),
    };
    let responsible = typed
        .get("responsible")
        .parse::<OrgName>()
        .ok()
        .filter(|responsible| case.view.parties.iter().any(|(org, _)| org == responsible))
        .ok_or_else(|| ServiceError::invalid("responsible", "choose who answers for them"))?;
    let marking: Tlp = typed
        .get("marking")
        .parse()
        .map_err(|_| ServiceError::invalid("marking", "choose one"))?;
    let to: Result<Vec<OrgName>, _> = typed.all("to").map(str::parse).collect();
    let reason = typed.get("reason").replace("\r\n", "\n");
    if reason.is_empty() {
        return Err(ServiceError::invalid(
            "reason",
            "say why: whoever is to act reads it",
        ));
    }
    let stands = |value: &String| {
        let mut targets = board.targets.iter();
        targets.any(|line| line.value == *value && line.action == action && line.standing != "dropped")
    };
    let (known, fresh): (Vec<String>, Vec<String>) = values(typed)?.into_iter().partition(stands);
    if fresh.is_empty() {
        return Err(ServiceError::invalid(
            "values",
            "all of these are targets of the case already",
        ));
    }
    let targets = fresh.into_iter().map(|value| NewTarget {
        value,
        target,
        action,
        responsible: responsible.clone(),
        reason: reason.clone(),
        rests_on: Vec::new(),
    });
    let new = NewTargets {
        marking,
        to: to.map_err(|error| ServiceError::invalid("to", error))?,
        targets: targets.collect(),
    };
    Ok((new, known))
}

/// What the agreement says of each, and which line is wrong where one is.
async fn previewed(page: &Page, case: &Case, new: &NewTargets) -> accord_service::Result<Vec<Decided>> {
    let mut all = Vec::new();
    for one in &new.targets {
        // What it is does not bear on who may have it; the service tells it by the value.
        let note: NewNote = serde_json::from_value(json!({
            "kind": "target.proposed", "value": one.value, "target": one.target.unwrap_or(TargetKind::Domain),
            "action": one.action, "responsible": one.responsible, "reason": one.reason,
        }))
        .map_err(|error| ServiceError::invalid("values", error))?;
        let draft = Draft {
            title: "Target".to_owned(),
            marking: new.marking,
            to: new.to.clone(),
            note,
            expect: None,
        };
        match page.node.preview_note(&page.who, case.space, &draft).await {
            Ok(decided) => all.extend(decided),
            Err(ServiceError::Invalid { field, message }) if field == "value" => {
                return Err(ServiceError::invalid(
                    "values",
                    format!("{}: {message}", one.value),
                ));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(all)
}

fn before_proposing(case: &Case, new: &NewTargets, known: &[String], decided: &[Decided]) -> Before {
    let number = counted(new.targets.len() as u64, "target", "targets");
    let mut facts = vec![pair("How many", number.clone())];
    let mut values: Vec<&str> = Vec::new();
    if let Some(first) = new.targets.first() {
        facts.push(pair(
            "What should be done",
            label_of(ACTION_WORDS, first.action.as_str()),
        ));
        facts.push(pair("Who answers for all of them", first.responsible.to_string()));
        facts.push(pair("Why", first.reason.clone()));
        values.extend(new.targets.iter().map(|one| one.value.as_str()));
    }
    if !known.is_empty() {
        facts.push(pair("Left out: targets already", known.join(", ")));
    }
    Before {
        title: format!("Propose {number}"),
        verb: format!("Propose {number}"),
        severe: false,
        facts,
        body: values.join("\n"),
        marking: Some(Mark(new.marking)),
        readers: case.readers(decided),
        undo: Undo::Cannot(
            "What was read stays known. Each can be dropped: nobody acts on it then, and it stays on record."
                .to_owned(),
        ),
        reason: None,
        blocked: None,
        place: case.href(&["plan", "targets"]),
        back: case.href(&["plan"]),
    }
}

/// Proposes them, once what happens was shown.
pub(in super::super) async fn propose(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    may_write(page, &case, EntryKind::TargetProposed)?;
    let proposed_done = || done(case.href(&["plan"]), "targets-proposed", None);
    if posted.was_done().await? {
        return Ok(proposed_done());
    }
    let board = page.node.board(&page.who, case.space).await?;
    let made = match proposed(&case, typed, &board) {
        Ok((new, known)) => {
            let decided = previewed(page, &case, &new).await;
            decided.map(|decided| (before_proposing(&case, &new, &known, &decided), new))
        }
        Err(error) => Err(error),
    };
    let (before, new) = match made {
        Ok(made) => made,
        Err(error) => return show_targets(page, &case, &typed.clone().wrong(wrong(error, PROPOSED)?)).await,
    };
    let carried = steps::carried(typed, PROPOSED);
    if !steps::confirms(&posted, &case, &before, &carried).await? {
        return steps::before(page, &case, before, &carried, typed, Vec::new()).await;
    }
    let work = page.node.propose_targets(&page.who, case.space, &new);
    let published: accord_service::Result<Vec<Published>> = posted.once(work).await;
    match published {
        Ok(_) => Ok(proposed_done()),
        Err(error) => show_targets(page, &case, &typed.clone().wrong(wrong(error, PROPOSED)?)).await,
    }
}

/// What was found by a check, of every organisation that said so.
fn found(line: &TargetLine, check: TargetCheck) -> String {
    let said = line.checks.iter().filter(|said| said.check == check);
    let said: Vec<String> = said
        .map(|said| {
            let result = match said.result {
                CheckResult::Clear => "clear",
                CheckResult::Unknown => "not to be told",
                CheckResult::Against => "against",
            };
            format!("{result} ({})", said.org)
        })
        .collect();
    if said.is_empty() {
        "not yet".to_owned()
    } else {
        said.join(", ")
    }
}

/// Whether a target still needs a check; a person judges what could not be told.
fn lacks(line: &TargetLine, check: TargetCheck) -> bool {
    match check {
        TargetCheck::Judgement => line.standing == "ask-a-person",
        check => !line.checks.iter().any(|said| said.check == check),
    }
}

fn open(board: &Board) -> impl Iterator<Item = &TargetLine> {
    board.targets.iter().filter(|line| line.standing != "dropped")
}

async fn show_checks(page: &Page, case: &Case, typed: &Typed) -> Paged {
    may_write(page, case, EntryKind::TargetChecked)?;
    let board = page.node.board(&page.who, case.space).await?;
    let place = case.href(&["plan", "checks"]);
    // A link names a check: its column is what is missing, and the targets that lack it are ticked.
    let asked = page.query("check");
    let named = CHECKS.iter().find(|(check, _)| check.as_str() == asked);
    let ticked = |line: &TargetLine| match named {
        Some((check, _)) if typed.is_first() => lacks(line, *check),
        _ => typed.has("ticked", &line.at.to_string()),
    };
    let rows: Vec<CheckRow> = open(&board)
        .take(AT_ONCE_MAX)
        .map(|line| CheckRow {
            tick: Choice {
                value: line.at.to_string(),
                label: line.value.clone(),
                hint: format!("{}, {}", line.action, line.responsible),
                chosen: ticked(line),
            },
            state: plan::standing(line),
            listed: match line.on_allow_list {
                Some(true) => "on our lists",
                Some(false) => "on none of our lists",
                None => "this node has no list",
            }
            .to_owned(),
            found: CHECKS.iter().map(|(check, _)| found(line, *check)).collect(),
        })
        .collect();
    let missing = CHECKS.iter().filter_map(|(check, label)| {
        let number = open(&board).filter(|line| lacks(line, *check)).count();
        (number > 0).then(|| Link {
            label: format!("{label}: {number}"),
            href: place.clone().with("check", check.as_str()),
        })
    });
    let first_check = Typed::of(vec![("check".to_owned(), asked.to_owned())]);
    let chosen = if typed.is_first() { &first_check } else { typed };
    let check_words = CHECKS
        .iter()
        .map(|(check, label)| (check.as_str().to_owned(), (*label).to_owned()));
    let results = RESULTS.iter().map(|(result, label)| Choice {
        value: result.as_str().to_owned(),
        label: (*label).to_owned(),
        hint: String::new(),
        chosen: typed.has("result", result.as_str()),
    });
    html(render::render_checks(&ChecksPage {
        shell: case.shell(page).await,
        case: case.head(page, "Plan"),
        form: typed.form(page, place.clone()),
        missing: missing.collect(),
        columns: CHECKS.iter().map(|(_, label)| (*label).to_owned()).collect(),
        rows,
        checks: pick(chosen, "check", "", false, check_words).choices,
        results: results.collect(),
        text: typed.or("text", ""),
        back: case.href(&["plan"]),
    }))
}

/// `/cases/ID/plan/checks`; the check whose missing targets are ticked may stand in the query.
pub(in super::super) async fn checks(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show_checks(&page, &case, &Typed::default()).await
}

fn said(typed: &Typed, board: &Board) -> accord_service::Result<Vec<NewCheck>> {
    let check = CHECKS
        .iter()
        .find(|(check, _)| check.as_str() == typed.get("check"));
    let (check, _) = check.ok_or_else(|| ServiceError::invalid("check", "choose what was looked at"))?;
    let result = RESULTS
        .iter()
        .find(|(result, _)| result.as_str() == typed.get("result"));
    let (result, _) = result.ok_or_else(|| ServiceError::invalid("result", "choose what was found"))?;
    let text = typed.get("text").replace("\r\n", "\n");
    if text.is_empty() {
        return Err(ServiceError::invalid(
            "text",
            "say how you know; it stands at each of them",
        ));
    }
    let ticked: Vec<&TargetLine> = open(board)
        .filter(|line| typed.has("ticked", &line.at.to_string()))
        .collect();
    if ticked.is_empty() {
        return Err(ServiceError::invalid("ticked", "tick at least one target"));
    }
    let of_lists = matches!(check, TargetCheck::AllowList | TargetCheck::Popularity);
    let listed = ticked.iter().find(|line| line.on_allow_list == Some(true));
    if let Some(line) = listed.filter(|_| of_lists && *result == CheckResult::Clear) {
        return Err(ServiceError::invalid(
            "ticked",
            format!(
                "{} stands on a list of values that many use: it is not clear. Take its tick away, and say what it is \
                 by itself",
                line.value
            ),
        ));
    }
    let one = |line: &&TargetLine| NewCheck {
        target: line.at,
        check: *check,
        result: *result,
        text: text.clone(),
    };
    Ok(ticked.iter().map(one).collect())
}

fn before_saying(page: &Page, case: &Case, board: &Board, said: &[NewCheck]) -> Before {
    let number = counted(said.len() as u64, "target", "targets");
    let of = |at: EntryRef| board.targets.iter().find(|line| line.at == at);
    let values: Vec<&str> = said
        .iter()
        .filter_map(|check| Some(of(check.target)?.value.as_str()))
        .collect();
    let mut facts = vec![pair("Of how many", number.clone())];
    let mut severe = false;
    if let Some(first) = said.first() {
        let check = CHECKS.iter().find(|(check, _)| *check == first.check);
        let result = RESULTS.iter().find(|(result, _)| *result == first.result);
        severe = first.result == CheckResult::Against;
        facts.push(pair("Looked at", check.map_or("", |(_, label)| label)));
        facts.push(pair("Found", result.map_or("", |(_, label)| label)));
        facts.push(pair("In words", first.text.clone()));
        facts.push(pair(
            "Effect",
            match first.result {
                CheckResult::Clear => "One check less stands between these and a plan.",
                CheckResult::Unknown => {
                    "A person, who did not propose it, must judge each of them before it is planned."
                }
                CheckResult::Against => "None of these can stand in a plan while this is said.",
            },
        ));
    }
    Before {
        title: format!("Say what a check found of {number}"),
        verb: format!("Say it of {number}"),
        severe,
        facts,
        body: values.join("\n"),
        marking: None,
        readers: if case.partners(page).is_empty() {
            Readers::Nobody
        } else {
            Readers::All(
                "Whoever has a target reads what you found of it: who proposed it, and the parties that it was shared \
                 with. Nobody learns of a target by this."
                    .to_owned(),
            )
        },
        undo: Undo::Can(
            "Say it again with another result: your organisation's latest word counts. What was said stays on record."
                .to_owned(),
        ),
        reason: None,
        blocked: None,
        place: case.href(&["plan", "checks"]),
        back: case.href(&["plan", "checks"]),
    }
}

/// Says it, once what happens was shown.
pub(in super::super) async fn check(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    may_write(page, &case, EntryKind::TargetChecked)?;
    let place: Href = case.href(&["plan", "checks"]);
    if posted.was_done().await? {
        return Ok(done(place, "checked", None));
    }
    let board = page.node.board(&page.who, case.space).await?;
    let again = |wrong: Vec<FieldError>| typed.clone().wrong(wrong);
    let said = match said(typed, &board) {
        Ok(said) => said,
        Err(error) => return show_checks(page, &case, &again(wrong(error, CHECKED)?)).await,
    };
    let before = before_saying(page, &case, &board, &said);
    let carried = steps::carried(typed, CHECKED);
    if !steps::confirms(&posted, &case, &before, &carried).await? {
        return steps::before(page, &case, before, &carried, typed, Vec::new()).await;
    }
    let work = page.node.check_targets(&page.who, case.space, &said);
    let published: accord_service::Result<Vec<Published>> = posted.once(work).await;
    match published {
        Ok(_) => Ok(done(place, "checked", None)),
        Err(error) => show_checks(page, &case, &again(wrong(error, CHECKED)?)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::{AT_ONCE_MAX, Typed, refanged, values};

    #[test]
    fn what_was_pasted_is_read_as_it_is_used() {
        let check = |line: &str, value: &str| assert_eq!(refanged(line), value, "{line}");
        check("evil[.]example", "evil.example");
        check("hxxps://evil(.)example/a", "https://evil.example/a");
        check("192.0.2[.]7", "192.0.2.7");
        check("account 7", "account 7");
    }

    #[test]
    fn each_value_once_in_its_order_up_to_the_limit() {
        let of = |text: String| values(&Typed::of(vec![("values".to_owned(), text)]));
        assert_eq!(
            of("b.example\r\n\r\na.example\nb[.]example".to_owned()).unwrap(),
            ["b.example", "a.example"]
        );
        let many = |n: usize| (0..n).map(|i| format!("{i}.example\n")).collect::<String>();
        assert_eq!(of(many(AT_ONCE_MAX)).unwrap().len(), AT_ONCE_MAX);
        assert!(of(many(AT_ONCE_MAX + 1)).is_err());
        assert!(of("\n \n".to_owned()).is_err());
    }
}
