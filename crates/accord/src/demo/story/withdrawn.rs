//! A name changes hands: who published it withdraws it, and nobody is told to block it any more, over DNS neither.

use serde_json::{Value, json};

use super::Story;
use super::parts::{Named, ask_dns, draft};
use super::protection::ZONE;
use crate::demo::StepError;
use crate::demo::client::text;
use crate::demo::marks::teams;
use crate::demo::nodes::Who;

impl Story<'_> {
    /// What the ISP's node says of a name over DNS, and whether its policy zone has it.
    async fn named_by_dns(&self, name: &str) -> Result<(Option<Named>, bool), StepError> {
        let dns = self.world.place(Who::Isp)?.dns;
        let dns = dns.ok_or_else(|| StepError::new("the ISP's node answers no DNS"))?;
        let said = ask_dns(dns, &format!("{name}.{ZONE}")).await?;
        let zone = self
            .at(Who::Isp, "operator")?
            .get("/audiences/customers/zone")
            .await?;
        Ok((said, text(&zone, "/zone")?.contains(&format!("{name} CNAME ."))))
    }

    pub(super) async fn withdraw(&mut self) -> Result<(), StepError> {
        let name = self.told.infrastructure.retired.clone();
        let readers = teams(&[Who::Agency, Who::Vendor, Who::Isp, Who::Hosting]);
        let title = self.mark("name that is withdrawn", "Where the kit was before", &readers);
        let note = json!({
            "kind": "indicator.published", "indicators": [{ "value": name }], "note": "From the first report.",
            "from": "analysis", "wish": "block",
        });
        let at = self
            .note(
                "name that is withdrawn",
                (Who::Agency, "investigator"),
                &title,
                &[],
                note,
            )
            .await?;
        let verdict = json!({
            "kind": "verdict.block", "reason": "It is part of it.",
            "indicators": [{ "published": at, "value": name }],
        });
        self.publish((Who::Agency, "officer"), "Block", &[Who::Isp], verdict)
            .await?;
        self.spread().await?;
        let blocked = self.until_blocked(&name, true).await?;
        let (listed, in_zone) = self.named_by_dns(&name).await?;
        let panel = self.told.infrastructure.panel.clone();
        self.prove(
            blocked && listed == Some(Named::Exists) && in_zone,
            "a name is published and blocked: the ISP's node says so over HTTP, over DNS and in its policy zone",
        )?;
        let reason = self
            .marks
            .plant_aside("why it is withdrawn", "Somebody honest has it now.", &readers);
        let withdrawal = draft(
            "Withdrawn",
            "TLP:AMBER",
            &[],
            json!({ "kind": "indicator.withdrawn", "published": at, "values": [], "reason": reason }),
        );
        let notes = self.of_case("/notes");
        let third = self
            .at(Who::Vendor, "researcher")?
            .refused(&notes, &withdrawal)
            .await?;
        self.at(Who::Agency, "investigator")?
            .post(&notes, &withdrawal)
            .await?;
        self.spread().await?;
        let free = self.until_blocked(&name, false).await?;
        let (gone, in_zone) = self.named_by_dns(&name).await?;
        let (other, other_in_zone) = self.named_by_dns(&panel).await?;
        self.prove(
            free && gone == Some(Named::DoesNotExist) && !in_zone && third.status >= 400,
            "withdrawn by who published it, and by nobody else: no verdict over HTTP, no name over DNS, no line in the zone",
        )?;
        self.prove(
            other == Some(Named::Exists) && other_in_zone,
            "what else is blocked stays blocked",
        )?;
        self.stands_nowhere(&name).await
    }

    async fn stands_nowhere(&mut self, name: &str) -> Result<(), StepError> {
        let mut gone = true;
        for (who, sign_in) in teams(&[Who::Agency, Who::Vendor, Who::Isp, Who::Hosting]) {
            let indicators = self.at(who, sign_in)?.get(&self.of_case("/indicators")).await?;
            gone &= !indicators.to_string().contains(name);
        }
        let known: Value = self
            .at(Who::Isp, "researcher")?
            .get(&format!("/protection/lookup?value={name}"))
            .await?;
        self.prove(
            gone && known == json!([]),
            "it stands among nobody's indicators, and who looks it up finds none",
        )
    }
}
