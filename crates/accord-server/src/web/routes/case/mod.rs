//! The pages of one case.

use accord_model::control::Stage;
use accord_model::{Category, EntryRef, SpaceId};
use accord_service::{Act, CasePart, CaseView, Decided};

use super::failed::{Failed, id};
use super::frame::{Page, Part, operation};
use super::release;
use super::times::{clock, counted};
use crate::listed::{Part as Listing, Routes};
use crate::web::view::case::{CaseHeader, StageState, Tab};
use crate::web::view::release::Readers;
use crate::web::view::{Href, Link, Pair, Shell};

mod asked;
mod blocking;
mod disclosure;
mod evidence;
pub(super) mod given;
pub(super) mod guests;
mod handing;
mod holds;
mod hunts;
mod instruments;
mod intel;
pub(super) mod keeping;
mod lines;
mod naming;
mod older;
mod orals;
mod pen;
mod plan;
mod recalls;
pub(super) mod requests;
mod secondments;
mod sharing;
mod sinkholes;
mod stage;
pub(super) mod steps;
mod targets;
mod team;
mod timeline;
pub(super) mod together;
mod victims;
mod work;
mod write;

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/cases/{id}", timeline::to_it)
        .get("/cases/{id}/timeline", timeline::page)
        .post("/cases/{id}/notes", timeline::note)
        .get("/cases/{id}/notes/{ledger}/{seq}", timeline::whole)
        .get("/cases/{id}/releases/{ledger}/{seq}/{to}", timeline::release)
        .post("/cases/{id}/releases/{ledger}/{seq}/{to}", timeline::release_it)
        .get("/cases/{id}/write/{kind}", write::page)
        .post("/cases/{id}/write/{kind}", write::publish)
        .get("/cases/{id}/intel", intel::page)
        .get("/cases/{id}/intel/share", intel::before_sharing)
        .post("/cases/{id}/intel/share", intel::share)
        .get("/cases/{id}/intel/links/{act}", together::form)
        .post("/cases/{id}/intel/links/{act}", together::act)
        .get("/cases/{id}/intel/graph", sharing::graph)
        .get("/cases/{id}/intel/received", sharing::received)
        .get("/cases/{id}/intel/received/{addition}/{act}", sharing::before)
        .post("/cases/{id}/intel/received/{addition}/{act}", sharing::settle)
        .get("/cases/{id}/waiting/{note}/{act}", intel::before)
        .post("/cases/{id}/waiting/{note}/{act}", intel::settle)
        .get("/cases/{id}/tasks", work::tasks)
        .get("/cases/{id}/subjects", work::subjects)
        .get("/cases/{id}/about", super::threats::case_page)
        .get("/cases/{id}/about/link", super::threats::link_form)
        .post("/cases/{id}/about/link", super::threats::link_it)
        .get("/cases/{id}/stage", stage::page)
        .post("/cases/{id}/stage", stage::step)
        .get("/cases/{id}/team", team::page)
        .get("/cases/{id}/team/add-party", team::new_party)
        .post("/cases/{id}/team/add-party", team::add_party)
        .get("/cases/{id}/team/remove-party/{org}", team::before_removing_party)
        .post("/cases/{id}/team/remove-party/{org}", team::remove_party)
        .get("/cases/{id}/team/add-member", team::new_member)
        .post("/cases/{id}/team/add-member", team::add_member)
        .get("/cases/{id}/team/remove/{person}", team::before_removing)
        .post("/cases/{id}/team/remove/{person}", team::remove)
        .get("/cases/{id}/team/pen", pen::new)
        .post("/cases/{id}/team/pen", pen::pass)
        .get("/cases/{id}/team/pen/{ledger}/{seq}", pen::before_taking)
        .post("/cases/{id}/team/pen/{ledger}/{seq}", pen::take)
        .get("/cases/{id}/team/second", secondments::new)
        .post("/cases/{id}/team/second", secondments::grant)
        .get(
            "/cases/{id}/team/second/{person}/{org}/end",
            secondments::before_ending,
        )
        .post("/cases/{id}/team/second/{person}/{org}/end", secondments::end)
        .get("/cases/{id}/keeping", keeping::page)
        .get("/cases/{id}/keeping/hold", holds::new_hold)
        .post("/cases/{id}/keeping/hold", holds::hold)
        .get(
            "/cases/{id}/keeping/holds/{ledger}/{seq}/lift",
            holds::before_lifting,
        )
        .post("/cases/{id}/keeping/holds/{ledger}/{seq}/lift", holds::lift)
        .get("/cases/{id}/notes/{ledger}/{seq}/recall", recalls::before_recall)
        .post("/cases/{id}/notes/{ledger}/{seq}/recall", recalls::recall)
        .get("/cases/{id}/recalls/{ledger}/{seq}", recalls::recalled)
        .post("/cases/{id}/recalls/{ledger}/{seq}", recalls::receipt)
        .get("/cases/{id}/plan", plan::page)
        .post("/cases/{id}/plan/go", plan::go)
        .post("/cases/{id}/plan/own", plan::own)
        .post("/cases/{id}/plan/receipts", plan::receipts)
        .post("/cases/{id}/plan/looks", plan::looks)
        .get("/cases/{id}/plan/export/{form}", plan::export)
        .get("/cases/{id}/plan/notices", plan::notices)
        .get("/cases/{id}/plan/notices/{org}", sinkholes::notice)
        .get("/cases/{id}/plan/zones", sinkholes::zones)
        .post("/cases/{id}/plan/zones", sinkholes::set_zone)
        .get("/cases/{id}/sinkholes", sinkholes::page)
        .get("/cases/{id}/sinkholes/{act}", sinkholes::before)
        .post("/cases/{id}/sinkholes/{act}", sinkholes::act)
        .get("/cases/{id}/plan/targets", targets::new_targets)
        .post("/cases/{id}/plan/targets", targets::propose)
        .get("/cases/{id}/plan/checks", targets::checks)
        .post("/cases/{id}/plan/checks", targets::check)
        .get("/cases/{id}/plan/write", plan::new)
        .post("/cases/{id}/plan/write", plan::write)
        .get("/cases/{id}/evidence", evidence::page)
        .post("/exhibits/{ledger}/{seq}/verify", evidence::verify)
        .post("/exhibits/{ledger}/{seq}/receive", evidence::receive)
        .get("/exhibits/{ledger}/{seq}/package", evidence::package)
        .get("/exhibits/{ledger}/{seq}/hand", handing::before_handing)
        .post("/exhibits/{ledger}/{seq}/hand", handing::hand)
        .get("/exhibits/{ledger}/{seq}/receipt", handing::before_receipt)
        .post("/exhibits/{ledger}/{seq}/receipt", handing::receipt)
        .get("/exhibits/{ledger}/{seq}/hand-back", handing::before_giving_back)
        .post("/exhibits/{ledger}/{seq}/hand-back", handing::give_back)
        .get("/cases/{id}/victims", victims::page)
        .get("/cases/{id}/victims/{ledger}/{seq}/letter", victims::letter)
        .get("/cases/{id}/victims/{ledger}/{seq}/{act}", victims::before)
        .post("/cases/{id}/victims/{ledger}/{seq}/{act}", victims::act)
        .get(
            "/cases/{id}/victims/grants/{ledger}/{seq}/{act}",
            victims::before_grant,
        )
        .post(
            "/cases/{id}/victims/grants/{ledger}/{seq}/{act}",
            victims::act_grant,
        )
        .get("/cases/{id}/victims/grants/{ledger}/{seq}/name", naming::new)
        .post("/cases/{id}/victims/grants/{ledger}/{seq}/name", naming::publish)
        .get("/cases/{id}/disclosure", disclosure::page)
        .get("/cases/{id}/disclosure/document", disclosure::document)
        .get("/cases/{id}/hunts", hunts::page)
        .get("/cases/{id}/hunts/ask", hunts::new)
        .post("/cases/{id}/hunts/ask", hunts::ask)
        .get("/cases/{id}/requests", requests::page)
        .get("/cases/{id}/requests/ask/{what}", requests::new)
        .post("/cases/{id}/requests/ask/{what}", requests::ask)
        .get("/cases/{id}/guests/ask/{what}", guests::new)
        .post("/cases/{id}/guests/ask/{what}", guests::ask)
        .get("/cases/{id}/guests/{link}/{act}", guests::before)
        .post("/cases/{id}/guests/{link}/{act}", guests::act)
        .get("/cases/{id}/team/older/{org}", older::page)
        .post("/cases/{id}/team/older/{org}", older::give)
        .get("/cases/{id}/orals/record", orals::new_oral)
        .post("/cases/{id}/orals/record", orals::record_oral)
        .get(
            "/cases/{id}/orals/{ledger}/{seq}/confirm",
            orals::before_confirming,
        )
        .post("/cases/{id}/orals/{ledger}/{seq}/confirm", orals::confirm)
        .get(
            "/cases/{id}/requests/{ledger}/{seq}/withdraw",
            requests::before_withdrawing,
        )
        .post("/cases/{id}/requests/{ledger}/{seq}/withdraw", requests::withdraw)
        .get(
            "/cases/{id}/requests/{ledger}/{seq}/pool",
            requests::before_taking,
        )
        .post("/cases/{id}/requests/{ledger}/{seq}/pool", requests::take)
        .get("/cases/{id}/instruments", instruments::page)
        .get("/cases/{id}/instruments/record", instruments::new)
        .post("/cases/{id}/instruments/record", instruments::record)
        .get(
            "/cases/{id}/instruments/{ledger}/{seq}/end",
            instruments::before_ending,
        )
        .post("/cases/{id}/instruments/{ledger}/{seq}/end", instruments::end)
}

pub(super) use timeline::markings;

/// The address of the form for a kind of note.
pub(super) fn write_href(case: &Case, kind: accord_model::EntryKind) -> Href {
    write::href(case, kind, None)
}

/// A note's reference out of a path.
pub(super) fn entry(ledger: &str, seq: &str) -> Result<EntryRef, Failed> {
    id(&format!("{ledger}/{seq}"))
}

/// The three tracks with what is on each; an empty one is left out.
fn tracks(view: &CaseView) -> Vec<Pair> {
    [
        ("Pursue", view.tracks.subjects, "subject", "subjects"),
        ("Disrupt", view.tracks.targets, "target", "targets"),
        ("Protect", view.tracks.victims, "victim", "victims"),
    ]
    .iter()
    .filter(|(_, number, ..)| *number > 0)
    .map(|(name, number, one, many)| Pair {
        name: (*name).to_owned(),
        value: counted(*number as u64, one, many),
    })
    .collect()
}

/// How the writer of a note is named where only the organisation is, when they were seconded to it.
fn seconded(home: Option<&accord_model::OrgName>) -> Option<String> {
    home.map(|home| format!("by a person of {home}, seconded to it"))
}

/// Whether somebody who sees some categories only is shown a tab.
fn sees_tab(view: &CaseView, label: &str) -> bool {
    let Some(categories) = &view.sees else { return true };
    let needs: &[Category] = match label {
        "Tasks" => &[Category::Task],
        "Subjects" => &[Category::SubjectData],
        "Intel" => &[Category::Indicator],
        "Evidence" => &[Category::LogEvidence],
        "Hunts" | "Requests" => &[Category::Request],
        "Plan" => &[Category::Target],
        "Victims" => &[Category::VictimReport],
        _ => return true,
    };
    needs.iter().any(|category| categories.contains(category))
}

/// One case, as this person sees it.
pub(super) struct Case {
    pub id: String,
    pub space: SpaceId,
    pub view: CaseView,
}

impl Case {
    pub async fn load(page: &Page, text: &str) -> Result<Self, Failed> {
        let space: SpaceId = id(text)?;
        let mut view = page.node.case_head(&page.who, space).await?;
        view.summary.operation = operation(&view.summary.operation).to_owned();
        Ok(Self {
            id: space.to_string(),
            space,
            view,
        })
    }

    /// Says that a part of it is shown, so that whoever shared it is told.
    pub async fn shown(&self, page: &Page, part: CasePart) -> Result<(), Failed> {
        Ok(page.node.case_shown(&page.who, &self.view, &[part]).await?)
    }

    /// The address of a page of this case.
    pub fn href(&self, rest: &[&str]) -> Href {
        let mut segments = vec!["cases", self.id.as_str()];
        segments.extend(rest);
        Href::of(&segments)
    }

    /// The other parties.
    pub fn partners(&self, page: &Page) -> Vec<(accord_model::OrgName, accord_model::OrgKind)> {
        let own = &page.node.config.org;
        self.view
            .parties
            .iter()
            .filter(|(org, _)| org != own)
            .cloned()
            .collect()
    }

    /// Whom notes of ours reach, as the agreement says.
    pub fn readers<'a>(&self, decided: impl IntoIterator<Item = &'a Decided>) -> Readers {
        let agreement = self.view.summary.agreement.to_string();
        release::readers(decided, &self.view.parties, &agreement)
    }

    /// The other parties, who read what is decided on the case.
    pub fn every_party(&self, page: &Page) -> Readers {
        let others = self.partners(page);
        let others: Vec<&str> = others.iter().map(|(org, _)| org.as_str()).collect();
        match others.as_slice() {
            [] => Readers::Nobody,
            others => Readers::All(format!(
                "Every other party of the case reads it: {}.",
                others.join(", ")
            )),
        }
    }

    /// The frame of its pages.
    pub async fn shell(&self, page: &Page) -> Shell {
        page.shell(Part::Cases).await
    }

    /// Its head, with this tab open.
    pub fn head(&self, page: &Page, open: &str) -> CaseHeader {
        let view = &self.view;
        let now = page.now();
        let at = view.summary.stage;
        let mut stages: Vec<_> = Stage::ALL
            .iter()
            .filter(|stage| !stage.is_aside())
            .map(|stage| crate::web::view::case::Stage {
                label: stage.as_str().to_owned(),
                state: match stage.rank().cmp(&at.rank()) {
                    _ if at.is_aside() => StageState::Ahead,
                    std::cmp::Ordering::Less => StageState::Past,
                    std::cmp::Ordering::Equal => StageState::Now,
                    std::cmp::Ordering::Greater => StageState::Ahead,
                },
            })
            .collect();
        if at.is_aside() {
            stages.push(crate::web::view::case::Stage {
                label: at.as_str().replace('-', " "),
                state: StageState::Now,
            });
        }
        let count = |number: usize| u32::try_from(number).ok().filter(|number| *number > 0);
        let tab = |label: &str, path: &str, number: Option<u32>| Tab {
            label: label.to_owned(),
            href: self.href(&[path]),
            count: number,
            current: label == open,
        };
        let hunts = view
            .requests
            .iter()
            .filter(|request| request.hunt.is_some())
            .count();
        let secret = view
            .requests
            .iter()
            .filter_map(|request| Some((request, request.secret_until_ms.filter(|until| *until > now)?)));
        let waiting = view
            .requests
            .iter()
            .filter(|request| request.state == "waiting")
            .filter_map(|request| Some((request, request.due_ms?)));
        CaseHeader {
            operation: view.summary.operation.clone(),
            reference: view.summary.reference.clone(),
            marking: None,
            stages,
            tracks: tracks(view),
            pen: match &view.pen {
                Some((org, Some(name))) => format!("{name}, {org}"),
                Some((org, None)) => org.to_string(),
                None => "nobody".to_owned(),
            },
            agreement: Link {
                label: view.agreement_title.clone(),
                href: Href::of(&["agreements", &view.summary.agreement.to_string()]),
            },
            clocks: waiting
                .map(|(request, due)| {
                    clock(
                        format!("{}: answer due from {}", request.reference, request.to),
                        due,
                        now,
                    )
                })
                .chain(secret.map(|(request, until)| {
                    clock(
                        format!("{}: {} tells its customer nothing", request.reference, request.to),
                        until,
                        now,
                    )
                }))
                .collect(),
            tabs: vec![
                tab("Timeline", "timeline", None),
                tab("About", "about", None),
                tab("Team", "team", None),
                tab("Tasks", "tasks", None),
                tab("Subjects", "subjects", count(view.tracks.subjects)),
                tab("Intel", "intel", None),
                tab("Evidence", "evidence", count(view.exhibits.len())),
                tab("Hunts", "hunts", count(hunts)),
                tab(
                    "Requests",
                    "requests",
                    count(view.requests.len().saturating_sub(hunts)),
                ),
                tab("Plan", "plan", None),
                tab("Instruments", "instruments", count(view.instruments.len())),
                tab("Victims", "victims", None),
                tab("Keeping", "keeping", None),
            ]
            .into_iter()
            .chain(
                (page.may(Act::Schedule) && view.sees.is_none())
                    .then(|| tab("Disclosure", "disclosure", None)),
            )
            .filter(|tab| sees_tab(view, &tab.label))
            .collect(),
            step: (page.may(Act::RunCase) && at != Stage::Closed).then(|| self.href(&["stage"])),
        }
    }
}
