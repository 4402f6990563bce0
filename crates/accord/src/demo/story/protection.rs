//! Indicators: published, released, detected in silence, seen, and counted back.

use serde_json::{Value, json};

use super::Story;
use super::parts::{Named, ask_dns, asks, draft};
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::{SECONDEE, teams};
use crate::demo::nodes::Who;

/// What many use: a second person must agree before anything is done about it.
pub(super) const POPULAR: &str = "bank.example";
/// Of the case's indicators as many are published beside its own infrastructure.
const MORE: usize = 5;
/// The zone of single answers at the ISP.
pub(super) const ZONE: &str = "bl.isp.example";
/// The ISP's response policy zone.
pub(super) const POLICY_ZONE: &str = "rpz.isp.example";

impl Story<'_> {
    /// Lists of what many use, and the ISP's audience.
    async fn prepare_protection(&mut self) -> Result<(), StepError> {
        for who in [Who::Agency, Who::Vendor, Who::Isp, Who::Hosting] {
            self.at(who, "operator")?
                .post("/allow-lists/top", &json!({ "text": format!("{POPULAR}\n") }))
                .await?;
        }
        let audience = json!({
            "name": "customers", "reach": "customers", "dnsbl": ZONE, "rpz": POLICY_ZONE,
            "clients": ["127.0.0.0/8"],
        });
        let approver = self
            .at(Who::Isp, "approver")?
            .refused("/audiences", &audience)
            .await?;
        let opened = self
            .at(Who::Isp, "operator")?
            .post("/audiences", &audience)
            .await?;
        self.kept
            .insert("audience token", text(&opened, "/token")?.to_owned());
        self.prove(
            approver.code == "denied" && self.look_up(&["a.example"]).await?.pointer("/verdicts").is_some(),
            "the ISP's operator opens an audience for its customers' resolvers; its token is told once",
        )
    }

    pub(super) async fn publish_indicators(&mut self) -> Result<(), StepError> {
        self.prepare_protection().await?;
        let mut readers = teams(&[Who::Agency, Who::Vendor, Who::Isp]);
        readers.push(SECONDEE);
        let title = self.mark("indicators", "Addresses of the kit", &readers);
        let ours = &self.told.infrastructure;
        let mut values = vec![ours.panel.clone(), ours.mirror.clone(), ours.address.clone()];
        values.extend(self.told.indicators.iter().take(MORE).cloned());
        let indicators: Vec<Value> = values
            .iter()
            .map(|value| json!({ "value": value, "labels": ["kit"] }))
            .collect();
        let published = self
            .publish(
                (Who::Vendor, "researcher"),
                &title,
                &[],
                json!({
                    "kind": "indicator.published", "indicators": indicators, "note": "From the unpacked kit.", "from": "analysis",
                    "grading": { "admiralty": { "reliability": "B", "credibility": "2" } }, "wish": "detect",
                }),
            )
            .await?;
        let at = text(&published, "/at")?.to_owned();
        self.keep("indicators", &at);
        let held = asks(&published, &[Who::Isp, Who::Hosting])?;
        self.spread().await?;
        let path = self.of_case("/indicators");
        let agency = self.at(Who::Agency, "investigator")?.get(&path).await?;
        let isp = self.at(Who::Isp, "researcher")?.get(&path).await?;
        self.prove(
            held && list(&agency, "")?.len() == values.len() && isp == json!([]),
            "the agency has the indicators; for each provider the vendor's approver is asked (clause 9.1), and none has them",
        )?;
        let own = self
            .at(Who::Vendor, "researcher")?
            .refused("/releases", &json!({ "note": at, "to": Who::Isp.org() }))
            .await?;
        self.release((Who::Vendor, "approver"), &at, Who::Isp).await?;
        // It comes from the vendor itself: the agency does not pass on what it was given.
        self.spread().await?;
        let isp = self.at(Who::Isp, "researcher")?.get(&path).await?;
        let hosting = self.at(Who::Hosting, "approver")?.get(&path).await?;
        self.prove(
            own.code == "denied" && list(&isp, "")?.len() == values.len() && hosting == json!([]),
            "released to the ISP by the vendor's approver, not by the researcher; the hosting provider has none",
        )?;
        self.a_second_person().await
    }

    /// What many use is published by two.
    async fn a_second_person(&mut self) -> Result<(), StepError> {
        let note = json!({
            "kind": "indicator.published", "indicators": [{ "value": POPULAR }],
            "from": "analysis", "note": "The bank that is imitated: watched for, never blocked.",
        });
        let new = draft("The bank", "TLP:AMBER", &[Who::Agency], note);
        let investigator = self.at(Who::Agency, "investigator")?;
        let alone = investigator.refused(&self.of_case("/notes"), &new).await?;
        let waiting = investigator.post(&self.of_case("/waiting"), &new).await?;
        let path = self.of_case(&format!("/waiting/{}", text(&waiting, "")?));
        let own = investigator.refused(&path, &Value::Null).await?;
        self.at(Who::Agency, "officer")?.post(&path, &Value::Null).await?;
        self.prove(
            alone.code == "conflict" && own.code == "denied",
            "a name that many use waits for a second person, who is not the one that wrote the note",
        )
    }

    pub(super) async fn detect(&mut self) -> Result<(), StepError> {
        let panel = self.told.infrastructure.panel.clone();
        let published = self.note_of("indicators")?;
        let verdict = json!({
            "kind": "verdict.detect", "reason": "See first who is hit.",
            "indicators": [{ "published": published, "value": panel }],
        });
        let given = draft(
            "Detect in silence",
            "TLP:AMBER",
            &[Who::Vendor, Who::Isp],
            verdict,
        );
        let refused = self
            .at(Who::Agency, "investigator")?
            .refused(&self.of_case("/notes"), &given)
            .await?;
        self.at(Who::Agency, "officer")?
            .post(&self.of_case("/notes"), &given)
            .await?;
        self.spread().await?;
        let there = self.until_counted("detected", 1).await?;
        self.prove(
            there && refused.code == "denied",
            "the case officer gives the verdict, the investigator cannot; the ISP's node serves it",
        )?;
        let asked = self.in_silence(&panel).await?;
        let path = self.of_case("/sightings");
        let shared = self.at(Who::Isp, "researcher")?.post(&path, &Value::Null).await?;
        let again = self.at(Who::Isp, "researcher")?.post(&path, &Value::Null).await?;
        self.spread().await?;
        let indicators = self
            .at(Who::Agency, "investigator")?
            .get(&self.of_case("/indicators"))
            .await?;
        let line = Self::line_of(&indicators, "", "value", &panel)?;
        let seen = line.pointer("/seen/0/count").and_then(Value::as_u64);
        let by = line.pointer("/seen/0/org").and_then(Value::as_str);
        self.prove(
            !list(&shared, "")?.is_empty()
                && again == json!([])
                && seen == Some(asked)
                && by == Some(Who::Isp.org()),
            format!(
                "shared back once: the agency reads that the ISP saw it {asked} times, and not who asked"
            ),
        )
    }

    /// What is only detected is answered like what nobody knows, over HTTP and over DNS: how often it was asked.
    async fn in_silence(&mut self, panel: &str) -> Result<u64, StepError> {
        // Of the same length, so that nothing else can differ.
        let name = panel.strip_suffix(".example").unwrap_or(panel);
        let unknown: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { 'x' } else { c })
            .chain(".example".chars())
            .collect();
        let detected = self.look_up(&[panel]).await?.to_string();
        let nobodys = self.look_up(&[unknown.as_str()]).await?.to_string();
        let place = self.world.place(Who::Isp)?;
        let dns = place
            .dns
            .ok_or_else(|| StepError::new("the ISP's node answers no DNS"))?;
        let by_name = ask_dns(dns, &format!("{panel}.{ZONE}")).await?;
        let other = ask_dns(dns, &format!("{unknown}.{ZONE}")).await?;
        let zone = self
            .at(Who::Isp, "operator")?
            .get("/audiences/customers/zone")
            .await?;
        self.prove(
            detected.replace(panel, "") == nobodys.replace(&unknown, "")
                && by_name == Some(Named::DoesNotExist)
                && other == by_name
                && !text(&zone, "/zone")?.contains(panel),
            "who asks for it over HTTP or DNS is answered byte for byte like who asks for what nobody knows, and the policy \
             zone has nothing",
        )?;
        Ok(2)
    }
}
