//! What to look at first, for people who look around in the demo.

use super::nodes::Who;

/// What somebody's node has for them.
pub fn of(who: Who, sign_in: &str) -> &'static str {
    match (who, sign_in) {
        (_, "operator") => "peers, people, accounts for TAXII and the node's state; and that no case opens",
        (_, "signatory") => "the agreements, clause by clause, and what flows to whom",
        (_, "auditor") => "the access log, and control notes without content",
        (Who::Agency, "officer") => {
            "the lead, the case that came of it: tracks, plan, decisions, outcome; its inbox"
        }
        (Who::Agency, "deputy") => "the second case, whose pen they hold, and not the first",
        (Who::Agency, "reader") => "of the second case its indicators, and nothing else",
        (Who::Agency, "investigator") => {
            "exhibits with their custody, answers, a guest's link, the victim's conversation"
        }
        (Who::Agency, "approver") => "what was released above the ceiling, recalls, members",
        (Who::Agency, "custodian") => "who the victims are, sealed: ask to look; what a partner gave of it",
        (Who::Agency, "discloser") => "the disclosure schedule and the hold",
        (Who::Agency, "secondee") => "the same case, within the secondment's scope",
        (Who::Vendor, "researcher") => {
            "its threat and the lead, a draft under Intel, the expertise answered, the feedback"
        }
        (Who::Vendor, "approver") => "what the researcher's indicators were released to; the plan",
        (Who::Vendor, "custodian") => "who its customer is, given to the agency, and each look there",
        (Who::Vendor, "analyst") => "no case here: this person works at the agency as secondee",
        (Who::Isp, "approver") => "the hunt with its preview, the plan's part and receipts",
        (Who::Isp, "researcher") => "indicators served in silence and blocked, and what was seen",
        (Who::Hosting, "approver") => "its own requests and its one target, none of the ISP's",
        (Who::Outsider, _) => "a peer without an agreement: nothing of all this",
        _ => "",
    }
}
