//! A request, from its draft to its withdrawal.

use accord_model::content::{
    Audience, ContentBody, ContentEntry, ExpertiseQuestion, GuestAddressee, HuntQuestion,
    PreservationQuestion, RequestMade, RequestWhat, RequestWithdrawn, SubscriberQuestion, TakedownQuestion,
};
use accord_model::control::Standing;
use accord_model::{EntryKind, EntryRef, Marking, OrgName, Role, SpaceId, Tlp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{covers, needs_authority};
use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided, is_own_instrument};

/// A request to a partner, or, with `guest`, to an organisation without a node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    /// Whom: a partner, or a guest's organisation by its domain, `shop.example`.
    pub to: OrgName,
    /// For what.
    pub what: RequestWhat,
    /// This organisation's name for it: `S-3`.
    pub reference: String,
    /// Why.
    pub reason: String,
    /// The legal authority, recorded on the case.
    #[serde(default)]
    pub instrument: Option<EntryRef>,
    /// The oral authority, instead.
    #[serde(default)]
    pub oral: Option<EntryRef>,
    /// An answer is needed by, ms UTC.
    #[serde(default)]
    pub due_ms: Option<u64>,
    /// Until then the partner tells nobody, ms UTC.
    #[serde(default)]
    pub secret_until_ms: Option<u64>,
    /// The question of a hunt.
    #[serde(default)]
    pub hunt: Option<HuntQuestion>,
    /// The question to experts.
    #[serde(default)]
    pub expertise: Option<ExpertiseQuestion>,
    /// The question about subscribers.
    #[serde(default)]
    pub subscriber: Option<SubscriberQuestion>,
    /// What is to be kept.
    #[serde(default)]
    pub preservation: Option<PreservationQuestion>,
    /// What is to be taken down.
    #[serde(default)]
    pub takedown: Option<TakedownQuestion>,
    /// Of a request to somebody without a node: who asks and whom, and on which authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Box<GuestAddressee>>,
    /// How far the request itself may travel.
    #[serde(default = "amber")]
    pub marking: Tlp,
}

const fn amber() -> Tlp {
    Tlp::Amber
}

impl NewRequest {
    /// A request without a question of its kind, marked TLP:AMBER.
    pub fn new(
        to: OrgName,
        what: RequestWhat,
        reference: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            to,
            what,
            reference: reference.into(),
            reason: reason.into(),
            instrument: None,
            oral: None,
            due_ms: None,
            secret_until_ms: None,
            hunt: None,
            expertise: None,
            subscriber: None,
            preservation: None,
            takedown: None,
            guest: None,
            marking: amber(),
        }
    }

    /// The title of it, and of what follows it.
    fn title(&self) -> String {
        format!("{}: {} asked of {}", self.reference, self.what, self.to)
    }

    /// The note that it becomes, by whoever writes it: values in their usual form.
    pub(crate) fn entry(&self, who: &SignedIn, role: Role) -> Result<ContentEntry> {
        let mut hunt = self.hunt.clone();
        for text in hunt.iter_mut().flat_map(|hunt| &mut hunt.indicators) {
            let pattern = accord_matcher::Pattern::parse(text)
                .map_err(|refusal| ServiceError::invalid("indicators", format!("{text}: {refusal}")))?;
            *text = pattern.canonical().to_string();
        }
        Ok(ContentEntry {
            by: who.person,
            role,
            marking: Marking::tlp(self.marking),
            to: Audience::one(self.to.clone()),
            title: self.title(),
            body: RequestMade {
                instrument: self.instrument,
                oral: self.oral,
                due_ms: self.due_ms,
                secret_until_ms: self.secret_until_ms,
                hunt,
                expertise: self.expertise.clone().map(Box::new),
                subscriber: self.subscriber.clone(),
                preservation: self.preservation.clone().map(Box::new),
                takedown: self.takedown.clone().map(Box::new),
                guest: self.guest.clone(),
                ..RequestMade::new(
                    self.to.clone(),
                    self.what,
                    self.reference.clone(),
                    self.reason.clone(),
                )
            }
            .into(),
        })
    }
}

/// What would happen if a request were made.
#[derive(Debug, Clone, Serialize)]
pub struct RequestPreview {
    /// Its title.
    pub title: String,
    /// What the partner will read, as the note says it.
    pub reads: Value,
    /// Whether it goes, and by which clause.
    pub decisions: Vec<Decided>,
}

impl Node {
    /// What the partner will see of a request, and whether it may go. Nothing is kept.
    pub async fn preview_request(
        &self,
        who: &SignedIn,
        case: SpaceId,
        new: &NewRequest,
    ) -> Result<RequestPreview> {
        Act::Ask.ask(who)?;
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        let entry = self.request_entry(&state, space, who, new)?;
        entry
            .check()
            .map_err(|error| ServiceError::invalid("request", error))?;
        Ok(RequestPreview {
            title: entry.title.clone(),
            reads: entry.body.to_json(),
            decisions: self.would_reach(&state, space, &entry),
        })
    }

    /// Asks a partner. Refused where the authority does not stand, or the agreement does not let the request go.
    pub async fn ask_partner(&self, who: &SignedIn, case: SpaceId, new: &NewRequest) -> Result<Published> {
        Act::Ask.ask(who)?;
        self.act_once(|state, batch, log| {
            let space = self.case_within(state, who, case)?;
            let entry = self.request_entry(state, space, who, new)?;
            let published = self.publish(state, batch, case, entry, &Circumstances::default())?;
            if let Some(refused) = published.decisions.iter().find(|decided| !decided.is_yes()) {
                return Err(refused.refusal());
            }
            log.person(batch, who, "request.made", &published.at.to_string());
            Ok(published)
        })
        .await
    }

    fn request_entry(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        new: &NewRequest,
    ) -> Result<ContentEntry> {
        let role = self.writer(space, who, Act::Ask, EntryKind::RequestMade)?;
        if new.to == self.config.org || space.control.party_kind(&new.to).is_none() {
            return Err(ServiceError::invalid(
                "to",
                format!("{} is no other party of this case", new.to),
            ));
        }
        if new.guest.is_some() {
            return Err(ServiceError::invalid(
                "guest",
                "a party of this case has a node: ask it there",
            ));
        }
        self.times_of(new)?;
        self.authority_of(state, space, new)?;
        let about = new.expertise.iter().flat_map(|asked| &asked.about);
        let targets = new.takedown.iter().flat_map(|asked| &asked.targets);
        for at in about.chain(targets) {
            if state
                .entry(*at)
                .is_none_or(|(ledger, ..)| ledger.space != space.id)
            {
                let words = format!("there is no such note on this case ({at})");
                return Err(ServiceError::invalid("about", words));
            }
        }
        new.entry(who, role)
    }

    /// What is due lies ahead; what was held lies behind.
    pub(crate) fn times_of(&self, new: &NewRequest) -> Result<()> {
        let now = self.now_ms();
        let ahead = |field, at: Option<u64>| match at {
            Some(at) if at <= now => Err(ServiceError::invalid(field, "this time is past")),
            _ => Ok(()),
        };
        ahead("due_ms", new.due_ms)?;
        ahead("secret_until_ms", new.secret_until_ms)?;
        ahead(
            "keep_until_ms",
            new.preservation.as_ref().map(|asked| asked.keep_until_ms),
        )?;
        let held = new.subscriber.iter().flat_map(|asked| &asked.connections);
        if let Some(later) = held.clone().find(|one| one.at_ms > now) {
            let words = format!("{}: nobody has held it yet at that time", later.address);
            return Err(ServiceError::invalid("connections", words));
        }
        for (index, one) in held.clone().enumerate() {
            if held.clone().take(index).any(|before| before == one) {
                let words = format!("{} is asked about twice", one.address);
                return Err(ServiceError::invalid("connections", words));
            }
        }
        Ok(())
    }

    /// An authority of this organisation that stands, where the kind needs one; and none that does not stand.
    fn authority_of(&self, state: &State, space: &Space, new: &NewRequest) -> Result<()> {
        let why = match (new.instrument, new.oral) {
            (Some(_), Some(_)) => {
                Some("a request rests on an instrument or on an oral authority, not on both")
            }
            (None, None) if needs_authority(new.what) => {
                Some("this is asked only under an instrument that is in force, or an oral authority")
            }
            (None, None) => None,
            (None, Some(oral)) => {
                let own = space
                    .control
                    .orals()
                    .get(&oral)
                    .is_some_and(|known| known.org == self.config.org);
                let carries = space
                    .control
                    .oral_standing(oral, &new.to, covers(new.what), self.now_ms())
                    .carries();
                match (
                    own && carries,
                    self.first_on(state, space, oral, &self.config.org),
                ) {
                    (false, _) => Some(
                        "the oral authority does not carry this: it is not there, not yours, about something else, \
                         or was not confirmed in time",
                    ),
                    (true, Some(_)) => Some("the oral authority carries one act, and that was done"),
                    (true, None) => None,
                }
            }
            (Some(at), None) => {
                let standing =
                    space
                        .control
                        .instrument_standing(at, &new.to, covers(new.what), self.now_ms());
                let ours = is_own_instrument(space, at, &self.config.org);
                match standing {
                    Standing::Stands | Standing::OutOfScope if !ours => Some(
                        "the instrument was recorded by another organisation: a request stands on one of your own",
                    ),
                    Standing::Stands => None,
                    Standing::OutOfScope if !needs_authority(new.what) => None,
                    Standing::OutOfScope => Some("the instrument does not cover what is asked for"),
                    Standing::Unknown => Some("no such instrument is recorded on this case"),
                    Standing::Over => Some("the instrument has ended"),
                    Standing::NotYet => Some("the instrument does not hold yet"),
                    Standing::Expired => Some("the instrument has expired"),
                    Standing::OtherAddressee => Some("the instrument binds somebody else"),
                }
            }
        };
        why.map_or(Ok(()), |why| Err(ServiceError::denied(why)))
    }

    /// Takes a request of this organisation back, while it waits.
    pub async fn withdraw_request(&self, who: &SignedIn, at: EntryRef, words: &str) -> Result<Published> {
        Act::Ask.ask(who)?;
        self.act_once(|state, batch, log| {
            let missing = || ServiceError::NotFound("request");
            let (ledger, _, body) = state.entry(at).ok_or_else(missing)?;
            let Body::Content(entry) = body else {
                return Err(missing());
            };
            let ContentBody::RequestMade(made) = &entry.body else {
                return Err(missing());
            };
            if !ledger.own {
                return Err(missing());
            }
            let space = self.case_within(state, who, ledger.space)?;
            let role = self.writer(space, who, Act::Ask, EntryKind::RequestWithdrawn)?;
            if self
                .request_view(state, space, at)
                .is_none_or(|view| view.state != "waiting")
            {
                return Err(ServiceError::Conflict("this request no longer waits".into()));
            }
            let case = space.id;
            let said = ContentEntry {
                by: who.person,
                role,
                marking: entry.marking,
                to: Audience::one(made.to.clone()),
                title: format!("{}: withdrawn", made.reference),
                body: RequestWithdrawn {
                    request: at,
                    words: words.to_owned(),
                    clause: None,
                }
                .into(),
            };
            let published = self.publish(state, batch, case, said, &Circumstances::default())?;
            log.person(batch, who, "request.withdrawn", &at.to_string());
            Ok(published)
        })
        .await
    }
}
