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
//! - `asks`: every other question to a partner, and its answer; oral authority.
//! - `machine`: what the operator does at the node's own machine, while it is not served.
//! - `previews`: hunts that run in the background for an approver.
//! - `victims`: a business's conversation, who it is, looks at that, and the check that nothing names it. `disclosure`: the schedule.
//! - `intel`: what a researcher brings in, and files that are attached to a case. `objects`: bytes that belong to a note or a draft.
//! - `views`: what people see.
//! - `fsck`: everything verified again.
//!
//! Deliberately absent: HTTP, pages, the command line.

mod agreements;
mod asks;
mod cases;
mod config;
mod decide;
mod disclosure;
mod disruption;
mod error;
mod exhibits;
mod folder;
mod fsck;
mod hunts;
mod idempotency;
mod intel;
mod journal;
mod keeping;
pub mod keys;
mod logs;
mod looks;
mod machine;
mod node;
mod notes;
mod objects;
mod peers;
mod people;
mod permit;
mod ports;
mod previews;
mod protection;
mod recall;
mod release;
mod requests;
mod revoke;
mod sight;
mod team;
mod victims;
mod views;

pub use accord_client::ClientError;
pub use accord_logstore::{Error as LogStoreError, SourceConfig};
pub use accord_store::Faults;
pub use accord_store::StoreError;
pub use agreements::{AgreementSummary, AgreementView, read_agreement};
pub use asks::{
    AnswerOutcome, NewOral, NewRequest, OralConfirmation, PoolWord, RequestAnswer, RequestPreview,
};
pub use cases::{NewCase, NewInstrument};
pub use config::{NodeConfig, PasswordCost, PeerLimits, TotpPolicy};
pub use decide::{CUSTODY_LABEL, Outcome, Verdict};
pub use disclosure::{Schedule, ScheduleLine};
pub use disruption::{
    ActionLine, Board, CheckLine, ExportForm, Exported, NewAction, NewCheck, NewLook, NewOwn, NewPlan,
    NewReceipt, NewTarget, NewTargets, Notice, OWN_ITEMS_MAX, OwnAnswer, OwnItem, OwnKind, PlanLine,
    PlanWrittenIn, SayGo, TargetLine, ToBlock, Word,
};
pub use error::{Denial, Result, ServiceError};
pub use fsck::{FsckReport, fsck};
pub use hunts::{FirstYes, FoundLine, HuntProgress, Narrowing, Preview, PreviewSummary, summarise};
pub use idempotency::Once;
pub use intel::{
    CASE_FILES_MAX_BYTES, Choices, DRAFT_BYTES_MAX, DRAFTS_MAX, FILE_MAX_BYTES, FileView, INTEL_PAGE,
    ImportDraft, ImportPlan, ImportPublished, ImportView, IntelFilter, IntelItem, IntelKind, IntelPage,
    NewFile, PlannedNote, ValueView,
};
pub use keeping::{HoldView, KeepingView, NewHold, RetentionView};
pub use looks::{LOOKS_PAGE, LookView, Way};
pub use machine::{MACHINE_ACTOR, OnThisMachine};
pub use node::Node;
pub use notes::{Draft, NOTE_KINDS, NewNote, Published, WAITING_MAX, WaitingNote};
pub use peers::{InvitationText, News, PeerStatus, PeerView, Pulled, SIGNATURE_WINDOW_S, Signer};
pub use people::{NewPerson, NewSecondee, PersonView, ResetAsked, SignIn, SignedIn};
pub use permit::Act;
pub use ports::Ports;
pub use previews::{JobState, PreviewJob};
pub use protection::{
    AllowListView, AudienceView, DayCount, Growing, IndicatorView, LIST_VALUES_MAX, LookedUp, NewAudience,
    OpenedAudience, Reach, SeenView,
};
pub use recall::{RecallAnswer, RecallView, ReceiptView};
pub use release::Decided;
pub use requests::NewHunt;
pub use team::{EndedSecondment, NewSecondment, OfferedPen, SecondmentView, TeamView};
pub use victims::{
    Attaching, CaseVictims, ConversationLine, ConversationOpened, ConversationView, GRANT_MAX_MS, Giving,
    GrantView, Identity, Message, MessageFrom, StepView, VictimLook, VictimMessageView, VictimSees,
    VictimView,
};
pub use views::{
    AccessFilter, AccessPage, AccessView, CaseSummary, CaseView, ControlLine, ControlPage, CustodyView,
    ExhibitView, Imported, InboxItem, InstrumentView, MemberView, OralView, PRESSING_MS, PoolSaid,
    RequestView, SegmentView, SourceView, SpaceSummary, TIMELINE_PAGE, TimelineItem, Todo, Tracks,
};
pub use views::{SubjectView, TaskView};
