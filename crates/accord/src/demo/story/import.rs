//! The researcher's minute: a report is pasted, what was found is reviewed, and it is published in one act; the file it
//! came in goes along, and its owner reads who took it.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Story;
use super::protection::POPULAR;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::{Reader, SECONDEE, teams};
use crate::demo::nodes::Who;

const RESEARCHER: Reader = (Who::Vendor, "researcher");
/// The marking TLP:AMBER as STIX knows it (TLP 2.0, by OASIS).
const STIX_AMBER: &str = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";

/// What the indicators of STIX are called.
pub(super) const BESIDE: &str = "Beside the panel";

/// An indicator of STIX 2.1 for a domain.
pub(super) fn stix_indicator(number: u8, domain: &str, label: &str) -> Value {
    json!({
        "type": "indicator", "spec_version": "2.1",
        "id": format!("indicator--00000000-0000-4000-8000-0000000000{number:02x}"),
        "created": "2026-03-09T08:00:00.000Z", "modified": "2026-03-09T08:00:00.000Z",
        "name": BESIDE, "labels": [label], "pattern": format!("[domain-name:value = '{domain}']"),
        "pattern_type": "stix", "valid_from": "2026-03-09T08:00:00.000Z", "object_marking_refs": [STIX_AMBER],
    })
}

impl Story<'_> {
    /// What the kit reports to: known from the pasted report alone.
    pub(super) fn relay(&self) -> String {
        format!("relay.{}", self.told.infrastructure.panel)
    }

    /// What the STIX bundle names.
    pub(super) fn stage(&self) -> String {
        format!("stage.{}", self.told.infrastructure.panel)
    }

    /// Brings material in as a draft of the researcher: its id.
    async fn bring_in(&self, name: &str, bytes: &[u8]) -> Result<String, StepError> {
        let path = format!("/imports?name={name}&case={}", self.case);
        let (who, sign_in) = RESEARCHER;
        let draft = self.at(who, sign_in)?.upload(&path, bytes.to_vec()).await?;
        Ok(text(&draft, "/id")?.to_owned())
    }

    pub(super) async fn import(&mut self) -> Result<(), StepError> {
        let mut readers = teams(&[Who::Agency, Who::Vendor]);
        readers.push(SECONDEE);
        let words = self.mark("file of the report", "Unpacked on the 9th.", &readers);
        let (relay, panel) = (self.relay(), &self.told.infrastructure.panel);
        let material = format!(
            "# The kit, unpacked\nTLP:AMBER\n\nIt reports to {relay}, which stands beside {panel},\nand shows {POPULAR} to \
             its victims (T1566.002).\n{words}\n"
        );
        let id = self.bring_in("kit.md", material.as_bytes()).await?;
        self.review(&id).await?;
        let published = self.publish_report(&id, &readers).await?;
        self.read_elsewhere(&published).await?;
        self.file(&published, material.as_bytes()).await?;
        self.bundle(&readers).await?;
        self.left_as_a_draft().await
    }

    /// What was found, where, and what is known of it.
    async fn review(&mut self, id: &str) -> Result<(), StepError> {
        let path = format!("/imports/{id}");
        let view = self.at(Who::Vendor, "researcher")?.get(&path).await?;
        let found = |value: &str| {
            let lines = list(&view, "/values").ok()?.iter();
            let mut lines = lines.filter(|line| line.pointer("/found/value") == Some(&json!(value)));
            lines.next()
        };
        let untold = |value: &str, why: &str| {
            found(value).is_some_and(|line| {
                line.get("ticked") == Some(&Value::Bool(false)) && line.to_string().contains(why)
            })
        };
        let relay = found(&self.relay()).is_some_and(|line| {
            line.get("ticked") == Some(&Value::Bool(true))
                && line.pointer("/found/places/0/spot/line") == Some(&json!(4))
        });
        let aside = untold(POPULAR, "on the allow list top")
            && untold(&self.told.infrastructure.panel, "published on this case already");
        let marked = text(&view, "/marking")? == "TLP:AMBER";
        let other = self.at(Who::Vendor, "approver")?.get_refused(&path).await?;
        let drafts = self.at(Who::Vendor, "approver")?.get("/imports").await?;
        self.prove(
            relay && aside && marked,
            "values are found with their lines and the marking with its words; the bank, on an allow list, and what is \
             published already are set aside",
        )?;
        self.prove(
            other.code == "not-found" && drafts == json!([]),
            "a draft is its author's alone: for the approver next door there is none",
        )
    }

    /// Marks it and publishes report, values and file in one act.
    async fn publish_report(&mut self, id: &str, readers: &[Reader]) -> Result<Value, StepError> {
        let path = format!("/imports/{id}");
        let words = self.mark("pasted report", "A kit that reports to its renter.", readers);
        let mut choices = json!({
            "marking": "TLP:GREEN", "labels": ["kit"], "confidence": 80, "report": words, "attach": "document",
            "grading": { "admiralty": { "reliability": "B", "credibility": "2" } }, "wish": "detect",
        });
        let researcher = self.at(Who::Vendor, "researcher")?;
        let choose = format!("{path}/choices");
        let chosen = |choices: &Value| json!({ "case": self.case, "choices": choices });
        researcher.post(&choose, &chosen(&choices)).await?;
        let looser = researcher
            .refused(&format!("{path}/preview"), &Value::Null)
            .await?;
        if let Some(marking) = choices.get_mut("marking") {
            *marking = json!("TLP:AMBER");
        }
        researcher.post(&choose, &chosen(&choices)).await?;
        let plan = researcher.post(&format!("{path}/preview"), &Value::Null).await?;
        let publish = format!("{path}/publish");
        let other = researcher
            .refused(&publish, &json!({ "expect": [Who::Isp.org()] }))
            .await?;
        let published = researcher
            .post(&publish, &json!({ "expect": plan.pointer("/reaches").cloned() }))
            .await?;
        for (name, pointer) in [
            ("pasted report", "/report/at"),
            ("pasted indicators", "/indicators/0/at"),
            ("file of the report", "/files/0/at"),
        ] {
            self.keep(name, text(&published, pointer)?);
        }
        self.spread().await?;
        self.prove(
            looser.code == "invalid"
                && other.code == "conflict"
                && plan.pointer("/reaches") == Some(&json!([Who::Agency.org()]))
                && list(&plan, "/notes")?.len() == 3,
            "report, values and file in one act, for whom the preview said and no other; looser than TLP:AMBER only with a \
             word on who allows it",
        )?;
        Ok(published)
    }

    /// Another node reads it, with where it comes from.
    async fn read_elsewhere(&mut self, published: &Value) -> Result<(), StepError> {
        let at = text(published, "/indicators/0/at")?;
        let path = format!("/intel/{at}");
        let read = self.at(Who::Agency, "investigator")?.get(&path).await?;
        let isp = self.at(Who::Isp, "researcher")?.get_refused(&path).await?;
        let stands = format!("{}: line 4", self.relay());
        self.prove(
            text(&read, "/org")? == Who::Vendor.org()
                && text(&read, "/body/from")? == "text: kit.md"
                && text(&read, "/body/note")?.contains(&stands)
                && text(&read, "/body/report")? == text(published, "/report/at")?
                && !read.to_string().contains(POPULAR)
                && isp.code == "not-found",
            "the agency reads each value with the line it stood in, and the report it came from; the ISP has none of it",
        )
    }

    /// The file: by its digest, and who took it is told.
    async fn file(&mut self, published: &Value, material: &[u8]) -> Result<(), StepError> {
        let at = text(published, "/files/0/at")?;
        let path = format!("/files/{at}");
        let investigator = self.at(Who::Agency, "investigator")?;
        let stated = investigator.get(&path).await?;
        let bytes = investigator.download(&format!("{path}/bytes")).await?;
        let isp = self
            .at(Who::Isp, "approver")?
            .get_refused(&format!("{path}/bytes"))
            .await?;
        self.spread().await?;
        let looks = self
            .at(Who::Vendor, "researcher")?
            .get(&self.of_case(&format!("/notes/{at}/looks")))
            .await?;
        let told = list(&looks, "")?.iter().any(|look| {
            look.get("way") == Some(&json!("downloaded"))
                && look.get("org") == Some(&json!(Who::Agency.org()))
        });
        self.prove(
            bytes == material
                && text(&stated, "/file/sha256")? == hex::encode(Sha256::digest(material))
                && isp.code == "not-found"
                && told,
            "the file is at the agency byte for byte, by the digest in its note; the vendor reads that it was downloaded \
             there, and the ISP gets none",
        )
    }

    /// A bundle of STIX says itself what it offers.
    async fn bundle(&mut self, readers: &[Reader]) -> Result<(), StepError> {
        let label = self.mark("label of a bundle", "staging", readers);
        let seen = format!("seen.{}", self.stage());
        let bundle = json!({
            "type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000001",
            "objects": [
                stix_indicator(1, &self.stage(), &label),
                { "type": "domain-name", "spec_version": "2.1", "value": seen,
                  "id": "domain-name--00000000-0000-4000-8000-000000000002" },
            ],
        });
        let id = self
            .bring_in("bundle.json", bundle.to_string().as_bytes())
            .await?;
        let path = format!("/imports/{id}");
        let researcher = self.at(Who::Vendor, "researcher")?;
        let view = researcher.get(&path).await?;
        let values = |ticked: bool| -> Result<Vec<&str>, StepError> {
            let lines = list(&view, "/values")?.iter();
            let lines = lines.filter(|line| line.get("ticked") == Some(&Value::Bool(ticked)));
            Ok(lines
                .filter_map(|line| line.pointer("/found/value")?.as_str())
                .collect())
        };
        let offered = text(&view, "/draft/form")? == "stix"
            && values(true)? == [self.stage()]
            && values(false)? == [seen];
        let published = researcher.post(&format!("{path}/publish"), &json!({})).await?;
        self.keep("indicators of a bundle", text(&published, "/indicators/0/at")?);
        self.spread().await?;
        let indicators = self.of_case("/indicators");
        let here = self.at(Who::Agency, "investigator")?.get(&indicators).await?;
        let isp = self.at(Who::Isp, "researcher")?.get(&indicators).await?;
        self.prove(
            offered
                && Self::line_of(&here, "", "value", &self.stage()).is_ok()
                && Self::line_of(&isp, "", "value", &self.stage()).is_err(),
            "of a STIX bundle the value of the pattern is published, and not what is only mentioned",
        )
    }

    /// One more is not published: it is nobody else's to know.
    async fn left_as_a_draft(&mut self) -> Result<(), StepError> {
        let words = self.mark("draft of the researcher", "Not sure of this one.", &[RESEARCHER]);
        let material = format!("{words}\nhttp://maybe.{}/\n", self.told.infrastructure.panel);
        let id = self.bring_in("unsure.txt", material.as_bytes()).await?;
        let agency = self
            .at(Who::Agency, "investigator")?
            .get_refused(&format!("/imports/{id}"))
            .await?;
        let own = self.at(Who::Vendor, "researcher")?.get("/imports").await?;
        let listed = list(&own, "")?.len() == 1 && own.to_string().contains(&id);
        self.kept.insert("draft", id);
        self.prove(
            listed && agency.code == "not-found",
            "what its author is not sure of stays a draft, which waits for them and for nobody else",
        )
    }
}
