//! Lists for this organisation's own actions, and drafts of notices to providers. Nothing here is sent by the software.

use std::fmt::Write as _;
use std::net::IpAddr;

use accord_model::{EntryRef, OrgName, SpaceId};
use serde::{Deserialize, Serialize};

use super::board::{ActionLine, Board};
use super::own::host;
use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// How a target stands that notices name.
const CLEAR: &str = "clear";

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportForm {
    /// One value a line.
    List,
    /// A response policy zone's records: names and addresses.
    Rpz,
    /// A hosts file: names only.
    Hosts,
    /// Comma-separated values with a heading.
    Csv,
}

impl std::str::FromStr for ExportForm {
    type Err = ServiceError;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "list" => Ok(Self::List),
            "rpz" => Ok(Self::Rpz),
            "hosts" => Ok(Self::Hosts),
            "csv" => Ok(Self::Csv),
            _ => Err(ServiceError::invalid("form", "one of list, rpz, hosts, csv")),
        }
    }
}

/// A written list.
#[derive(Debug, Clone, Serialize)]
pub struct Exported {
    /// A name for the file.
    pub name: String,
    /// How many targets stand in it.
    pub written: usize,
    /// The values that this form cannot say.
    pub left_out: Vec<String>,
    /// The file.
    pub text: String,
}

/// A draft of a notice to one provider.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// To whom.
    pub to: OrgName,
    /// The case's reference.
    pub reference: String,
    /// The instant, when there is a plan, ms UTC.
    pub instant_ms: Option<u64>,
    /// The authorities recorded on the case that bind this provider, and stand now: reference, authority, power.
    pub authorities: Vec<(String, String, String)>,
    /// The targets: value, what is asked, ground.
    pub targets: Vec<(EntryRef, String, String, String)>,
    /// The contact of this organisation, as the agreement names it.
    pub contact: String,
    /// The draft in words.
    pub text: String,
}

/// A value that no spreadsheet takes for a formula, quoted.
fn cell(value: &str) -> String {
    let risky = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quote = if risky { "'" } else { "" };
    format!("\"{quote}{}\"", value.replace('"', "\"\""))
}

/// A name that can stand in a zone or a hosts file.
fn name_of(value: &str) -> Option<String> {
    let name = host(value);
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let whole = !value.contains("://") && name.parse::<IpAddr>().is_err();
    (whole && name.contains('.') && name.len() <= 253 && name.bytes().all(fine)).then_some(name)
}

/// The owner name of an address in a policy zone.
fn rpz_address(value: &str) -> Option<String> {
    match value.trim().parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            Some(format!("32.{d}.{c}.{b}.{a}.rpz-ip"))
        }
        IpAddr::V6(address) => {
            let words: Vec<String> = address
                .segments()
                .iter()
                .rev()
                .map(|word| format!("{word:x}"))
                .collect();
            Some(format!("128.{}.rpz-ip", words.join(".")))
        }
    }
}

fn write(form: ExportForm, lines: &[&ActionLine]) -> Exported {
    let mut text = String::new();
    let (mut written, mut left_out) = (0, Vec::new());
    if form == ExportForm::Csv {
        text.push_str("value,kind,action,at_ms\n");
    }
    for line in lines {
        let value = &line.value;
        let record = match form {
            ExportForm::List => Some(format!("{value}\n")),
            ExportForm::Csv => {
                let kind = line.kind.map_or("", |kind| kind.as_str());
                Some(format!("{},{kind},{},{}\n", cell(value), line.action, line.at_ms))
            }
            ExportForm::Hosts => name_of(value).map(|name| format!("0.0.0.0 {name}\n:: {name}\n")),
            ExportForm::Rpz => name_of(value)
                .map(|name| format!("{name} CNAME .\n*.{name} CNAME .\n"))
                .or_else(|| rpz_address(value).map(|owner| format!("{owner} CNAME .\n"))),
        };
        match record {
            Some(record) => {
                text.push_str(&record);
                written += 1;
            }
            None => left_out.push(value.clone()),
        }
    }
    let name = match form {
        ExportForm::List => "targets.txt",
        ExportForm::Rpz => "targets.rpz",
        ExportForm::Hosts => "targets.hosts",
        ExportForm::Csv => "targets.csv",
    };
    Exported {
        name: name.to_owned(),
        written,
        left_out,
        text,
    }
}

impl Node {
    /// This organisation's own actions of a plan that every party said go to, for the systems that carry them out.
    pub async fn export_actions(&self, who: &SignedIn, case: SpaceId, form: ExportForm) -> Result<Exported> {
        Act::Approve.ask(who)?;
        let (exported, seen) = {
            let state = self.read().await?;
            let board = self.board_of(&state, self.case_for(&state, who, case)?);
            let plan = board.plan.ok_or(ServiceError::NotFound("plan"))?;
            if plan.go != "go" {
                return Err(ServiceError::denied(format!(
                    "no list before every party's go: {}",
                    plan.go_words
                )));
            }
            let own: Vec<&ActionLine> = plan
                .actions
                .iter()
                .filter(|line| line.org == self.config.org)
                .collect();
            let seen: Vec<EntryRef> = own.iter().map(|line| line.target).collect();
            (write(form, &own), seen)
        };
        self.looked(who, Way::Exported, seen).await?;
        self.note_access(who, "plan.exported", &case.to_string()).await?;
        Ok(exported)
    }

    /// Drafts of notices, one for each party that answers for targets nothing speaks against. A person reads, signs and
    /// sends them.
    pub async fn notices(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<Notice>> {
        Act::Ask.ask(who)?;
        let (notices, seen) = {
            let state = self.read().await?;
            let space = self.case_for(&state, who, case)?;
            let board = self.board_of(&state, space);
            let mut parties: Vec<OrgName> = board
                .targets
                .iter()
                .map(|line| line.responsible.clone())
                .collect();
            parties.sort();
            parties.dedup();
            let draft = |org: OrgName| self.notice(&state, space, &board, org);
            let notices: Vec<Notice> = parties.into_iter().filter_map(draft).collect();
            let named = board
                .targets
                .iter()
                .filter(|line| line.standing == CLEAR && !notices.is_empty());
            let seen: Vec<EntryRef> = named.map(|line| line.at).collect();
            (notices, seen)
        };
        self.looked(who, Way::Exported, seen).await?;
        self.note_access(who, "notices.drafted", &case.to_string())
            .await?;
        Ok(notices)
    }

    fn notice(&self, state: &State, space: &Space, board: &Board, to: OrgName) -> Option<Notice> {
        let targets: Vec<_> = board
            .targets
            .iter()
            .filter(|line| line.responsible == to && line.standing == CLEAR)
            .map(|line| {
                (
                    line.at,
                    line.value.clone(),
                    line.action.to_string(),
                    line.reason.clone(),
                )
            })
            .collect();
        if targets.is_empty() {
            return None;
        }
        let now_ms = self.now_ms();
        let authorities: Vec<_> = space
            .control
            .instruments()
            .values()
            .filter(|one| one.org == self.config.org && one.says.addressee == to && one.over.is_none())
            .filter(|one| (one.from_ms..one.to_ms).contains(&now_ms))
            .map(|one| {
                let said = &one.says;
                (said.reference.clone(), said.authority.clone(), said.power.clone())
            })
            .collect();
        let (agreement, _) = state.governing(space, now_ms)?;
        let contact = agreement
            .party(&self.config.org)
            .map_or("", |party| party.contact.as_str());
        let reference = space
            .control
            .case()
            .map_or("", |opened| opened.case.reference.as_str());
        let mut text = String::new();
        let own = &self.config.org;
        let _ = writeln!(text, "DRAFT, to be read, signed and sent by a person\n");
        let _ = writeln!(text, "From: {own}\nTo: {to}\nReference: {reference}\n");
        if authorities.is_empty() {
            let _ = writeln!(
                text,
                "No legal authority binding {to} is recorded on the case: this asks, and orders nothing.\n"
            );
        }
        for (number, authority, power) in &authorities {
            let _ = writeln!(text, "Authority: {authority}, {power}, number {number}");
        }
        let _ = writeln!(text, "\nWe ask you to act on the following:\n");
        for (index, (_, value, action, ground)) in targets.iter().enumerate() {
            let _ = writeln!(
                text,
                "{}. {value}\n   What: {action}\n   Ground: {ground}\n",
                index + 1
            );
        }
        if let Some(plan) = &board.plan {
            let _ = writeln!(
                text,
                "Please act at the agreed instant, {}, not before: your own page of the plan shows the same.\n",
                instant_in_words(plan.instant_ms)
            );
        }
        let _ = writeln!(
            text,
            "To make sure that this is from us, call back on the contact that our agreement names, not on one that \
             came with this letter: {contact}.\nPlease tell nobody whom it concerns before you have acted, and say \
             what was done."
        );
        Some(Notice {
            to,
            reference: reference.to_owned(),
            instant_ms: board.plan.as_ref().map(|plan| plan.instant_ms),
            authorities,
            targets,
            contact: contact.to_owned(),
            text,
        })
    }
}

/// `2026-11-22 14:02 UTC`; to the millisecond where it is not on the minute.
fn instant_in_words(ms: u64) -> String {
    let utc = i64::try_from(ms)
        .ok()
        .and_then(|ms| accord_evidence::Utc::from_ms(ms).ok())
        .map_or_else(|| format!("{ms} ms"), |utc| utc.to_string());
    match utc.strip_suffix(":00.000Z") {
        Some(minute) => format!("{} UTC", minute.replace('T', " ")),
        None => utc,
    }
}

#[cfg(test)]
mod tests {
    use accord_model::LedgerId;
    use accord_model::content::{ActionKind, TargetKind};

    use super::*;

    fn line(value: &str) -> ActionLine {
        ActionLine {
            target: EntryRef {
                ledger: LedgerId([1; 16]),
                seq: 1,
            },
            value: value.to_owned(),
            kind: Some(TargetKind::Domain),
            action: ActionKind::Block,
            org: "isp".parse().unwrap(),
            at_ms: 7,
            outcome: None,
            receipt: None,
            executed_ms: None,
            held: None,
            look_due_ms: None,
        }
    }

    #[test]
    fn a_letter_has_its_instant_in_words() {
        assert_eq!(instant_in_words(1_795_921_020_000), "2026-11-29 02:57 UTC");
        assert_eq!(instant_in_words(1_795_921_020_957), "2026-11-29T02:57:00.957Z");
    }

    #[test]
    fn every_form_says_what_it_can_and_lists_the_rest() {
        let all = [
            line("bad.example"),
            line("192.0.2.7"),
            line("2001:db8::1"),
            line("http://bad.example/x"),
            line("=cmd()\n evil"),
        ];
        let all: Vec<&ActionLine> = all.iter().collect();
        let rpz = write(ExportForm::Rpz, &all);
        assert_eq!(
            rpz.text,
            "bad.example CNAME .\n*.bad.example CNAME .\n32.7.2.0.192.rpz-ip CNAME .\n\
             128.1.0.0.0.0.0.db8.2001.rpz-ip CNAME .\n"
        );
        assert_eq!(rpz.left_out, ["http://bad.example/x", "=cmd()\n evil"]);
        let hosts = write(ExportForm::Hosts, &all);
        assert_eq!(hosts.text, "0.0.0.0 bad.example\n:: bad.example\n");
        assert_eq!(hosts.left_out.len(), 4);
        let csv = write(ExportForm::Csv, &all);
        assert!(
            csv.text.contains("\"'=cmd()\n evil\",domain,block,7"),
            "{}",
            csv.text
        );
        assert_eq!(write(ExportForm::List, &all).written, 5);
    }
}
