//! What of a case's disruption waits for a person.

use accord_model::content::ContentBody;
use accord_model::{EntryKind, Role};

use super::board::{ActionLine, Board};
use crate::journal::{Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::views::{InboxItem, Todo, said_of};

/// Makes a line of the inbox: title, why, since, until, what happens otherwise.
type Item<'a> = dyn Fn(String, String, u64, Option<u64>, &str) -> InboxItem + 'a;

/// `1 target`, `2 targets`.
fn counted(number: usize, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {one}{plural}")
}

impl Node {
    /// The inbox's lines for one case.
    pub(crate) fn disruption_waits(&self, state: &State, space: &Space, who: &SignedIn) -> Vec<InboxItem> {
        let touched = |kind| matches!(kind, EntryKind::TargetProposed | EntryKind::PlanWritten);
        if space.of_kinds(touched).is_empty() {
            return Vec::new();
        }
        let board = self.board_of(state, space);
        let operation = space
            .control
            .case()
            .map_or("", |opened| opened.case.operation.as_str());
        let case = space.id.to_string();
        let on_case = space
            .control
            .roles_of(&self.config.org, who.person, self.now_ms());
        let named = |roles: &[Role]| {
            roles
                .iter()
                .any(|role| who.roles.contains(role) && on_case.contains(role))
        };
        let item =
            |title: String, why: String, since_ms: u64, due_ms: Option<u64>, otherwise: &str| InboxItem {
                todo: Todo::Disruption { case: case.clone() },
                title: format!("{operation}: {title}"),
                why,
                since_ms,
                due_ms,
                otherwise: otherwise.to_owned(),
            };
        let mut items = Vec::new();
        let ask: Vec<_> = board.targets.iter().filter(|line| line.ask_own).collect();
        let answers = [
            Role::Researcher,
            Role::Investigator,
            Role::CaseOfficer,
            Role::Approver,
        ];
        if let Some(since_ms) = ask.iter().map(|line| line.since_ms).min()
            && named(&answers)
        {
            let listed = ask.iter().filter(|line| line.listed_own.is_some()).count();
            let why = match listed {
                0 => "Every party is asked before anything is done to a target.".to_owned(),
                listed => format!("{listed} of them stand on your own list."),
            };
            items.push(item(
                match ask.len() {
                    1 => "1 target: is it yours?".to_owned(),
                    many => format!("{many} targets: is any of them yours?"),
                },
                why,
                since_ms,
                board.plan.as_ref().map(|plan| plan.instant_ms),
                "They cannot be acted on.",
            ));
        }
        self.plan_waits(state, space, &board, &named, &item, &mut items);
        items
    }

    fn plan_waits(
        &self,
        state: &State,
        space: &Space,
        board: &Board,
        named: &dyn Fn(&[Role]) -> bool,
        item: &Item<'_>,
        items: &mut Vec<InboxItem>,
    ) {
        let Some(plan) = &board.plan else { return };
        let (own, now_ms) = (&self.config.org, self.now_ms());
        let since_ms = state
            .entry(plan.at)
            .map_or(0, |(_, header, _)| header.clock.wall_ms);
        let ours = |line: &&ActionLine| line.org == *own;
        let approver = named(&[Role::Approver]);
        let silent = plan.words.iter().any(|(org, word)| org == own && *word == "none");
        if approver && plan.go == "waiting" && silent && plan.commitment.is_some() {
            items.push(item(
                format!("go or no-go for {}", plan.title),
                match plan.actions.iter().filter(ours).count() {
                    1 => "1 action is yours.".to_owned(),
                    many => format!("{many} actions are yours."),
                },
                since_ms,
                Some(plan.instant_ms),
                "No word by then is a no: nobody acts.",
            ));
        }
        if plan.go != "go" || now_ms < plan.instant_ms {
            return;
        }
        let due = plan
            .actions
            .iter()
            .filter(ours)
            .filter(|line| line.outcome.is_none() && line.at_ms <= now_ms);
        let due = due.count();
        if approver && due > 0 {
            items.push(item(
                format!("act now on {}, and say what was done", counted(due, "target")),
                "Every party said go, and the instant has come.".to_owned(),
                plan.instant_ms,
                Some(plan.instant_ms),
                "The others act, and what is yours stays up.",
            ));
        }
        let blocked = || {
            said_of(state, space, |kind| kind == EntryKind::VerdictBlock)
                .iter()
                .any(|one| match &one.entry.body {
                    ContentBody::VerdictBlock(block) => block.plan == Some(plan.at),
                    _ => false,
                })
        };
        if named(&[Role::CaseOfficer]) && !board.to_block.is_empty() && !blocked() {
            items.push(item(
                format!("block {}", counted(board.to_block.len(), "value")),
                "The plan's go releases them.".to_owned(),
                plan.instant_ms,
                Some(plan.instant_ms),
                "They stay reachable through the protection network.",
            ));
        }
        let look = |line: &&ActionLine| {
            (line.org == *own || plan.org == *own) && line.look_due_ms.is_some_and(|due| due <= now_ms)
        };
        let looks: Vec<_> = plan.actions.iter().filter(look).collect();
        let lookers = [
            Role::Researcher,
            Role::Investigator,
            Role::CaseOfficer,
            Role::Approver,
        ];
        if let Some(due_ms) = looks.iter().filter_map(|line| line.look_due_ms).min()
            && named(&lookers)
        {
            items.push(item(
                format!("look whether it held: {}", counted(looks.len(), "target")),
                "Looked at after an hour, a day and a week.".to_owned(),
                due_ms,
                Some(due_ms),
                "A target that is back is not noticed.",
            ));
        }
    }
}
