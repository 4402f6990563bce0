//! `/`: what waits.

use accord_service::{Act, Todo};

use super::failed::Paged;
use super::frame::{Page, Part, html};
use super::times::{clock, length, when};
use crate::web::render;
use crate::web::view::inbox::{InboxItem, InboxPage, NextStep};
use crate::web::view::{Href, Link};

/// Where one decides a request.
pub(super) fn approval(at: accord_model::EntryRef) -> Href {
    Href::of(&["approvals", &at.ledger.to_string(), &at.seq.to_string()])
}

fn action(todo: &Todo) -> Link {
    let link = |label: &str, href| Link {
        label: label.to_owned(),
        href,
    };
    match todo {
        Todo::DecideRequest { request } => link("Decide", approval(*request)),
        Todo::AwaitSecond { request } => link(
            "Take your yes back",
            Href::of(&[
                "approvals",
                &request.ledger.to_string(),
                &request.seq.to_string(),
                "take-back",
            ]),
        ),
        Todo::ReceiveExhibit { exhibit, case } => link(
            "Check and receive",
            Href::of(&["cases", case, "evidence"]).at(&super::frame::anchor(*exhibit)),
        ),
        Todo::AwaitAnswer { request, case } | Todo::TakeExpertise { request, case } => link(
            "Look at it",
            Href::of(&["cases", case, "requests"]).at(&super::frame::anchor(*request)),
        ),
        Todo::ConfirmOral { oral, case } => link(
            "Confirm in writing",
            Href::of(&["cases", case, "requests"]).at(&super::frame::anchor(*oral)),
        ),
        Todo::AnswerAgreement { agreement } => link(
            "Read and answer",
            Href::of(&["agreements", &agreement.to_string()]),
        ),
        Todo::ConfirmPeer { .. } => link("Compare", Href::of(&["organisations"])),
        Todo::ConfirmRole { .. } | Todo::ConfirmReset { .. } => link("Look at it", Href::of(&["people"])),
        Todo::AnswerLead { lead } => link("Read and answer", super::threats::lead_href(*lead, &[])),
        Todo::TellOutcome { lead } => link("Tell them", super::threats::lead_href(*lead, &["outcome"])),
        Todo::AnswerOnward { lead, .. } => link("Answer", super::threats::lead_href(*lead, &["allow"])),
        Todo::ApproveLead { lead, .. } => link("Look at it", super::threats::lead_href(*lead, &["approve"])),
        Todo::AnswerBusiness { conversation } => {
            link("Read and answer", Href::of(&["conversations", conversation]))
        }
        Todo::FileIdentity { conversation } => link("File it", Href::of(&["conversations", conversation])),
        Todo::LookAtHunt { hunt } => link("Look at what it found", Href::of(&["hunts", hunt])),
        Todo::LookAtAnswer { question } => link("Ask it", Href::of(&["sql", "kept", question])),
        Todo::OldDraft { draft } => link("Finish it, or throw it away", Href::of(&["import", draft])),
        Todo::GiveGrant { asked, case } => link(
            "Look at it",
            Href::of(&[
                "cases",
                case,
                "victims",
                "grants",
                &asked.ledger.to_string(),
                &asked.seq.to_string(),
                "give",
            ]),
        ),
        Todo::CheckIdentity { identity, case } => link(
            "Look at it",
            Href::of(&["cases", case, "victims"]).at(&super::frame::anchor(*identity)),
        ),
        Todo::GuestLink { link: id, case } => link(
            "Look at it",
            Href::of(&["cases", case, "requests"]).at(&super::case::guests::link_anchor(id)),
        ),
        Todo::Disruption { case } => link("Look at the plan", Href::of(&["cases", case, "plan"])),
        Todo::AnswerRecall { recall, case } => link(
            "Say what we did",
            Href::of(&[
                "cases",
                case,
                "recalls",
                &recall.ledger.to_string(),
                &recall.seq.to_string(),
            ]),
        ),
        Todo::AnswerLeadRecall { lead, .. } => {
            link("Say what we did", super::threats::lead_href(*lead, &["receipt"]))
        }
        Todo::RecallOnward { lead } => link("Look at it", super::threats::lead_href(*lead, &["recall"])),
        Todo::ReadAnswer { answer, case, .. } => link(
            "Read it",
            Href::of(&[
                "cases",
                case,
                "notes",
                &answer.ledger.to_string(),
                &answer.seq.to_string(),
            ]),
        ),
        Todo::KeepSecret { request, case } | Todo::KeptUntil { request, case } => link(
            "Look at it",
            Href::of(&[
                "cases",
                case,
                "notes",
                &request.ledger.to_string(),
                &request.seq.to_string(),
            ]),
        ),
        Todo::TakePen { offer, case } => link(
            "Look at it",
            Href::of(&[
                "cases",
                case,
                "team",
                "pen",
                &offer.ledger.to_string(),
                &offer.seq.to_string(),
            ]),
        ),
        Todo::GrantSecondment { case } => link("Look at it", Href::of(&["cases", case, "team"])),
        Todo::ApproveRelease { note, to, case } => link(
            "Look at it",
            Href::of(&[
                "cases",
                case,
                "releases",
                &note.ledger.to_string(),
                &note.seq.to_string(),
                to.as_str(),
            ]),
        ),
    }
}

/// What a clock runs towards.
fn due_words(todo: &Todo) -> &'static str {
    match todo {
        Todo::KeepSecret { .. } => "Secret until",
        Todo::KeptUntil { .. } => "Kept until",
        Todo::GrantSecondment { .. } => "It would end",
        _ => "Answer due",
    }
}

/// `/`.
pub(super) async fn inbox(page: Page) -> Paged {
    let waiting = page.node.inbox(&page.who).await?;
    let now = page.now();
    let items = waiting.iter().map(|item| InboxItem {
        title: item.title.clone(),
        why: item.why.clone(),
        from: String::new(),
        since: (item.since_ms > 0).then(|| when(item.since_ms)),
        waited: if item.since_ms > 0 {
            length(now.saturating_sub(item.since_ms))
        } else {
            String::new()
        },
        if_nothing: item.otherwise.clone(),
        marking: None,
        clock: item
            .due_ms
            .map(|due| clock(due_words(&item.todo).to_owned(), due, now)),
        action: action(&item.todo),
    });
    let step = |text: &str, label: &str, href: Option<Href>| {
        href.map(|href| NextStep {
            text: text.to_owned(),
            link: Link {
                label: label.to_owned(),
                href,
            },
        })
    };
    let next_steps = [
        step(
            "A lead worth working on?",
            "Open a case",
            page.href_if(Act::RunCase, &["cases", "new"]),
        ),
        step(
            "A partner to work with?",
            "Propose an agreement",
            page.href_if(Act::SignAgreements, &["agreements", "new"]),
        ),
        step(
            "A partner without a line to this node?",
            "Invite an organisation",
            page.href_if(Act::ManagePeers, &["organisations"]),
        ),
        step(
            "New logs?",
            "Import a file",
            page.href_if(Act::ImportLogs, &["logs", "import"]),
        ),
    ];
    html(render::render_inbox(&InboxPage {
        shell: page.shell_with(Part::Inbox, &waiting),
        items: items.collect(),
        next_steps: next_steps.into_iter().flatten().collect(),
    }))
}
