//! A provider without a node: asked through a link that two people made, it answers without an account, and takes a
//! signed receipt along.

use accord_evidence::read_zip;
use accord_ledger::certificate::{Certificate, Purpose};
use accord_ledger::note::Note;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{Session, list, text};
use crate::demo::marks::team;
use crate::demo::nodes::Who;

/// The provider.
const SMALL_HOST: &str = "smallhost.example";
/// How long the authority of the second request holds.
const SHORT_MS: u64 = 300_000;
/// The same where people look around: about as long as its steps take.
const SHORT_REAL_MS: u64 = 12_000;
const DAY_MS: u64 = 86_400_000;
/// What separates the parts of a form.
const BOUNDARY: &str = "accord-demo";

/// A link, as who asked has it.
struct Made {
    id: String,
    /// Its path.
    path: String,
}

/// A form with words and one file.
fn form(words: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\n{words}\r\n--{BOUNDARY}\r\n\
         Content-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// The value of a hidden field of a page.
fn field<'a>(page: &'a str, name: &str) -> Result<&'a str, StepError> {
    let start = format!("name=\"{name}\" value=\"");
    page.split_once(&start)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(value, _)| value)
        .ok_or_else(|| StepError::new(format!("the page has no {name}")))
}

impl Story<'_> {
    /// A request under an authority that holds so long.
    fn guest_request(&self, reference: &str, reason: &str, holds_ms: u64) -> Value {
        let now = self.world.nature.now_ms();
        let (from_ms, to_ms) = self.told.span;
        json!({
            "to": SMALL_HOST, "what": "hunt", "reference": reference, "reason": reason,
            "hunt": { "indicators": [self.told.infrastructure.mirror], "from_ms": from_ms, "to_ms": to_ms },
            "guest": {
                "organisation": "Small Host Ltd", "contact": "abuse desk", "officer": "Ines Investigator",
                "then": "It is kept as an exhibit.",
                "authority": {
                    "reference": "7 Gs 202/26", "authority": "District Court", "power": "Section 100g",
                    "scope": "Lines with the name", "from_ms": now - DAY_MS, "to_ms": now + holds_ms,
                },
            },
        })
    }

    /// Asked by the investigator, let go by the case officer, and the link made.
    async fn guest_link(&self, request: &Value, tries: u32) -> Result<Made, StepError> {
        let investigator = self.at(Who::Agency, "investigator")?;
        let asked = investigator.post(&self.of_case("/guests"), request).await?;
        let id = text(&asked, "/id")?.to_owned();
        self.at(Who::Agency, "officer")?
            .post(&format!("/guests/{id}/decision"), &json!({ "approve": true }))
            .await?;
        self.make(&id, tries).await
    }

    async fn make(&self, id: &str, tries: u32) -> Result<Made, StepError> {
        let made = self
            .at(Who::Agency, "investigator")?
            .post(
                &format!("/guests/{id}/make"),
                &json!({ "days": 7, "tries": tries }),
            )
            .await?;
        Ok(Made {
            id: id.to_owned(),
            path: format!("/r/{}", text(&made, "/token")?),
        })
    }

    /// Somebody with a browser and no account.
    fn browser(&self, who: Who) -> Result<Session, StepError> {
        Ok(Session::nobody(&self.http, &self.world.place(who)?.url))
    }

    pub(super) async fn guest(&mut self) -> Result<(), StepError> {
        let link = self.four_eyes().await?;
        let export = format!(
            "time,client,name\n1,192.0.2.9,{}\n",
            self.told.infrastructure.mirror
        );
        self.guest_answers(&link, export.as_bytes()).await?;
        self.guest_exhibit(&link, export.as_bytes()).await?;
        self.no_such_link(&link).await
    }

    async fn four_eyes(&mut self) -> Result<Made, StepError> {
        let reason = self.mark(
            "request to a guest",
            "The mirror was rented from you.",
            team(Who::Agency),
        );
        let request = self.guest_request("G-1", &reason, 30 * DAY_MS);
        let mut to_a_party = request.clone();
        if let Some(to) = to_a_party.get_mut("to") {
            *to = json!(Who::Hosting.org());
        }
        let path = self.of_case("/guests");
        let investigator = self.at(Who::Agency, "investigator")?;
        let party = investigator.refused(&path, &to_a_party).await?;
        let vendor = self.at(Who::Vendor, "approver")?.refused(&path, &request).await?;
        let asked = investigator.post(&path, &request).await?;
        let id = text(&asked, "/id")?.to_owned();
        let early = investigator
            .refused(&format!("/guests/{id}/make"), &json!({}))
            .await?;
        let decide = format!("/guests/{id}/decision");
        let yes = json!({ "approve": true });
        let own = investigator.refused(&decide, &yes).await?;
        let decided = self.at(Who::Agency, "officer")?.post(&decide, &yes).await?;
        let link = self.make(&id, 50).await?;
        self.keep("request to a guest", text(&asked, "/request")?);
        self.kept.insert("guest link", id);
        self.prove(
            party.code == "denied"
                && vendor.code == "denied"
                && early.code == "conflict"
                && own.code == "denied"
                && text(&decided, "/clause")? == "guest",
            "a request to a provider without a node leaves when the case officer lets it go, not by who asked; a party is not \
             asked that way, and a vendor asks nobody so",
        )?;
        Ok(link)
    }

    /// The guest reads, uploads, looks at what will be sent, and sends it.
    async fn guest_answers(&mut self, link: &Made, export: &[u8]) -> Result<(), StepError> {
        let words = self.mark("answer of a guest", "One customer, one line.", team(Who::Agency));
        let guest = self.browser(Who::Agency)?;
        let (status, page) = guest.look(&link.path).await?;
        let page = String::from_utf8_lossy(&page).into_owned();
        let reads = status == 200
            && ["7 Gs 202/26", "call the agency on a number", "Ines Investigator"]
                .iter()
                .all(|words| page.contains(words));
        self.prove(
            reads && !page.contains(&self.told.operation) && !page.contains(&self.case),
            "the guest signs in nowhere, and reads who asks, on which authority, and to call back on a number of its own; \
             nothing of the case",
        )?;
        let (answer, send) = (format!("{}/answer", link.path), format!("{}/send", link.path));
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        let body = form(&words, "export.csv", export);
        let (sent, leads, _) = guest.send_form(&answer, &media_type, body).await?;
        let (_, check) = guest.look(&leads).await?;
        let check = String::from_utf8_lossy(&check).into_owned();
        let commitment = field(&check, "commitment")?;
        let digest = hex::encode(Sha256::digest(export));
        let form_of = |commitment: &str| format!("commitment={commitment}").into_bytes();
        let plain = "application/x-www-form-urlencoded";
        let (other, ..) = guest.send_form(&send, plain, form_of(&"0".repeat(64))).await?;
        let (done, ..) = guest.send_form(&send, plain, form_of(commitment)).await?;
        self.prove(
            sent == 303 && check.contains(&digest) && other == 200 && done == 303,
            "it uploads an export, is shown its digest before it is sent, and sends exactly that",
        )?;
        let (_, receipt) = guest.look(&format!("{}/receipt/json", link.path)).await?;
        let receipt: Value = serde_json::from_slice(&receipt).map_err(StepError::from_display)?;
        let signed = self.receipt_is_signed(&receipt)?;
        self.keep("exhibit of a guest", text(&receipt, "/notes/0")?);
        self.prove(
            signed
                && text(&receipt, "/text")?.contains(&digest)
                && text(&receipt, "/given_by")? == SMALL_HOST,
            "its receipt names the digest, and is signed by the agency's evidence key; altered, it is not",
        )
    }

    /// Whether the receipt's text is signed by the key that the agency's certificate names for evidence.
    fn receipt_is_signed(&self, receipt: &Value) -> Result<bool, StepError> {
        let identity = std::fs::read_to_string(self.world.place(Who::Agency)?.dir.join("identity.vkey"))
            .map_err(StepError::from_display)?;
        let identity = identity.trim().parse().map_err(StepError::from_display)?;
        let certificate =
            Note::parse(text(receipt, "/certificate")?.as_bytes()).map_err(StepError::from_display)?;
        let certificate = Certificate::open(&certificate, &identity).map_err(StepError::from_display)?;
        let keys: Vec<_> = certificate.keys_for(Purpose::Evidence).cloned().collect();
        let holds = |text: &str| Note::parse(text.as_bytes()).is_ok_and(|note| note.verify(&keys).is_ok());
        let words = text(receipt, "/text")?;
        Ok(holds(words) && !holds(&words.replace("G-1", "G-2")))
    }

    /// On the case it is an exhibit on behalf of who gave it; the partners read neither question nor answer.
    async fn guest_exhibit(&mut self, link: &Made, export: &[u8]) -> Result<(), StepError> {
        let exhibit = self.note_of("exhibit of a guest")?;
        let investigator = self.at(Who::Agency, "investigator")?;
        let path = format!("/exhibits/{exhibit}");
        let report = investigator.post(&format!("{path}/verify"), &Value::Null).await?;
        let package = investigator.download(&format!("{path}/package")).await?;
        investigator
            .post(&format!("{path}/receive"), &Value::Null)
            .await?;
        let held = read_zip(&package)
            .map_err(StepError::from_display)?
            .values()
            .any(|bytes| bytes == export);
        let view = self.case_of(Who::Agency, "investigator").await?;
        let line = Self::line_of(&view, "/exhibits", "at", &exhibit)?;
        let links = self
            .at(Who::Agency, "investigator")?
            .get(&self.of_case("/guests"))
            .await?;
        let answered = text(&Self::line_of(&links, "", "id", &link.id)?, "/state")? == "answered";
        self.spread().await?;
        let mut hidden = true;
        for (who, sign_in) in [(Who::Isp, "approver"), (Who::Vendor, "researcher")] {
            hidden &= !self.case_of(who, sign_in).await?.to_string().contains(SMALL_HOST);
            let theirs = self.at(who, sign_in)?;
            let refused = theirs.get_refused(&format!("{path}/package")).await?;
            hidden &= refused.code == "not-found";
        }
        self.prove(
            text(&report, "/verdict")? == "verified"
                && held
                && answered
                && text(&line, "/from")? == SMALL_HOST
                && text(&line, "/state")? == "received"
                && hidden,
            "the export is an exhibit on behalf of the provider, verified and received; the partners do not learn who was asked",
        )
    }

    /// Used, opened too often, expired, somebody else's: nothing, in the same bytes.
    async fn no_such_link(&mut self, used: &Made) -> Result<(), StepError> {
        let guest = self.browser(Who::Agency)?;
        let (again, _) = guest.look(&format!("{}/answer", used.path)).await?;
        let nothing = guest.look(&format!("/r/{}", "0".repeat(64))).await?;
        let foreign = self.browser(Who::Isp)?.look(&used.path).await?.0;
        let holds_ms = self.world.nature.ahead_ms(SHORT_MS, SHORT_REAL_MS);
        let request = self.guest_request("G-2", "The same of the other name.", holds_ms);
        let ends_ms = request.pointer("/guest/authority/to_ms").and_then(Value::as_u64);
        let once = self.guest_link(&request, 1).await?;
        let opened = guest.look(&once.path).await?.0;
        let twice = guest.look(&once.path).await?;
        let anew = self.make(&once.id, 50).await?;
        let opens = guest.look(&anew.path).await?.0;
        self.world.nature.wait_until(ends_ms.unwrap_or_default()).await;
        let expired = guest.look(&anew.path).await?;
        let links = self
            .at(Who::Agency, "investigator")?
            .get(&self.of_case("/guests"))
            .await?;
        let state = text(&Self::line_of(&links, "", "id", &once.id)?, "/state")?.to_owned();
        self.prove(
            again == 409 && foreign == 404 && (opened, opens) == (200, 200),
            "an answered link takes no second answer, and is none at another node",
        )?;
        self.prove(
            nothing.0 == 404
                && twice == nothing
                && expired == nothing
                && state == "expired"
                && list(&links, "")?.len() == 2,
            "opened more often than allowed, or after its authority ended, a link is answered like one that never was, byte for \
             byte",
        )
    }
}
