//! Keeping up with peers by itself: pulling now and then and when one says that something changed, and saying so to
//! them when something changed here.

use std::time::Duration;

use accord_formats::http_signature::{AnswerParts, Parameters, RequestParts, SignatureHeaders, sign_answer};
use accord_model::OrgName;

use super::pull::Pulled;
use crate::error::Result;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// Changes that come within this time are told to peers at once.
pub const NUDGE_AFTER: Duration = Duration::from_millis(500);

impl Node {
    /// Keeps up with peers until it is dropped. Without `pull_every_s` it does nothing, and never ends.
    pub async fn run_peers(&self) {
        let Some(every_s) = self.config.pull_every_s else {
            return std::future::pending().await;
        };
        tokio::join!(
            self.keep_pulling(Duration::from_secs(every_s.max(1))),
            self.keep_telling()
        );
    }

    async fn keep_pulling(&self, every: Duration) {
        loop {
            match self.pull_all().await {
                Ok(outcomes) => {
                    for (org, outcome) in outcomes {
                        if let Err(error) = outcome {
                            tracing::warn!(peer = %org, %error, "pull failed");
                        }
                    }
                }
                Err(error) => tracing::error!(%error, "pulling is not possible"),
            }
            tokio::select! {
                () = self.nudges.notified() => {}
                () = tokio::time::sleep(every) => {}
            }
        }
    }

    async fn keep_telling(&self) {
        let mut changes = self.changed.subscribe();
        let mut told = self.news().await;
        while changes.changed().await.is_ok() {
            tokio::time::sleep(NUDGE_AFTER).await;
            changes.borrow_and_update();
            // Only what a peer could pull is told: who signs in here, or reads what, is nobody's business.
            let news = self.news().await;
            if news != told {
                told = news;
                if let Err(error) = self.nudge_all().await {
                    tracing::error!(%error, "peers cannot be told");
                }
            }
        }
    }

    /// Own notes and releases, counted.
    async fn news(&self) -> (u64, usize) {
        let Ok(state) = self.read().await else {
            return (0, 0);
        };
        let own = state.ledgers.values().filter(|ledger| ledger.own);
        (own.map(crate::journal::Ledger::size).sum(), state.releases.len())
    }

    /// Pulls from a peer at the word of the operator.
    pub async fn pull_now(&self, who: &SignedIn, org: &OrgName) -> Result<Pulled> {
        Act::ManagePeers.ask(who)?;
        self.pull(org).await
    }

    /// Host and port of this node's address, as signatures of requests to it cover them.
    pub fn authority(&self) -> Result<String> {
        let target = accord_client::Target {
            url: self.config.url.clone(),
            key: self.keys.peer.verifying_key(),
        };
        Ok(target.authority()?)
    }

    /// Signs an answer to a peer's request with this node's peer key.
    pub fn sign_answer(
        &self,
        status: u16,
        body: &[u8],
        request: &RequestParts<'_>,
        headers: &SignatureHeaders,
    ) -> SignatureHeaders {
        let params = Parameters {
            created: self.now_ms() / 1_000,
            nonce: hex::encode(self.random::<16>()),
            keyid: self.config.org.to_string(),
        };
        sign_answer(
            &AnswerParts { status, body },
            request,
            headers,
            &params,
            &self.keys.peer,
        )
    }
}
