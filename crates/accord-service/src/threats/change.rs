//! Making, changing, noting, and ending what is watched.

use accord_model::content::{Grading, Indicator};
use accord_model::control::limits::REASON_MAX;
use accord_model::{PersonId, SpaceId};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use super::form::{Said, prose};
use super::{
    Assessment, Options, THREAT_CASES_MAX, THREAT_NOTES_MAX, THREAT_PEOPLE_MAX, THREATS, THREATS_MAX, Threat,
    ThreatNote, ThreatStatus,
};
use crate::cases::NewCase;
use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// What a threat says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewThreat {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub what: String,
    /// How it could be tackled.
    #[serde(default)]
    pub options: Options,
    /// How bad it is.
    #[serde(default)]
    pub assessment: Option<Assessment>,
    /// How good what is known is.
    #[serde(default)]
    pub grading: Option<Grading>,
    /// The source would be in danger if it were known.
    #[serde(default)]
    pub source_protected: bool,
    /// The countries it touches.
    #[serde(default)]
    pub countries: Vec<String>,
    /// Why it is ours: the national nexus in words.
    #[serde(default)]
    pub nexus: Option<String>,
    /// Values that mean it, with labels.
    #[serde(default)]
    pub values: Vec<Indicator>,
}

/// A change: everything it says from now on, and the version that was seen.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThreatChange {
    /// The version that the person saw.
    pub version: u64,
    /// What it says from now on.
    pub threat: NewThreat,
}

/// Somebody who comes to a threat or leaves it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThreatPerson {
    /// Who.
    pub person: PersonId,
    /// They leave.
    #[serde(default)]
    pub remove: bool,
}

impl NewThreat {
    pub(crate) fn check(&self) -> Result<()> {
        Said {
            name: &self.name,
            what: &self.what,
            options: &self.options,
            grading: self.grading.as_ref(),
            countries: &self.countries,
            nexus: self.nexus.as_deref(),
            values: &self.values,
        }
        .check()
    }

    fn put_into(&self, threat: &mut Threat) {
        threat.name.clone_from(&self.name);
        threat.what.clone_from(&self.what);
        threat.options.clone_from(&self.options);
        threat.assessment = self.assessment;
        threat.grading.clone_from(&self.grading);
        threat.source_protected = self.source_protected;
        threat.countries.clone_from(&self.countries);
        threat.nexus.clone_from(&self.nexus);
        threat.values.clone_from(&self.values);
    }
}

fn must_be_open(threat: &Threat) -> Result<()> {
    if threat.is_open() {
        return Ok(());
    }
    let word = threat.status.as_str();
    Err(ServiceError::Conflict(format!(
        "this threat was {word}: it changes no more"
    )))
}

/// Whether one more threat may be kept beside so many.
fn has_room(kept: usize) -> Result<()> {
    if kept < THREATS_MAX {
        return Ok(());
    }
    Err(ServiceError::Conflict(format!(
        "{THREATS_MAX} threats are kept already: the operator makes room"
    )))
}

/// Begins to watch something, whatever it came from.
pub(crate) fn begin(
    state: &mut State,
    batch: &mut Batch,
    who: &SignedIn,
    new: &NewThreat,
    id: &str,
    now_ms: u64,
) -> Result<()> {
    has_room(state.threats.len())?;
    let mut threat = Threat {
        id: id.to_owned(),
        version: 1,
        by: who.person,
        people: [who.person].into(),
        since_ms: now_ms,
        changed_ms: now_ms,
        name: String::new(),
        what: String::new(),
        options: Options::default(),
        assessment: None,
        grading: None,
        source_protected: false,
        countries: Vec::new(),
        nexus: None,
        values: Vec::new(),
        notes: Vec::new(),
        cases: [].into(),
        status: ThreatStatus::Watching,
        reason: None,
        leads: [].into(),
        opened_as: None,
    };
    new.put_into(&mut threat);
    batch.document(THREATS, id, &threat);
    state.threats.insert(id.to_owned(), threat);
    Ok(())
}

impl Node {
    /// Begins to watch something. Its id.
    pub async fn new_threat(&self, who: &SignedIn, new: &NewThreat) -> Result<String> {
        Act::Watch.ask(who)?;
        new.check()?;
        let id = hex::encode(self.random::<16>());
        let now = self.now_ms();
        self.act_once(|state, batch, log| {
            begin(state, batch, who, new, &id, now)?;
            log.person(batch, who, "threat.begun", &id);
            Ok(id.clone())
        })
        .await
    }

    async fn within_threat<T: Serialize>(
        &self,
        who: &SignedIn,
        id: &str,
        what: &str,
        change: impl FnOnce(&State, &mut Threat) -> Result<T>,
    ) -> Result<T> {
        Act::Watch.ask(who)?;
        let now = self.now_ms();
        self.act_once(|state, batch, log| {
            // The change looks at the rest of the state, and at this threat alone.
            let mut threat = state.threat_for(who, id)?.clone();
            let value = change(state, &mut threat)?;
            state.change_threat(batch, who, id, now, |kept| {
                *kept = threat;
                Ok(())
            })?;
            log.person(batch, who, what, id);
            Ok(value)
        })
        .await
    }

    /// Changes what a threat says. Refused where it changed since the person saw it.
    pub async fn change_threat(&self, who: &SignedIn, id: &str, said: &ThreatChange) -> Result<()> {
        Act::Watch.ask(who)?;
        said.threat.check()?;
        self.within_threat(who, id, "threat.changed", |_, threat| {
            must_be_open(threat)?;
            if threat.version != said.version {
                return Err(ServiceError::Conflict(
                    "somebody else changed this threat in between: look again".into(),
                ));
            }
            said.threat.put_into(threat);
            Ok(())
        })
        .await
    }

    /// Adds a working note.
    pub async fn note_threat(&self, who: &SignedIn, id: &str, text: &str) -> Result<()> {
        Act::Watch.ask(who)?;
        prose("text", text, REASON_MAX)?;
        let at_ms = self.now_ms();
        self.within_threat(who, id, "threat.noted", |_, threat| {
            if threat.notes.len() >= THREAT_NOTES_MAX {
                return Err(ServiceError::Conflict(format!(
                    "a threat has at most {THREAT_NOTES_MAX} notes: say the rest in what it is"
                )));
            }
            threat.notes.push(ThreatNote {
                by: who.person,
                at_ms,
                text: text.to_owned(),
            });
            Ok(())
        })
        .await
    }

    /// Says that a threat was assessed. Its impact, likelihood and confidence must be there.
    pub async fn assess_threat(&self, who: &SignedIn, id: &str) -> Result<()> {
        self.within_threat(who, id, "threat.assessed", |_, threat| {
            must_be_open(threat)?;
            if threat.assessment.is_none() {
                return Err(ServiceError::invalid(
                    "assessment",
                    "say impact, likelihood and confidence first",
                ));
            }
            if threat.status == ThreatStatus::Watching {
                threat.status = ThreatStatus::Assessed;
            }
            Ok(())
        })
        .await
    }

    /// Drops a threat, with the reason.
    pub async fn drop_threat(&self, who: &SignedIn, id: &str, reason: &str) -> Result<()> {
        Act::Watch.ask(who)?;
        prose("reason", reason, REASON_MAX)?;
        self.within_threat(who, id, "threat.dropped", |_, threat| {
            must_be_open(threat)?;
            threat.status = ThreatStatus::Dropped;
            threat.reason = Some(reason.to_owned());
            Ok(())
        })
        .await
    }

    /// Watches again what was dropped.
    pub async fn resume_threat(&self, who: &SignedIn, id: &str) -> Result<()> {
        self.within_threat(who, id, "threat.resumed", |_, threat| {
            if threat.status != ThreatStatus::Dropped {
                return Err(ServiceError::Conflict("this threat was not dropped".into()));
            }
            threat.status = if threat.leads.is_empty() {
                ThreatStatus::Watching
            } else {
                ThreatStatus::Referred
            };
            threat.reason = None;
            Ok(())
        })
        .await
    }

    /// Adds a colleague to a threat, or takes one off: its author does, and whoever leaves by themselves. Once its
    /// author's account is closed, anybody on it does.
    pub async fn staff_threat(&self, who: &SignedIn, id: &str, said: &ThreatPerson) -> Result<()> {
        self.within_threat(who, id, "threat.staffed", |state, threat| {
            let there = |person: PersonId| {
                let known = state.persons.get(&person);
                known.filter(|person| !person.disabled && person.home.is_none())
            };
            let leaves = said.remove && said.person == who.person;
            if threat.by != who.person && there(threat.by).is_some() && !leaves {
                return Err(ServiceError::denied(
                    "who works on a threat is said by who made it",
                ));
            }
            if said.remove {
                if threat.people.len() == 1 {
                    return Err(ServiceError::Conflict(
                        "somebody must see it: add a colleague first, or drop the threat".into(),
                    ));
                }
                if !threat.people.remove(&said.person) {
                    return Err(ServiceError::NotFound("person"));
                }
                return Ok(());
            }
            let person = there(said.person).ok_or(ServiceError::NotFound("person"))?;
            if !Act::Watch.rule().0.iter().any(|role| person.roles.contains(role)) {
                return Err(ServiceError::invalid(
                    "person",
                    "they are no researcher, investigator or case officer",
                ));
            }
            if threat.people.len() >= THREAT_PEOPLE_MAX && !threat.people.contains(&said.person) {
                return Err(ServiceError::Conflict(format!(
                    "at most {THREAT_PEOPLE_MAX} people"
                )));
            }
            threat.people.insert(said.person);
            Ok(())
        })
        .await
    }

    /// Says that a case is related to a threat, or no more. The person sees both.
    pub async fn relate_threat(&self, who: &SignedIn, id: &str, case: SpaceId, related: bool) -> Result<()> {
        self.within_threat(who, id, "threat.related", |state, threat| {
            self.case_within(state, who, case)?;
            if !related {
                threat.cases.remove(&case);
            } else if threat.cases.len() >= THREAT_CASES_MAX && !threat.cases.contains(&case) {
                return Err(ServiceError::Conflict(format!(
                    "at most {THREAT_CASES_MAX} cases"
                )));
            } else {
                threat.cases.insert(case);
            }
            Ok(())
        })
        .await
    }

    /// Opens a case from a threat. Where it came from is a line of the decision log for this organisation alone.
    pub async fn open_case_from_threat(&self, who: &SignedIn, id: &str, new: &NewCase) -> Result<SpaceId> {
        let role = Act::RunCase.ask(who)?;
        let now = self.now_ms();
        self.act_once(|state, batch, log| {
            let threat = state.threat_for(who, id)?;
            must_be_open(threat)?;
            let text = format!(
                "Opened from the threat {:?} that we watch since {}.",
                threat.name,
                day(threat.since_ms)
            );
            let case = self.open_case_in(state, batch, log, who, role, new)?;
            self.log_origin(state, batch, case, who, role, &text)?;
            state.change_threat(batch, who, id, now, |threat| {
                threat.status = ThreatStatus::Opened;
                threat.opened_as = Some(case);
                threat.cases.insert(case);
                Ok(())
            })?;
            log.person(batch, who, "threat.opened", id);
            Ok(case)
        })
        .await
    }
}

/// A day as people write it, UTC.
fn day(ms: u64) -> String {
    let at = i64::try_from(ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.map_or_else(
        || "an unknown day".to_owned(),
        |at| at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_keeps_so_many_threats_and_no_more() {
        assert!(has_room(0).is_ok() && has_room(THREATS_MAX - 1).is_ok());
        for kept in [THREATS_MAX, THREATS_MAX + 1] {
            match has_room(kept) {
                Err(ServiceError::Conflict(words)) => assert!(words.contains("makes room"), "{words}"),
                other => panic!("{kept}: {other:?}"),
            }
        }
    }
}
