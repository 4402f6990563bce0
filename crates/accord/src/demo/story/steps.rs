//! The steps, their titles, and which chapter plays each. A step more is a line of the table, a chapter of its own and
//! a line in [`Story::play`].

use super::Story;
use crate::demo::StepError;

macro_rules! steps {
    ($($(#[$doc:meta])* $step:ident = $title:literal,)+) => {
        /// The steps in their order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Step {
            $($(#[$doc])* $step,)+
        }

        impl Step {
            /// Every step.
            pub const ALL: &'static [Self] = &[$(Self::$step,)+];

            /// What happens.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$step => $title,)+
                }
            }
        }
    };
}

steps! {
    /// First sign-ins.
    Found = "Five organisations make their nodes, and their first people sign in",
    /// Peers.
    Pair = "Operators pair their nodes, comparing fingerprints",
    /// Accounts.
    People = "Operators add people; signatories confirm their roles",
    /// The agreement of four parties.
    Agree = "Agency, vendor, ISP and hosting provider sign one agreement with their offline keys",
    /// The agreement with the vendor.
    AgreeIntelligence = "Agency and vendor sign an intelligence-only agreement",
    /// Logs are brought in.
    Logs = "The ISP and the hosting provider bring their logs in",
    /// A threat is watched, and referred.
    Lead = "The vendor's researcher watches a threat, and refers it to the agency as a lead",
    /// The case.
    Open = "The agency's case officer takes the lead up, and opens a case with the three others",
    /// Stages, decisions, tasks.
    Adopt = "The lead is assessed, adopted and investigated; decisions are logged, work is given out",
    /// Somebody seconded.
    Second = "An analyst of the vendor is seconded to the agency, until a set time",
    /// Indicators.
    Publish = "The vendor's researcher publishes indicators; its approver lets the ISP have them",
    /// Silent detection.
    Detect = "The ISP's resolvers detect in silence, and the agency learns how often",
    /// A report is brought in.
    Import = "The researcher pastes a report and a bundle, reviews what was found, and publishes it",
    /// Machines read along.
    Taxii = "The hosting provider's own system reads by TAXII, and adds an indicator",
    /// Legal authorities.
    Instruments = "Legal authorities are recorded, one for each addressee",
    /// Hunts are asked.
    Ask = "The investigator asks both providers to look in their logs",
    /// The ISP decides.
    IspDecides = "The ISP's approver looks at the preview and narrows it",
    /// The hosting provider decides.
    HostingDecides = "The hosting provider's approver narrows one request and refuses the other",
    /// Evidence arrives.
    Receive = "The evidence arrives; the investigator verifies and receives it",
    /// Offline.
    Offline = "The packages are verified with no node, line by line against the original logs",
    /// Information, expertise, subscribers.
    Questions = "Partners are asked for information, for expertise, and for who held an address",
    /// Preservation, takedown, and a request taken back.
    Kept = "A provider is asked to keep data and to take a page down, and a request is taken back",
    /// Notices.
    Notices = "People are told by mail and webhook that something waits, and never what",
    /// Authority by word of mouth.
    Oral = "A life is in danger: an authority by word of mouth carries one act, and is confirmed in writing",
    /// Somebody without a node.
    Guest = "A hosting provider without a node is asked through a link, and answers",
    /// A business reports.
    Business = "A business in trouble writes, and is helped under a pseudonym",
    /// Its identity.
    Identity = "It says who it is, sealed; one look takes two others, and nothing that leaves names it",
    /// Targets and the plan.
    Plan = "Targets are checked and a plan is written, without those that somebody calls its own",
    /// One party says no.
    NoGo = "One party says no; the plan is changed, and everybody is asked again",
    /// Go.
    Go = "Every party says go; at the instant they act, and give receipts",
    /// A real resolver.
    Resolver = "A real resolver loads the ISP's policy zone",
    /// Machines that call.
    Sinkhole = "The sinkhole's log comes in; machines are counted, and their addresses stay",
    /// Subjects.
    Subjects = "One subject is arrested and charged; another is cleared, and gone everywhere",
    /// A mistake is recalled.
    Recall = "A mistake is published, recalled, receipted by every party, and served no more",
    /// An indicator is withdrawn.
    Withdraw = "An indicator is withdrawn, and nothing answers for it any more",
    /// The schedule.
    Disclosure = "The disclosure officer makes the schedule, and places a hold",
    /// What does not flow.
    Denied = "What the agreements deny does not leave, by any route",
    /// Do we know this?
    Search = "Everybody searches for the same, and finds what they may see",
    /// Files and graph.
    TakeAlong = "The intelligence is taken along for other programs, and drawn as a graph",
    /// An order is taken back.
    OrderEnds = "A court takes its order back, and what rested on it is denied",
    /// Another case, another pen.
    SecondCase = "A second case is opened under a shorter agreement, and its pen passes",
    /// A party comes late, another goes.
    Late = "A party comes late and is given older notes; another is taken off and gets nothing more",
    /// What two cases share.
    AlsoSeen = "The same panel in two cases: who sees both is told",
    /// What somebody needs to know.
    NeedToKnow = "Somebody is named on the second case for its indicators, and sees nothing else of it",
    /// A yes that is taken back.
    TakeBack = "An answer takes two people's yes: the first one is taken back before the second",
    /// Who a partner's customer is.
    Customer = "The vendor says who its customer is, sealed to the agency's custodian, and reads every look",
    /// The outcome.
    Close = "The outcome is recorded, the vendor and the business are told, the case is closed",
    /// Time is over.
    Retention = "The next day: what is over is destroyed, but not what is held; the hold is lifted",
    /// The end of an agreement.
    Terminate = "The second agreement is terminated, and nothing leaves under it",
    /// All sides agree.
    Converge = "Every side holds the same control state; the others hold nothing",
}

impl Story<'_> {
    /// Plays one step: what it proved, line by line.
    pub async fn play(&mut self, step: Step) -> Result<Vec<String>, StepError> {
        match step {
            Step::Found => self.found().await?,
            Step::Pair => self.pair().await?,
            Step::People => self.add_people().await?,
            Step::Agree => self.agree().await?,
            Step::AgreeIntelligence => self.agree_intelligence().await?,
            Step::Logs => self.bring_logs().await?,
            Step::Lead => self.refer_lead().await?,
            Step::Open => self.open_case().await?,
            Step::Adopt => self.adopt().await?,
            Step::Second => self.second().await?,
            Step::Publish => self.publish_indicators().await?,
            Step::Detect => self.detect().await?,
            Step::Import => self.import().await?,
            Step::Taxii => self.taxii().await?,
            Step::Instruments => self.record_instruments().await?,
            Step::Ask => self.ask_hunts().await?,
            Step::IspDecides => self.isp_decides().await?,
            Step::HostingDecides => self.hosting_decides().await?,
            Step::Receive => self.receive().await?,
            Step::Offline => self.verify_offline().await?,
            Step::Questions => self.ask_questions().await?,
            Step::Kept => self.keep_and_take_down().await?,
            Step::Notices => self.notices().await?,
            Step::Oral => self.oral().await?,
            Step::Guest => self.guest().await?,
            Step::Business => self.business().await?,
            Step::Identity => self.identity().await?,
            Step::Plan => self.plan().await?,
            Step::NoGo => self.no_go().await?,
            Step::Go => self.go().await?,
            Step::Resolver => self.resolver().await?,
            Step::Sinkhole => self.sinkhole().await?,
            Step::Subjects => self.subjects().await?,
            Step::Recall => self.recall().await?,
            Step::Withdraw => self.withdraw().await?,
            Step::Disclosure => self.disclose().await?,
            Step::Denied => self.denied().await?,
            Step::Search => self.search().await?,
            Step::TakeAlong => self.take_along().await?,
            Step::OrderEnds => self.order_ends().await?,
            Step::SecondCase => self.open_second_case().await?,
            Step::Late => self.late_and_gone().await?,
            Step::AlsoSeen => self.also_seen().await?,
            Step::NeedToKnow => self.need_to_know().await?,
            Step::TakeBack => self.take_back_a_yes().await?,
            Step::Customer => self.give_customer().await?,
            Step::Close => self.close().await?,
            Step::Retention => self.retention().await?,
            Step::Terminate => self.terminate().await?,
            Step::Converge => self.converge().await?,
        }
        Ok(std::mem::take(&mut self.proved))
    }
}
