//! What requests ask, kind by kind, and the answer about a subscriber.

use serde::{Deserialize, Serialize};

use super::{Checked, body};
use crate::content::forms;
use crate::control::EntryError;
use crate::control::limits::{self, *};
use crate::words::words;
use crate::{EntryRef, OrgName};

body! {
    /// A question to experts.
    ExpertiseQuestion {
        /// The pool of the asked partner: malware, sinkholes, finance, a language.
        pool: String,
        /// The entries it is about.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        about: Vec<EntryRef>,
    }
    check(self) {
        limits::line("expertise.pool", &self.pool, LABEL_MAX)?;
        limits::count("expertise.about", self.about.len(), 0, SOURCES_OF_LEAD_MAX)?;
        limits::distinct("expertise.about", &self.about)
    }
}

words! {
    /// A transport protocol; ports mean nothing without one where addresses are shared.
    pub enum Transport as "transport protocol" {
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
    }
}

body! {
    /// An address, a port and an instant: who held it then? Behind a shared address the port decides (RFC 6302).
    Connection {
        /// The address, in its usual spelling.
        address: String,
        /// The source port, 1 to 65,535.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
        /// The protocol.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transport: Option<Transport>,
        /// When, ms, UTC.
        at_ms: u64,
    }
    check(self) {
        forms::address("connections.address", &self.address)?;
        let port = u64::from(self.port.unwrap_or(1));
        limits::within("connections.port", port, 1, 65_535)?;
        limits::integer("connections.at_ms", self.at_ms)
    }
}

body! {
    /// Who held these addresses and ports at these instants?
    SubscriberQuestion {
        /// The connections.
        connections: Vec<Connection>,
    }
    check(self) {
        limits::count("subscriber.connections", self.connections.len(), 1, SUBSCRIBERS_MAX)?;
        self.connections.iter().try_for_each(Checked::check)
    }
}

body! {
    /// Keep this until it can be asked for.
    PreservationQuestion {
        /// What: accounts, addresses, log sources, one each.
        values: Vec<String>,
        /// The period of the data, from this instant, included.
        from_ms: u64,
        /// To this instant, excluded.
        to_ms: u64,
        /// Until when it is to be kept.
        keep_until_ms: u64,
    }
    check(self) {
        limits::lines("preservation.values", &self.values, 1, ASKED_VALUES_MAX, INDICATOR_VALUE_MAX)?;
        limits::period("preservation.from_ms and preservation.to_ms", self.from_ms, self.to_ms)?;
        limits::integer("preservation.keep_until_ms", self.keep_until_ms)
    }
}

body! {
    /// Take this down.
    TakedownQuestion {
        /// What: names, addresses, URLs, accounts, one each.
        values: Vec<String>,
        /// What is wrong with it, in words that the provider can check and show.
        ground: String,
        /// The targets of the plan it carries out, when there are any.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<EntryRef>,
    }
    check(self) {
        limits::lines("takedown.values", &self.values, 1, ASKED_VALUES_MAX, INDICATOR_VALUE_MAX)?;
        limits::prose("takedown.ground", &self.ground, REASON_MAX)?;
        limits::count("takedown.targets", self.targets.len(), 0, ASKED_VALUES_MAX)?;
        limits::distinct("takedown.targets", &self.targets)
    }
}

body! {
    /// The authority that a request to a guest rests on, as the guest reads it.
    GuestAuthority {
        /// Its own number.
        reference: String,
        /// Who issued it.
        authority: String,
        /// Under which law.
        power: String,
        /// What it covers, in words.
        scope: String,
        /// From this instant, included, ms.
        from_ms: u64,
        /// To this instant, excluded, ms.
        to_ms: u64,
    }
    check(self) {
        limits::line("guest.authority.reference", &self.reference, REFERENCE_MAX)?;
        limits::line("guest.authority.authority", &self.authority, AUTHORITY_MAX)?;
        limits::line("guest.authority.power", &self.power, POWER_MAX)?;
        limits::prose("guest.authority.scope", &self.scope, REASON_MAX)?;
        limits::period("guest.authority.from_ms and to_ms", self.from_ms, self.to_ms)
    }
}

body! {
    /// An organisation without a node that is asked through a link (`docs/spec/guest.md`).
    GuestAddressee {
        /// Its name in words.
        organisation: String,
        /// The person or desk that the link is given to.
        contact: String,
        /// The officer of the asking organisation who answers for the request, by name.
        officer: String,
        /// What happens with the answer, in words that the guest reads.
        then: String,
        /// The authority, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authority: Option<GuestAuthority>,
    }
    check(self) {
        limits::line("guest.organisation", &self.organisation, TITLE_MAX)?;
        limits::line("guest.contact", &self.contact, TITLE_MAX)?;
        limits::line("guest.officer", &self.officer, PERSON_NAME_MAX)?;
        limits::prose("guest.then", &self.then, REASON_MAX)?;
        self.authority.as_ref().map_or(Ok(()), Checked::check)
    }
}

words! {
    /// What the holder found about one connection.
    pub enum SubscriberFound as "finding about a subscriber" {
        /// One subscriber.
        One = "one",
        /// Several: the address is shared, and the question does not tell them apart.
        Several = "several",
        /// None: not allocated, or nobody used it then.
        Nobody = "nobody",
        /// The records are gone, or never were.
        NoRecord = "no-record",
    }
}

body! {
    /// A subscriber, as the holder's records have them.
    Subscriber {
        /// The holder's own reference of the contract or account.
        account: String,
        /// Name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Postal address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        postal: Option<String>,
        /// Telephone numbers and e-mail addresses.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        contacts: Vec<String>,
        /// From when they held the address, where the records say; ms UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held_from_ms: Option<u64>,
        /// Until when, excluded; ms UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held_to_ms: Option<u64>,
    }
    check(self) {
        for (field, time) in [("answers.held_from_ms", self.held_from_ms), ("answers.held_to_ms", self.held_to_ms)] {
            time.map_or(Ok(()), |time| limits::integer(field, time))?;
        }
        if let (Some(from), Some(to)) = (self.held_from_ms, self.held_to_ms) {
            limits::period("answers.held_from_ms and held_to_ms", from, to)?;
        }
        limits::line("answers.account", &self.account, REFERENCE_MAX)?;
        self.name.as_deref().map_or(Ok(()), |name| limits::line("answers.name", name, PERSON_NAME_MAX))?;
        limits::optional("answers.postal", self.postal.as_deref(), REASON_MAX)?;
        limits::lines("answers.contacts", &self.contacts, 0, ALIASES_MAX, TITLE_MAX)
    }
}

body! {
    /// The answer about one connection.
    SubscriberAnswer {
        /// The connection, as it was asked.
        connection: Connection,
        /// What was found.
        found: SubscriberFound,
        /// The subscriber, where one was found and only then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subscriber: Option<Subscriber>,
    }
    check(self) {
        self.connection.check()?;
        match (self.found, &self.subscriber) {
            (SubscriberFound::One, None) => Err(EntryError::Missing { field: "answers.subscriber" }),
            (SubscriberFound::One, Some(subscriber)) => subscriber.check(),
            (_, Some(_)) => Err(EntryError::Unwanted { field: "answers.subscriber" }),
            (_, None) => Ok(()),
        }
    }
}

body! {
    /// `subscriber.answered`.
    SubscriberAnswered {
        /// The request.
        request: EntryRef,
        /// The answers, one for each connection that was asked or less.
        answers: Vec<SubscriberAnswer>,
        /// The clause it is answered under.
        clause: String,
        /// Where it comes from: system, clock and its error, method, in words.
        acquisition: String,
        /// The organisation without a node that says so through its link, and only then; the role is guest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<OrgName>,
    }
    check(self) {
        limits::count("answers", self.answers.len(), 1, SUBSCRIBERS_MAX)?;
        self.answers.iter().try_for_each(Checked::check)?;
        limits::line("clause", &self.clause, CLAUSE_MAX)?;
        limits::prose("acquisition", &self.acquisition, REASON_MAX)
    }
}
