//! The main job as steps. Every step can be repeated after a crash in the middle of it: what was done is not done
//! again, because each part of it runs under an idempotency key that stays the same.

use std::collections::BTreeMap;
use std::future::Future;

use accord_ledger::note::Note;
use accord_logstore::{FormatSetting, SourceConfig};
use accord_model::agreement::templates::{Filling, Template, default_purposes};
use accord_model::agreement::{Party, Term};
use accord_model::{AgreementDigest, Category, EntryRef, OrgKind, Role, SpaceId, Tlp};
use accord_service::{
    Decided, Draft, HuntProgress, NewCase, NewHunt, NewInstrument, NewNote, Node, Outcome, Published, Result,
    ServiceError, SignedIn, Verdict,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::later::Later;
use crate::{Org, World};

/// One day, ms.
pub const DAY_MS: u64 = 24 * 3_600_000;
/// What the hunts look for.
pub const INDICATOR: &str = "evil.example";

/// What the story has come to know, from what nodes acknowledged.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The agreement.
    pub agreement: Option<AgreementDigest>,
    /// The case.
    pub case: Option<SpaceId>,
    /// The instrument that binds each organisation.
    pub instruments: BTreeMap<String, EntryRef>,
    /// The hunt asked of each organisation.
    pub hunts: BTreeMap<String, EntryRef>,
    /// The commitment of each organisation's preview.
    pub previews: BTreeMap<String, String>,
    /// The agency's note above the ceiling.
    pub closely_held: Option<EntryRef>,
    /// What each organisation decided.
    pub outcomes: BTreeMap<String, Outcome>,
    /// The custody note of what was received from each organisation.
    pub received: BTreeMap<String, EntryRef>,
    /// What came after the main job.
    pub later: Later,
    /// Notes that later steps refer to, by the name that the step gave them.
    pub notes: BTreeMap<String, EntryRef>,
    /// Likewise ids, commitments and secrets.
    pub words: BTreeMap<String, String>,
    /// Every entry that a node acknowledged, with the organisation whose node it was.
    pub acknowledged: Vec<(String, EntryRef)>,
}

/// Organisations and how far they have come.
#[derive(Debug)]
pub struct Story {
    /// What they share.
    pub world: World,
    /// The organisations; the agency is `agency`.
    pub orgs: BTreeMap<String, Org>,
    /// What is known.
    pub facts: Facts,
}

/// Does something under an idempotency key, or gives the answer of the first time.
///
/// # Errors
/// What the node says.
pub async fn once<T: DeserializeOwned>(
    node: &Node,
    who: &SignedIn,
    key: &str,
    act: impl Future<Output = Result<T>>,
) -> Result<T> {
    match node.once(who, key, key.as_bytes()).await? {
        Ok(once) => once.run(act).await,
        Err(answer) => Ok(T::deserialize(answer).expect("the answer of the first time")),
    }
}

/// Pairs two nodes: invited, accepted, confirmed on both sides by the fingerprint the other reads out.
///
/// # Errors
/// What the nodes say.
pub async fn pair(a: &Org, b: &Org) -> Result<()> {
    let invitation = a.node().invite(a.who("operator"), Some(&b.name)).await?;
    b.node().accept_invitation(b.who("operator"), &invitation).await?;
    for (here, there) in [(a, b), (b, a)] {
        let fingerprint = there.node().fingerprint();
        here.node()
            .confirm_peer(here.who("operator"), &there.name, &fingerprint)
            .await?;
    }
    Ok(())
}

/// The signature line of an organisation's offline key over an agreement.
///
/// # Errors
/// What the node says.
pub async fn sign(org: &Org, digest: AgreementDigest) -> Result<String> {
    let text = org.node().signing_text(org.who("signatory"), digest).await?;
    let note = Note::sign(&text, &[&org.identity()]).expect("a signature");
    let encoded = note.encode();
    Ok(encoded.lines().last().expect("the signature line").to_owned())
}

/// Every running node pulls from every peer it has confirmed, until nobody gets anything new.
///
/// # Errors
/// What a node says, or the first thing it could not keep.
pub async fn sync<'a>(orgs: impl IntoIterator<Item = &'a Org>) -> Result<()> {
    let orgs: Vec<&Org> = orgs.into_iter().collect();
    for _ in 0..8 {
        let mut quiet = true;
        for org in &orgs {
            for (_, pulled) in org.node().pull_all().await? {
                let pulled = pulled?;
                if let Some(problem) = pulled.problems.into_iter().next() {
                    return Err(ServiceError::Conflict(problem));
                }
                quiet &= pulled.ledgers + pulled.payloads + pulled.objects == 0;
            }
        }
        if quiet {
            return Ok(());
        }
    }
    Err(ServiceError::Conflict("pulling does not come to an end".into()))
}

/// A report for every party.
pub fn report(title: &str, text: &str, marking: Tlp) -> Draft {
    Draft {
        title: title.into(),
        marking,
        to: Vec::new(),
        note: NewNote::report(text),
        expect: None,
    }
}

/// A line of the decision log for every party: what an approver, who writes no reports, can write.
pub fn decision(title: &str, text: &str, marking: Tlp) -> Draft {
    Draft {
        note: NewNote::decision(text, "said on the telephone"),
        ..report(title, text, marking)
    }
}

/// An access log with four lines that the hunt finds, of two customers, and two that it does not.
pub fn log_of(org: &str) -> String {
    let line = |second: u32, customer: u32, host: &str| {
        format!(
            "10.1.0.{customer} - - [02/Nov/2026:08:00:{second:02} +0000] \"GET http://{host}/{org} HTTP/1.1\" 200 12 \"-\" \"-\"\n"
        )
    };
    [
        line(1, 7, INDICATOR),
        line(2, 7, "good.example"),
        line(3, 8, "a.evil.example"),
        line(4, 8, INDICATOR),
        line(5, 9, "other.example"),
        line(6, 7, INDICATOR),
    ]
    .concat()
}

impl Story {
    /// Starts organisations; one is called `agency`.
    pub async fn start(seed: u64, orgs: &[(&str, OrgKind)]) -> Self {
        let world = World::new(seed);
        let mut started = BTreeMap::new();
        for (name, kind) in orgs {
            started.insert((*name).to_owned(), Org::start(name, *kind, &world).await);
        }
        Self {
            world,
            orgs: started,
            facts: Facts::default(),
        }
    }

    /// Starts, pairs the agency with everybody, and gives everybody their people.
    pub async fn begin(seed: u64, orgs: &[(&str, OrgKind)]) -> Self {
        let mut story = Self::start(seed, orgs).await;
        story.pair_all().await.expect("pairing");
        story.people().await.expect("people");
        story
    }

    /// The main job up to a hunt that waits at every provider among `orgs`.
    pub async fn asked(seed: u64, orgs: &[(&str, OrgKind)]) -> Self {
        let mut story = Self::begin(seed, orgs).await;
        let parties: Vec<&str> = orgs.iter().map(|(name, _)| *name).collect();
        let partners: Vec<&str> = parties.iter().copied().filter(|name| *name != "agency").collect();
        story
            .agree(Template::AgencyIsp, &parties)
            .await
            .expect("an agreement");
        story.open_case(&partners).await.expect("a case");
        for partner in &partners {
            story.instrument(partner).await.expect("an instrument");
        }
        story.sync().await.expect("pulls");
        for partner in &partners {
            story.import(partner).await.expect("logs");
            story.join_case(partner).await.expect("an approver");
            story.hunt(partner).await.expect("a hunt");
        }
        story.sync().await.expect("pulls");
        story
    }

    /// An organisation.
    pub fn org(&self, name: &str) -> &Org {
        self.orgs
            .get(name)
            .unwrap_or_else(|| panic!("no organisation {name}"))
    }

    /// An organisation.
    pub fn org_mut(&mut self, name: &str) -> &mut Org {
        self.orgs
            .get_mut(name)
            .unwrap_or_else(|| panic!("no organisation {name}"))
    }

    /// An organisation's node and one of its people.
    pub fn at(&self, org: &str, sign_in: &str) -> (&Node, &SignedIn) {
        (self.org(org).node(), self.org(org).who(sign_in))
    }

    /// The agreement.
    pub fn agreement(&self) -> AgreementDigest {
        self.facts.agreement.expect("there is an agreement by now")
    }

    /// A note that an earlier step named.
    pub fn noted(&self, name: &str) -> EntryRef {
        *self
            .facts
            .notes
            .get(name)
            .unwrap_or_else(|| panic!("no note {name} by now"))
    }

    /// An id, a commitment or a secret that an earlier step named.
    pub fn word(&self, name: &str) -> &str {
        self.facts
            .words
            .get(name)
            .unwrap_or_else(|| panic!("no word {name} by now"))
    }

    /// Publishes a note once, and remembers it under its key.
    ///
    /// # Errors
    /// What the node says.
    pub async fn publish(&mut self, key: &str, org: &str, sign_in: &str, draft: &Draft) -> Result<EntryRef> {
        let (node, who) = self.at(org, sign_in);
        let publish = node.publish_note(who, self.case(), draft);
        let published: Published = once(node, who, key, publish).await?;
        self.remember(key, org, published.at);
        Ok(published.at)
    }

    /// Remembers an acknowledged note by a name.
    pub fn remember(&mut self, name: &str, org: &str, at: EntryRef) {
        self.acknowledge(org, at);
        self.facts.notes.insert(name.to_owned(), at);
    }

    /// The case.
    pub fn case(&self) -> SpaceId {
        self.facts.case.expect("there is a case by now")
    }

    /// Everybody pulls from everybody until it is quiet.
    ///
    /// # Errors
    /// As [`sync`].
    pub async fn sync(&self) -> Result<()> {
        sync(self.orgs.values()).await
    }

    /// Remembers that the node of an organisation acknowledged an entry.
    pub fn acknowledge(&mut self, org: &str, at: EntryRef) {
        if !self.facts.acknowledged.contains(&(org.to_owned(), at)) {
            self.facts.acknowledged.push((org.to_owned(), at));
        }
    }

    /// Pairs the agency with every other organisation.
    ///
    /// # Errors
    /// As [`pair`].
    pub async fn pair_all(&self) -> Result<()> {
        for (name, org) in &self.orgs {
            if name != "agency" {
                pair(self.org("agency"), org).await?;
            }
        }
        Ok(())
    }

    /// Gives everybody their people: an approver everywhere; a case officer, an investigator, a second approver
    /// and an auditor at the agency.
    ///
    /// # Errors
    /// What a node says.
    pub async fn people(&mut self) -> Result<()> {
        for org in self.orgs.values_mut() {
            org.add_person("approver", &[Role::Approver]).await?;
            org.add_person("auditor", &[Role::Auditor]).await?;
            if org.config.kind == OrgKind::Agency {
                org.add_person("officer", &[Role::CaseOfficer]).await?;
                org.add_person("investigator", &[Role::Investigator]).await?;
            }
        }
        Ok(())
    }

    /// The two files of an agreement between organisations, for a year from now.
    ///
    /// # Errors
    /// What the agency's node says.
    pub fn draft_agreement(&self, template: Template, parties: &[&str]) -> Result<(String, String)> {
        let (node, who) = self.at("agency", "signatory");
        let parties = parties.iter().map(|name| {
            let org = self.org(name);
            Party {
                name: org.name.clone(),
                kind: org.config.kind,
                identity: org.node().own_identity(),
                contact: format!("duty desk of {name}"),
                gateway: "the law that permits it".into(),
            }
        });
        let filling = Filling {
            title: "Operation agreement".into(),
            reference: "A-1".into(),
            term: Term {
                from_ms: crate::world::START_MS,
                until_ms: crate::world::START_MS + 365 * DAY_MS,
            },
            parties: parties.collect(),
            purposes: default_purposes(),
            prose: None,
            amends: None,
        };
        node.fill_template(who, template, &filling)
    }

    /// The agency lays an agreement before its parties.
    ///
    /// # Errors
    /// What a node says.
    pub async fn propose(&mut self, template: Template, parties: &[&str]) -> Result<AgreementDigest> {
        let (toml, cedar) = self.draft_agreement(template, parties)?;
        let (node, who) = self.at("agency", "signatory");
        let key = format!("propose-{template}-{}", parties.join("-"));
        let digest = once(node, who, &key, node.propose_agreement(who, &toml, &cedar)).await?;
        self.facts.agreement = Some(digest);
        Ok(digest)
    }

    /// An organisation signs the agreement it has.
    ///
    /// # Errors
    /// What a node says.
    pub async fn sign(&self, org: &str, digest: AgreementDigest) -> Result<()> {
        let line = sign(self.org(org), digest).await?;
        let (node, who) = self.at(org, "signatory");
        let key = format!("sign-{digest}");
        once(node, who, &key, node.sign_agreement(who, digest, &line)).await
    }

    /// Proposed, pulled, signed by all, pulled.
    ///
    /// # Errors
    /// What a node says.
    pub async fn agree(&mut self, template: Template, parties: &[&str]) -> Result<AgreementDigest> {
        let digest = self.propose(template, parties).await?;
        self.all_sign(digest, parties).await?;
        Ok(digest)
    }

    /// The same with the parties' own files.
    ///
    /// # Errors
    /// What a node says.
    pub async fn agree_on(&mut self, toml: &str, cedar: &str, parties: &[&str]) -> Result<AgreementDigest> {
        let (node, who) = self.at("agency", "signatory");
        let digest = node.propose_agreement(who, toml, cedar).await?;
        self.facts.agreement = Some(digest);
        self.all_sign(digest, parties).await?;
        Ok(digest)
    }

    async fn all_sign(&self, digest: AgreementDigest, parties: &[&str]) -> Result<()> {
        self.sync().await?;
        for party in parties {
            self.sign(party, digest).await?;
        }
        self.sync().await
    }

    /// The case officer opens the case with these parties; the approver joins it and names the investigator.
    ///
    /// # Errors
    /// What the node says.
    pub async fn open_case(&mut self, parties: &[&str]) -> Result<SpaceId> {
        let new = NewCase {
            agreement: self.agreement(),
            operation: "Operation Heron".into(),
            reference: "K-2026-17".into(),
            purpose: "cybercrime-investigation".into(),
            parties: parties.iter().map(|name| self.org(name).name.clone()).collect(),
        };
        let (node, who) = self.at("agency", "officer");
        let case = once(node, who, "open-case", node.open_case(who, &new)).await?;
        self.facts.case = Some(case);
        self.join_case("agency").await?;
        let (node, who) = self.at("agency", "approver");
        let person = self.org("agency").who("investigator").person;
        let roles = [Role::Investigator].into();
        let add = node.add_member(who, case, person, &roles, None);
        let at = once(node, who, "member-investigator", add).await?;
        self.acknowledge("agency", at);
        Ok(case)
    }

    /// The case officer records an instrument that binds an organisation, for 30 days from now.
    ///
    /// # Errors
    /// What the node says.
    pub async fn instrument(&mut self, addressee: &str) -> Result<EntryRef> {
        let now = self.world.now_ms();
        let new = NewInstrument {
            reference: format!("W-{addressee}"),
            authority: "District Court".into(),
            power: "Act 7, section 12".into(),
            categories: vec![Category::LogEvidence],
            scope: format!("access logs of {addressee}"),
            addressee: self.org(addressee).name.clone(),
            from_ms: now,
            to_ms: now + 30 * DAY_MS,
        };
        let case = self.case();
        let (node, who) = self.at("agency", "officer");
        let key = format!("instrument-{addressee}");
        let at = once(node, who, &key, node.record_instrument(who, case, &new)).await?;
        self.facts.instruments.insert(addressee.into(), at);
        self.acknowledge("agency", at);
        Ok(at)
    }

    /// An organisation's approver names themselves on the case.
    ///
    /// # Errors
    /// What the node says.
    pub async fn join_case(&mut self, org: &str) -> Result<EntryRef> {
        let case = self.case();
        let (node, who) = self.at(org, "approver");
        let roles = [Role::Approver].into();
        let add = node.add_member(who, case, who.person, &roles, None);
        let at = once(node, who, "join", add).await?;
        self.acknowledge(org, at);
        Ok(at)
    }

    /// An organisation's operator brings its access log in.
    ///
    /// # Errors
    /// What the node says.
    pub async fn import(&self, org: &str) -> Result<()> {
        let (node, who) = self.at(org, "operator");
        let source = SourceConfig {
            name: "access".into(),
            description: "access log of the proxy".into(),
            format: FormatSetting::Auto,
            customers: vec!["10.1.0.0/16".parse().expect("a network")],
            time_zone: "UTC".into(),
            clock_offset_ms: None,
            ordinary_course: true,
            custodian: "duty operator".into(),
        };
        once(node, who, "source", node.add_source(who, source)).await?;
        let log = log_of(org);
        let import = node.import_log(who, "access", "access.log", log.as_bytes());
        once(node, who, "import", import).await?;
        Ok(())
    }

    /// A hunt to be asked of an organisation, for the last day.
    pub fn new_hunt(&self, to: &str) -> NewHunt {
        let now = self.world.now_ms();
        NewHunt {
            to: self.org(to).name.clone(),
            reference: format!("H-{to}"),
            reason: "the family calls home to it".into(),
            instrument: *self.facts.instruments.get(to).expect("an instrument by now"),
            due_ms: None,
            indicators: vec![INDICATOR.into()],
            from_ms: now - DAY_MS,
            to_ms: now,
            sources: Vec::new(),
            marking: Tlp::Amber,
        }
    }

    /// The investigator asks an organisation for a hunt.
    ///
    /// # Errors
    /// What the node says.
    pub async fn hunt(&mut self, to: &str) -> Result<EntryRef> {
        let new = self.new_hunt(to);
        let case = self.case();
        let (node, who) = self.at("agency", "investigator");
        let key = format!("hunt-{to}");
        let published: Published = once(node, who, &key, node.ask_hunt(who, case, &new)).await?;
        self.facts.hunts.insert(to.into(), published.at);
        self.acknowledge("agency", published.at);
        Ok(published.at)
    }

    /// The hunt asked of an organisation.
    pub fn hunt_of(&self, org: &str) -> EntryRef {
        *self.facts.hunts.get(org).expect("a hunt by now")
    }

    /// An organisation's approver looks at what the hunt finds: its commitment.
    ///
    /// # Errors
    /// What the node says.
    pub async fn preview(&mut self, org: &str) -> Result<String> {
        let (node, who) = self.at(org, "approver");
        let preview = node
            .preview_hunt(who, self.hunt_of(org), &HuntProgress::default())
            .await?;
        let commitment = preview.commitment;
        self.facts.previews.insert(org.into(), commitment.clone());
        Ok(commitment)
    }

    /// An organisation's approver approves what the preview shows.
    ///
    /// # Errors
    /// What the node says.
    pub async fn approve(&mut self, org: &str) -> Result<Outcome> {
        let preview = self.facts.previews.get(org).expect("a preview by now").clone();
        self.decide(
            org,
            &Verdict::Approve {
                preview,
                reason: None,
            },
        )
        .await
    }

    /// An organisation's approver decides.
    ///
    /// # Errors
    /// What the node says.
    pub async fn decide(&mut self, org: &str, verdict: &Verdict) -> Result<Outcome> {
        let at = self.hunt_of(org);
        let (node, who) = self.at(org, "approver");
        let outcome: Outcome =
            once(node, who, &format!("decide-{at}"), node.decide(who, at, verdict)).await?;
        self.acknowledge(org, outcome.decision);
        if let Some(exhibit) = outcome.exhibit {
            self.acknowledge(org, exhibit);
        }
        self.facts.outcomes.insert(org.into(), outcome.clone());
        Ok(outcome)
    }

    /// The investigator writes a note above the ceiling: it waits for the agency's approver.
    ///
    /// # Errors
    /// What the node says.
    pub async fn closely_held(&mut self) -> Result<EntryRef> {
        let draft = report("closely held", "red text", Tlp::Red);
        let (node, who) = self.at("agency", "investigator");
        let published: Published = once(
            node,
            who,
            "closely-held",
            node.publish_note(who, self.case(), &draft),
        )
        .await?;
        self.facts.closely_held = Some(published.at);
        self.acknowledge("agency", published.at);
        Ok(published.at)
    }

    /// The agency's approver releases that note to an organisation.
    ///
    /// # Errors
    /// What the node says.
    pub async fn release_closely_held(&self, to: &str) -> Result<()> {
        let at = self.facts.closely_held.expect("a note by now");
        let (node, who) = self.at("agency", "approver");
        let org = &self.org(to).name;
        let key = format!("release-{to}");
        let _: Decided = once(node, who, &key, node.approve_release(who, at, org)).await?;
        Ok(())
    }

    /// The exhibit an organisation delivered.
    pub fn exhibit_of(&self, org: &str) -> EntryRef {
        let outcome = self.facts.outcomes.get(org);
        outcome
            .and_then(|outcome| outcome.exhibit)
            .expect("an exhibit by now")
    }

    /// The investigator receives what an organisation delivered.
    ///
    /// # Errors
    /// What the node says.
    pub async fn receive(&mut self, from: &str) -> Result<EntryRef> {
        let at = self.exhibit_of(from);
        let (node, who) = self.at("agency", "investigator");
        let receive = async { node.receive_exhibit(who, at).await.map(|(entry, _)| entry) };
        let received = once(node, who, &format!("receive-{at}"), receive).await?;
        self.facts.received.insert(from.into(), received);
        self.acknowledge("agency", received);
        Ok(received)
    }
}

/// Serialises like the JSON API would, for comparisons.
pub fn as_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("views serialise")
}
