//! One party says no, and says why: nothing is done. The plan is changed, which voids every go, and all are asked again.

use serde_json::{Value, json};

use super::Story;
use super::disruption::{AHEAD_MS, AHEAD_REAL_MS, CHECKS, PARTIES};
use super::parts::with;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::{SECONDEE, teams};
use crate::demo::nodes::Who;

impl Story<'_> {
    pub(super) async fn no_go(&mut self) -> Result<(), StepError> {
        self.say_no().await?;
        self.propose_the_beacon().await?;
        self.change_the_plan().await
    }

    async fn say_no(&mut self) -> Result<(), StepError> {
        // A control note: every party's people on the case, and auditors.
        let mut readers = teams(&PARTIES);
        readers.extend([(Who::Agency, "auditor"), (Who::Isp, "auditor"), SECONDEE]);
        let reason = self.marks.plant_aside(
            "why it is a no",
            "The machines would call the next name within the hour.",
            &readers,
        );
        let path = self.of_case("/plan/go");
        let go = self.go_word()?;
        let no = with(go.clone(), "word", json!("no"));
        let silent = self.at(Who::Hosting, "approver")?.refused(&path, &no).await?;
        let no = with(no, "reason", json!(reason));
        let operator = self.at(Who::Hosting, "operator")?.refused(&path, &no).await?;
        for who in [Who::Agency, Who::Vendor, Who::Isp] {
            self.at(who, "approver")?.post(&path, &go).await?;
        }
        self.at(Who::Hosting, "approver")?.post(&path, &no).await?;
        self.spread().await?;
        let mut no_go = true;
        for who in PARTIES {
            let board = self.board(who).await?;
            no_go &= text(&board, "/plan/go")? == "no-go";
        }
        let read = self
            .at(Who::Isp, "auditor")?
            .get(&format!("/audit/spaces/{}", self.case))
            .await?;
        self.prove(
            no_go
                && read.to_string().contains("go.refused")
                && silent.code == "invalid"
                && operator.code == "denied",
            "three say go, the hosting provider's approver says no: a no-go at every node; without a reason it is none, and an \
             operator says neither",
        )?;
        let block = self.block()?;
        let blocked = self
            .at(Who::Agency, "officer")?
            .refused(&self.of_case("/notes"), &block)
            .await?;
        self.prove(
            blocked.code == "denied",
            "nothing is blocked on a plan that is a no-go",
        )
    }

    /// What is missing in the plan: the name that the machines call.
    async fn propose_the_beacon(&mut self) -> Result<(), StepError> {
        let readers = teams(&[Who::Agency, Who::Vendor, Who::Isp]);
        let reason = self.mark("reason of the beacon", "Infected machines call it.", &readers);
        let new = json!({
            "marking": "TLP:AMBER",
            "targets": [{
                "value": self.told.infrastructure.beacon, "action": "sinkhole", "responsible": Who::Isp.org(),
                "reason": reason,
            }],
        });
        let published = self
            .at(Who::Agency, "investigator")?
            .post(&self.of_case("/targets"), &new)
            .await?;
        let at = text(&published, "/0/at")?.to_owned();
        self.keep("beacon", &at);
        self.spread().await?;
        let own = json!({ "answers": [{ "target": at, "own": false }] });
        for who in [Who::Isp, Who::Vendor, Who::Agency] {
            self.at(who, "approver")?
                .post(&self.of_case("/targets/own"), &own)
                .await?;
        }
        let checks: Vec<Value> = CHECKS
            .iter()
            .map(|check| json!({ "target": at, "check": check, "result": "clear", "text": "Looked at." }))
            .collect();
        self.at(Who::Agency, "investigator")?
            .post(&self.of_case("/targets/checks"), &json!({ "checks": checks }))
            .await?;
        self.spread().await
    }

    async fn change_the_plan(&mut self) -> Result<(), StepError> {
        let [mirror, panel, address, ..] = self.targets()?;
        let beacon = self.note_of("beacon")?;
        let instant_ms = self.world.nature.now_ms() + self.world.nature.ahead_ms(AHEAD_MS, AHEAD_REAL_MS);
        let actions: Vec<Value> = [&mirror, &panel, &address, &beacon]
            .map(|target| json!({ "target": target }))
            .to_vec();
        // The plan as it was is shown nowhere any more; who read it read it before.
        self.marks.narrow("text of the plan", &teams(&PARTIES));
        let words = self.mark(
            "text of the changed plan",
            "The name that they call goes to the sinkhole.",
            &teams(&PARTIES),
        );
        let plan = json!({
            "title": "Day of action", "marking": "TLP:AMBER", "instant_ms": instant_ms, "text": words,
            "actions": actions,
        });
        let before = self.go_word()?;
        let written = self
            .at(Who::Agency, "officer")?
            .post(&self.of_case("/plan"), &plan)
            .await?;
        self.keep_plan(&written, instant_ms)?;
        self.spread().await?;
        let path = self.of_case("/plan/go");
        let mut asked_again = true;
        for (who, own) in [
            (Who::Agency, 4),
            (Who::Vendor, 0),
            (Who::Isp, 3),
            (Who::Hosting, 1),
        ] {
            let board = self.board(who).await?;
            asked_again &= text(&board, "/plan/go")? == "waiting"
                && board.pointer("/plan/commitment") == written.get("commitment")
                && list(&board, "/plan/actions")?.len() == own;
            asked_again &= self.at(who, "approver")?.refused(&path, &before).await?.code == "conflict";
        }
        self.prove(
            asked_again,
            "the case officer changes the plan: each provider has its part under another commitment, no go counts any more, and \
             a go to the plan as it was is refused",
        )
    }
}
