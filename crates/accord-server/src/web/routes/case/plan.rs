//! `/cases/ID/plan`: targets, the board by partner, go or no-go, receipts and looks.

use accord_model::content::{Execution, Held};
use accord_model::{EntryKind, EntryRef, Tlp};
use accord_service::{
    Act, ActionLine, Board, ExportForm, NewAction, NewLook, NewPlan, NewReceipt, OwnAnswer, PlanLine,
    PlanWrittenIn, Published, SayGo, ServiceError, TargetLine, Word,
};
use axum::extract::Path;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;

use super::Case;
use super::timeline::markings;
use crate::web::render;
use crate::web::routes::failed::{Paged, problems};
use crate::web::routes::frame::{Page, anchor, done, html};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::{clock, counted, parse_minute, when};
use crate::web::view::plan::{BulkForm, GoForm, PlanPage, WritePlanPage};
use crate::web::view::tab::{Row, Section};
use crate::web::view::{Actor, Choice, Href, Link, Mark, Pair, State, Tone};

fn state(word: &str, tone: Tone) -> State {
    State {
        word: word.to_owned(),
        tone,
    }
}

fn pair(name: &str, value: String) -> Pair {
    Pair {
        name: name.to_owned(),
        value,
    }
}

fn choice(value: String, label: String, hint: String, chosen: bool) -> Choice {
    Choice {
        value,
        label,
        hint,
        chosen,
    }
}

/// How a target stands.
pub(super) fn standing(line: &TargetLine) -> State {
    match line.standing {
        "clear" => state("clear", Tone::Good),
        "unchecked" => state("not yet checked", Tone::Waiting),
        "ask-a-person" => state("ask a person", Tone::Waiting),
        "against" => state("not to be touched", Tone::Bad),
        _ => state("dropped", Tone::Quiet),
    }
}

fn progress(line: &ActionLine, plan: &PlanLine, now: u64) -> State {
    match (line.held, line.outcome) {
        (Some(Held::Held), _) => state("held", Tone::Good),
        (Some(Held::DidNotHold), _) => state("did not hold", Tone::Bad),
        (Some(Held::Unknown), _) => state("done, cannot be told whether it held", Tone::Waiting),
        (None, Some(Execution::Done)) => state("done", Tone::Good),
        (None, Some(Execution::Partly)) => state("partly done", Tone::Waiting),
        (None, Some(Execution::Failed)) => state("failed", Tone::Bad),
        (None, None) if plan.go == "no-go" => state("not carried out", Tone::Quiet),
        (None, None) if plan.go == "go" && line.at_ms <= now => state("act now", Tone::Waiting),
        (None, None) => state("planned", Tone::Quiet),
    }
}

fn target_row(case: &Case, page: &Page, line: &TargetLine) -> Row {
    let at = line.at.to_string();
    let check = |label: &str, kind: &str| Link {
        label: label.to_owned(),
        href: case.href(&["write", kind]).with("target", &at),
    };
    let found = line.checks.iter().map(|check| {
        pair(
            &format!("{} ({})", check.check.as_str().replace('-', " "), check.org),
            check.result.as_str().replace('-', " "),
        )
    });
    let mut facts = vec![
        pair("What is done", line.action.to_string()),
        pair("Who answers for it", line.responsible.to_string()),
    ];
    facts.extend(found);
    facts.push(pair(
        "On our lists of values that many use",
        match line.on_allow_list {
            Some(true) => "yes: do not touch it without asking".to_owned(),
            Some(false) => "no".to_owned(),
            None => "this node has no list".to_owned(),
        },
    ));
    let mut text = vec![line.reason.clone()];
    if line.standing != "clear" {
        text.push(format!("Checks: {}.", line.words));
    }
    Row {
        anchor: anchor(line.at),
        title: line.value.clone(),
        soft: line.target.to_string(),
        state: Some(standing(line)),
        marking: line.marking.map(Mark),
        actor: Some(Actor {
            organisation: line.org.to_string(),
            person: super::seconded(line.home.as_ref()),
        }),
        at: Some(when(line.since_ms)),
        text,
        facts,
        links: if page.may(Act::Write) && line.standing != "dropped" {
            vec![
                check("Say what was found", "target.checked"),
                check("Drop it", "target.dropped"),
            ]
        } else {
            Vec::new()
        },
        ..Row::default()
    }
}

/// Words as a sentence: a capital, unless they begin with an organisation's name, and a full stop.
fn sentence(words: &str) -> String {
    let named = words.split(' ').next().is_some_and(|first| first.contains('.'));
    let mut letters = words.chars();
    match letters.next() {
        Some(first) if !named => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        _ => format!("{words}."),
    }
}

fn plan_section(plan: &PlanLine, zones: Vec<Pair>) -> Section {
    let tone = match plan.go {
        "go" => Tone::Good,
        "no-go" => Tone::Bad,
        _ => Tone::Waiting,
    };
    let words = plan.words.iter().map(|(org, word)| {
        let word = match *word {
            "none" => "no word yet",
            word => word,
        };
        pair(org.as_str(), word.to_owned())
    });
    Section {
        heading: "Plan".to_owned(),
        rows: vec![Row {
            anchor: anchor(plan.at),
            title: plan.title.clone(),
            state: Some(state(plan.go, tone)),
            actor: Some(Actor {
                organisation: plan.org.to_string(),
                person: None,
            }),
            text: vec![
                sentence(&plan.go_words),
                plan.text.clone(),
                format!(
                    "Written in {}, one for each party; you may read {}.",
                    counted(plan.parts as u64, "part", "parts"),
                    if plan.read == plan.parts {
                        "all".to_owned()
                    } else {
                        plan.read.to_string()
                    }
                ),
            ],
            facts: [pair("Instant", when(plan.instant_ms).shown)]
                .into_iter()
                .chain(zones)
                .chain(words)
                .collect(),
            ..Row::default()
        }],
        ..Section::default()
    }
}

/// One column of the board: what one partner does.
fn column(org: &str, plan: &PlanLine, now: u64) -> Option<Section> {
    let rows: Vec<Row> = plan
        .actions
        .iter()
        .filter(|line| line.org.as_str() == org)
        .map(|line| {
            let mut facts = vec![pair("At", when(line.at_ms).shown)];
            if let Some(at) = line.executed_ms {
                facts.push(pair("Done at", when(at).shown));
            }
            if let Some(at) = line.look_due_ms {
                facts.push(pair("Look again", when(at).shown));
            }
            Row {
                title: line.value.clone(),
                soft: line.action.to_string(),
                state: Some(progress(line, plan, now)),
                facts,
                ..Row::default()
            }
        })
        .collect();
    (!rows.is_empty()).then(|| Section {
        heading: org.to_owned(),
        rows,
        ..Section::default()
    })
}

fn go_form(page: &Page, case: &Case, board: &Board, typed: &Typed) -> Option<GoForm> {
    let plan = board.plan.as_ref()?;
    let commitment = plan.commitment.clone()?;
    let own = plan.words.iter().find(|(org, _)| org.as_str() == page.own())?;
    let words: Vec<(&str, &str)> = match own.1 {
        "none" if page.now() < plan.instant_ms => vec![("go", "Go"), ("no", "No")],
        "go" => vec![("withdraw", "Take our go back")],
        _ => return None,
    };
    let mut sees: Vec<String> = plan
        .actions
        .iter()
        .filter(|line| line.org.as_str() == page.own())
        .map(|line| {
            let checks = board.targets.iter().find(|target| target.at == line.target);
            let checks = checks.map_or("not known here", |target| target.words.as_str());
            format!(
                "You would {} {} at {}. Checks: {checks}.",
                line.action,
                line.value,
                when(line.at_ms).shown
            )
        })
        .collect();
    if sees.is_empty() {
        sees.push("Your organisation has no action in this plan.".to_owned());
    }
    Some(GoForm {
        form: typed
            .only(|field| matches!(field, "word" | "reason" | ""))
            .form(page, case.href(&["plan", "go"])),
        commitment,
        instant_ms: plan.instant_ms.to_string(),
        sees,
        words: words
            .into_iter()
            .map(|(value, label)| {
                choice(
                    value.to_owned(),
                    label.to_owned(),
                    String::new(),
                    typed.has("word", value),
                )
            })
            .collect(),
        reason: typed.or("reason", ""),
    })
}

async fn show(page: &Page, case: &Case, typed: &Typed) -> Paged {
    let board = page.node.board(&page.who, case.space).await?;
    let now = page.now();
    let approves = page.may(Act::Approve);
    let link = |label: &str, path: &[&str]| Link {
        label: label.to_owned(),
        href: case.href(path),
    };
    let mut sections: Vec<Section> = super::blocking::section(page, case, &board)
        .await?
        .into_iter()
        .collect();
    let mut head = case.head(page, "Plan");
    if let Some(plan) = &board.plan {
        if plan.instant_ms > now {
            head.clocks
                .push(clock("The plan's instant".to_owned(), plan.instant_ms, now));
        }
        let orgs: Vec<String> = plan.words.iter().map(|(org, _)| org.to_string()).collect();
        let zones = super::sinkholes::in_zones(page, plan.instant_ms, &orgs).await;
        sections.push(plan_section(plan, zones));
        sections.extend(
            plan.words
                .iter()
                .filter_map(|(org, _)| column(org.as_str(), plan, now)),
        );
    }
    if !board.disputed.is_empty() {
        sections.push(Section {
            heading: "Plan".to_owned(),
            empty: (
                "There are several plans that have not seen each other.".to_owned(),
                "None counts until whoever holds the pen writes one more.".to_owned(),
            ),
            ..Section::default()
        });
    }
    let mut actions = Vec::new();
    if page.may(Act::RunCase) {
        actions.push(link("Write the plan", &["plan", "write"]));
    }
    if page.may(Act::Write) {
        actions.push(link("Propose a target", &["write", "target.proposed"]));
        actions.push(link("Time zones", &["plan", "zones"]));
    }
    let writes = |kind: EntryKind| case.view.writes.contains(&kind);
    if writes(EntryKind::TargetProposed) {
        actions.push(link("Propose many targets", &["plan", "targets"]));
    }
    let any = board.targets.iter().any(|line| line.standing != "dropped");
    if any && writes(EntryKind::TargetChecked) {
        actions.push(link("Check many targets", &["plan", "checks"]));
    }
    if page.may(Act::Ask) {
        actions.push(link("Drafts of notices", &["plan", "notices"]));
    }
    if page.may(Act::KeepInfrastructure) {
        actions.push(Link {
            label: "Own infrastructure".to_owned(),
            href: Href::of(&["own-infrastructure"]),
        });
    }
    sections.push(Section {
        heading: "Targets".to_owned(),
        lede: "Nothing is done to a target before it is checked and every party that has it was asked."
            .to_owned(),
        actions,
        rows: board
            .targets
            .iter()
            .map(|line| target_row(case, page, line))
            .collect(),
        empty: (
            "There are no targets here.".to_owned(),
            "You see the targets that are yours to answer for, and those that were shared with you."
                .to_owned(),
        ),
    });
    let values: Vec<(EntryRef, String)> = board
        .targets
        .iter()
        .map(|line| (line.at, line.value.clone()))
        .collect();
    sections.extend(super::sinkholes::section(page, case, &values).await?);
    let ask: Vec<Choice> = board
        .targets
        .iter()
        .filter(|line| line.ask_own)
        .map(|line| {
            let hint = line
                .listed_own
                .as_ref()
                .map_or_else(String::new, |own| format!("on your list: {own}"));
            choice(
                line.at.to_string(),
                line.value.clone(),
                hint,
                line.listed_own.is_some(),
            )
        })
        .collect();
    let own = (page.may(Act::Write) && !ask.is_empty()).then(|| BulkForm {
        form: Typed::default().form(page, case.href(&["plan", "own"])),
        heading: "Is any of these yours?".to_owned(),
        lede: "Tick what is your own infrastructure or sinkhole. For the others you say that it is not."
            .to_owned(),
        targets: ask,
        answers: Vec::new(),
        label: String::new(),
        text: String::new(),
        button: "Answer for all of these".to_owned(),
    });
    let plan = board.plan.as_ref();
    let lines = |wanted: &dyn Fn(&ActionLine) -> bool, field: &str| -> Vec<Choice> {
        let all = plan.into_iter().flat_map(|plan| &plan.actions);
        all.filter(|line| wanted(line))
            .map(|line| {
                let at = line.target.to_string();
                let chosen = typed.is_first() || typed.has(field, &at);
                choice(at, line.value.clone(), line.action.to_string(), chosen)
            })
            .collect()
    };
    let runs = plan.is_some_and(|plan| plan.go == "go" && plan.instant_ms <= now);
    let due = lines(
        &|line| line.org.as_str() == page.own() && line.outcome.is_none(),
        "target",
    );
    let act = (approves && runs && !due.is_empty()).then(|| BulkForm {
        form: typed
            .only(|field| matches!(field, "target" | "outcome" | "text"))
            .form(page, case.href(&["plan", "receipts"])),
        heading: "Act now".to_owned(),
        lede: "Every party said go and the instant has come. Act, then say what was done.".to_owned(),
        targets: due,
        answers: [
            (Execution::Done, "Done"),
            (Execution::Partly, "Partly"),
            (Execution::Failed, "Failed"),
        ]
        .map(|(word, label)| {
            choice(
                word.as_str().to_owned(),
                label.to_owned(),
                String::new(),
                typed.has("outcome", word.as_str()),
            )
        })
        .to_vec(),
        label: "What exactly was done".to_owned(),
        text: typed.or("text", ""),
        button: "Give the receipt".to_owned(),
    });
    let seen = lines(&|line| line.receipt.is_some(), "looked");
    let look = (page.may(Act::Write) && !seen.is_empty()).then(|| BulkForm {
        form: typed
            .only(|field| matches!(field, "looked" | "held" | "seen"))
            .form(page, case.href(&["plan", "looks"])),
        heading: "Did it hold?".to_owned(),
        lede: "Look after an hour, a day and a week.".to_owned(),
        targets: seen,
        answers: [
            (Held::Held, "It held"),
            (Held::Unknown, "It cannot be told"),
            (Held::DidNotHold, "It is back, or never went"),
        ]
        .map(|(word, label)| {
            choice(
                word.as_str().to_owned(),
                label.to_owned(),
                String::new(),
                typed.has("held", word.as_str()),
            )
        })
        .to_vec(),
        label: "From where you looked, and how".to_owned(),
        text: typed.or("seen", ""),
        button: "Say it".to_owned(),
    });
    let exports = if act.is_some() {
        [
            ("list", "Your targets as a list"),
            ("rpz", "as a policy zone (RPZ)"),
            ("hosts", "as a hosts file"),
            ("csv", "as a table (CSV)"),
        ]
        .map(|(form, label)| link(label, &["plan", "export", form]))
        .to_vec()
    } else {
        Vec::new()
    };
    html(render::render_plan(&PlanPage {
        shell: case.shell(page).await,
        case: head,
        sections,
        go: if approves {
            go_form(page, case, &board, typed)
        } else {
            None
        },
        own,
        act,
        look,
        exports,
    }))
}

/// `/cases/ID/plan`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show(&page, &case, &Typed::default()).await
}

/// The word on the plan.
pub(in super::super) async fn go(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    Act::Approve.ask(&page.who)?;
    let word = match typed.get("word") {
        "go" => Ok(Word::Go),
        "no" => Ok(Word::No),
        "withdraw" => Ok(Word::Withdraw),
        _ => Err(ServiceError::invalid("word", "choose one")),
    };
    let reason = typed.get("reason");
    let said = word.map(|word| SayGo {
        word,
        commitment: typed.get("commitment").to_owned(),
        instant_ms: typed.get("instant_ms").parse().unwrap_or(0),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    });
    let done_at: accord_service::Result<EntryRef> = match said {
        Ok(said) => posted.once(page.node.say_go(&page.who, case.space, &said)).await,
        Err(error) => Err(error),
    };
    match done_at {
        Ok(_) => Ok(done(case.href(&["plan"]), "go", None)),
        Err(error) => {
            let wrong = problems(error, &[("word", "word"), ("reason", "reason")])?;
            show(page, &case, &typed.clone().wrong(wrong)).await
        }
    }
}

fn refs<'a>(typed: &'a Typed, field: &'a str) -> accord_service::Result<Vec<EntryRef>> {
    let chosen: std::result::Result<Vec<EntryRef>, _> = typed.all(field).map(str::parse).collect();
    match chosen {
        Ok(chosen) if !chosen.is_empty() => Ok(chosen),
        _ => Err(ServiceError::invalid(field, "choose at least one")),
    }
}

/// Answers "is this yours?" for everything that is asked now: what is ticked is.
pub(in super::super) async fn own(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    Act::Write.ask(&page.who)?;
    let board = page.node.board(&page.who, case.space).await?;
    let answers: Vec<OwnAnswer> = board
        .targets
        .iter()
        .filter(|line| line.ask_own)
        .map(|line| OwnAnswer {
            target: line.at,
            own: typed.has("yours", &line.at.to_string()),
            text: None,
        })
        .collect();
    let said: accord_service::Result<Vec<Published>> = posted
        .once(page.node.answer_own(&page.who, case.space, &answers))
        .await;
    match said {
        Ok(_) => Ok(done(case.href(&["plan"]), "own", None)),
        Err(error) => {
            let wrong = problems(error, &[])?;
            show(page, &case, &typed.clone().wrong(wrong)).await
        }
    }
}

/// Receipts.
pub(in super::super) async fn receipts(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    Act::Approve.ask(&page.who)?;
    let made = refs(typed, "target").and_then(|targets| {
        let outcome = typed
            .get("outcome")
            .parse::<Execution>()
            .map_err(|_| ServiceError::invalid("outcome", "choose one"))?;
        let receipt = |target| NewReceipt {
            target,
            outcome,
            at_ms: None,
            text: typed.get("text").to_owned(),
        };
        Ok(targets.into_iter().map(receipt).collect::<Vec<_>>())
    });
    let given: accord_service::Result<Vec<Published>> = match made {
        Ok(receipts) => {
            posted
                .once(page.node.give_receipts(&page.who, case.space, &receipts))
                .await
        }
        Err(error) => Err(error),
    };
    match given {
        Ok(_) => Ok(done(case.href(&["plan"]), "receipt", None)),
        Err(error) => {
            let names = [("target", "target"), ("outcome", "outcome"), ("note", "text")];
            let wrong = problems(error, &names)?;
            show(page, &case, &typed.clone().wrong(wrong)).await
        }
    }
}

/// Looks afterwards.
pub(in super::super) async fn looks(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    Act::Write.ask(&page.who)?;
    let made = refs(typed, "looked").and_then(|targets| {
        let held = typed
            .get("held")
            .parse::<Held>()
            .map_err(|_| ServiceError::invalid("held", "choose one"))?;
        let look = |target| NewLook {
            target,
            held,
            at_ms: None,
            text: typed.get("seen").to_owned(),
        };
        Ok(targets.into_iter().map(look).collect::<Vec<_>>())
    });
    let said: accord_service::Result<Vec<Published>> = match made {
        Ok(looks) => {
            posted
                .once(page.node.say_held(&page.who, case.space, &looks))
                .await
        }
        Err(error) => Err(error),
    };
    match said {
        Ok(_) => Ok(done(case.href(&["plan"]), "looked", None)),
        Err(error) => {
            let names = [("looked", "looked"), ("held", "held"), ("note", "seen")];
            let wrong = problems(error, &names)?;
            show(page, &case, &typed.clone().wrong(wrong)).await
        }
    }
}

/// A list of one's own actions, as a file.
pub(in super::super) async fn export(page: Page, Path((text, form)): Path<(String, String)>) -> Paged {
    let case = Case::load(&page, &text).await?;
    Act::Approve.ask(&page.who)?;
    let form: ExportForm = form.parse().map_err(super::super::failed::Failed)?;
    let file = page.node.export_actions(&page.who, case.space, form).await?;
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", file.name),
        ),
    ];
    Ok((headers, file.text).into_response())
}

/// `/cases/ID/plan/notices`: drafts, to be printed, signed and sent by a person.
pub(in super::super) async fn notices(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let drafts = page.node.notices(&page.who, case.space).await?;
    let link = |label: &str, path: &[&str]| Link {
        label: label.to_owned(),
        href: case.href(path),
    };
    let rows = drafts.into_iter().map(|notice| Row {
        title: notice.to.to_string(),
        soft: counted(notice.targets.len() as u64, "target", "targets"),
        text: notice
            .text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned)
            .collect(),
        links: vec![link(
            "Take it along as a document",
            &["plan", "notices", notice.to.as_str()],
        )],
        ..Row::default()
    });
    html(render::render_tab(&crate::web::view::tab::TabPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Plan"),
        name: "notices".to_owned(),
        sections: vec![Section {
            heading: "Drafts of notices".to_owned(),
            lede: "One for each provider, over the targets that nothing speaks against. Nothing is sent from here.".to_owned(),
            rows: rows.collect(),
            empty: (
                "There is nothing to draft yet.".to_owned(),
                "Check the targets first.".to_owned(),
            ),
            ..Section::default()
        }],
    }))
}

/// `/cases/ID/plan/write`.
pub(in super::super) async fn new(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show_new(&page, &case, &Typed::default()).await
}

async fn show_new(page: &Page, case: &Case, typed: &Typed) -> Paged {
    Act::RunCase.ask(&page.who)?;
    let board = page.node.board(&page.who, case.space).await?;
    let clear = board
        .targets
        .iter()
        .filter(|line| line.standing == "clear")
        .map(|line| {
            let at = line.at.to_string();
            let chosen = typed.is_first() || typed.has("target", &at);
            choice(
                at,
                line.value.clone(),
                format!("{}, {}", line.action, line.responsible),
                chosen,
            )
        });
    html(render::render_write_plan(&WritePlanPage {
        shell: case.shell(page).await,
        case: case.head(page, "Plan"),
        form: typed.form(page, case.href(&["plan", "write"])),
        title: typed.or("title", ""),
        instant: typed.or("instant", ""),
        text: typed.or("text", ""),
        targets: clear.collect(),
        markings: markings(typed),
        back: case.href(&["plan"]),
    }))
}

/// Writes the plan.
pub(in super::super) async fn write(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let made = refs(typed, "target").and_then(|targets| {
        let instant_ms = parse_minute(typed.get("instant"))
            .ok_or_else(|| ServiceError::invalid("instant_ms", "a day and a time, UTC"))?;
        let marking = typed
            .get("marking")
            .parse::<Tlp>()
            .map_err(|_| ServiceError::invalid("marking", "choose one"))?;
        let action = |target| NewAction {
            target,
            org: None,
            action: None,
            after_ms: 0,
        };
        Ok(NewPlan {
            title: typed.get("title").to_owned(),
            marking,
            instant_ms,
            text: typed.get("text").to_owned(),
            actions: targets.into_iter().map(action).collect(),
        })
    });
    let written: accord_service::Result<PlanWrittenIn> = match made {
        Ok(new) => {
            posted
                .once(page.node.write_plan(&page.who, case.space, &new))
                .await
        }
        Err(error) => Err(error),
    };
    match written {
        Ok(_) => Ok(done(case.href(&["plan"]), "plan", None)),
        Err(error) => {
            let names = [
                ("target", "target"),
                ("actions", "target"),
                ("instant_ms", "instant"),
                ("marking", "marking"),
                ("plan", "title"),
            ];
            let wrong = problems(error, &names)?;
            show_new(page, &case, &typed.clone().wrong(wrong)).await
        }
    }
}
