//! What is to be done on a case, and whom it is about.

use accord_model::content::{SubjectStanding, subjects, tasks};
use accord_model::{Category, EntryKind, EntryRef, OrgName, SpaceId, Tlp};
use serde::Serialize;

use super::author::writers_home;
use super::said::said_of;
use crate::error::Result;
use crate::journal::{Body, State};
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;

/// A task.
#[derive(Debug, Clone, Serialize)]
pub struct TaskView {
    /// Its note.
    pub at: EntryRef,
    /// Its one line.
    pub title: String,
    /// What is to be done.
    pub text: Option<String>,
    /// Who set it.
    pub set_by: OrgName,
    /// Whose person wrote it, when they were seconded to that organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<OrgName>,
    /// Who does it.
    pub org: OrgName,
    /// Until when, ms UTC.
    pub due_ms: Option<u64>,
    /// The note that says it is done.
    pub done: Option<EntryRef>,
    /// Whether it is past its time and not done.
    pub is_late: bool,
    /// How far it may travel.
    pub marking: Tlp,
    /// When it was set, ms UTC.
    pub since_ms: u64,
}

/// A subject. Of one who was cleared only the reference is told.
#[derive(Debug, Clone, Serialize)]
pub struct SubjectView {
    /// The note that recorded them.
    pub at: EntryRef,
    /// How the case calls them.
    pub reference: String,
    /// Who recorded them, and alone says where they stand.
    pub org: OrgName,
    /// Whose person wrote it, when they were seconded to that organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<OrgName>,
    /// `suspected`, `arrested`, `charged` or `cleared`.
    pub standing: SubjectStanding,
    /// Their name.
    pub name: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Accounts, addresses, numbers.
    pub identifiers: Vec<String>,
    /// Countries, two letters each.
    pub countries: Vec<String>,
    /// Why they are looked at.
    pub text: Option<String>,
    /// How far it may travel.
    pub marking: Tlp,
}

/// One line and marking of a note.
fn head(state: &State, at: EntryRef) -> (String, Tlp, u64) {
    match state.entry(at) {
        Some((_, header, Body::Content(entry))) => {
            (entry.title.clone(), entry.marking.tlp, header.clock.wall_ms)
        }
        _ => (String::new(), Tlp::Red, 0),
    }
}

impl Node {
    /// The tasks of a case: open before done, ours before others', the most pressing first.
    pub async fn tasks(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<TaskView>> {
        Ok(self.tasks_page(who, case, 0, usize::MAX).await?.0)
    }

    /// The same, at most so many after some; and how many there are in all.
    pub async fn tasks_page(
        &self,
        who: &SignedIn,
        case: SpaceId,
        skip: usize,
        most: usize,
    ) -> Result<(Vec<TaskView>, usize)> {
        let page = self.page_of_tasks(&*self.read().await?, who, case, (skip, most))?;
        let seen = page
            .0
            .iter()
            .flat_map(|task| std::iter::once(task.at).chain(task.done));
        self.looked(who, Way::Read, seen).await?;
        Ok(page)
    }

    fn page_of_tasks(
        &self,
        state: &State,
        who: &SignedIn,
        case: SpaceId,
        (skip, most): (usize, usize),
    ) -> Result<(Vec<TaskView>, usize)> {
        let (space, _) = self.case_with(state, who, case, Category::Task)?;
        let kinds = |kind| matches!(kind, EntryKind::TaskSet | EntryKind::TaskDone);
        let said = said_of(state, space, kinds);
        let now = self.now_ms();
        let own = &self.config.org;
        let since = |at: EntryRef| state.entry(at).map_or(0, |(_, header, _)| header.clock.wall_ms);
        let mut tasks: Vec<_> = tasks::tasks(&said).into_iter().collect();
        tasks.sort_by_key(|(at, task)| {
            let due = task.task.due_ms.unwrap_or(u64::MAX);
            (task.done.is_some(), task.task.org != *own, due, since(*at), *at)
        });
        let total = tasks.len();
        let page = tasks.into_iter().skip(skip).take(most);
        let views = page.map(|(at, task)| {
            let (title, marking, since_ms) = head(state, at);
            TaskView {
                at,
                title,
                text: task.task.text.clone(),
                set_by: task.set_by.clone(),
                home: writers_home(state, space, at),
                org: task.task.org.clone(),
                due_ms: task.task.due_ms,
                done: task.done,
                is_late: task.is_late(now),
                marking,
                since_ms,
            }
        });
        Ok((views.collect(), total))
    }

    /// The subjects of a case, those who were cleared last.
    pub async fn subjects(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<SubjectView>> {
        let (subjects, seen) = self.subjects_of(&*self.read().await?, who, case)?;
        self.looked(who, Way::Read, seen).await?;
        Ok(subjects)
    }

    /// The same, with the notes that say so.
    fn subjects_of(
        &self,
        state: &State,
        who: &SignedIn,
        case: SpaceId,
    ) -> Result<(Vec<SubjectView>, Vec<EntryRef>)> {
        let (space, _) = self.case_with(state, who, case, Category::SubjectData)?;
        let kinds = |kind| matches!(kind, EntryKind::SubjectRecorded | EntryKind::SubjectStatus);
        let said = said_of(state, space, kinds);
        let before = |a: EntryRef, b: EntryRef| space.before(a, b);
        let mut seen = Vec::new();
        let mut views: Vec<SubjectView> = subjects::subjects(&said, &before)
            .into_iter()
            .map(|(at, subject)| {
                seen.extend(std::iter::once(at).chain(subject.by));
                let known = subject.details();
                SubjectView {
                    at,
                    reference: subject.reference().to_owned(),
                    org: subject.org.clone(),
                    home: writers_home(state, space, at),
                    standing: subject.standing,
                    name: known.and_then(|known| known.name.clone()),
                    aliases: known.map(|known| known.aliases.clone()).unwrap_or_default(),
                    identifiers: known.map(|known| known.identifiers.clone()).unwrap_or_default(),
                    countries: known.map(|known| known.countries.clone()).unwrap_or_default(),
                    text: known.map(|known| known.text.clone()),
                    marking: head(state, at).1,
                }
            })
            .collect();
        views.sort_by_key(|view| {
            (
                view.standing == SubjectStanding::Cleared,
                view.reference.clone(),
                view.at,
            )
        });
        Ok((views, seen))
    }
}
