//! The story, step by step. Each step does what its title says, reads back what it did at each side, and answers with
//! what that proved.
//!
//! - `steps`: the table of steps;
//! - `parts`: what chapters do again and again: notes, waiting for what is served, names asked over DNS;
//! - one file per chapter: `setup`, `agreements`, `leads`, `case`, `adoption`, `secondment`, `protection`, `import`,
//!   `taxii`, `evidence`, `asks`, `kept`, `notices`, `guest`, `victim`, `disruption`, `no_go`, `resolver`, `sinkhole`,
//!   `subjects`, `recall`, `withdrawn`, `disclosure`, `limits`, `search`, `taken_along`, `ended`, `second_case`, `late`,
//!   `also_seen`, `need_to_know`, `taken_back`, `customer`, `closure`, `retention`, `terminated`.

mod adoption;
mod agreements;
mod also_seen;
mod asks;
mod case;
mod closure;
mod customer;
mod disclosure;
mod disruption;
mod ended;
mod evidence;
mod guest;
mod import;
mod kept;
mod late;
mod leads;
mod limits;
mod need_to_know;
mod no_go;
mod notices;
mod parts;
mod protection;
mod recall;
mod resolver;
mod retention;
mod search;
mod second_case;
mod secondment;
mod setup;
mod sinkhole;
mod steps;
mod subjects;
mod taken_along;
mod taken_back;
mod taxii;
mod terminated;
mod victim;
mod withdrawn;

use std::collections::{BTreeMap, BTreeSet};

use accord_client::PeerClient;
use serde_json::{Value, json};

use super::StepError;
use super::client::{self, Session, text};
use super::marks::{Marks, SECONDEE};
use super::nodes::{Nature, Place, Who, World};
use super::told::Told;
pub use steps::Step;

/// A person of the story.
#[derive(Debug)]
pub struct Person {
    session: Session,
    id: String,
    password: String,
    roles: String,
}

/// Who pulls from whom, in the order in which they do.
const PULLS: [(Who, Who); 10] = [
    (Who::Agency, Who::Isp),
    (Who::Agency, Who::Hosting),
    (Who::Agency, Who::Vendor),
    (Who::Agency, Who::Outsider),
    (Who::Isp, Who::Agency),
    (Who::Hosting, Who::Agency),
    (Who::Vendor, Who::Agency),
    (Who::Outsider, Who::Agency),
    (Who::Isp, Who::Vendor),
    (Who::Vendor, Who::Isp),
];
/// How often they pull at most until nobody has more to learn.
const ROUNDS: usize = 4;

/// How a person signs in: sign-in name, password, roles.
type Login<'a> = (&'a str, &'a str, &'a str);

/// The story in one world, as far as it was played.
#[derive(Debug)]
pub struct Story<'a> {
    world: &'a World,
    told: Told,
    http: reqwest::Client,
    /// What speaks the protocol between nodes, with any key.
    protocol: PeerClient,
    people: BTreeMap<(Who, String), Person>,
    agreement: String,
    intelligence: String,
    case: String,
    instruments: BTreeMap<Who, String>,
    /// The hunt of the ISP, and the first and second of the hosting provider.
    hunts: Vec<String>,
    exhibits: BTreeMap<Who, String>,
    packages: BTreeMap<Who, Vec<u8>>,
    /// Other notes, by what the story calls them.
    notes: BTreeMap<&'static str, String>,
    /// The notices that came, as [`super::post::comparable`] has them.
    posted: Vec<String>,
    /// What is no note and nobody else's to know: links, tokens, commitments.
    kept: BTreeMap<&'static str, String>,
    /// The words that tell who read what.
    pub marks: Marks,
    proved: Vec<String>,
}

impl<'a> Story<'a> {
    /// Nothing has happened yet.
    pub fn new(world: &'a World, told: Told) -> Result<Self, StepError> {
        let marks = match world.nature {
            Nature::Seeded { .. } => Marks::salted(&told.operation),
            Nature::Real => Marks::none(),
        };
        Ok(Self {
            world,
            told,
            http: client::http()?,
            protocol: PeerClient::new().map_err(StepError::from_display)?,
            people: BTreeMap::new(),
            agreement: String::new(),
            intelligence: String::new(),
            case: String::new(),
            instruments: BTreeMap::new(),
            hunts: Vec::new(),
            exhibits: BTreeMap::new(),
            packages: BTreeMap::new(),
            notes: BTreeMap::new(),
            posted: Vec::new(),
            kept: BTreeMap::new(),
            marks,
            proved: Vec::new(),
        })
    }

    /// The notices that came so far, made comparable.
    pub fn posted(&self) -> &[String] {
        &self.posted
    }

    /// The ids that exist so far, each with a name that stands for it in both worlds.
    pub fn ids(&self) -> Vec<(String, String)> {
        let mut ids = Vec::new();
        let mut add = |name: String, id: &str| {
            if !id.is_empty() {
                ids.push((name, id.to_owned()));
            }
        };
        add("agreement".into(), &self.agreement);
        add("intelligence".into(), &self.intelligence);
        add("case".into(), &self.case);
        for name in ["second agreement", "second case", "threat", "draft", "guest link"] {
            add(name.into(), self.kept.get(name).map_or("", String::as_str));
        }
        for (who, at) in &self.instruments {
            add(format!("instrument of {}", who.org()), at);
        }
        for (number, at) in (1..).zip(&self.hunts) {
            add(format!("hunt {number}"), at);
        }
        for (who, at) in &self.exhibits {
            add(format!("exhibit of {}", who.org()), at);
        }
        for (name, at) in &self.notes {
            add(format!("note: {name}"), at);
        }
        for ((who, sign_in), person) in &self.people {
            // Somebody seconded has two accounts, and is one person.
            if (*who, sign_in.as_str()) != SECONDEE {
                add(format!("person {sign_in} of {}", who.org()), &person.id);
            }
        }
        ids
    }

    /// The sessions of an organisation's people: sign-in name and token.
    pub fn sessions(&self, who: Who) -> Vec<(String, String)> {
        self.people
            .iter()
            .filter(|((org, _), _)| *org == who)
            .filter_map(|((_, sign_in), person)| Some((sign_in.clone(), person.session.token()?.to_owned())))
            .collect()
    }

    /// Everybody who has signed in, with their session.
    pub fn everybody(&self) -> impl Iterator<Item = (Who, &str, &Session)> {
        self.people
            .iter()
            .map(|((who, sign_in), person)| (*who, sign_in.as_str(), &person.session))
    }

    /// The case, the hunts, and the other notes, by name; empty before there are any.
    pub fn named(&self, name: &str) -> &str {
        match name {
            "case" => &self.case,
            "agreement" => &self.agreement,
            "hunt 1" => self.hunts.first().map_or("", String::as_str),
            "hunt 2" => self.hunts.get(1).map_or("", String::as_str),
            "exhibit of the ISP" => self.exhibits.get(&Who::Isp).map_or("", String::as_str),
            other => self.notes.get(other).map_or("", String::as_str),
        }
    }

    /// The session of somebody.
    pub fn session_of(&self, who: Who, sign_in: &str) -> Result<&Session, StepError> {
        self.at(who, sign_in)
    }

    /// What a name of the story stands for; empty before there is such a thing.
    pub fn value_of(&self, name: &str) -> String {
        let ours = &self.told.infrastructure;
        match name {
            "operation" => self.told.operation.clone(),
            "beacon name" => ours.beacon.clone(),
            "panel" => ours.panel.clone(),
            "mirror" => ours.mirror.clone(),
            "address" => ours.address.clone(),
            "suspect" => self.told.suspect.clone(),
            "bystander" => self.told.bystander.clone(),
            "second operation" => self.told.second_operation.clone(),
            "business domain" => self.told.business_domain.clone(),
            "customer domain" => self.told.customer_domain.clone(),
            "relay" => self.relay(),
            "drop site" => self.drop_site(),
            "pseudonym" | "threat" | "draft" | "guest link" | "second case" => {
                self.kept.get(name).cloned().unwrap_or_default()
            }
            other => self.named(other).to_owned(),
        }
    }

    /// A path with the conversation of the story where one is named that nobody has.
    pub fn with_conversation(&self, path: &str) -> String {
        match self.kept.get("conversation") {
            Some(id) => path.replace("/conversations/0000", &format!("/conversations/{id}")),
            None => path.to_owned(),
        }
    }

    /// Where each node is, with its people.
    pub fn logins(&self) -> Result<Vec<(&Place, Vec<Login<'_>>)>, StepError> {
        Who::ALL
            .into_iter()
            .map(|who| {
                let people =
                    self.people
                        .iter()
                        .filter(|((org, _), _)| *org == who)
                        .map(|((_, sign_in), person)| {
                            (sign_in.as_str(), person.password.as_str(), person.roles.as_str())
                        });
                Ok((self.world.place(who)?, people.collect()))
            })
            .collect()
    }

    fn person(&self, who: Who, sign_in: &str) -> Result<&Person, StepError> {
        self.people
            .get(&(who, sign_in.to_owned()))
            .ok_or_else(|| StepError::new(format!("{sign_in} of {} has not signed in", who.org())))
    }

    fn at(&self, who: Who, sign_in: &str) -> Result<&Session, StepError> {
        Ok(&self.person(who, sign_in)?.session)
    }

    /// A check: kept as proved when it holds, the end of the step when it does not.
    fn prove(&mut self, holds: bool, what: impl Into<String>) -> Result<(), StepError> {
        let what = what.into();
        if holds {
            self.proved.push(what);
            Ok(())
        } else {
            Err(StepError::new(format!("this does not hold: {what}")))
        }
    }

    /// One node pulls from another; nothing it is given may be unusable.
    async fn pull(&self, who: Who, from: Who) -> Result<Value, StepError> {
        let path = format!("/peers/{}/pull", from.org());
        let pulled = self.at(who, "operator")?.post(&path, &Value::Null).await?;
        let problems = client::list(&pulled, "/problems")?;
        if problems.is_empty() {
            Ok(pulled)
        } else {
            Err(StepError::new(format!(
                "{} could not keep what {} sent: {problems:?}",
                who.org(),
                from.org()
            )))
        }
    }

    /// The agency pulls from everyone, everyone from the agency, the ISP and the vendor from each other, until nobody has
    /// more to learn: whoever learnt something is pulled from again, and pulls again, for what that changes in turn.
    async fn spread(&self) -> Result<(), StepError> {
        let mut due: BTreeSet<(Who, Who)> = PULLS.into_iter().collect();
        for _ in 0..ROUNDS {
            for (who, from) in PULLS {
                if !due.remove(&(who, from)) {
                    continue;
                }
                let pulled = self.pull(who, from).await?;
                let number = |part: &str| pulled.get(part).and_then(Value::as_u64).unwrap_or(0);
                if ["entries", "payloads", "objects"]
                    .into_iter()
                    .any(|part| number(part) > 0)
                {
                    due.insert((who, from));
                    due.extend(
                        PULLS
                            .into_iter()
                            .filter(|(other, of)| *of == who && *other != from)
                            // How often the outsider asks tells nothing of the others: it has drawn as many random
                            // bytes in one world as in the other.
                            .filter(|(other, _)| *other != Who::Outsider),
                    );
                }
            }
            if due.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// The case, as somebody sees it.
    async fn case_of(&self, who: Who, sign_in: &str) -> Result<Value, StepError> {
        self.at(who, sign_in)?.get(&format!("/cases/{}", self.case)).await
    }

    /// The case's control state, as somebody sees it: what every party must hold the same.
    async fn control_of(&self, who: Who, sign_in: &str) -> Result<Value, StepError> {
        let view = self.case_of(who, sign_in).await?;
        let part = |pointer: &str| view.pointer(pointer).cloned().unwrap_or(Value::Null);
        let mut members: Vec<String> = client::list(&view, "/members")?
            .iter()
            .map(|member| {
                let part = |key: &str| member.get(key).cloned().unwrap_or(Value::Null);
                json!([part("org"), part("person"), part("roles"), part("until_ms")]).to_string()
            })
            .collect();
        members.sort();
        let mut instruments: Vec<String> = client::list(&view, "/instruments")?
            .iter()
            .map(ToString::to_string)
            .collect();
        instruments.sort();
        let summary: BTreeMap<&str, Value> = [
            "id",
            "operation",
            "reference",
            "opened_by",
            "opened_ms",
            "agreement",
            "purpose",
            "stage",
            "parties",
        ]
        .into_iter()
        .map(|key| (key, part(&format!("/summary/{key}"))))
        .collect();
        Ok(json!({
            "summary": summary,
            "parties": part("/parties"),
            "pen": part("/pen/0"),
            "members": members,
            "instruments": instruments,
            "waiting": part("/waiting"),
            "forked": part("/forked"),
        }))
    }

    /// The steps of custody of an exhibit, as somebody sees them, without the names of people.
    async fn custody_of(&self, who: Who, sign_in: &str, exhibit: &str) -> Result<Value, StepError> {
        let view = self.case_of(who, sign_in).await?;
        let found = client::list(&view, "/exhibits")?
            .iter()
            .find(|known| known.get("at").and_then(Value::as_str) == Some(exhibit))
            .ok_or_else(|| StepError::new(format!("{} does not know exhibit {exhibit}", who.org())))?;
        let steps: Vec<Value> = client::list(found, "/custody")?
            .iter()
            .map(|step| {
                let mut step = step.clone();
                if let Value::Object(fields) = &mut step {
                    fields.remove("by");
                }
                step
            })
            .collect();
        Ok(
            json!({ "state": text(found, "/state")?, "manifest": text(found, "/manifest_sha256")?, "steps": steps }),
        )
    }
}
