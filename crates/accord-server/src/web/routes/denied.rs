//! The page that says no: what was tried in words, the rule or the clause with its words, who could, and one thing to
//! do about it (`PAGES`, rule 5).
//!
//! What was tried is told by the act whose rule refused; where another rule did, by the address. On a case that the
//! person may see, the clause has its place in the agreement, own people on the case are named, and a task can be set
//! for them, which only the own organisation reads. Elsewhere nothing on a node carries a question to a role, and the
//! page says to ask them.
//!
//! Invariant: nothing here depends on a case that the person may not see, so that "not yours" and "not there" stay the
//! same bytes.

use accord_model::{EntryKind, EntryRef, OrgKind, Role, SpaceId};
use accord_service::{Act, CaseView, Denial, Node};
use http::Method;

use super::frame::{Page, role_words};
use super::gate::sentence;
use super::release::clause;
use crate::web::view::notices::DeniedPage;
use crate::web::view::{Href, Link, Shell};

/// Most people who are named as those who could.
const NAMED_MAX: usize = 5;

/// What somebody tried: the method, the path, and the route that it is.
#[derive(Debug, Clone)]
pub(super) struct Tried {
    pub method: Method,
    pub path: String,
    pub route: String,
}

/// What somebody does by an act, after "You may not".
pub(super) const fn act_words(act: Act) -> &'static str {
    match act {
        Act::ManagePeople => "keep this organisation's accounts",
        Act::ConfirmRole => "confirm roles",
        Act::ConfirmReset => "confirm resets of accounts",
        Act::ManagePeers => "look after this node and the organisations it speaks with",
        Act::ImportLogs => "bring logs in",
        Act::SignAgreements => "propose, sign, refuse or end agreements",
        Act::ReadAgreements => "read agreements",
        Act::RunCase => "run cases: open one, move its stage, bring parties in",
        Act::NameMembers => "name this organisation's people on a case",
        Act::Ask => "ask a partner",
        Act::HuntOwn => "look in your organisation's own logs",
        Act::KeepLogs => "decide how long logs are kept, or destroy one",
        Act::HoldLogs => "hold logs, or lift such a hold",
        Act::SeeLogKeeping => "see how logs are kept",
        Act::Oral => "record an oral authority",
        Act::TakeExpertise => "take a question for the pool of experts",
        Act::Write => "write on cases",
        Act::Watch => "watch threats",
        Act::Lead => "refer or answer leads",
        Act::SeeLeads => "see leads",
        Act::Approve => "decide for this organisation",
        Act::GiveOlder => "give older notes to a party",
        Act::Receive => "receive exhibits",
        Act::KeepInfrastructure => "keep the list of this organisation's own infrastructure",
        Act::Audit => "read the access log",
        Act::ManageProtection => "open and close audiences, or load lists of values that many use",
        Act::KeepFeeds => "keep feeds: add, change, pull, pause or remove them, or decide what looks wrong",
        Act::BlockByFeed => "let a feed block",
        Act::SeeProtection => "see what is served and seen",
        Act::LookUp => "look values up",
        Act::ShareSightings => "share sightings",
        Act::Converse => "speak with businesses in trouble",
        Act::KeepIdentity => "keep who a victim is",
        Act::AskGrant => "ask to look at who a victim is",
        Act::GiveGrant => "give a look at who a victim is, or end one",
        Act::Schedule => "see the disclosure schedule",
        Act::Second => "second people",
        Act::Recall => "call back what was shared",
        Act::Receipt => "answer a recall",
        Act::Hold => "place or lift holds",
        Act::Search => "search",
        Act::Export => "make files of intelligence",
        Act::ManageTaxii => "ask for accounts for TAXII",
        Act::ConfirmTaxii => "confirm accounts for TAXII",
        Act::CloseTaxii => "see or close accounts for TAXII",
    }
}

/// What is tried at an address, where no act says it: by the beginning of its route, the longer ones first.
const BY_ROUTE: &[(&str, &str)] = &[
    ("/cases/{id}/write/", "write this note here"),
    ("/cases/{id}/notes", "write this note here"),
    ("/cases/{id}/releases/", "release this note"),
    (
        "/cases/{id}/waiting/",
        "stand beside this note as the second person",
    ),
    ("/cases/{id}/plan/write", "write the plan"),
    ("/cases/{id}/plan/receipts", "say that this was carried out"),
    ("/cases/{id}/plan/export/", "take this list along yet"),
    ("/cases/{id}/plan/targets", "propose these targets"),
    ("/cases/{id}/plan/checks", "say this of these targets"),
    ("/cases/{id}/plan/own", "answer this for your organisation"),
    (
        "/cases/{id}/victims/grants/{ledger}/{seq}/name",
        "write this note that names a victim",
    ),
    ("/cases/{id}/victims/grants/", "do this with the look"),
    ("/cases/{id}/victims/", "do this about the victim"),
    ("/cases/{id}/guests/", "let this request go"),
    ("/cases/{id}/team/second", "second this person"),
    ("/cases/{id}/recalls/", "say this about the recall"),
    ("/cases/{id}/orals/", "write about this oral authority"),
    ("/cases/{id}/sinkholes/", "count these victims"),
    ("/approvals/", "decide this request"),
    ("/exhibits/", "use this exhibit"),
    ("/conversations/", "do this in the conversation"),
    ("/leads/", "do this with the lead"),
    ("/threats/", "do this with the threat"),
    ("/people/", "do this with the account"),
    ("/taxii/", "do this with the account"),
    ("/hunts/", "do this with the hunt"),
    ("/import", "bring this in here"),
];

/// The act whose rule refused.
fn act_of(denial: &Denial) -> Option<Act> {
    let mut acts = Act::ALL.iter().copied();
    acts.find(|act| denial.clause.is_none() && act.rule().1 == denial.rule)
}

fn what(denial: &Denial, tried: &Tried) -> &'static str {
    if let Some(act) = act_of(denial) {
        return act_words(act);
    }
    // Of the rules of forms themselves: the sentence that follows says what to do.
    if denial.rule.starts_with("This form belongs") || denial.rule.starts_with("Another site") {
        return "send this form as it is";
    }
    let known = BY_ROUTE.iter().find(|(route, _)| tried.route.starts_with(route));
    match known {
        Some((_, words)) => words,
        None if tried.method == Method::GET || tried.method == Method::HEAD => "see this page",
        None => "do this",
    }
}

/// The roles that may: all of the act's rule, or the one that the refusal names, or those that write the kind of note
/// that was to be written.
fn roles(denial: &Denial, tried: &Tried, kind: OrgKind) -> Vec<Role> {
    if let Some(act) = act_of(denial) {
        return act.rule().0.to_vec();
    }
    if let Some(role) = denial.who {
        return vec![role];
    }
    let written = tried
        .path
        .rsplit('/')
        .next()
        .and_then(|word| word.parse::<EntryKind>().ok());
    let writes = written.filter(|_| tried.route == "/cases/{id}/write/{kind}");
    let all = Act::Write.rule().0.iter().copied();
    writes.map_or_else(Vec::new, |written| {
        all.filter(|role| accord_model::content::may_write(written, *role, kind).is_ok())
            .collect()
    })
}

pub(super) fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {word}")
}

/// The case of the address, or of the request that it names, where this person may see it.
async fn case_of(page: &Page, tried: &Tried) -> Option<(String, CaseView)> {
    let parts: Vec<&str> = tried.path.split('/').skip(1).collect();
    let space: SpaceId = match parts.as_slice() {
        ["cases", id, ..] => id.parse().ok()?,
        ["approvals", ledger, seq, ..] => {
            let at: EntryRef = format!("{ledger}/{seq}").parse().ok()?;
            page.node.case_of_request(&page.who, at).await.ok()?
        }
        _ => return None,
    };
    let view = page.node.case_head(&page.who, space).await.ok()?;
    Some((space.to_string(), view))
}

/// Own people on the case who have one of the roles, other than the person who asks: `Priya Nair, approver`.
fn people(page: &Page, view: &CaseView, roles: &[Role]) -> Vec<(String, String)> {
    let own = view
        .members
        .iter()
        .filter(|member| member.org.as_str() == page.own() && member.person != page.who.person);
    own.filter_map(|member| {
        let held: Vec<&Role> = roles.iter().filter(|role| member.roles.contains(role)).collect();
        let name = member.name.clone()?;
        (!held.is_empty()).then(|| (name, role_words(held)))
    })
    .take(NAMED_MAX)
    .collect()
}

/// The form for a task that only the own organisation reads, filled with what was tried.
fn ask(page: &Page, case: &str, view: &CaseView, whom: &str, tried: &str, rule: &str) -> Option<Link> {
    view.writes.contains(&EntryKind::TaskSet).then(|| {
        let own = page.own();
        Link {
            label: format!("Set a task for {whom}"),
            href: Href::of(&["cases", case, "write", EntryKind::TaskSet.as_str()])
                .with("title", &format!("For {whom}: {tried}"))
                .with("org", own)
                .with("to", own)
                .with(
                    "text",
                    &format!("{} asks for this, and may not do it. {rule}", page.who.name),
                ),
        }
    })
}

/// The page.
pub(super) async fn denied(
    node: &Node,
    page: Option<&Page>,
    shell: Shell,
    denial: &Denial,
    tried: &Tried,
) -> DeniedPage {
    let what = what(denial, tried);
    let roles = roles(denial, tried, node.config.kind);
    let case = match page {
        Some(page) => case_of(page, tried).await,
        None => None,
    };
    // Clause 0 stands for what no clause says.
    let number = denial.clause.clone().filter(|number| number != "0");
    let rule = match (&number, denial.who) {
        (None, _) => sentence(&denial.rule),
        (Some(_), Some(role)) => format!(
            "The agreement asks for the yes of {} first, by this clause.",
            with_article(&role_words([&role]))
        ),
        (Some(_), None) => "The agreement does not let it happen, by this clause.".to_owned(),
    };
    let agreement = case.as_ref().map(|(_, view)| view.summary.agreement.to_string());
    let clause_href = number
        .as_ref()
        .and_then(|number| Some(clause(agreement.as_deref()?, number)));
    let named = match (page, &case) {
        (Some(page), Some((_, view))) => people(page, view, &roles),
        _ => Vec::new(),
    };
    let org = &node.config.org;
    let who_could: Vec<String> = if named.is_empty() {
        let of = |role: &Role| format!("{} of {org}", with_article(&role_words([role])));
        roles.iter().map(of).collect()
    } else {
        let of = |(name, held): &(String, String)| format!("{name}, {held}");
        named.iter().map(of).collect()
    };
    let ask = match (page, &case, roles.first()) {
        (Some(page), Some((id, view)), Some(role)) => {
            let whom = match named.as_slice() {
                [(name, _)] => name.clone(),
                _ => with_article(&role_words([role])),
            };
            ask(page, id, view, &whom, what, &rule)
        }
        _ => None,
    };
    DeniedPage {
        what: what.to_owned(),
        then: match (&ask, roles.is_empty() || shell.by_link) {
            (Some(_), _) => format!("The task stands under the case's Tasks, and only {org} reads it."),
            (None, false) => {
                "Ask them in person or by phone; nothing on this page does it for you.".to_owned()
            }
            (None, true) => String::new(),
        },
        shell,
        rule,
        clause: number.unwrap_or_default(),
        clause_text: sentence(&denial.rule),
        clause_href,
        who_could,
        ask,
        back: Href::of(&[]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn tried(method: Method, route: &str) -> Tried {
        Tried {
            method,
            path: route.to_owned(),
            route: route.to_owned(),
        }
    }

    fn denial(rule: &str, clause: Option<&str>) -> Denial {
        Denial {
            rule: rule.to_owned(),
            clause: clause.map(str::to_owned),
            who: None,
        }
    }

    #[test]
    fn every_act_is_told_by_its_rule_and_has_words_of_its_own() {
        let mut words = BTreeSet::new();
        for act in Act::ALL {
            let denial = denial(act.rule().1, None);
            assert_eq!(act_of(&denial), Some(*act), "two acts have one rule");
            assert!(words.insert(act_words(*act)), "{}", act_words(*act));
            assert_eq!(what(&denial, &tried(Method::GET, "/")), act_words(*act));
            let roles = roles(&denial, &tried(Method::GET, "/"), OrgKind::Isp);
            assert_eq!(roles, act.rule().0);
        }
    }

    #[test]
    fn what_no_act_says_is_told_by_the_address() {
        let check = |method: Method, route: &str, expected: &str| {
            let words = what(&denial("some rule", None), &tried(method, route));
            assert_eq!(words, expected, "{route}");
        };
        check(Method::POST, "/cases/{id}/write/{kind}", "write this note here");
        check(
            Method::POST,
            "/cases/{id}/victims/grants/{ledger}/{seq}/name",
            "write this note that names a victim",
        );
        check(
            Method::POST,
            "/cases/{id}/victims/grants/{ledger}/{seq}/{act}",
            "do this with the look",
        );
        check(Method::GET, "/nothing", "see this page");
        check(Method::POST, "/nothing", "do this");
        // Words that are a clause's are no act's, even if they read alike.
        let clause = denial(Act::Audit.rule().1, Some("4.2"));
        assert_eq!(act_of(&clause), None);
    }

    #[test]
    fn who_writes_a_kind_is_told_by_the_kind() {
        let mut tried = tried(Method::POST, "/cases/{id}/write/{kind}");
        tried.path = "/cases/0f3a/write/subject.recorded".to_owned();
        let roles_of = |tried: &Tried| roles(&denial("some rule", None), tried, OrgKind::Agency);
        let writers = roles_of(&tried);
        assert!(writers.contains(&Role::Investigator), "{writers:?}");
        assert!(!writers.contains(&Role::Approver), "{writers:?}");
        tried.path = "/cases/0f3a/write/nothing".to_owned();
        assert!(roles_of(&tried).is_empty());
    }

    #[test]
    fn the_beginnings_of_routes_are_of_routes() {
        let routes = crate::web::routes::routes().listed();
        for (beginning, _) in BY_ROUTE {
            assert!(
                routes.iter().any(|route| route.path.starts_with(beginning)),
                "{beginning} is the beginning of no route"
            );
        }
    }
}
