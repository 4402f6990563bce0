//! Cedar behind one function: everything parsed once, nothing parsed per decision.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision as CedarDecision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression, Schema,
};

use crate::{Category, EntryKind, OrgName, Role, Tlp};

use super::clauses::ASKABLE;
use super::question::{ClauseId, InstrumentStanding, RequestKind};
use super::relevance;
use super::terms::Terms;

/// How many people have approved, by role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Approvals {
    counts: [i64; ASKABLE.len()],
}

impl Approvals {
    fn index(role: Role) -> Option<usize> {
        ASKABLE.iter().position(|(askable, _)| *askable == role)
    }

    pub(super) fn of(&self, role: Role) -> i64 {
        Self::index(role)
            .and_then(|at| self.counts.get(at))
            .copied()
            .unwrap_or(0)
    }

    /// At least `count` people in `role`.
    pub(super) fn raise(&mut self, role: Role, count: i64) {
        if let Some(slot) = Self::index(role).and_then(|at| self.counts.get_mut(at)) {
            *slot = (*slot).max(count);
        }
    }
}

/// What Cedar is asked.
#[derive(Debug, Clone)]
pub(super) struct Facts<'a> {
    pub(super) from: &'a OrgName,
    pub(super) to: &'a OrgName,
    pub(super) category: Category,
    pub(super) tlp: Tlp,
    pub(super) entry: Option<EntryKind>,
    pub(super) request: Option<RequestKind>,
    pub(super) purpose: Option<&'a str>,
    pub(super) concerns: &'a BTreeSet<OrgName>,
    pub(super) instrument: InstrumentStanding,
    pub(super) now_ms: i64,
    pub(super) approvals: Approvals,
}

/// What Cedar answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ruling {
    /// The permits that applied, none of them forbidden; never empty.
    Allowed(Vec<ClauseId>),
    /// The forbids that applied; empty when nothing permitted.
    Denied(Vec<ClauseId>),
    /// A clause failed, or the question could not be put: deny, with the reason.
    Failed(String),
}

/// The parsed clauses with the entities they speak of.
#[derive(Clone)]
pub(super) struct Engine {
    authorizer: Authorizer,
    /// All clauses.
    policies: PolicySet,
    /// Those that can matter to a category.
    by_category: BTreeMap<Category, PolicySet>,
    entities: Entities,
    types: Types,
    action: EntityUid,
    organisations: BTreeMap<OrgName, EntityUid>,
    payloads: BTreeMap<(Category, Tlp), EntityUid>,
}

#[derive(Clone)]
struct Types {
    entry: EntityTypeName,
    request: EntityTypeName,
    purpose: EntityTypeName,
    instrument: EntityTypeName,
}

fn type_name(name: &str) -> Result<EntityTypeName, String> {
    name.parse().map_err(|error| format!("type {name}: {error}"))
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

fn word(kind: &EntityTypeName, id: &str) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(uid(kind, id))
}

impl Engine {
    /// Builds the entities and checks them against the schema. An error is a fault of this crate.
    pub(super) fn new(terms: &Terms, policies: PolicySet, schema: &Schema) -> Result<Self, String> {
        let (kind_type, category_type) = (type_name("Kind")?, type_name("Category")?);
        let (organisation_type, payload_type) = (type_name("Organisation")?, type_name("Payload")?);
        let mut entities = Vec::new();
        let mut organisations = BTreeMap::new();
        for party in &terms.parties {
            let id = uid(&organisation_type, party.name.as_str());
            let kind = word(&kind_type, party.kind.as_str());
            let attributes = HashMap::from([("kind".to_owned(), kind)]);
            entities.push(
                Entity::new(id.clone(), attributes, HashSet::new()).map_err(|error| error.to_string())?,
            );
            organisations.insert(party.name.clone(), id);
        }
        let mut payloads = BTreeMap::new();
        for category in Category::ALL {
            for tlp in Tlp::ALL {
                let id = uid(&payload_type, &format!("{category}/{tlp}"));
                let attributes = HashMap::from([
                    ("category".to_owned(), word(&category_type, category.as_str())),
                    ("tlp".to_owned(), RestrictedExpression::new_long(tlp.rank())),
                ]);
                entities.push(
                    Entity::new(id.clone(), attributes, HashSet::new()).map_err(|error| error.to_string())?,
                );
                payloads.insert((*category, *tlp), id);
            }
        }
        let mut by_category: BTreeMap<Category, PolicySet> = Category::ALL
            .iter()
            .map(|category| (*category, PolicySet::new()))
            .collect();
        for policy in policies.policies() {
            let speaks_of = relevance::categories(policy);
            for (category, set) in &mut by_category {
                if speaks_of
                    .as_ref()
                    .is_none_or(|categories| categories.contains(category))
                {
                    set.add(policy.clone()).map_err(|error| error.to_string())?;
                }
            }
        }
        Ok(Self {
            by_category,
            authorizer: Authorizer::new(),
            policies,
            entities: Entities::from_entities(entities, Some(schema)).map_err(|error| error.to_string())?,
            types: Types {
                entry: type_name("Entry")?,
                request: type_name("Request")?,
                purpose: type_name("Purpose")?,
                instrument: type_name("Instrument")?,
            },
            action: uid(&type_name("Action")?, "release"),
            organisations,
            payloads,
        })
    }

    /// The parties that some clause names.
    pub(super) fn names(&self) -> BTreeSet<OrgName> {
        let literals = self
            .policies
            .policies()
            .flat_map(cedar_policy::Policy::entity_literals);
        let uids: HashSet<EntityUid> = literals.collect();
        self.organisations
            .iter()
            .filter(|(_, uid)| uids.contains(*uid))
            .map(|(name, _)| name.clone())
            .collect()
    }

    fn organisation(&self, name: &OrgName) -> Result<RestrictedExpression, String> {
        let id = self
            .organisations
            .get(name)
            .ok_or_else(|| format!("{name} is no party"))?;
        Ok(RestrictedExpression::new_entity_uid(id.clone()))
    }

    fn request(&self, facts: &Facts<'_>) -> Result<Request, String> {
        let mut approvals = Vec::with_capacity(ASKABLE.len());
        for (role, attribute) in ASKABLE {
            let count = RestrictedExpression::new_long(facts.approvals.of(role));
            approvals.push((attribute.to_owned(), count));
        }
        let approvals = RestrictedExpression::new_record(approvals).map_err(|error| error.to_string())?;
        // Only parties are entities here; whom else the payload concerns makes no difference to a clause.
        let concerns = facts
            .concerns
            .iter()
            .filter_map(|name| self.organisation(name).ok());
        let mut pairs = vec![
            ("to".to_owned(), self.organisation(facts.to)?),
            ("concerns".to_owned(), RestrictedExpression::new_set(concerns)),
            (
                "instrument".to_owned(),
                word(&self.types.instrument, facts.instrument.as_str()),
            ),
            ("approvals".to_owned(), approvals),
            ("now_ms".to_owned(), RestrictedExpression::new_long(facts.now_ms)),
        ];
        if let Some(entry) = facts.entry {
            pairs.push(("entry".to_owned(), word(&self.types.entry, entry.as_str())));
        }
        if let Some(request) = facts.request {
            pairs.push(("request".to_owned(), word(&self.types.request, request.as_str())));
        }
        if let Some(purpose) = facts.purpose {
            pairs.push(("purpose".to_owned(), word(&self.types.purpose, purpose)));
        }
        let context = Context::from_pairs(pairs).map_err(|error| error.to_string())?;
        let payload = self
            .payloads
            .get(&(facts.category, facts.tlp))
            .ok_or_else(|| "an unknown category or marking".to_owned())?;
        let from = self
            .organisations
            .get(facts.from)
            .ok_or_else(|| format!("{} is no party", facts.from))?;
        // No schema here: every value above is of the schema's own vocabularies.
        Request::new(from.clone(), self.action.clone(), payload.clone(), context, None)
            .map_err(|error| error.to_string())
    }

    /// Puts the question. Any error of any clause denies, also where Cedar itself would skip the clause.
    pub(super) fn rule(&self, facts: &Facts<'_>) -> Ruling {
        // Every category has its set; if one had not, all clauses are the safe choice.
        self.rule_by(
            facts,
            self.by_category.get(&facts.category).unwrap_or(&self.policies),
        )
    }

    fn rule_by(&self, facts: &Facts<'_>, policies: &PolicySet) -> Ruling {
        let request = match self.request(facts) {
            Ok(request) => request,
            Err(reason) => return Ruling::Failed(reason),
        };
        let response = self.authorizer.is_authorized(&request, policies, &self.entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Ruling::Failed(error.to_string().chars().take(300).collect());
        }
        let mut clauses: Vec<ClauseId> = response
            .diagnostics()
            .reason()
            .filter_map(|id| ClauseId::parse(id.as_ref()))
            .collect();
        clauses.sort();
        match response.decision() {
            CedarDecision::Allow if clauses.is_empty() => {
                Ruling::Failed("a permit without a clause".to_owned())
            }
            CedarDecision::Allow => Ruling::Allowed(clauses),
            CedarDecision::Deny => Ruling::Denied(clauses),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Agreement;
    use super::*;

    /// The clauses set aside as irrelevant to a category change no ruling, failures included.
    #[test]
    fn relevant_clauses_rule_as_all_clauses_do() {
        let toml = include_str!("../../../../docs/spec/vectors/agreement/agreement.toml");
        let cedar = include_str!("../../../../docs/spec/vectors/agreement/clauses.cedar");
        let more = r#"
            @clause("20") @text("Fails for targets above clear.")
            forbid (principal, action == Action::"release", resource)
            when { resource.category == Category::"target" && resource.tlp + 9223372036854775807 < 0 };
            @clause("21") @text("Fails above green, before it looks at the category.")
            forbid (principal, action == Action::"release", resource)
            when { resource.tlp + 9223372036854775806 < 0 && resource.category == Category::"task" };"#;
        let agreement = Agreement::from_parts(toml, &format!("{cedar}{more}")).unwrap();
        let engine = agreement.engine();
        let parties: Vec<OrgName> = agreement
            .parties()
            .iter()
            .map(|party| party.name.clone())
            .collect();
        let (both, neither) = (parties.iter().cloned().collect(), BTreeSet::new());
        let (mut failed, mut compared) = (0, 0);
        for (from, to) in [(&parties[0], &parties[1]), (&parties[1], &parties[0])] {
            for category in Category::ALL {
                for tlp in Tlp::ALL {
                    for (concerns, people) in [(&both, 0), (&both, 1), (&neither, 1)] {
                        let mut approvals = Approvals::default();
                        approvals.raise(Role::Approver, people);
                        let facts = Facts {
                            from,
                            to,
                            category: *category,
                            tlp: *tlp,
                            entry: None,
                            request: None,
                            purpose: None,
                            concerns,
                            instrument: InstrumentStanding::InForce,
                            now_ms: 0,
                            approvals,
                        };
                        let ruling = engine.rule(&facts);
                        let full = engine.rule_by(&facts, &engine.policies);
                        if let (Ruling::Failed(_), Ruling::Failed(_)) = (&ruling, &full) {
                            failed += 1;
                        } else {
                            assert_eq!(ruling, full, "{facts:?}");
                        }
                        compared += 1;
                    }
                }
            }
        }
        assert_eq!(compared, 2 * 18 * 5 * 3);
        // Clause 21 for three markings of every category, clause 20 for one more of targets.
        assert_eq!(failed, 2 * 3 * (18 * 3 + 1));
    }
}
