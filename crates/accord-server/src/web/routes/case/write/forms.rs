//! One form per kind of note: what is asked, in which words. A new kind of note is a row here.

use accord_model::EntryKind;

use crate::web::routes::gradings;

/// How a value is asked and how it stands in the note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// One line of words.
    Line,
    /// One line, letter by letter: a value, a reference.
    Mono,
    /// Words over several lines.
    Prose,
    /// One value a line; a list.
    Values,
    /// Two-letter countries, separated by spaces or commas; a list.
    Countries,
    /// A moment, UTC; milliseconds.
    Moment,
    /// A party of the case.
    Party,
    /// Values to look for, one a line, with labels for all of them from the field `labels`.
    Indicators,
    /// Of a published note: the value that the address names, or all its values.
    Named,
    /// One of these: the word of the note, and what people read.
    One(&'static [(&'static str, &'static str)]),
    /// Whether: a tick, with what it means.
    Yes(&'static str),
    /// The note it is about, named in the address: never typed.
    About,
    /// Read together with another field.
    Skip,
}

/// One value of a note. Its name is the field of the note (`docs/spec/entries.md`); a dot stands for one inside
/// another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub ask: Ask,
    pub optional: bool,
}

/// The form of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoteForm {
    pub kind: EntryKind,
    /// What is done.
    pub title: &'static str,
    /// What it is for.
    pub lede: &'static str,
    /// The tab it leads back to.
    pub tab: &'static str,
    pub inputs: &'static [Input],
}

const fn input(name: &'static str, label: &'static str, ask: Ask, hint: &'static str) -> Input {
    Input {
        name,
        label,
        hint,
        ask,
        optional: false,
    }
}

const fn maybe(name: &'static str, label: &'static str, ask: Ask, hint: &'static str) -> Input {
    Input {
        optional: true,
        ..input(name, label, ask, hint)
    }
}

const ADMIRALTY_SOURCE: Input = maybe(
    "grading.admiralty.reliability",
    "Source (Admiralty)",
    Ask::One(gradings::RELIABILITY),
    "",
);
const ADMIRALTY_INFORMATION: Input = maybe(
    "grading.admiralty.credibility",
    "Information (Admiralty)",
    Ask::One(gradings::CREDIBILITY),
    "",
);
const THREE_SOURCE: Input = maybe(
    "grading.three_five_two.source",
    "Source (3x5x2)",
    Ask::One(gradings::SOURCE),
    "All three parts, or none.",
);
const THREE_ASSESSMENT: Input = maybe(
    "grading.three_five_two.assessment",
    "How the source knows (3x5x2)",
    Ask::One(gradings::ASSESSMENT),
    "",
);
const THREE_HANDLING: Input = maybe(
    "grading.three_five_two.handling",
    "Who may have it (3x5x2)",
    Ask::One(gradings::HANDLING),
    "",
);
const THREE_CONDITIONS: Input = maybe(
    "grading.three_five_two.conditions",
    "Conditions (3x5x2)",
    Ask::Line,
    "With handling code C, and only then.",
);
const PROTECTED: Input = maybe(
    "source_protected",
    "Source protection",
    Ask::Yes("the source would be in danger if it were known"),
    "Then nothing that is made of this note says whose it is.",
);
/// What a target may be.
pub(in super::super) const KIND_WORDS: &[(&str, &str)] = &[
    ("domain", "domain"),
    ("address", "address"),
    ("url", "URL"),
    ("server", "server"),
    ("account", "account"),
    ("certificate", "certificate"),
];
/// What may be done to a target.
pub(in super::super) const ACTION_WORDS: &[(&str, &str)] = &[
    ("block", "block"),
    ("sinkhole", "sinkhole"),
    ("takedown", "take down"),
    ("suspend", "suspend"),
    ("seize", "seize"),
    ("preserve", "preserve"),
];
const TARGET_KINDS: Ask = Ask::One(KIND_WORDS);
const ACTIONS: Ask = Ask::One(ACTION_WORDS);

/// Every form.
pub(super) const FORMS: &[NoteForm] = &[
    NoteForm {
        kind: EntryKind::ReportPublished,
        title: "Write a report",
        lede: "What happened, what you found, what it means. Grade it where others will rely on it.",
        tab: "timeline",
        inputs: &[
            input("text", "Report", Ask::Prose, ""),
            maybe(
                "techniques",
                "ATT&CK techniques",
                Ask::Values,
                "One a line, such as T1059.001.",
            ),
            ADMIRALTY_SOURCE,
            ADMIRALTY_INFORMATION,
            THREE_SOURCE,
            THREE_ASSESSMENT,
            THREE_HANDLING,
            THREE_CONDITIONS,
            PROTECTED,
        ],
    },
    NoteForm {
        kind: EntryKind::IndicatorPublished,
        title: "Publish indicators",
        lede: "Values that mean something. Nothing is done about them before a case officer says so.",
        tab: "intel",
        inputs: &[
            input(
                "indicators",
                "Indicators",
                Ask::Indicators,
                "One a line: domains, addresses, URLs, e-mail addresses, digests. Defanged forms are read.",
            ),
            maybe(
                "labels",
                "Labels for all of them",
                Ask::Skip,
                "Such as the family: simda.",
            ),
            input(
                "from",
                "Where they come from",
                Ask::Line,
                "An analysis, a feed, a file. Never a protected source.",
            ),
            maybe("note", "What they mean", Ask::Prose, ""),
            maybe(
                "wish",
                "What should happen",
                Ask::One(&[
                    ("none", "nothing"),
                    ("detect", "detect silently"),
                    ("block", "block"),
                ]),
                "A case officer decides.",
            ),
            ADMIRALTY_SOURCE,
            ADMIRALTY_INFORMATION,
            THREE_SOURCE,
            THREE_ASSESSMENT,
            THREE_HANDLING,
            THREE_CONDITIONS,
            PROTECTED,
        ],
    },
    NoteForm {
        kind: EntryKind::IndicatorWithdrawn,
        title: "Withdraw indicators",
        lede: "They are served no more, anywhere. Say why: whoever acted on them reads it.",
        tab: "intel",
        inputs: &[
            input("published", "Published", Ask::About, ""),
            maybe(
                "values",
                "Which of them",
                Ask::Values,
                "One a line; empty means all of that note.",
            ),
            input("reason", "Reason", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::VerdictDetect,
        title: "Detect silently",
        lede: "Partners who get this count what they see and tell nobody who asks: suspects are not tipped off.",
        tab: "intel",
        inputs: &[
            input("published", "Published", Ask::About, ""),
            input("indicators", "Value", Ask::Named, ""),
            maybe("reason", "Reason", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::VerdictBlock,
        title: "Block",
        lede: "Partners who get this answer that the value is bad, to everybody who asks. Suspects will notice.",
        tab: "intel",
        inputs: &[
            input("published", "Published", Ask::About, ""),
            maybe("plan", "Plan", Ask::About, ""),
            input("indicators", "Value", Ask::Named, ""),
            input("reason", "Reason", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::DecisionLogged,
        title: "Log a decision",
        lede: "What was decided and why. A court may read it in years.",
        tab: "timeline",
        inputs: &[
            input("text", "Decision", Ask::Prose, ""),
            input(
                "reason",
                "Reason",
                Ask::Prose,
                "With what was known at the time, and what was decided against.",
            ),
        ],
    },
    NoteForm {
        kind: EntryKind::FeedbackGiven,
        title: "Give feedback",
        lede: "Tell whoever gave it what became of it.",
        tab: "timeline",
        inputs: &[
            input("about", "About", Ask::About, ""),
            input(
                "text",
                "Feedback",
                Ask::Prose,
                "What it led to, and what would have helped more.",
            ),
        ],
    },
    NoteForm {
        kind: EntryKind::TaskSet,
        title: "Set a task",
        lede: "What is to be done, by which organisation, by when.",
        tab: "tasks",
        inputs: &[
            input("org", "Who does it", Ask::Party, ""),
            maybe("text", "What is to be done", Ask::Prose, ""),
            maybe("due_ms", "Due (UTC)", Ask::Moment, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::TaskDone,
        title: "Say that a task is done",
        lede: "Whoever set it, and whoever was to do it, can say so.",
        tab: "tasks",
        inputs: &[
            input("task", "Task", Ask::About, ""),
            maybe("text", "What was done", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::SubjectRecorded,
        title: "Record a subject",
        lede: "A person or group under suspicion. If they are cleared, only the reference stays on the pages.",
        tab: "subjects",
        inputs: &[
            input("reference", "Reference", Ask::Mono, "How you speak of them: S-1."),
            maybe("name", "Name", Ask::Line, ""),
            maybe("aliases", "Aliases", Ask::Values, "One a line."),
            maybe(
                "identifiers",
                "Accounts, addresses, numbers",
                Ask::Values,
                "One a line.",
            ),
            maybe(
                "countries",
                "Countries",
                Ask::Countries,
                "Two letters each: NL, DE.",
            ),
            input("text", "Why they are suspected", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::SubjectStatus,
        title: "Change a subject's status",
        lede: "Suspected, arrested, charged or cleared. Clearing takes their name and all that leads to them off every page.",
        tab: "subjects",
        inputs: &[
            input("subject", "Subject", Ask::About, ""),
            input(
                "status",
                "Status",
                Ask::One(&[
                    ("suspected", "suspected"),
                    ("arrested", "arrested"),
                    ("charged", "charged"),
                    ("cleared", "cleared"),
                ]),
                "",
            ),
            input("reason", "Reason", Ask::Prose, ""),
            maybe("prosecutor", "Prosecutor", Ask::Line, ""),
            maybe(
                "proceedings",
                "Proceedings",
                Ask::Mono,
                "The court's or prosecutor's number.",
            ),
        ],
    },
    NoteForm {
        kind: EntryKind::TargetProposed,
        title: "Propose a target",
        lede: "Something that the criminals need and that a partner can take from them. Nothing happens before it is checked, planned and agreed to.",
        tab: "plan",
        inputs: &[
            input(
                "value",
                "Value",
                Ask::Mono,
                "The domain, address or account, as it is.",
            ),
            input("target", "What it is", TARGET_KINDS, ""),
            input("action", "What should be done", ACTIONS, ""),
            input(
                "responsible",
                "Who can do it",
                Ask::Party,
                "Of the providers only they see it; a vendor sees what you mean it for.",
            ),
            input("reason", "Why", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::TargetChecked,
        title: "Say what a check found",
        lede: "Unknown is an answer: a person must then judge it.",
        tab: "plan",
        inputs: &[
            input("target", "Target", Ask::About, ""),
            input(
                "check",
                "Check",
                Ask::One(&[
                    ("allow-list", "allow lists"),
                    ("own-infrastructure", "our own infrastructure or sinkhole"),
                    ("holder", "who holds it"),
                    ("age", "how old it is"),
                    ("popularity", "how many use it"),
                    ("judgement", "a person's judgement"),
                ]),
                "",
            ),
            input(
                "result",
                "Result",
                Ask::One(&[
                    ("clear", "nothing speaks against it"),
                    ("unknown", "could not be told"),
                    ("against", "it speaks against acting"),
                ]),
                "",
            ),
            input("text", "What was found", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::TargetDropped,
        title: "Drop a target",
        lede: "Nobody acts on it from now on. It stays on record.",
        tab: "plan",
        inputs: &[
            input("target", "Target", Ask::About, ""),
            input("reason", "Reason", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::ActionVerified,
        title: "Say whether an action held",
        lede: "Looked at again some time after: is the target still gone?",
        tab: "plan",
        inputs: &[
            input("action", "Action", Ask::About, ""),
            input(
                "held",
                "Finding",
                Ask::One(&[
                    ("held", "it held"),
                    ("unknown", "could not be told"),
                    ("did-not-hold", "it did not hold"),
                ]),
                "",
            ),
            input("at_ms", "Looked at (UTC)", Ask::Moment, ""),
            input("text", "What was seen", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::VictimRecorded,
        title: "Record a victim",
        lede: "Under a pseudonym that says nothing of who they are. Their identity is kept apart, and opened only under a grant.",
        tab: "victims",
        inputs: &[
            input(
                "pseudonym",
                "Pseudonym",
                Ask::Line,
                "Such as Victim Amber. No initials, no trade, no place.",
            ),
            input(
                "victim",
                "What they are",
                Ask::One(&[("organisation", "an organisation"), ("person", "a person")]),
                "",
            ),
            input(
                "text",
                "What happened to them",
                Ask::Prose,
                "Nothing that leads to them.",
            ),
            maybe("sector", "Sector", Ask::Line, "Only as wide as it must be."),
            maybe("wishes", "What they wish", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::VictimMessage,
        title: "Note a message",
        lede: "What was said to the victim, or by them, in words that do not lead to them.",
        tab: "victims",
        inputs: &[
            input("victim", "Victim", Ask::About, ""),
            input(
                "direction",
                "Direction",
                Ask::One(&[("from-victim", "from the victim"), ("to-victim", "to the victim")]),
                "",
            ),
            input("text", "Message", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::RemediationNoted,
        title: "Note a step of remediation",
        lede: "What the victim was advised to do, and how far it is.",
        tab: "victims",
        inputs: &[
            input("victim", "Victim", Ask::About, ""),
            input("step", "Step", Ask::Line, ""),
            input(
                "state",
                "State",
                Ask::One(&[
                    ("advised", "advised"),
                    ("begun", "begun"),
                    ("done", "done"),
                    ("not-done", "not done"),
                ]),
                "",
            ),
            maybe("text", "More", Ask::Prose, ""),
        ],
    },
    NoteForm {
        kind: EntryKind::DisclosureItem,
        title: "Schedule an item",
        lede: "For the court: what it is, whether it is used, whether it is sensitive and why.",
        tab: "disclosure",
        inputs: &[
            maybe("item", "Item", Ask::About, ""),
            input("number", "Number", Ask::Mono, "As the schedule counts: 1, 2, 2a."),
            input("description", "Description", Ask::Prose, ""),
            input(
                "material",
                "Material",
                Ask::One(&[("used", "used"), ("unused", "unused")]),
                "",
            ),
            input(
                "sensitivity",
                "Sensitivity",
                Ask::One(&[("not-sensitive", "not sensitive"), ("sensitive", "sensitive")]),
                "",
            ),
            maybe(
                "harm",
                "What harm disclosure would do",
                Ask::Prose,
                "Exactly when it is sensitive.",
            ),
            input(
                "clause",
                "Clause",
                Ask::Mono,
                "Of the agreement, under which it was had.",
            ),
        ],
    },
    NoteForm {
        kind: EntryKind::CaseDescribed,
        title: "Describe the case",
        lede: "What stands at its head. A later description replaces this one whole. Choose whom each is for.",
        tab: "about",
        inputs: &[
            maybe(
                "jurisdictions",
                "Jurisdictions",
                Ask::Countries,
                "Whose courts may try it; two letters each, such as NL DE.",
            ),
            maybe("nexus", "Why is it ours?", Ask::Prose, ""),
            maybe(
                "office",
                "Prosecuting office",
                Ask::Line,
                "The office, and no person: a prosecutor is named with a subject's status.",
            ),
            maybe(
                "origin",
                "Where did it come from?",
                Ask::Prose,
                "Name no protected source.",
            ),
            maybe(
                "references",
                "What others call it",
                Ask::Values,
                "One a line: registers, channels, sister cases.",
            ),
        ],
    },
    NoteForm {
        kind: EntryKind::OutcomeRecorded,
        title: "Record an outcome",
        lede: "What came of the case, or of one subject.",
        tab: "subjects",
        inputs: &[
            maybe("subject", "Subject", Ask::About, ""),
            input(
                "outcome",
                "Outcome",
                Ask::One(&[
                    ("convicted", "convicted"),
                    ("acquitted", "acquitted"),
                    ("discontinued", "discontinued"),
                    ("resolved", "resolved out of court"),
                    ("disrupted", "disrupted"),
                    ("transferred", "handed to another authority"),
                    ("no-further-action", "no further action"),
                ]),
                "",
            ),
            maybe("authority", "Court or authority", Ask::Line, ""),
            input("text", "In words", Ask::Prose, ""),
        ],
    },
];
