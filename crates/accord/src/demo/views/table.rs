//! The table of roles: what somebody sees, and what they do not.
//!
//! `{case}` and other names of the story's notes stand for them; a row whose note is not there yet is passed over.

use super::super::StepError;
use super::super::nodes::Who;
use super::super::story::{Step, Story};

/// One row.
struct Row {
    who: Who,
    sign_in: &'static str,
    path: &'static str,
    /// The first step after which it holds, and the last.
    from: Step,
    to: Step,
    status: u16,
    has: &'static [&'static str],
    has_not: &'static [&'static str],
}

const fn row(who: Who, sign_in: &'static str, path: &'static str, from: Step, status: u16) -> Row {
    Row {
        who,
        sign_in,
        path,
        from,
        to: Step::Converge,
        status,
        has: &[],
        has_not: &[],
    }
}

impl Row {
    const fn has(self, has: &'static [&'static str]) -> Self {
        Self { has, ..self }
    }

    const fn has_not(self, has_not: &'static [&'static str]) -> Self {
        Self { has_not, ..self }
    }

    const fn until(self, to: Step) -> Self {
        Self { to, ..self }
    }
}

use Step as S;
use Who::{Agency, Hosting, Isp, Outsider, Vendor};

const CASE: &str = "/api/v1/cases/{case}";
const CONTROL: &str = "/api/v1/audit/spaces/{case}";
const SUBSCRIBERS: &str = "/api/v1/requests/{question about a subscriber}/subscribers";
const UPLOADS: &str = "/api/v1/requests/{hunt 1}/uploads";
const CUSTODY: &str = "/api/v1/exhibits/{exhibit of the ISP}/custody";
const PACKAGE: &str = "/api/v1/exhibits/{exhibit of the ISP}/package";
const THREAT: &str = "/api/v1/threats/{threat}";
const LEADS: &str = "/api/v1/leads";
const LEAD: &str = "/api/v1/leads/{lead}";
const DRAFT: &str = "/api/v1/imports/{draft}";
const FILE: &str = "/api/v1/files/{file of the report}/bytes";
const PASTED: &str = "/api/v1/intel/{pasted indicators}";
const GUESTS: &str = "/api/v1/cases/{case}/guests";
const GIVEN: &str = "/api/v1/exhibits/{exhibit of a guest}/package";
const ACCOUNTS: &str = "/api/v1/taxii/accounts";
const RECEIVED: &str = "/api/v1/cases/{case}/received";
const SECOND: &str = "/api/v1/cases/{second case}";
const SINKHOLES: &str = "/api/v1/cases/{case}/sinkholes";
const SIMILAR: &str = "/api/v1/cases/{case}/similar";
const TABLE: &str = "/api/v1/cases/{case}/export?format=csv";
const KEPT: &str = "/api/v1/requests/{request to keep}";
const VICTIMS: &str = "/api/v1/cases/{case}/victims";
const INBOX: &str = "/api/v1/inbox";
const SEARCH: &str = "/api/v1/search?q={panel}";

const ROWS: &[Row] = &[
    // An operator runs the node and reads no case; a signatory signs and reads none.
    row(Agency, "operator", CASE, S::Open, 404),
    row(Agency, "operator", "/cases/{case}/timeline", S::Open, 404),
    row(Isp, "operator", CASE, S::Open, 404),
    row(Agency, "signatory", CASE, S::Open, 404),
    row(Agency, "signatory", "/api/v1/cases", S::Open, 200).has_not(&["{case}"]),
    // An auditor reads control notes and the access log, and no content.
    row(Agency, "auditor", CASE, S::Open, 404),
    row(Agency, "auditor", CONTROL, S::Open, 200)
        .has(&["case.opened"])
        .has_not(&["report.published", "decision.logged"]),
    row(Isp, "auditor", CONTROL, S::Open, 200).has(&["case.opened"]),
    row(Isp, "auditor", CASE, S::Open, 404),
    row(Agency, "auditor", "/api/v1/audit", S::Open, 200),
    row(Agency, "officer", "/api/v1/audit", S::Open, 403),
    row(Agency, "officer", CONTROL, S::Open, 403),
    // A threat is seen by who watches it; a lead by who gave it and by whom it reached.
    row(Vendor, "researcher", THREAT, S::Lead, 200).has(&["{panel}"]),
    row(Vendor, "analyst", THREAT, S::Lead, 404),
    row(Vendor, "approver", THREAT, S::Lead, 403),
    row(Vendor, "approver", LEAD, S::Lead, 200),
    row(Vendor, "analyst", LEAD, S::Lead, 404),
    row(Vendor, "operator", LEAD, S::Lead, 403),
    row(Agency, "officer", LEAD, S::Lead, 200).has(&["{panel}"]),
    row(Agency, "investigator", LEAD, S::Lead, 200),
    row(Agency, "discloser", LEAD, S::Lead, 200),
    row(Agency, "custodian", LEAD, S::Lead, 403),
    row(Agency, "auditor", LEAD, S::Lead, 403),
    row(Agency, "secondee", LEAD, S::Second, 403),
    row(Isp, "approver", LEADS, S::Lead, 200).has_not(&["{lead}", "{panel}"]),
    row(Isp, "researcher", LEAD, S::Lead, 404),
    row(Hosting, "approver", LEAD, S::Lead, 404),
    row(Outsider, "approver", LEAD, S::Lead, 404),
    // Who is named on the case sees it; who is not, does not.
    row(Agency, "officer", "/cases/{case}/timeline", S::Open, 200).has(&["{operation}"]),
    row(Vendor, "researcher", "/cases/{case}/timeline", S::Open, 200).has(&["{operation}"]),
    row(Vendor, "analyst", CASE, S::Open, 404),
    row(Outsider, "approver", CASE, S::Open, 404),
    row(Outsider, "approver", "/api/v1/cases", S::Open, 200).has_not(&["{case}", "{operation}"]),
    // What was brought in is its author's until it is published; then it is whom it was released to.
    row(Vendor, "researcher", DRAFT, S::Import, 200).has(&["maybe.{panel}"]),
    row(Vendor, "approver", DRAFT, S::Import, 404),
    row(Agency, "investigator", DRAFT, S::Import, 404),
    row(Vendor, "researcher", FILE, S::Import, 200).has(&["{relay}"]),
    row(Agency, "officer", FILE, S::Import, 200).has(&["{relay}"]),
    row(Agency, "operator", FILE, S::Import, 404),
    row(Isp, "approver", FILE, S::Import, 404),
    row(Hosting, "approver", FILE, S::Import, 404),
    row(Agency, "investigator", PASTED, S::Import, 200).has(&["{relay}", "line 4"]),
    row(Isp, "researcher", PASTED, S::Import, 404),
    row(Vendor, "analyst", PASTED, S::Import, 404),
    // Accounts of other systems are the operator's and the signatory's; what these add is the case's.
    row(Agency, "operator", ACCOUNTS, S::Taxii, 200).has(&["hosting-feed"]),
    row(Agency, "signatory", ACCOUNTS, S::Taxii, 200),
    row(Agency, "officer", ACCOUNTS, S::Taxii, 403),
    row(Agency, "investigator", RECEIVED, S::Taxii, 200),
    row(Agency, "operator", RECEIVED, S::Taxii, 403),
    // Whom the agency asks without a node is not its partners' business.
    row(Agency, "investigator", GUESTS, S::Guest, 200).has(&["smallhost.example"]),
    row(Agency, "officer", GIVEN, S::Guest, 200),
    row(Agency, "operator", GUESTS, S::Guest, 403),
    row(Vendor, "approver", GUESTS, S::Guest, 403),
    row(Isp, "approver", CASE, S::Guest, 200).has_not(&["smallhost.example", "Small Host"]),
    row(Vendor, "researcher", CASE, S::Guest, 200).has_not(&["smallhost.example", "Small Host"]),
    row(Isp, "approver", GIVEN, S::Guest, 404),
    row(Hosting, "approver", GIVEN, S::Guest, 404),
    // The same search, and each is shown their own.
    row(Agency, "investigator", SEARCH, S::Search, 200).has(&["{relay}", "{drop site}", "{operation}"]),
    row(Vendor, "researcher", SEARCH, S::Search, 200)
        .has(&["{relay}", "{operation}"])
        .has_not(&["{drop site}"]),
    row(Isp, "approver", SEARCH, S::Search, 200)
        .has(&["{drop site}", "{operation}"])
        .has_not(&["{relay}"]),
    row(Vendor, "analyst", SEARCH, S::Search, 200).has_not(&["{operation}", "{case}"]),
    row(Outsider, "approver", SEARCH, S::Search, 200).has_not(&["{operation}", "{case}"]),
    row(Isp, "operator", SEARCH, S::Search, 403),
    // Somebody seconded sees the scope while it runs: neither subjects nor requests; afterwards nothing.
    row(Agency, "secondee", CASE, S::Second, 200)
        .until(S::Plan)
        .has(&["report.published"])
        .has_not(&["decision.logged", "task.set"]),
    row(Agency, "secondee", "/api/v1/requests/{hunt 1}", S::Ask, 403),
    row(Agency, "secondee", PACKAGE, S::Receive, 404),
    row(Agency, "secondee", CASE, S::Go, 404),
    row(Agency, "secondee", "/cases/{case}/timeline", S::Go, 404),
    // Each provider has its own requests, and no other's preview.
    row(Isp, "approver", "/api/v1/requests/{hunt 1}", S::Ask, 200),
    row(Isp, "approver", "/api/v1/requests/{hunt 2}", S::Ask, 404),
    row(Hosting, "approver", "/api/v1/requests/{hunt 2}", S::Ask, 200),
    row(Hosting, "approver", "/api/v1/requests/{hunt 1}", S::Ask, 404),
    row(Vendor, "approver", "/api/v1/requests/{hunt 1}", S::Ask, 404),
    row(
        Isp,
        "approver",
        "/api/v1/requests/{hunt 2}/preview",
        S::IspDecides,
        404,
    ),
    row(
        Hosting,
        "approver",
        "/api/v1/requests/{hunt 1}/preview",
        S::IspDecides,
        404,
    ),
    row(
        Agency,
        "investigator",
        "/api/v1/requests/{hunt 1}/preview",
        S::IspDecides,
        403,
    ),
    // What an approver uploads to answer with is seen by the approvers of the side that is asked.
    row(Isp, "approver", UPLOADS, S::Ask, 200),
    row(Isp, "operator", UPLOADS, S::Ask, 403),
    row(Hosting, "approver", UPLOADS, S::Ask, 404),
    row(Agency, "investigator", UPLOADS, S::Ask, 403),
    row(Agency, "investigator", CUSTODY, S::Receive, 200),
    row(Agency, "operator", CUSTODY, S::Receive, 404),
    row(Vendor, "approver", CUSTODY, S::Receive, 404),
    row(Agency, "investigator", PACKAGE, S::Receive, 200),
    row(Agency, "operator", PACKAGE, S::Receive, 404),
    row(Vendor, "approver", PACKAGE, S::Receive, 404),
    row(Hosting, "approver", PACKAGE, S::Receive, 404),
    row(Vendor, "approver", SUBSCRIBERS, S::Questions, 404),
    row(Hosting, "approver", SUBSCRIBERS, S::Questions, 404),
    row(Hosting, "approver", KEPT, S::Kept, 200).has(&["{mirror}"]),
    row(Hosting, "operator", KEPT, S::Kept, 403),
    row(Isp, "approver", KEPT, S::Kept, 404),
    row(Vendor, "approver", KEPT, S::Kept, 404),
    // How sending notices goes is the operator's.
    row(Hosting, "operator", "/api/v1/notices", S::Notices, 200).has_not(&["{mirror}", "{operation}"]),
    row(Hosting, "approver", "/api/v1/notices", S::Notices, 403),
    row(Agency, "auditor", "/api/v1/notices", S::Notices, 403),
    // Who called the sinkhole is counted where it stands, and told to who asked for it.
    row(Isp, "researcher", SINKHOLES, S::Sinkhole, 200).has(&["{beacon name}"]),
    row(Agency, "investigator", SINKHOLES, S::Sinkhole, 200)
        .has(&["{beacon name}"])
        .has_not(&["198.18.7."]),
    row(Vendor, "researcher", SINKHOLES, S::Sinkhole, 200).has_not(&["{beacon name}"]),
    row(Hosting, "approver", SINKHOLES, S::Sinkhole, 403),
    row(Isp, "operator", SINKHOLES, S::Sinkhole, 403),
    // Each takes along what they see.
    row(Vendor, "researcher", TABLE, S::TakeAlong, 200)
        .has(&["{panel}", "{relay}"])
        .has_not(&["{drop site}"]),
    row(Isp, "researcher", TABLE, S::TakeAlong, 200)
        .has(&["{panel}", "{drop site}"])
        .has_not(&["{relay}"]),
    row(Agency, "signatory", TABLE, S::TakeAlong, 403),
    row(Agency, "auditor", TABLE, S::TakeAlong, 403),
    // The second case is another team's; parties come to it and go.
    row(Agency, "deputy", SECOND, S::SecondCase, 200).has(&["{second operation}"]),
    row(Agency, "deputy", CASE, S::SecondCase, 404),
    row(Agency, "custodian", SECOND, S::SecondCase, 404),
    row(Agency, "operator", SECOND, S::SecondCase, 404),
    row(Hosting, "approver", SECOND, S::SecondCase, 404),
    row(Outsider, "approver", SECOND, S::SecondCase, 404),
    row(Vendor, "researcher", SECOND, S::SecondCase, 200).until(S::SecondCase),
    row(Vendor, "researcher", SECOND, S::Late, 404),
    row(Vendor, "approver", SECOND, S::Late, 404),
    row(Isp, "approver", SECOND, S::SecondCase, 404).until(S::SecondCase),
    row(Isp, "approver", SECOND, S::Late, 200).has(&["{second operation}"]),
    row(Isp, "researcher", SECOND, S::Late, 404),
    row(Isp, "operator", SECOND, S::Late, 404),
    row(Agency, "officer", SIMILAR, S::AlsoSeen, 200).has(&["{second operation}"]),
    row(Isp, "approver", SIMILAR, S::AlsoSeen, 200).has(&["{second operation}"]),
    row(Isp, "researcher", SIMILAR, S::AlsoSeen, 200).has_not(&["{second operation}"]),
    row(Agency, "custodian", SIMILAR, S::AlsoSeen, 200).has_not(&["{second operation}"]),
    row(Vendor, "researcher", SIMILAR, S::AlsoSeen, 200).has_not(&["{second operation}"]),
    row(Hosting, "approver", SIMILAR, S::AlsoSeen, 200).has_not(&["{second operation}"]),
    // Businesses are spoken with by the desk; their names are on no list.
    row(Agency, "custodian", "/api/v1/conversations", S::Business, 200).has_not(&["{business domain}"]),
    row(Agency, "approver", "/api/v1/conversations", S::Business, 403),
    row(Agency, "auditor", "/api/v1/conversations", S::Business, 403),
    row(Agency, "investigator", VICTIMS, S::Business, 200)
        .has(&["{pseudonym}"])
        .has_not(&["{business domain}"]),
    row(Isp, "approver", VICTIMS, S::Business, 200)
        .has(&["{pseudonym}"])
        .has_not(&["{business domain}"]),
    row(Hosting, "approver", VICTIMS, S::Business, 200).has_not(&["{pseudonym}"]),
    // Who a customer of the vendor is: kept at both, read by nobody on the way, and no other party's.
    row(Vendor, "custodian", CASE, S::Open, 200),
    row(Vendor, "custodian", LEAD, S::Lead, 403),
    row(Vendor, "custodian", VICTIMS, S::Customer, 200)
        .has(&["V-garo"])
        .has_not(&["{customer domain}", "Rang its bank"]),
    row(Agency, "custodian", VICTIMS, S::Customer, 200)
        .has(&["V-garo", "{pseudonym}"])
        .has_not(&["{customer domain}", "{business domain}"]),
    row(Isp, "researcher", VICTIMS, S::Customer, 200).has_not(&["V-garo", "{customer domain}"]),
    row(Isp, "approver", VICTIMS, S::Customer, 200).has_not(&["V-garo", "{customer domain}"]),
    row(Hosting, "approver", VICTIMS, S::Customer, 200).has_not(&["V-garo", "{customer domain}"]),
    row(Agency, "operator", VICTIMS, S::Customer, 404),
    row(Agency, "custodian", INBOX, S::Customer, 200).has_not(&["check-identity"]),
    // Somebody named for the indicators of the second case sees these.
    row(Agency, "reader", SECOND, S::NeedToKnow, 200)
        .has(&["{second operation}", "indicator.published"])
        .has_not(&["report.published", "decision.logged"]),
    row(Agency, "reader", CASE, S::NeedToKnow, 404),
    row(Agency, "reader", LEAD, S::NeedToKnow, 404),
    row(Isp, "approver", INBOX, S::TakeBack, 200).has_not(&["await-second"]),
    // Each provider has its own targets.
    row(Hosting, "approver", "/api/v1/cases/{case}/plan", S::Plan, 200)
        .has(&["{mirror}"])
        .has_not(&["{address}", "{panel}"]),
    row(Isp, "approver", "/api/v1/cases/{case}/plan", S::Plan, 200)
        .has(&["{address}", "{panel}"])
        .has_not(&["{mirror}"]),
    row(Isp, "operator", "/api/v1/own-infrastructure", S::Plan, 200),
    row(Isp, "auditor", "/api/v1/own-infrastructure", S::Plan, 403),
    row(Agency, "operator", "/api/v1/cases/{case}/plan", S::Plan, 404),
    // Subjects are the agency's; the schedule is its officers'.
    row(Isp, "approver", "/api/v1/cases/{case}/subjects", S::Subjects, 200).has_not(&["P-1"]),
    row(
        Vendor,
        "researcher",
        "/api/v1/cases/{case}/subjects",
        S::Subjects,
        200,
    )
    .has_not(&["{suspect}", "{bystander}"]),
    row(
        Agency,
        "investigator",
        "/api/v1/cases/{case}/subjects",
        S::Subjects,
        200,
    )
    .has(&["{suspect}"])
    .has_not(&["{bystander}"]),
    row(
        Agency,
        "discloser",
        "/api/v1/cases/{case}/disclosure",
        S::Disclosure,
        200,
    ),
    row(
        Agency,
        "approver",
        "/api/v1/cases/{case}/disclosure",
        S::Disclosure,
        403,
    ),
    row(
        Isp,
        "approver",
        "/api/v1/cases/{case}/disclosure",
        S::Disclosure,
        403,
    ),
];

/// A text with the story's own names in it; `None` where one of them is not there yet.
pub(super) fn filled(text: &str, story: &Story<'_>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, left) = after.split_once('}')?;
        let value = story.value_of(name);
        if value.is_empty() {
            return None;
        }
        out.push_str(before);
        out.push_str(&value);
        rest = left;
    }
    out.push_str(rest);
    Some(out)
}

impl Row {
    /// What is not as the row says, in words.
    async fn wrong(&self, path: &str, story: &Story<'_>) -> Result<Vec<String>, StepError> {
        let (status, body) = story.session_of(self.who, self.sign_in)?.look(path).await?;
        let body = String::from_utf8_lossy(&body);
        let mut wrong = Vec::new();
        if status != self.status {
            wrong.push(format!("answered with {status}, not {}", self.status));
        }
        for (words, expected) in [(self.has, true), (self.has_not, false)] {
            for word in words.iter().filter_map(|word| filled(word, story)) {
                if body.contains(&word) != expected {
                    let is = if expected { "is missing" } else { "stands there" };
                    wrong.push(format!("{word:?} {is}"));
                }
            }
        }
        Ok(wrong)
    }
}

/// Checks the rows that hold after a step: how many. Everything that does not hold is told at once.
pub(super) async fn check(story: &Story<'_>, step: Step) -> Result<usize, StepError> {
    let (mut checked, mut wrong) = (0, Vec::new());
    for row in ROWS.iter().filter(|row| row.from <= step && step <= row.to) {
        let Some(path) = filled(row.path, story) else {
            continue;
        };
        for what in row.wrong(&path, story).await? {
            wrong.push(format!(
                "{} of {} at {}: {what}",
                row.sign_in,
                row.who.org(),
                row.path
            ));
        }
        checked += 1;
    }
    if wrong.is_empty() {
        Ok(checked)
    } else {
        Err(StepError::new(wrong.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_says_something_and_no_two_the_same() {
        let mut seen = BTreeSet::new();
        for row in ROWS {
            assert!(row.from <= row.to, "{} {}", row.sign_in, row.path);
            assert!(
                seen.insert((row.who, row.sign_in, row.path, row.from)),
                "{} {} twice",
                row.sign_in,
                row.path
            );
            assert!(row.has.iter().all(|word| !row.has_not.contains(word)));
        }
        // Every node's people are looked at.
        for who in Who::ALL {
            assert!(ROWS.iter().any(|row| row.who == who), "{}", who.org());
        }
    }
}
