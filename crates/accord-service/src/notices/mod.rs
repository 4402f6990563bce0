//! Notices: a mail or a webhook that says that something waits, and never what (`docs/spec/notices.md`).
//!
//! - `kinds`: what waits, in words that say nothing of it.
//! - `settings`: what each person wants to be told, when, and where.
//! - `outbox`: what is to be sent, kept until it was; the loop that fills and empties it.
//! - `text`: the exact bytes of a mail and of a webhook's body.
//!
//! Invariants:
//! - No byte of a notice depends on content: it is made of the node's address, the kinds, their numbers, the time and
//!   random ids. `text` takes nothing else.
//! - What a person was told of is told once, also after a restart.

mod kinds;
mod outbox;
mod settings;
mod text;

use std::sync::OnceLock;

use accord_client::{MailServer, Notifier, Webhook};

pub use kinds::Waiting;
pub(crate) use outbox::{NOTICE_OUTBOX, NOTICE_STATE, NOTICE_TOLD, NoticeState, Outgoing, Told};
pub use outbox::{NOTICE_TRIES_MAX, NoticesView, OUTBOX_MAX};
pub(crate) use settings::NOTICE_SETTINGS;
pub use settings::{NoticeSettings, NoticeWhen, QuietHours};

/// How notices leave, as the operator configured it.
#[derive(Debug, Clone, Default)]
pub struct NoticesConfig {
    /// Mail.
    pub mail: Option<MailServer>,
    /// One webhook for the node.
    pub webhook: Option<Webhook>,
}

/// The node's own part of it.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    config: OnceLock<(NoticesConfig, Notifier)>,
    /// One round at a time.
    round: tokio::sync::Mutex<()>,
}

impl crate::node::Node {
    /// Takes the operator's settings into use, before the node is served. Once.
    ///
    /// # Errors
    /// What cannot be.
    pub fn use_notices(&self, config: NoticesConfig) -> crate::error::Result<()> {
        let wrong = |key: &'static str| move |error| crate::error::ServiceError::invalid(key, error);
        if let Some(mail) = &config.mail {
            mail.check().map_err(wrong("notices.smtp"))?;
        }
        if let Some(webhook) = &config.webhook {
            webhook.check().map_err(wrong("notices.webhook"))?;
        }
        let notifier = Notifier::new().map_err(wrong("notices"))?;
        // A second call changes nothing: the loop may run already.
        let _ = self.notices.config.set((config, notifier));
        Ok(())
    }
}
