//! From a view to its page. Every page goes out through [`legible`].

use askama::Template as _;

use super::legible::legible;
use super::view;

macro_rules! pages {
    ($($(#[$doc:meta])* $name:ident($page:ty);)+) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// Only if writing to memory fails.
            pub fn $name(view: &$page) -> Result<String, askama::Error> {
                view.render().map(legible)
            }
        )+
    };
}

pages! {
    /// `/sign-in`.
    render_sign_in(view::sign_in::SignInPage);
    /// `/`, the inbox.
    render_inbox(view::inbox::InboxPage);
    /// `/cases`.
    render_cases(view::cases::CasesPage);
    /// `/cases/new`.
    render_new_case(view::cases::NewCasePage);
    /// `/cases/ID/timeline`.
    render_timeline(view::case::TimelinePage);
    /// `/cases/ID/stage`.
    render_stage(view::case::StagePage);
    /// `/cases/ID/team`.
    render_team(view::team::TeamPage);
    /// `/cases/ID/team/older/ORG`.
    render_older(view::older::OlderPage);
    /// `/cases/ID/team/add-party`.
    render_add_party(view::team::AddPartyPage);
    /// `/cases/ID/team/add-member`.
    render_add_member(view::team::AddMemberPage);
    /// A tab of a case as sections of rows.
    render_tab(view::tab::TabPage);
    /// A page outside a case as sections of rows.
    render_sections(view::tab::SectionsPage);
    /// `/export`.
    render_export(view::export::ExportPage);
    /// `/cases/ID/intel/graph`.
    render_graph(view::export::GraphPage);
    /// `/search`.
    render_search(view::search::SearchPage);
    /// `/import`.
    render_import(view::intel::ImportPage);
    /// `/import/DRAFT`.
    render_review(view::intel::ReviewPage);
    /// `/intel`.
    render_intel(view::intel::IntelPage);
    /// `/protection/lookup`.
    render_lookup(view::protection::LookupPage);
    /// `/protection/audiences/new`.
    render_new_audience(view::protection::NewAudiencePage);
    /// `/protection/feeds/new`, and changing a feed.
    render_feed_form(view::protection::FeedFormPage);
    /// The secrets of a new audience, once.
    render_audience_secrets(view::protection::AudienceSecretsPage);
    /// `/protection/lists/load`.
    render_load_list(view::protection::LoadListPage);
    /// `/cases/ID/plan`.
    render_plan(view::plan::PlanPage);
    /// `/cases/ID/plan/write`.
    render_write_plan(view::plan::WritePlanPage);
    /// `/cases/ID/plan/checks`.
    render_checks(view::plan::ChecksPage);
    /// `/own-infrastructure`.
    render_own(view::plan::OwnPage);
    /// A form about a request.
    render_question(view::question::QuestionPage);
    /// `/approvals/ID/holders`.
    render_holders(view::holders::HoldersPage);
    /// `/cases/ID/write/KIND`.
    render_write(view::write::WritePage);
    /// `/r/TOKEN`, and what follows it.
    render_guest(view::guest::GuestPage);
    render_upload(view::upload::UploadPage);
    /// A page that asks for one thing.
    render_ask(view::ask::AskPage);
    /// `/cases/ID/disclosure`.
    render_disclosure(view::disclosure::DisclosurePage);
    /// `/cases/ID/evidence`.
    render_evidence(view::evidence::EvidencePage);
    /// `/cases/ID/hunts`.
    render_hunts(view::hunts::HuntsPage);
    /// `/cases/ID/hunts/ask`.
    render_ask_hunt(view::hunts::AskHuntPage);
    /// `/cases/ID/instruments`.
    render_instruments(view::instruments::InstrumentsPage);
    /// `/cases/ID/instruments/record`.
    render_record_instrument(view::instruments::RecordInstrumentPage);
    /// The page before anything is shared, asked, ended or removed.
    render_release(view::release::ReleasePage);
    /// `/approvals/ID`.
    render_approval(view::approval::ApprovalPage);
    /// `/agreements`.
    render_agreements(view::agreements::AgreementsPage);
    /// `/agreements/ID`.
    render_agreement(view::agreements::AgreementPage);
    /// `/agreements/ID/sign`.
    render_sign_agreement(view::agreements::SignAgreementPage);
    /// `/agreements/new`.
    render_propose_agreement(view::agreements::ProposeAgreementPage);
    /// `/logs`.
    render_logs(view::logs::LogsPage);
    /// `/logs/SOURCE`.
    render_log_source(view::logs::LogSourcePage);
    /// `/logs/import`.
    render_import_logs(view::logs::ImportLogsPage);
    /// `/logs/new`.
    render_new_log_source(view::logs::NewLogSourcePage);
    /// `/organisations`.
    render_peers(view::peers::PeersPage);
    /// A new invitation.
    render_invitation(view::peers::InvitationPage);
    /// `/node/keys/PURPOSE/revoke`.
    render_revoke(view::peers::RevokePage);
    /// `/people`.
    render_people(view::people::PeoplePage);
    /// `/people/new`.
    render_add_person(view::people::AddPersonPage);
    /// `/people/ID`.
    render_person(view::people::PersonPage);
    /// `/account`.
    render_account(view::account::AccountPage);
    /// `/audit`.
    render_audit(view::audit::AuditPage);
    /// `/audit/looks`.
    render_audit_looks(view::audit::AuditLooksPage);
    /// `/audit/spaces`.
    render_audit_spaces(view::audit::AuditSpacesPage);
    /// `/audit/spaces/ID`.
    render_audit_space(view::audit::AuditSpacePage);
    /// Denied, status 403.
    render_denied(view::notices::DeniedPage);
    /// Not found, status 404.
    render_not_found(view::notices::NotFoundPage);
    /// An error, status 500 or 503.
    render_error(view::notices::ErrorPage);
}
