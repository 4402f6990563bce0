//! Targets, plan, go, receipts and looks, as one person of this node sees them.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::content::plans::{Plan, PlanNow};
use accord_model::content::targets::{Target, TargetStanding};
use accord_model::content::{
    ActionKind, CheckResult, ContentBody, Execution, Held, Said, TargetCheck, TargetKind,
};
use accord_model::control::{Go, GoWord, NoGo};
use accord_model::{Category, EntryRef, OrgName, SpaceId, Tlp};
use serde::Serialize;

use super::act::{executed_ms, look_due};
use super::own::own_item;
use super::plan::{commitment, plan_now, standing_words};
use crate::error::Result;
use crate::journal::{Body, Space, State};
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;

/// What an organisation found.
#[derive(Debug, Clone, Serialize)]
pub struct CheckLine {
    /// Which check.
    pub check: TargetCheck,
    /// Whose.
    pub org: OrgName,
    /// What.
    pub result: CheckResult,
}

/// A target.
#[derive(Debug, Clone, Serialize)]
pub struct TargetLine {
    /// The note that proposed it.
    pub at: EntryRef,
    /// What.
    pub value: String,
    /// What it is.
    pub target: TargetKind,
    /// What should be done.
    pub action: ActionKind,
    /// Who answers for it.
    pub responsible: OrgName,
    /// Who proposed it.
    pub org: OrgName,
    /// Whose person wrote it, when they were seconded to that organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<OrgName>,
    /// Why.
    pub reason: String,
    /// Since when, ms UTC.
    pub since_ms: u64,
    /// How far it may travel.
    pub marking: Option<Tlp>,
    /// `clear`, `ask-a-person`, `unchecked`, `against` or `dropped`.
    pub standing: &'static str,
    /// The standing in words.
    pub words: String,
    /// What was found.
    pub checks: Vec<CheckLine>,
    /// Whether this organisation has yet to say whether it is its own.
    pub ask_own: bool,
    /// What this organisation lists as its own that it is part of.
    pub listed_own: Option<String>,
    /// Whether it stands on this node's lists of values that many use; none where the node cannot tell.
    pub on_allow_list: Option<bool>,
}

/// One action of the plan.
#[derive(Debug, Clone, Serialize)]
pub struct ActionLine {
    /// The target.
    pub target: EntryRef,
    /// Its value.
    pub value: String,
    /// What it is.
    pub kind: Option<TargetKind>,
    /// What is done.
    pub action: ActionKind,
    /// Who does it.
    pub org: OrgName,
    /// When, ms UTC.
    pub at_ms: u64,
    /// How it went.
    pub outcome: Option<Execution>,
    /// The receipt.
    pub receipt: Option<EntryRef>,
    /// When it was done, ms UTC.
    pub executed_ms: Option<u64>,
    /// Whether it held, as was seen last.
    pub held: Option<Held>,
    /// When somebody should look next, ms UTC.
    pub look_due_ms: Option<u64>,
}

/// The plan in force.
#[derive(Debug, Clone, Serialize)]
pub struct PlanLine {
    /// The last of its notes that is here.
    pub at: EntryRef,
    /// Who wrote it.
    pub org: OrgName,
    /// Its title.
    pub title: String,
    /// What every party should know.
    pub text: String,
    /// The instant, ms UTC.
    pub instant_ms: u64,
    /// What a go is bound to; none while parts are missing here.
    pub commitment: Option<String>,
    /// How many parts it has.
    pub parts: usize,
    /// How many of them this organisation may read.
    pub read: usize,
    /// `waiting`, `go` or `no-go`.
    pub go: &'static str,
    /// Why, in words.
    pub go_words: String,
    /// Every party's word: `go`, `no`, `withdrawn` or `none`.
    pub words: Vec<(OrgName, &'static str)>,
    /// The actions that this organisation may read.
    pub actions: Vec<ActionLine>,
}

/// A value that the plan's go releases for blocking.
#[derive(Debug, Clone, Serialize)]
pub struct ToBlock {
    /// The target.
    pub target: EntryRef,
    /// The value.
    pub value: String,
    /// The plan, as `verdict.block` names it.
    pub plan: EntryRef,
    /// The indicators it rests on.
    pub rests_on: Vec<EntryRef>,
}

/// All of it.
#[derive(Debug, Clone, Serialize)]
pub struct Board {
    /// The case.
    pub case: SpaceId,
    /// The targets that are here.
    pub targets: Vec<TargetLine>,
    /// The plan, when there is one.
    pub plan: Option<PlanLine>,
    /// Plans that have not seen each other: there is none until one more is written.
    pub disputed: Vec<EntryRef>,
    /// What the go releases for blocking, once the instant has come.
    pub to_block: Vec<ToBlock>,
}

/// The notes that a board is made of.
#[derive(Debug, Default)]
struct SaidIn {
    targets_and_plan: Vec<EntryRef>,
    /// Receipts and looks, which not everybody who sees targets is shown.
    receipts: Vec<EntryRef>,
}

impl SaidIn {
    /// The targets, who dropped them, and of everybody's words on each check the last, which are what is shown.
    fn of_targets(targets: &BTreeMap<EntryRef, Target<'_>>, said: &[Said<'_>]) -> Self {
        let mut checks: BTreeMap<(EntryRef, TargetCheck, &OrgName), EntryRef> = BTreeMap::new();
        for one in said {
            if let ContentBody::TargetChecked(checked) = &one.entry.body
                && targets.contains_key(&checked.target)
            {
                checks.insert((checked.target, checked.check, one.author), one.at);
            }
        }
        let dropped = targets.values().filter_map(|target| target.dropped);
        let all = targets.keys().copied().chain(dropped);
        Self {
            targets_and_plan: all.chain(checks.into_values()).collect(),
            receipts: Vec::new(),
        }
    }

    fn add_plan(&mut self, plan: &Plan<'_>) {
        self.targets_and_plan.extend(&plan.known);
        for action in &plan.actions {
            let executed = action.executed.map(|(at, _)| at);
            self.receipts
                .extend(executed.into_iter().chain(action.verified.map(|(at, _)| at)));
        }
    }
}

fn standing_code(standing: &TargetStanding) -> &'static str {
    match standing {
        TargetStanding::Dropped(_) => "dropped",
        TargetStanding::Against { .. } => "against",
        TargetStanding::Unchecked { .. } => "unchecked",
        TargetStanding::AskAPerson => "ask-a-person",
        TargetStanding::Clear => "clear",
    }
}

fn list(orgs: &BTreeSet<OrgName>) -> String {
    orgs.iter().map(OrgName::as_str).collect::<Vec<_>>().join(", ")
}

fn go_in_words(go: &Go) -> (&'static str, String) {
    match go {
        Go::Waiting { missing } => ("waiting", format!("waits for {}", list(missing))),
        Go::Go => ("go", "every party said go".to_owned()),
        Go::NoGo(NoGo::NoCase) => ("no-go", "there is no case".to_owned()),
        Go::NoGo(NoGo::Refused { org, .. }) => ("no-go", format!("{org} said no")),
        Go::NoGo(NoGo::Withdrawn { org, .. }) => ("no-go", format!("{org} took its go back")),
        Go::NoGo(NoGo::Missing(missing)) => (
            "no-go",
            format!("the instant came without a word of {}", list(missing)),
        ),
    }
}

impl Node {
    /// Targets, plan, go and receipts of a case.
    pub async fn board(&self, who: &SignedIn, case: SpaceId) -> Result<Board> {
        let (board, seen) = self.board_for(&*self.read().await?, who, case)?;
        self.looked(who, Way::Read, seen).await?;
        Ok(board)
    }

    /// The same, with the notes that say so.
    fn board_for(&self, state: &State, who: &SignedIn, case: SpaceId) -> Result<(Board, Vec<EntryRef>)> {
        let (space, reader) = self.case_with(state, who, case, Category::Target)?;
        let (mut board, said_in) = self.board_with(state, space);
        let mut seen = said_in.targets_and_plan;
        if reader.sees(Category::Receipt) {
            seen.extend(said_in.receipts);
        } else {
            for line in board.plan.iter_mut().flat_map(|plan| &mut plan.actions) {
                line.outcome = None;
                line.receipt = None;
                line.executed_ms = None;
                line.held = None;
                line.look_due_ms = None;
            }
        }
        Ok((board, seen))
    }

    pub(super) fn board_of(&self, state: &State, space: &Space) -> Board {
        self.board_with(state, space).0
    }

    fn board_with(&self, state: &State, space: &Space) -> (Board, SaidIn) {
        let said = super::said(state, space);
        let targets = self.targets_of(space, &said);
        let lines = targets
            .iter()
            .map(|(at, target)| self.target_line(state, space, *at, target));
        let mut said_in = SaidIn::of_targets(&targets, &said);
        let (mut plan_line, mut disputed, mut to_block) = (None, Vec::new(), Vec::new());
        match plan_now(space, &said) {
            PlanNow::None => {}
            PlanNow::Disputed(several) => disputed = several,
            PlanNow::Current(plan) => {
                said_in.add_plan(&plan);
                let line = self.plan_line(state, space, &said, &plan);
                if line.go == "go" && line.instant_ms <= self.now_ms() {
                    let blocks = line
                        .actions
                        .iter()
                        .filter(|line| line.action == ActionKind::Block);
                    to_block = blocks
                        .filter_map(|line| {
                            Some(ToBlock {
                                target: line.target,
                                value: line.value.clone(),
                                plan: plan.at,
                                rests_on: targets.get(&line.target)?.target.rests_on.clone(),
                            })
                        })
                        .collect();
                }
                plan_line = Some(line);
            }
        }
        let board = Board {
            case: space.id,
            targets: lines.collect(),
            plan: plan_line,
            disputed,
            to_block,
        };
        (board, said_in)
    }

    fn target_line(&self, state: &State, space: &Space, at: EntryRef, target: &Target<'_>) -> TargetLine {
        let standing = self.stands(state, space, at, target);
        let (since_ms, marking) = match state.entry(at) {
            Some((_, header, Body::Content(entry))) => (header.clock.wall_ms, Some(entry.marking.tlp)),
            _ => (0, None),
        };
        let own = target.checks.get(&TargetCheck::OwnInfrastructure);
        let answered = own.is_some_and(|by| by.contains_key(&self.config.org));
        TargetLine {
            at,
            value: target.target.value.clone(),
            target: target.target.target,
            action: target.target.action,
            responsible: target.target.responsible.clone(),
            org: target.org.clone(),
            home: crate::views::writers_home(state, space, at),
            reason: target.target.reason.clone(),
            since_ms,
            marking,
            standing: standing_code(&standing),
            words: standing_words(&standing),
            checks: target
                .checks
                .iter()
                .flat_map(|(check, by)| {
                    by.iter().map(|(org, result)| CheckLine {
                        check: *check,
                        org: (*org).clone(),
                        result: *result,
                    })
                })
                .collect(),
            ask_own: !answered && target.dropped.is_none(),
            listed_own: own_item(state, &target.target.value)
                .map(|item| format!("{} ({})", item.value, item.description)),
            on_allow_list: state.lists.listed(&target.target.value),
        }
    }

    fn plan_line(&self, state: &State, space: &Space, said: &[Said<'_>], plan: &Plan<'_>) -> PlanLine {
        let now_ms = self.now_ms();
        let instant_ms = plan.plan.instant_ms;
        let commitment = commitment(state, &plan.run);
        let (go, go_words) = match &commitment {
            Some(commitment) => go_in_words(&space.control.go(commitment, instant_ms, now_ms)),
            None if now_ms >= instant_ms => (
                "no-go",
                "the instant came before all of the plan was here".to_owned(),
            ),
            None => ("waiting", "not all of the plan's parts have arrived".to_owned()),
        };
        let words = commitment
            .as_ref()
            .and_then(|commitment| space.control.go_words(commitment, instant_ms));
        let word = |org: &OrgName| match words.and_then(|words| words.words.get(org)) {
            None => "none",
            Some(GoWord::Given(_)) => "go",
            Some(GoWord::Refused(_)) => "no",
            Some(GoWord::Withdrawn(_)) => "withdrawn",
        };
        let title = said
            .iter()
            .find(|one| one.at == plan.at)
            .map(|one| one.entry.title.clone());
        let find = |at: EntryRef| match &said.iter().find(|one| one.at == at)?.entry.body {
            ContentBody::TargetProposed(target) => Some(target),
            _ => None,
        };
        let action = |action: &accord_model::content::plans::Action<'_>| {
            let target = find(action.planned.target);
            let executed = action.executed.map(|(receipt, _)| executed_ms(state, receipt));
            let look = action
                .executed
                .filter(|(_, outcome)| *outcome != Execution::Failed);
            ActionLine {
                target: action.planned.target,
                value: target.map_or_else(String::new, |target| target.value.clone()),
                kind: target.map(|target| target.target),
                action: action.planned.action,
                org: action.planned.org.clone(),
                at_ms: instant_ms.saturating_add(action.planned.after_ms),
                outcome: action.executed.map(|(_, outcome)| outcome),
                receipt: action.executed.map(|(receipt, _)| receipt),
                executed_ms: executed,
                held: action.verified.map(|(_, held)| held),
                look_due_ms: look
                    .zip(executed)
                    .and_then(|((receipt, _), at)| look_due(said, receipt, at)),
            }
        };
        PlanLine {
            at: plan.at,
            org: plan.org.clone(),
            title: title.unwrap_or_default(),
            text: plan.plan.text.clone(),
            instant_ms,
            commitment,
            parts: plan.run.len(),
            read: plan.known.len(),
            go,
            go_words,
            words: space
                .control
                .parties()
                .keys()
                .map(|org| (org.clone(), word(org)))
                .collect(),
            actions: plan.actions.iter().map(action).collect(),
        }
    }
}
