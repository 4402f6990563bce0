//! What comes after the main job, as steps that can be repeated like those of `story`: indicators with a second person,
//! a victim and a look at who it is, a plan with go and receipts, a recall, a hold, the schedule, a secondment; and a
//! lead that is held, called back and answered for.

use accord_model::content::{
    ActionKind, CheckResult, DisclosureItem, Execution, Indicator, IndicatorAt, IndicatorPublished,
    MaterialUse, Sensitivity, TargetCheck, VerdictDetect, VerdictWish, VictimKind,
};
use accord_model::control::RecallDone;
use accord_model::{Category, EntryRef, Role, Tlp};
use accord_service::{
    Attaching, Draft, Giving, Identity, NewAction, NewCheck, NewHold, NewLead, NewLeadHold, NewNote, NewPlan,
    NewReceipt, NewSecondment, NewTarget, NewTargets, OwnAnswer, PlanWrittenIn, Published, RecallAnswer,
    ReferredLead, Result, SayGo, ServiceError, Word,
};

use crate::story::{DAY_MS, Story, once, report};
use crate::world::START_MS;

/// What many use, so that two people publish it.
const POPULAR: &str = "bank.example";
/// What the ISP points to its sinkhole.
pub const TARGET: &str = "beacon.bad.example";
/// When it does: fixed, because every start of a node moves the clock of the test.
const INSTANT_MS: u64 = START_MS + 5 * DAY_MS;
/// The end of whatever has one.
const UNTIL_MS: u64 = START_MS + 20 * DAY_MS;

/// What was acknowledged of it.
#[derive(Debug, Clone, Default)]
pub struct Later {
    /// The id of the note that waits for a second person.
    pub waiting: Option<String>,
    /// The indicators.
    pub indicators: Option<EntryRef>,
    /// The conversation with a business.
    pub conversation: Option<String>,
    /// The victim it became.
    pub victim: Option<EntryRef>,
    /// The look that was asked for.
    pub grant: Option<EntryRef>,
    /// The target.
    pub target: Option<EntryRef>,
    /// The plan.
    pub plan: Option<PlanWrittenIn>,
    /// The recall.
    pub recall: Option<EntryRef>,
    /// The lead that the ISP gave.
    pub lead: Option<EntryRef>,
    /// Its recall.
    pub lead_recall: Option<EntryRef>,
}

fn draft(title: &str, note: NewNote) -> Draft {
    Draft {
        note,
        ..report(title, "", Tlp::Amber)
    }
}

fn note(body: impl Into<accord_model::content::ContentBody>) -> NewNote {
    NewNote::new(body).expect("a kind that is written as a note")
}

/// Who the business is.
fn identity() -> Identity {
    Identity {
        name: "Harbour Mill Ltd".into(),
        domains: vec!["harbour-mill.example".into()],
        ..Identity::default()
    }
}

impl Story {
    /// Everybody that these steps need, and the lists of what many use.
    ///
    /// # Errors
    /// What a node says.
    pub async fn more_people(&mut self) -> Result<()> {
        let agency = self.org_mut("agency");
        agency.add_person("custodian", &[Role::Custodian]).await?;
        agency.add_person("discloser", &[Role::DisclosureOfficer]).await?;
        self.org_mut("isp")
            .add_person("researcher", &[Role::Researcher])
            .await?;
        let case = self.case();
        for (org, sign_in, role) in [
            ("agency", "custodian", Role::Custodian),
            ("agency", "discloser", Role::DisclosureOfficer),
            ("isp", "researcher", Role::Researcher),
        ] {
            let person = self.org(org).who(sign_in).person;
            let (node, approver) = self.at(org, "approver");
            let roles = [role].into();
            let add = node.add_member(approver, case, person, &roles, None);
            let _: EntryRef = once(node, approver, &format!("member-{sign_in}"), add).await?;
        }
        for org in ["agency", "isp"] {
            let (node, operator) = self.at(org, "operator");
            node.load_allow_list(operator, "top", &format!("{POPULAR}\n"))
                .await?;
        }
        Ok(())
    }

    /// The investigator writes an indicator that many use; it waits.
    ///
    /// # Errors
    /// What the node says.
    pub async fn popular_indicator(&mut self) -> Result<()> {
        let new = draft(
            "the bank that is imitated",
            note(IndicatorPublished {
                indicators: vec![Indicator::of(POPULAR), Indicator::of(TARGET)],
                note: None,
                from: "analysis".into(),
                grading: None,
                source_protected: false,
                wish: VerdictWish::Detect,
                report: None,
                second: None,
            }),
        );
        let (node, who) = self.at("agency", "investigator");
        let ask = node.ask_for_second(who, self.case(), &new);
        let id: String = once(node, who, "ask-second", ask).await?;
        self.facts.later.waiting = Some(id);
        Ok(())
    }

    /// The case officer agrees to it.
    ///
    /// # Errors
    /// What the node says.
    pub async fn second_person(&mut self) -> Result<()> {
        let id = self.facts.later.waiting.clone().expect("a note that waits");
        let (node, who) = self.at("agency", "officer");
        let second = node.second_note(who, self.case(), &id);
        let published: Published = once(node, who, "second", second).await?;
        self.facts.later.indicators = Some(published.at);
        self.acknowledge("agency", published.at);
        Ok(())
    }

    /// The case officer has it detected.
    ///
    /// # Errors
    /// What the node says.
    pub async fn verdict(&mut self) -> Result<()> {
        let published = self.facts.later.indicators.expect("indicators by now");
        let new = draft(
            "detect",
            note(VerdictDetect {
                indicators: vec![IndicatorAt {
                    published,
                    value: TARGET.into(),
                }],
                audience: Vec::new(),
                reason: None,
            }),
        );
        self.publish("verdict", "agency", "officer", &new).await?;
        let (isp, _) = self.at("isp", "operator");
        isp.refresh_verdicts().await
    }

    /// A business writes, without an account: what is not repeated, since nobody's key stands behind it.
    ///
    /// # Errors
    /// What the node says.
    pub async fn business(&mut self) -> Result<()> {
        let (node, who) = self.at("agency", "investigator");
        let token = node.begin_report("our tills show a red screen").await?.token;
        node.say_who(&token, &identity()).await?;
        let id = node.conversations(who).await?.remove(0).id;
        self.facts.later.conversation = Some(id);
        Ok(())
    }

    /// It becomes a victim of the case, its identity is filed, and a look at that is asked for.
    ///
    /// # Errors
    /// What the node says.
    pub async fn victim(&mut self) -> Result<()> {
        let id = self.facts.later.conversation.clone().expect("a conversation");
        let attaching = Attaching {
            case: self.case(),
            victim: VictimKind::Organisation,
            text: "a small maker of food".into(),
            sector: None,
            wishes: None,
            marking: Tlp::Amber,
            to: Vec::new(),
        };
        let (node, who) = self.at("agency", "investigator");
        let attach = node.attach_conversation(who, &id, &attaching);
        let published: Published = once(node, who, "attach", attach).await?;
        let (_, custodian) = self.at("agency", "custodian");
        let _: EntryRef = once(node, custodian, "file", node.file_identity(custodian, &id)).await?;
        let ask = node.ask_grant(who, published.at, "to warn its bank");
        let grant: EntryRef = once(node, who, "ask-grant", ask).await?;
        self.facts.later.victim = Some(published.at);
        self.facts.later.grant = Some(grant);
        self.acknowledge("agency", published.at);
        Ok(())
    }

    /// Custodian and case officer give a hand each; the investigator looks.
    ///
    /// # Errors
    /// What the node says.
    pub async fn look(&mut self) -> Result<()> {
        let asked = self.facts.later.grant.expect("a grant by now");
        let giving = Giving {
            until_ms: UNTIL_MS,
            reason: None,
            role: None,
        };
        for hand in ["custodian", "officer"] {
            let (node, who) = self.at("agency", hand);
            let give = node.give_grant(who, asked, &giving);
            let _: EntryRef = once(node, who, &format!("hand-{hand}"), give).await?;
        }
        let (node, who) = self.at("agency", "investigator");
        // A look has no idempotency key, since its answer is nobody's to keep: whoever looks again is asked whether they
        // did already.
        let view = node.case_victims(who, self.case()).await?;
        let mut grants = view.victims.iter().flat_map(|victim| &victim.grants);
        if grants.any(|grant| grant.at == asked && !grant.looks.is_empty()) {
            return Ok(());
        }
        node.look(who, asked, "rang its bank").await.map(|_| ())
    }

    /// A target of the ISP, to be pointed to its sinkhole, looked at, and said by both to be nobody's own.
    ///
    /// # Errors
    /// What a node says.
    pub async fn target(&mut self) -> Result<()> {
        self.target_of(TARGET, ActionKind::Sinkhole).await
    }

    /// The same with another value, to which something else is done.
    ///
    /// # Errors
    /// What a node says.
    pub async fn target_of(&mut self, value: &str, action: ActionKind) -> Result<()> {
        let case = self.case();
        let new = NewTargets {
            marking: Tlp::Amber,
            to: Vec::new(),
            targets: vec![NewTarget {
                value: value.into(),
                target: None,
                action,
                responsible: self.org("isp").name.clone(),
                reason: "it answers for the panel".into(),
                rests_on: Vec::new(),
            }],
        };
        let (node, who) = self.at("agency", "investigator");
        let propose = node.propose_targets(who, case, &new);
        let published: Vec<Published> = once(node, who, "targets", propose).await?;
        let target = published.first().expect("one target").at;
        let check = |check| NewCheck {
            target,
            check,
            result: CheckResult::Clear,
            text: "looked at".into(),
        };
        let checks = [
            TargetCheck::AllowList,
            TargetCheck::Holder,
            TargetCheck::Age,
            TargetCheck::Popularity,
        ]
        .map(check);
        let check = node.check_targets(who, case, &checks);
        let _: Vec<Published> = once(node, who, "checks", check).await?;
        self.facts.later.target = Some(target);
        self.acknowledge("agency", target);
        self.not_own("agency").await
    }

    /// An organisation says that the target is not its own.
    ///
    /// # Errors
    /// What the node says.
    pub async fn not_own(&self, org: &str) -> Result<()> {
        let answers = [OwnAnswer {
            target: self.facts.later.target.expect("a target by now"),
            own: false,
            text: None,
        }];
        let (node, who) = self.at(org, "approver");
        let answer = node.answer_own(who, self.case(), &answers);
        let _: Vec<Published> = once(node, who, "not-own", answer).await?;
        Ok(())
    }

    /// The case officer writes the plan.
    ///
    /// # Errors
    /// What the node says.
    pub async fn plan(&mut self) -> Result<()> {
        let new = NewPlan {
            title: "day of action".into(),
            marking: Tlp::Amber,
            instant_ms: INSTANT_MS,
            text: "call the duty desk when something fails".into(),
            actions: vec![NewAction {
                target: self.facts.later.target.expect("a target by now"),
                org: None,
                action: None,
                after_ms: 0,
            }],
        };
        let (node, who) = self.at("agency", "officer");
        let write = node.write_plan(who, self.case(), &new);
        let plan: PlanWrittenIn = once(node, who, "plan", write).await?;
        let own = plan.parts.last().expect("a part of one's own").1.at;
        self.facts.later.plan = Some(plan);
        self.acknowledge("agency", own);
        Ok(())
    }

    /// Both say go.
    ///
    /// # Errors
    /// What a node says.
    pub async fn go(&mut self) -> Result<()> {
        let plan = self.facts.later.plan.clone().expect("a plan by now");
        let said = SayGo {
            word: Word::Go,
            commitment: plan.commitment,
            instant_ms: plan.instant_ms,
            reason: None,
        };
        for org in ["agency", "isp"] {
            let (node, who) = self.at(org, "approver");
            let go = node.say_go(who, self.case(), &said);
            let at: EntryRef = once(node, who, "go", go).await?;
            self.acknowledge(org, at);
        }
        Ok(())
    }

    /// The instant comes.
    pub fn at_the_instant(&self) {
        self.world.set_clock(INSTANT_MS + 1_000);
    }

    /// The ISP gives its receipt.
    ///
    /// # Errors
    /// What the node says.
    pub async fn receipt(&mut self) -> Result<()> {
        let receipts = [NewReceipt {
            target: self.facts.later.target.expect("a target by now"),
            outcome: Execution::Done,
            at_ms: Some(INSTANT_MS),
            text: "it points to our sinkhole".into(),
        }];
        let (node, who) = self.at("isp", "approver");
        let give = node.give_receipts(who, self.case(), &receipts);
        let published: Vec<Published> = once(node, who, "receipt", give).await?;
        let at = published.first().expect("one receipt").at;
        self.acknowledge("isp", at);
        Ok(())
    }

    /// The agency calls its indicators back.
    ///
    /// # Errors
    /// What the node says.
    pub async fn recall(&mut self) -> Result<()> {
        let entry = self.facts.later.indicators.expect("indicators by now");
        let (node, who) = self.at("agency", "approver");
        let order = node.order_recall(who, self.case(), entry, "it was the bank itself");
        let recall: EntryRef = once(node, who, "recall", order).await?;
        self.facts.later.recall = Some(recall);
        self.acknowledge("agency", recall);
        Ok(())
    }

    /// The ISP says that its copy is deleted, and it is.
    ///
    /// # Errors
    /// What the node says.
    pub async fn recall_receipt(&mut self) -> Result<()> {
        let answer = RecallAnswer {
            recall: self.facts.later.recall.expect("a recall by now"),
            done: RecallDone::Deleted,
            backup_until_ms: Some(UNTIL_MS),
            onward: Vec::new(),
            note: None,
        };
        let (node, who) = self.at("isp", "approver");
        let receipt = node.receipt_recall(who, self.case(), &answer);
        let at: EntryRef = once(node, who, "recall-receipt", receipt).await?;
        self.acknowledge("isp", at);
        Ok(())
    }

    /// The disclosure officer places a hold on the victim's note, and puts it on the schedule.
    ///
    /// # Errors
    /// What the node says.
    pub async fn hold_and_schedule(&mut self) -> Result<()> {
        let victim = self.facts.later.victim.expect("a victim by now");
        let hold = NewHold {
            entry: Some(victim),
            reference: "17 Js 26/26".into(),
            reason: "the court asked for it".into(),
        };
        let (node, who) = self.at("agency", "discloser");
        let place = node.place_hold(who, self.case(), &hold);
        let at: EntryRef = once(node, who, "hold", place).await?;
        self.acknowledge("agency", at);
        let item = draft(
            "item 1",
            note(DisclosureItem {
                number: "1".into(),
                item: Some(victim),
                description: "a report of a business".into(),
                material: MaterialUse::Unused,
                sensitivity: Sensitivity::NotSensitive,
                harm: None,
                clause: "CPIA s3".into(),
            }),
        );
        self.publish("item", "agency", "discloser", &item)
            .await
            .map(|_| ())
    }

    /// The ISP refers a lead with a value to the agency.
    ///
    /// # Errors
    /// What the node says.
    pub async fn lead(&mut self) -> Result<()> {
        let new = NewLead {
            agreement: self.agreement(),
            to: self.org("agency").name.clone(),
            title: "A panel".into(),
            marking: Tlp::Amber,
            text: "it rents out loaders".into(),
            nexus: None,
            countries: Vec::new(),
            asks: None,
            grading: None,
            source_protected: false,
            values: vec![Indicator::of("panel.example")],
            threat: None,
            onward_of: None,
            expect_now: None,
        };
        let (node, who) = self.at("isp", "researcher");
        let referred: ReferredLead = once(node, who, "lead", node.refer_lead(who, &new)).await?;
        self.facts.later.lead = Some(referred.at);
        Ok(())
    }

    /// The agency's disclosure officer holds it.
    ///
    /// # Errors
    /// What the node says.
    pub async fn hold_lead(&mut self) -> Result<()> {
        let at = self.facts.later.lead.expect("a lead by now");
        let hold = NewLeadHold {
            reference: "17 Js 26/26".into(),
            reason: "the court asked for it".into(),
        };
        let (node, who) = self.at("agency", "discloser");
        let held: Vec<EntryRef> = once(node, who, "lead-hold", node.hold_lead(who, at, &hold)).await?;
        assert_eq!(held.len(), 2, "the lead and its value");
        Ok(())
    }

    /// The ISP calls it back.
    ///
    /// # Errors
    /// What the node says.
    pub async fn recall_lead(&mut self) -> Result<()> {
        let at = self.facts.later.lead.expect("a lead by now");
        let (node, who) = self.at("isp", "approver");
        let order = node.recall_lead(who, at, "the source was wrong");
        let orders: Vec<EntryRef> = once(node, who, "lead-recall", order).await?;
        self.facts.later.lead_recall = orders.last().copied();
        Ok(())
    }

    /// The hold is lifted, and the agency deletes its copy and says so.
    ///
    /// # Errors
    /// What the node says.
    pub async fn lead_receipt(&mut self) -> Result<()> {
        let at = self.facts.later.lead.expect("a lead by now");
        let (node, who) = self.at("agency", "discloser");
        // Once the copy is deleted there is no lead to ask about: then the hold was lifted before.
        let held = match node.lead_keeping(who, at).await {
            Ok(keeping) => keeping.holds.first().map(|hold| hold.at),
            Err(ServiceError::NotFound(_)) => None,
            Err(other) => return Err(other),
        };
        if let Some(hold) = held {
            let lift = node.lift_lead_hold(who, hold, "the court has decided");
            let _: Vec<EntryRef> = once(node, who, "lead-lift", lift).await?;
        }
        let answer = RecallAnswer {
            recall: self.facts.later.lead_recall.expect("a recall by now"),
            done: RecallDone::Deleted,
            backup_until_ms: Some(UNTIL_MS),
            onward: Vec::new(),
            note: None,
        };
        let (node, who) = self.at("agency", "approver");
        let receipt = node.receipt_lead_recall(who, &answer);
        let _: EntryRef = once(node, who, "lead-receipt", receipt).await?;
        Ok(())
    }

    /// Both sides grant that the ISP's researcher works at the agency.
    ///
    /// # Errors
    /// What a node says.
    pub async fn secondment(&mut self) -> Result<()> {
        let new = NewSecondment {
            person: self.org("isp").who("researcher").person,
            home: self.org("isp").name.clone(),
            host: self.org("agency").name.clone(),
            categories: vec![Category::Analysis],
            scope: "the analysis of the kit".into(),
            from_ms: START_MS,
            until_ms: UNTIL_MS,
        };
        for (org, sign_in) in [("isp", "approver"), ("agency", "officer")] {
            let (node, who) = self.at(org, sign_in);
            let grant = node.grant_secondment(who, self.case(), &new);
            let at: EntryRef = once(node, who, "secondment", grant).await?;
            self.acknowledge(org, at);
        }
        Ok(())
    }
}
