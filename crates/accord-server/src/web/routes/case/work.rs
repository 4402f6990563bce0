//! `/cases/ID/tasks` and `/cases/ID/subjects`.

use accord_model::EntryKind;
use accord_model::content::SubjectStanding;
use accord_service::{SubjectView, TaskView};
use axum::extract::Path;

use super::{Case, write};
use crate::web::render;
use crate::web::routes::failed::Paged;
use crate::web::routes::frame::{Page, anchor, html};
use crate::web::routes::times::{count, when};
use crate::web::view::tab::{Row, Section, TabPage};
use crate::web::view::{Actor, Href, Link, Mark, Pair, State, Tone};

fn link(label: &str, href: Href) -> Link {
    Link {
        label: label.to_owned(),
        href,
    }
}

fn lines(text: Option<&str>) -> Vec<String> {
    let lines = text.unwrap_or_default().lines();
    lines
        .filter(|line| !line.trim().is_empty())
        .map(str::to_owned)
        .collect()
}

fn of(organisation: &str, home: Option<&accord_model::OrgName>) -> Option<Actor> {
    Some(Actor {
        organisation: organisation.to_owned(),
        person: super::seconded(home),
    })
}

fn task_row(page: &Page, case: &Case, task: &TaskView) -> Row {
    let (word, tone) = match (task.done, task.is_late) {
        (Some(_), _) => ("done", Tone::Good),
        (None, true) => ("late", Tone::Bad),
        (None, false) => ("open", Tone::Waiting),
    };
    let ours = task.org.as_str() == page.own() || task.set_by.as_str() == page.own();
    let may = ours && task.done.is_none() && case.view.writes.contains(&EntryKind::TaskDone);
    let done = may.then(|| {
        let place = write::href(case, EntryKind::TaskDone, Some(("task", task.at)));
        link("It is done", place)
    });
    Row {
        anchor: anchor(task.at),
        title: task.title.clone(),
        soft: format!("for {}", task.org),
        state: Some(State {
            word: word.to_owned(),
            tone,
        }),
        marking: Some(Mark(task.marking)),
        actor: of(task.set_by.as_str(), task.home.as_ref()),
        at: Some(when(task.since_ms)),
        text: lines(task.text.as_deref()),
        facts: task
            .due_ms
            .map(|due| Pair {
                name: "Due".to_owned(),
                value: when(due).shown,
            })
            .into_iter()
            .collect(),
        links: done.into_iter().collect(),
        ..Row::default()
    }
}

/// Tasks on one page; the next ones are a link away.
const TASKS_PAGE: usize = 100;

/// `/cases/ID/tasks`.
pub(in super::super) async fn tasks(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let skip: usize = page.query("skip").parse().unwrap_or(0);
    let (tasks, total) = page
        .node
        .tasks_page(&page.who, case.space, skip, TASKS_PAGE)
        .await?;
    let set = case.view.writes.contains(&EntryKind::TaskSet);
    let from = |skip: usize| case.href(&["tasks"]).with("skip", &skip.to_string());
    let end = skip.saturating_add(tasks.len());
    let before = (skip > 0).then(|| link("The tasks before", from(skip.saturating_sub(TASKS_PAGE))));
    let next = (end < total).then(|| link("The next tasks", from(end)));
    let set = set.then(|| link("Set a task", write::href(&case, EntryKind::TaskSet, None)));
    html(render::render_tab(&TabPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Tasks"),
        name: "tasks".to_owned(),
        sections: vec![Section {
            heading: "Tasks".to_owned(),
            lede: if tasks.len() < total {
                let (first, last, all) = (skip.saturating_add(1), end, total);
                let shown = |number: usize| count(number as u64);
                format!(
                    "{} to {} of {}, open before done, the most pressing first.",
                    shown(first),
                    shown(last),
                    shown(all)
                )
            } else {
                String::new()
            },
            actions: set.into_iter().chain(before).chain(next).collect(),
            rows: tasks.iter().map(|task| task_row(&page, &case, task)).collect(),
            empty: (
                "Nothing is to be done.".to_owned(),
                "Set a task for yourselves or for a partner, with the day it is due.".to_owned(),
            ),
        }],
    }))
}

fn subject_row(page: &Page, case: &Case, subject: &SubjectView) -> Row {
    let pair = |name: &str, values: &[String]| Pair {
        name: name.to_owned(),
        value: values.join(", "),
    };
    let tone = match subject.standing {
        SubjectStanding::Cleared => Tone::Quiet,
        SubjectStanding::Suspected => Tone::Waiting,
        SubjectStanding::Arrested | SubjectStanding::Charged => Tone::Bad,
    };
    let facts = [
        ("Also", &subject.aliases),
        ("Known by", &subject.identifiers),
        ("Countries", &subject.countries),
    ];
    let ours = subject.org.as_str() == page.own();
    let mut links = Vec::new();
    if ours && case.view.writes.contains(&EntryKind::SubjectStatus) {
        let place = write::href(case, EntryKind::SubjectStatus, Some(("subject", subject.at)));
        links.push(link("Change the status", place));
    }
    if ours && case.view.writes.contains(&EntryKind::OutcomeRecorded) {
        let place = write::href(case, EntryKind::OutcomeRecorded, Some(("subject", subject.at)));
        links.push(link("Record an outcome", place));
    }
    Row {
        anchor: anchor(subject.at),
        title: subject.reference.clone(),
        soft: subject.name.clone().unwrap_or_default(),
        state: Some(State {
            word: subject.standing.as_str().to_owned(),
            tone,
        }),
        marking: Some(Mark(subject.marking)),
        actor: of(subject.org.as_str(), subject.home.as_ref()),
        text: lines(subject.text.as_deref()),
        facts: facts
            .iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(name, values)| pair(name, values))
            .collect(),
        links,
        ..Row::default()
    }
}

/// `/cases/ID/subjects`.
pub(in super::super) async fn subjects(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let subjects = page.node.subjects(&page.who, case.space).await?;
    let record = case.view.writes.contains(&EntryKind::SubjectRecorded);
    let outcome = case.view.writes.contains(&EntryKind::OutcomeRecorded);
    let mut actions = Vec::new();
    if record {
        actions.push(link(
            "Record a subject",
            write::href(&case, EntryKind::SubjectRecorded, None),
        ));
    }
    if outcome {
        let place = write::href(&case, EntryKind::OutcomeRecorded, None);
        actions.push(link("Record the outcome of the case", place));
    }
    html(render::render_tab(&TabPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Subjects"),
        name: "subjects".to_owned(),
        sections: vec![Section {
            heading: "Subjects".to_owned(),
            lede: "Who is suspected, arrested or charged. Of who was cleared only the reference stays."
                .to_owned(),
            actions,
            rows: subjects
                .iter()
                .map(|subject| subject_row(&page, &case, subject))
                .collect(),
            empty: (
                "Nobody is suspected.".to_owned(),
                "A person or group under suspicion is recorded with the reason.".to_owned(),
            ),
        }],
    }))
}
