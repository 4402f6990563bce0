//! The story, step by step. Each step does what its title says, reads back what it did at each side, and answers with
//! what that proved.

mod agreements;
mod case;
mod evidence;
mod limits;
mod setup;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::StepError;
use super::client::{self, Session, text};
use super::nodes::{Place, Who, World};
use super::told::Told;

/// The steps in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// First sign-ins.
    Found,
    /// Peers.
    Pair,
    /// Accounts.
    People,
    /// The agreement of agency, ISP and hosting provider.
    Agree,
    /// The agreement with the vendor.
    AgreeIntelligence,
    /// Logs are brought in.
    Logs,
    /// The case.
    Open,
    /// Legal authorities.
    Instruments,
    /// Hunts are asked.
    Ask,
    /// The ISP decides.
    IspDecides,
    /// The hosting provider decides.
    HostingDecides,
    /// Evidence arrives.
    Receive,
    /// Offline.
    Offline,
    /// What does not flow.
    Denied,
    /// All sides agree.
    Converge,
}

impl Step {
    /// Every step.
    pub const ALL: &'static [Self] = &[
        Self::Found,
        Self::Pair,
        Self::People,
        Self::Agree,
        Self::AgreeIntelligence,
        Self::Logs,
        Self::Open,
        Self::Instruments,
        Self::Ask,
        Self::IspDecides,
        Self::HostingDecides,
        Self::Receive,
        Self::Offline,
        Self::Denied,
        Self::Converge,
    ];

    /// What happens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Found => "Five organisations make their nodes, and their first people sign in",
            Self::Pair => "The agency's operator pairs with the four others, comparing fingerprints",
            Self::People => "Operators add people; signatories confirm their roles",
            Self::Agree => "Agency, ISP and hosting provider sign one agreement with their offline keys",
            Self::AgreeIntelligence => "Agency and vendor sign an intelligence-only agreement",
            Self::Logs => "The ISP and the hosting provider bring their logs in",
            Self::Open => "The agency's case officer opens a case with both providers",
            Self::Instruments => "Legal authorities are recorded, one for each addressee",
            Self::Ask => "The investigator asks both providers to look in their logs",
            Self::IspDecides => "The ISP's approver looks at the preview and narrows it",
            Self::HostingDecides => {
                "The hosting provider's approver narrows one request and refuses the other"
            }
            Self::Receive => "The evidence arrives; the investigator verifies and receives it",
            Self::Offline => "The packages are verified with no node, line by line against the original logs",
            Self::Denied => "What the agreements deny does not leave, by any route",
            Self::Converge => "Every side holds the same control state; the others hold nothing",
        }
    }
}

/// A person of the story.
#[derive(Debug)]
pub struct Person {
    session: Session,
    id: String,
    password: String,
    roles: String,
}

/// How a person signs in: sign-in name, password, roles.
type Login<'a> = (&'a str, &'a str, &'a str);

/// The story in one world, as far as it was played.
#[derive(Debug)]
pub struct Story<'a> {
    world: &'a World,
    told: Told,
    http: reqwest::Client,
    people: BTreeMap<(Who, String), Person>,
    agreement: String,
    intelligence: String,
    case: String,
    instruments: BTreeMap<Who, String>,
    /// The hunt of the ISP, and the first and second of the hosting provider.
    hunts: Vec<String>,
    exhibits: BTreeMap<Who, String>,
    packages: BTreeMap<Who, Vec<u8>>,
    proved: Vec<String>,
}

impl<'a> Story<'a> {
    /// Nothing has happened yet.
    pub fn new(world: &'a World, told: Told) -> Result<Self, StepError> {
        Ok(Self {
            world,
            told,
            http: client::http()?,
            people: BTreeMap::new(),
            agreement: String::new(),
            intelligence: String::new(),
            case: String::new(),
            instruments: BTreeMap::new(),
            hunts: Vec::new(),
            exhibits: BTreeMap::new(),
            packages: BTreeMap::new(),
            proved: Vec::new(),
        })
    }

    /// Plays one step: what it proved.
    pub async fn play(&mut self, step: Step) -> Result<Vec<String>, StepError> {
        self.proved.clear();
        match step {
            Step::Found => self.found().await?,
            Step::Pair => self.pair().await?,
            Step::People => self.add_people().await?,
            Step::Agree => self.agree().await?,
            Step::AgreeIntelligence => self.agree_intelligence().await?,
            Step::Logs => self.bring_logs().await?,
            Step::Open => self.open_case().await?,
            Step::Instruments => self.record_instruments().await?,
            Step::Ask => self.ask_hunts().await?,
            Step::IspDecides => self.isp_decides().await?,
            Step::HostingDecides => self.hosting_decides().await?,
            Step::Receive => self.receive().await?,
            Step::Offline => self.verify_offline().await?,
            Step::Denied => self.denied().await?,
            Step::Converge => self.converge().await?,
        }
        Ok(std::mem::take(&mut self.proved))
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
        for (who, at) in &self.instruments {
            add(format!("instrument of {}", who.org()), at);
        }
        for (number, at) in (1..).zip(&self.hunts) {
            add(format!("hunt {number}"), at);
        }
        for (who, at) in &self.exhibits {
            add(format!("exhibit of {}", who.org()), at);
        }
        for ((who, sign_in), person) in &self.people {
            add(format!("person {sign_in} of {}", who.org()), &person.id);
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

    /// The agency pulls from everyone, and everyone from the agency, until nobody has more to learn.
    async fn spread(&self) -> Result<(), StepError> {
        for _ in 0..2 {
            for who in [Who::Isp, Who::Hosting, Who::Vendor, Who::Outsider] {
                self.pull(Who::Agency, who).await?;
            }
            for who in [Who::Isp, Who::Hosting, Who::Vendor, Who::Outsider] {
                self.pull(who, Who::Agency).await?;
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
