//! Use cases: the only place that decides who may do, see or send what.
//!
//! - `node`: a running node, and the one way to change its state.
//! - `journal`: ledgers, spaces, and the control state they fold to.
//! - `release`: the one gate to other organisations. `permit` and the case checks are the gate to people here.
//! - `peers`: pairing, answering and pulling.
//! - `agreements`, `cases`, `requests`, `hunts`, `decide`, `exhibits`: what people do.
//! - `disruption`: targets, the plan, go or no-go, receipts.
//! - `sight`: how far a person sees; `team`: the pen and secondments; `recall`, `keeping`: what is called back, held
//!   and destroyed.
//! - `threats`, `leads`: what is watched before there is a case, and what partners tell each other of it. `similar`:
//!   where else a value was seen, among what the person sees.
//! - `sharing`: files for other programs; TAXII for partners who have no node.
//! - `search`: the search box, an index beside each ledger.
//! - `asks`: every other question to a partner, and its answer; oral authority. `guest`: a request to somebody without a
//!   node, answered through a link.
//! - `custody`: an exhibit goes on, to somebody outside the nodes or back.
//! - `uploads`: a partner with a node answers with an export of its own systems.
//! - `older`: what a party that came later has not got, and giving it.
//! - `collecting`: this node's own logs, brought in as they are written.
//! - `machine`: what the operator does at the node's own machine, while it is not served.
//! - `counts`: how many lines a question may hit, before anybody looks.
//! - `jobs`: looks into this node's logs that run in the background for an approver; `previews`: hunts; `holders`: who
//!   held an address.
//! - `log_keeping`: how long logs are kept, what of them is held, what is destroyed.
//! - `sql`: questions in SQL about this organisation's own logs, answered by a process of its own; `sql_kept`: those that are
//!   kept, and asked again as logs come in.
//! - `own_hunts`: hunts in this organisation's own logs: saved, run again, standing.
//! - `victims`: a business's conversation, who it is, looks at that, and the check that nothing names it. `disclosure`: the schedule.
//! - `intel`: what a researcher brings in, and files that are attached to a case. `objects`: bytes that belong to a note or a draft.
//! - `notices`: a mail or a webhook that says that something waits, and never what.
//! - `feeds`: lists that others publish, pulled, judged and laid under the verdicts of the cases.
//! - `emerging`: stories of what is new and grows, from all that is seen.
//! - `views`: what people see.
//! - `fsck`: everything verified again.
//!
//! Deliberately absent: HTTP, pages, the command line.

mod agreements;
mod asks;
mod cases;
mod collecting;
mod config;
mod counts;
mod custody;
mod decide;
mod destroying;
mod disclosure;
mod disruption;
mod duties;
mod emerging;
mod error;
mod exhibits;
mod feeds;
mod folder;
mod fsck;
mod guest;
mod holders;
mod hunts;
mod idempotency;
mod intel;
mod jobs;
mod journal;
mod keeping;
pub mod keys;
mod leads;
mod log_keeping;
mod log_matches;
mod logs;
mod looks;
mod machine;
mod made;
mod node;
mod notes;
mod notices;
mod objects;
mod older;
mod own_hunts;
mod peers;
mod people;
mod permit;
mod ports;
mod previews;
mod protection;
mod recall;
mod release;
mod reputation;
mod requests;
mod revoke;
mod search;
mod sharing;
mod sight;
mod similar;
mod sql;
mod sql_kept;
mod team;
mod threats;
mod uploads;
mod victims;
mod views;

pub use accord_client::{ClientError, FeedForm, FeedKey, MailServer, MailTls, Webhook};
pub use accord_collect::limits::MAX_KEY_BYTES as APPEND_KEY_MAX_BYTES;
pub use accord_collect::{CollectSettings, Error as CollectError};
pub use accord_emerging::{Detector, Dimension, Evidence, Finding, Point, SourceCount, Stage, Subject};
pub use accord_logstore::{Error as LogStoreError, SourceConfig};
pub use accord_sql::{Outcome as SqlOutcome, Worker as SqlWorker, parameters as sql_parameters};
pub use accord_store::Faults;
pub use accord_store::StoreError;
pub use agreements::{AgreementSummary, AgreementView, read_agreement};
pub use asks::{
    AnswerOutcome, NewOral, NewRequest, OralConfirmation, PoolWord, RequestAnswer, RequestPreview,
};
pub use cases::{NewCase, NewInstrument, NewMember};
pub use collecting::{
    APPEND_MAX_BYTES, APPENDS_MAX_BYTES, AppendOutcome, AppendRoom, Appender, CollectorError,
    CollectorNumbers, CollectorState, CollectorView, ListensAt, Machine, SPOOL,
};
pub use config::{NodeConfig, PasswordCost, PeerLimits, TotpPolicy};
pub use counts::{Counted, CountedDay, Counts};
pub use custody::{HANDED_OUTSIDE_MAX, HandOutside, OutsideSaid, OutsideView};
pub use decide::{CUSTODY_LABEL, Outcome, Verdict};
pub use destroying::{CLOCK_LEAP_MS, CLOCK_WAIT_MS, ClockLeap};
pub use disclosure::{Schedule, ScheduleLine};
pub use disruption::{
    ActionLine, Board, CheckLine, ExportForm, Exported, NETWORKS_FILE, NETWORKS_MAX, NewAction, NewCheck,
    NewLook, NewOwn, NewPlan, NewReceipt, NewTarget, NewTargets, Notice, ORG_ZONES_MAX, OWN_ITEMS_MAX,
    OwnAnswer, OwnItem, OwnKind, PlanLine, PlanWrittenIn, SINKHOLES_MAX, SayGo, SinkholeDay, SinkholeView,
    TargetLine, ToBlock, VICTIMS_COUNTED_MAX, Word, instant_in,
};
pub use emerging::{
    Afresh, Among, EmergingHealth, JudgedView, JudgedWord, NewPromotion, PLACES_FILE, PLACES_MAX,
    STORIES_SHOWN, SeriesRow, SeriesView, StoriesState, StoriesView, StoryLine, StoryView,
};
pub use error::{Denial, Result, ServiceError};
pub use feeds::{
    BLOCK_AT, ClockJump, DAYS_DEFAULT, DAYS_MAX, DETECT_AT, DoneBy, EVERY_MINUTES_MAX, EVERY_MINUTES_MIN,
    FEED_VALUES_MAX, FEEDS_MAX, FeedAct, FeedChange, FeedDo, FeedState, FeedView, FeedsView, FoundFalse,
    GONE_PERCENT_DEFAULT, GROWN_MAX_TIMES, HeldPull, NamedDone, NewFeed, Provenance, PullLine, PullOutcome,
    PullUnderWay, Refusals, RefusedFor, SourceKind, SourceRank, Trial, TrialRow,
};
pub use fsck::{FsckReport, fsck};
pub use guest::{
    FILE_MAX_BYTES as GUEST_FILE_MAX_BYTES, FILES_MAX, FILES_MAX_BYTES, GUEST_WORDS_MAX_CHARS, GuestAnswer,
    GuestDraftView, GuestFile, GuestKind, GuestLinkView, GuestMade, GuestReceipt, GuestSees,
    GuestSubscribers, LINK_DAYS_DEFAULT, LINK_DAYS_MAX, LINKS_MAX, OPENED_A_MINUTE_MAX, RECEIPT_KEPT_MS,
    ReceiptFile, TRIES_DEFAULT, TRIES_MAX, clean_name,
};
pub use holders::{ASKED_UNCERTAINTY_MS, Candidate, Found, Held, HoldersJob};
pub use hunts::{FirstYes, FoundLine, Narrowing, Preview, PreviewSummary, summarise};
pub use idempotency::Once;
pub use intel::{
    CASE_FILES_MAX_BYTES, Choices, DRAFT_BYTES_MAX, DRAFT_OLD_DAYS, DRAFTS_MAX, FILE_MAX_BYTES, FileView,
    INTEL_PAGE, ImportDraft, ImportPlan, ImportPublished, ImportView, IntelFilter, IntelItem, IntelKind,
    IntelPage, NewFile, PlannedNote, ValueView,
};
pub use jobs::{HuntProgress, JobState, PREVIEW_JOBS_KEPT, PREVIEW_JOBS_MAX};
pub use keeping::{GivenView, HoldView, KEPT_SHOWN, KeepingView, NewHold, RetentionView};
pub use leads::{
    FeedbackView, LEAD_FEEDBACK_DAYS, LEAD_NOTES_HELD_MAX, LEAD_PEOPLE_MAX, LEAD_VALUES_MAX, LeadAnswer,
    LeadKeeping, LeadNote, LeadPart, LeadPreview, LeadRecall, LeadSummary, LeadView, NewLead, NewLeadHold,
    OnwardAnswer, OnwardView, OpenFromLead, PassedOn, ReferredLead,
};
pub use log_keeping::{
    KeptLog, LOG_KEEPING_SHOWN, LOG_RECORDS_PAGE, LOGS_DESTROYED_PER_RUN, LiftPreview, LogHold, LogKeeping,
    LogOver, LogRecord, NewLogHold, NewRetention, RetentionPreview, SourceKeeping,
};
pub use log_matches::{AskMatches, LOG_MATCHES_SHOWN, LogMatch, LogMatches, MatchedDay};
pub use logs::Destroyed;
pub use looks::{LOOKS_PAGE, LookView, Way};
pub use machine::{MACHINE_ACTOR, OnThisMachine};
pub use node::Node;
pub use notes::{Draft, NOTE_KINDS, NewNote, Published, WAITING_MAX, WaitingNote};
pub use notices::{
    NOTICE_TRIES_MAX, NoticeSettings, NoticeWhen, NoticesConfig, NoticesView, OUTBOX_MAX, QuietHours, Waiting,
};
pub use older::{GiveOlder, GivenNote, OLDER_MAX, OlderNote, OlderNotes};
pub use own_hunts::{
    Beside, FoundGroup, Mark, NewMark, NewOwnHunt, OWN_COMMENT_MAX, OWN_DRAFT_LINES_MAX, OWN_FOUND_MAX,
    OWN_GAPS_MAX, OWN_HUNTS_MAX, OWN_LINES_PAGE, OWN_MARKS_MAX, OWN_NAME_MAX, OWN_REASON_MAX,
    OWN_RULES_BYTES_MAX, OWN_RULES_MAX, OWN_TAGS_MAX, OWN_VALUES_MAX, OwnFilter, OwnGroups, OwnHuntView,
    OwnLine, OwnLineView, OwnLines, OwnRule, Ran, Said,
};
pub use peers::{InvitationText, News, PeerStatus, PeerView, Pulled, SIGNATURE_WINDOW_S, Signer};
pub use people::{NewPerson, NewSecondee, PersonView, ResetAsked, SignIn, SignedIn};
pub use permit::Act;
pub use ports::Ports;
pub use previews::PreviewJob;
pub use protection::{
    AllowListView, AudienceSecret, AudienceView, DayCount, EDGE_DAYS_BACK, EDGE_KEPT_DAYS, EdgeState,
    EdgeView, Growing, IndicatorView, LIST_VALUES_MAX, LOGGED_NAMES_MAX, LookedUp, NewAudience,
    OpenedAudience, POPULAR_ABOVE, POPULAR_WITHIN_DAYS, Reach, RenewedSecret, SeenView,
};
pub use recall::{RecallAnswer, RecallView, ReceiptView};
pub use release::Decided;
pub use reputation::{
    CaseLinks, ClearedView, LINK_TEXT_MAX_BYTES, LINKS_SHOWN, LinkAct, LinkDo, LinkDone, LinkPlan,
    LinkSeenBy, LinkValue, LinkView, Linked, NewLinks, SEEN_WITH_MAX,
};
pub use requests::NewHunt;
pub use revoke::{NodeKeyView, NodeKeysView, RevocationView};
pub use search::{
    CaseFound, FOUND_MAX, GROUP_MAX, Group, How, LeadFound, NoteFound, QUERY_MAX_CHARS, QUERY_TERMS_MAX,
    SearchAnswer, SightingFound, ThreatFound, VerdictFound,
};
pub use sharing::{
    EXPORT_INDICATORS_MAX, ExportAsked, ExportPreview, ExportedFile, GRAPH_NODES_MAX, Graph, GraphKind,
    GraphNode, NewTaxiiAccount, OpenedTaxiiAccount, ReceivedObject, ReceivedPublished, ReceivedView,
    TAXII_ACCOUNTS_MAX, TAXII_ADD_BYTES_MAX, TAXII_ADD_OBJECTS_MAX, TAXII_PAGE_MAX, TAXII_RECEIVED_MAX,
    TaxiiAccountView, TaxiiAsked, TaxiiCaller, TaxiiCollection, TaxiiObject, TaxiiPage, TaxiiRoot,
    TaxiiStatus, Versions,
};
pub use similar::{NewLink, SIMILAR_MAX, STRONGEST_MAX, Similar, SimilarWhat};
pub use sql::{
    AskSql, SQL_ANSWER_MAX_BYTES, SQL_AT_ONCE, SQL_REASON_MAX, SQL_ROWS_MAX, SQL_STATEMENT_MAX_BYTES,
    SqlAnswer, SqlForm,
};
pub use sql_kept::{
    KeptSqlView, NewKeptSql, SQL_KEPT_MAX, SQL_NAME_MAX, SQL_STANDING_EVERY_MS, SQL_STANDING_MAX,
    SQL_STANDING_OF_ONE_MAX, SqlRan,
};
pub use team::{EndedSecondment, NewSecondment, OfferedPen, SecondmentView, TeamView};
pub use threats::{
    Assessment, LeadLine, Level, NewThreat, Options, RelatedCase, THREAT_CASES_MAX, THREAT_NOTES_MAX,
    THREAT_PEOPLE_MAX, THREAT_TEXT_MAX, THREAT_VALUES_MAX, THREATS_MAX, ThreatChange, ThreatNoteView,
    ThreatPerson, ThreatStatus, ThreatSummary, ThreatView,
};
pub use uploads::{
    ExportOf, SendUpload, UPLOAD_FILE_MAX_BYTES, UPLOAD_FILES_MAX, UPLOAD_LINES_SHOWN, UPLOAD_MAX_BYTES,
    UPLOAD_WORDS_MAX, UploadView, UploadedFileView,
};
pub use victims::{
    Attaching, CaseVictims, ConversationLine, ConversationOpened, ConversationView, GRANT_MAX_MS, Giving,
    GivingIdentity, GrantView, Identity, IdentityGivenView, Message, MessageFrom, StepView, VictimLook,
    VictimMessageView, VictimSees, VictimView,
};
pub use views::{
    AccessFilter, AccessPage, AccessView, CasePart, CaseSummary, CaseView, ControlLine, ControlPage,
    CustodyView, ExhibitView, HeadFacts, Imported, InboxItem, InstrumentView, KEPT_REMINDER_MS,
    LineNotUnderstood, MemberView, NotUnderstood, OralView, PRESSING_MS, PoolSaid, RequestView,
    SECRECY_REMINDER_MS, SegmentView, SourceView, SpaceSummary, TIMELINE_PAGE, TimelineItem, Todo, Tracks,
};
pub use views::{SubjectView, TaskView};
