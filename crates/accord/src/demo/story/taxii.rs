//! Machines read along: an account of one organisation, made by two people, reads by TAXII 2.1 what was released to that
//! organisation, and adds what a person then decides about.

use accord_client::{Collection, TaxiiClient, TaxiiError};
use serde_json::{Value, json};

use super::Story;
use super::import::{BESIDE, stix_indicator};
use super::parts::draft;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::{Reader, SECONDEE, team, teams};
use crate::demo::nodes::Who;

/// What the account is called.
const FEED: &str = "hosting-feed";
const DAY_MS: u64 = 86_400_000;

/// The status that a server refuses with; zero where it does not.
fn refused<T>(outcome: Result<T, TaxiiError>) -> u16 {
    match outcome {
        Err(TaxiiError::Refused { status, .. }) => status,
        _ => 0,
    }
}

impl Story<'_> {
    /// What the agency lets the ISP alone have.
    pub(super) fn drop_site(&self) -> String {
        format!("drop.{}", self.told.infrastructure.panel)
    }

    /// The hosting provider's system, at the agency's node.
    fn feed(&self, token: &str) -> Result<TaxiiClient, StepError> {
        let url = &self.world.place(Who::Agency)?.url;
        TaxiiClient::new(url, FEED, token).map_err(StepError::from_display)
    }

    /// Reads what no client of the standard needs: the status, and what it answers.
    async fn feed_reads(&self, token: &str, url: &str) -> Result<(u16, Value), StepError> {
        let asked = self.http.get(url).basic_auth(FEED, Some(token));
        let answer = asked.send().await.map_err(StepError::from_display)?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await.map_err(StepError::from_display)?))
    }

    pub(super) async fn taxii(&mut self) -> Result<(), StepError> {
        let token = self.account().await?;
        let feed = self.feed(&token)?;
        let collection = self.reads_along(&feed, &token).await?;
        let status = self.adds(&feed, &token, &collection).await?;
        self.decided(&token, &status).await?;
        self.account_closed(&feed).await
    }

    /// Asked for by the operator, confirmed by the signatory: its token.
    async fn account(&mut self) -> Result<String, StepError> {
        let account = json!({
            "name": FEED, "org": Who::Hosting.org(), "writes": true,
            "until_ms": self.world.nature.now_ms() + 365 * DAY_MS,
        });
        let path = "/taxii/accounts";
        let officer = self.at(Who::Agency, "officer")?.refused(path, &account).await?;
        let mut outsiders = account.clone();
        if let Some(org) = outsiders.get_mut("org") {
            *org = json!(Who::Outsider.org());
        }
        let operator = self.at(Who::Agency, "operator")?;
        let outside = operator.refused(path, &outsiders).await?;
        let opened = operator.post(path, &account).await?;
        let token = text(&opened, "/token")?.to_owned();
        let feed = self.feed(&token)?;
        let early = refused(feed.collections().await);
        let confirm = format!("{path}/{FEED}/confirm");
        let own = operator.refused(&confirm, &Value::Null).await?;
        self.at(Who::Agency, "signatory")?
            .post(&confirm, &Value::Null)
            .await?;
        let opens = feed.collections().await.is_ok();
        let wrong = refused(self.feed(&"0".repeat(64))?.collections().await);
        self.prove(
            officer.code == "denied"
                && outside.code == "invalid"
                && own.code == "denied"
                && (early, wrong) == (401, 401)
                && opens,
            "the operator asks for an account of the hosting provider, a signatory confirms it; before that its token is none, \
             and who is party of no agreement gets none",
        )?;
        Ok(token)
    }

    /// Publishes one value for one party, with a mark.
    async fn for_one(&mut self, name: &'static str, who: Who, value: &str) -> Result<(), StepError> {
        let mut readers: Vec<Reader> = teams(&[Who::Agency, who]);
        readers.push(SECONDEE);
        let title = self.mark(name, "For you alone", &readers);
        let said = json!({
            "kind": "indicator.published", "indicators": [{ "value": value }], "from": "analysis",
        });
        let (by, note) = (
            (Who::Agency, "investigator"),
            draft(&title, "TLP:AMBER", &[who], said),
        );
        let published = self.at(by.0, by.1)?.post(&self.of_case("/notes"), &note).await?;
        self.keep(name, text(&published, "/at")?);
        Ok(())
    }

    /// The collection of the case, and what is in it.
    async fn reads_along(&mut self, feed: &TaxiiClient, token: &str) -> Result<Collection, StepError> {
        let backup = format!("backup.{}", self.told.infrastructure.mirror);
        let drop = self.drop_site();
        self.for_one("indicator for the hosting provider", Who::Hosting, &backup)
            .await?;
        self.for_one("indicator for the ISP", Who::Isp, &drop).await?;
        self.spread().await?;
        let collections = feed.collections().await.map_err(StepError::from_display)?;
        let roots = collections.iter().all(|one| one.root.contains(&self.agreement));
        let wanted = format!("Operation {}", self.told.operation);
        let case = collections.iter().find(|one| one.title == wanted).cloned();
        let case = case.ok_or_else(|| StepError::new("the case is no collection"))?;
        let mut pulled = String::new();
        for collection in &collections {
            let objects = feed.pull(collection, None).await;
            let objects = objects.map_err(StepError::from_display)?.objects;
            pulled.push_str(&Value::from(objects).to_string());
        }
        let other = case.root.replace(&self.agreement, &self.intelligence);
        let (other, _) = self.feed_reads(token, &other).await?;
        let theirs = pulled.contains(&backup) && pulled.contains("indicator--");
        let hidden = [&drop, &self.told.infrastructure.address, &self.relay()]
            .into_iter()
            .any(|value| pulled.contains(value));
        let alone = pulled.contains("reached at night");
        self.prove(
            collections.len() == 2 && roots && theirs && !hidden && !alone && other == 404,
            "the system reads what the agency released to the hosting provider: nothing of what the ISP alone has, of the \
             vendor's, of the agency's own; the other agreement is none for it",
        )?;
        Ok(case)
    }

    /// Adds two objects, of which one cannot be looked for: where its status is.
    async fn adds(
        &mut self,
        feed: &TaxiiClient,
        token: &str,
        case: &Collection,
    ) -> Result<String, StepError> {
        let readers = team(Who::Agency);
        let label = self.mark("label of what was added", "rented", readers);
        let added = format!("new.{}", self.told.infrastructure.mirror);
        let mut unread = stix_indicator(4, &added, "x");
        if let Some(pattern) = unread.get_mut("pattern") {
            *pattern = json!("[domain-name:value MATCHES '.*']");
        }
        let objects = [stix_indicator(3, &added, &label), unread];
        let status = feed.push(case, &objects).await.map_err(StepError::from_display)?;
        let url = format!("{}status/{}/", case.root, text(&status, "/id")?);
        let (code, again) = self.feed_reads(token, &url).await?;
        let investigator = self.at(Who::Agency, "investigator")?;
        let waiting = investigator.get(&self.of_case("/received")).await?;
        let indicators = investigator.get(&self.of_case("/indicators")).await?;
        let isp = self
            .at(Who::Isp, "approver")?
            .get(&self.of_case("/received"))
            .await?;
        self.prove(
            code == 200
                && again == status
                && text(&status, "/status")? == "pending"
                && status.pointer("/failure_count") == Some(&json!(1))
                && list(&waiting, "")?.len() == 1
                && !indicators.to_string().contains(&added)
                && isp == json!([]),
            "it adds two indicators: one cannot be read and fails at once, the other waits for a person of the case",
        )?;
        Ok(url)
    }

    /// A person publishes it, on behalf of who added it.
    async fn decided(&mut self, token: &str, status: &str) -> Result<(), StepError> {
        let investigator = self.at(Who::Agency, "investigator")?;
        let waiting = investigator.get(&self.of_case("/received")).await?;
        let path = self.of_case(&format!("/received/{}/publish", text(&waiting, "/0/id")?));
        let signatory = self
            .at(Who::Agency, "signatory")?
            .refused(&path, &Value::Null)
            .await?;
        let published = investigator.post(&path, &Value::Null).await?;
        let twice = investigator.refused(&path, &Value::Null).await?;
        let at = text(&published, "/published/0/at")?.to_owned();
        self.keep("indicator that was added", &at);
        // From then on it is a note of the case, for every party of it.
        let mut readers = teams(&[Who::Vendor, Who::Isp, Who::Hosting]);
        readers.push(SECONDEE);
        self.marks.widen("label of what was added", &readers);
        self.spread().await?;
        let (_, done) = self.feed_reads(token, status).await?;
        let read = self
            .at(Who::Vendor, "researcher")?
            .get(&format!("/intel/{at}"))
            .await?;
        let behalf = format!("on behalf of {}, by TAXII", Who::Hosting.org());
        self.prove(
            text(&done, "/status")? == "complete"
                && done.pointer("/success_count") == Some(&json!(1))
                && text(&read, "/body/from")? == behalf
                && text(&read, "/body/note")? == BESIDE
                && text(&read, "/org")? == Who::Agency.org()
                && signatory.code == "denied"
                && twice.code == "not-found",
            "the investigator publishes it, once: a note of the agency on behalf of the hosting provider, which reads in the \
             status that it was taken",
        )
    }

    async fn account_closed(&mut self, feed: &TaxiiClient) -> Result<(), StepError> {
        let path = format!("/taxii/accounts/{FEED}/close");
        let approver = self
            .at(Who::Agency, "approver")?
            .refused(&path, &Value::Null)
            .await?;
        self.at(Who::Agency, "operator")?
            .post(&path, &Value::Null)
            .await?;
        let after = refused(feed.collections().await);
        self.prove(
            approver.code == "denied" && after == 401,
            "closed by the operator, the account reads nothing any more",
        )
    }
}
