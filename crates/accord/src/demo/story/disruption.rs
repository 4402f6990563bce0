//! Targets, their checks, the plan in parts, go by every party, and what was done at the instant.

use serde_json::{Value, json};

use super::Story;
use super::parts::draft;
use super::protection::POPULAR;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::teams;
use crate::demo::nodes::Who;

const HOUR_MS: u64 = 3_600_000;
/// How far ahead the instant lies where the story's clock passes.
pub(super) const AHEAD_MS: u64 = 3 * HOUR_MS;
/// How far where people wait for it.
pub(super) const AHEAD_REAL_MS: u64 = 12_000;
/// What somebody must have looked at.
pub(super) const CHECKS: [&str; 4] = ["allow-list", "holder", "age", "popularity"];
/// Who says go.
pub(super) const PARTIES: [Who; 4] = [Who::Agency, Who::Vendor, Who::Isp, Who::Hosting];

fn texts<'a>(lines: &'a [Value], field: &str) -> Vec<&'a str> {
    lines
        .iter()
        .filter_map(|line| line.get(field)?.as_str())
        .collect()
}

impl Story<'_> {
    /// The board as somebody's approver sees it.
    pub(super) async fn board(&self, who: Who) -> Result<Value, StepError> {
        self.at(who, "approver")?.get(&self.of_case("/plan")).await
    }

    pub(super) async fn plan(&mut self) -> Result<(), StepError> {
        self.propose_targets().await?;
        self.whose_is_it().await?;
        self.check_targets().await?;
        self.write_plan().await
    }

    async fn propose_targets(&mut self) -> Result<(), StepError> {
        let ours = self.told.infrastructure.clone();
        self.at(Who::Isp, "operator")?
            .post(
                "/own-infrastructure",
                &json!({ "kind": "sinkhole", "value": ours.sinkhole_network, "description": "Our sinkhole." }),
            )
            .await?;
        let isp = teams(&[Who::Agency, Who::Vendor, Who::Isp]);
        let hosting = teams(&[Who::Agency, Who::Vendor, Who::Hosting]);
        let at_isp = self.mark("reason of the ISP's target", "The kit's own page.", &isp);
        let at_hosting = self.mark(
            "reason of the hosting provider's",
            "Where the page is hosted.",
            &hosting,
        );
        let target = |value: &str, action: &str, who: Who, reason: &str| json!({ "value": value, "action": action, "responsible": who.org(), "reason": reason });
        let new = json!({
            "marking": "TLP:AMBER",
            "targets": [
                target(&ours.mirror, "takedown", Who::Hosting, &at_hosting),
                target(&ours.panel, "block", Who::Isp, &at_isp),
                target(&ours.address, "block", Who::Isp, "It answers for the panel."),
                target(&ours.sinkhole, "block", Who::Isp, "The kit calls it."),
                target(POPULAR, "block", Who::Isp, "Customers are sent there."),
            ],
        });
        let published = self
            .at(Who::Agency, "investigator")?
            .post(&self.of_case("/targets"), &new)
            .await?;
        for (name, one) in [
            "target of the hosting provider",
            "target of the ISP",
            "address of the ISP",
            "sinkhole",
            "popular name",
        ]
        .into_iter()
        .zip(list(&published, "")?)
        {
            self.keep(name, text(one, "/at")?);
        }
        self.spread().await?;
        let (at_isp, at_hosting) = (self.board(Who::Isp).await?, self.board(Who::Hosting).await?);
        let own = texts(list(&at_hosting, "/targets")?, "value") == [ours.mirror.as_str()];
        let others = texts(list(&at_isp, "/targets")?, "value");
        self.prove(
            own && others.len() == 4 && !others.contains(&ours.mirror.as_str()),
            "five targets are proposed; each provider has its own and no others",
        )
    }

    pub(super) fn targets(&self) -> Result<[String; 5], StepError> {
        Ok([
            self.note_of("target of the hosting provider")?,
            self.note_of("target of the ISP")?,
            self.note_of("address of the ISP")?,
            self.note_of("sinkhole")?,
            self.note_of("popular name")?,
        ])
    }

    /// Every party that has a target says whether it is its own.
    async fn whose_is_it(&mut self) -> Result<(), StepError> {
        let [mirror, panel, address, sinkhole, popular] = self.targets()?;
        let path = self.of_case("/targets/own");
        let answers = |targets: &[&String], own: bool| {
            let answers: Vec<Value> = targets
                .iter()
                .map(|target| json!({ "target": target, "own": own }))
                .collect();
            json!({ "answers": answers })
        };
        let contradicted = self
            .at(Who::Isp, "approver")?
            .refused(&path, &answers(&[&sinkhole], false))
            .await?;
        for (who, targets, own) in [
            (Who::Isp, vec![&sinkhole], true),
            (Who::Isp, vec![&panel, &address, &popular], false),
            (Who::Hosting, vec![&mirror], false),
            (
                Who::Vendor,
                vec![&mirror, &panel, &address, &sinkhole, &popular],
                false,
            ),
            (
                Who::Agency,
                vec![&mirror, &panel, &address, &sinkhole, &popular],
                false,
            ),
        ] {
            self.at(who, "approver")?
                .post(&path, &answers(&targets, own))
                .await?;
        }
        self.spread().await?;
        let agency = self.board(Who::Agency).await?;
        let line = Self::line_of(&agency, "/targets", "at", &sinkhole)?;
        self.prove(
            contradicted.code == "invalid"
                && text(&line, "/standing")? == "against"
                && !agency.to_string().contains("Our sinkhole."),
            "every party that has a target says whether it is its own; the ISP's list of its own stays there, and contradicts \
             who says otherwise",
        )
    }

    async fn check_targets(&mut self) -> Result<(), StepError> {
        let [mirror, panel, address, sinkhole, popular] = self.targets()?;
        let path = self.of_case("/targets/checks");
        let check = |target: &String, check: &str, result: &str| {
            json!({
                "target": target, "check": check, "result": result, "text": "Looked at." })
        };
        let listed = json!({ "checks": [check(&popular, "allow-list", "clear")] });
        let refused = self
            .at(Who::Agency, "investigator")?
            .refused(&path, &listed)
            .await?;
        let mut checks = vec![check(&popular, "allow-list", "against")];
        for target in [&mirror, &panel, &address, &sinkhole] {
            checks.extend(CHECKS.iter().map(|one| check(target, one, "clear")));
        }
        self.at(Who::Agency, "investigator")?
            .post(&path, &json!({ "checks": checks }))
            .await?;
        self.spread().await?;
        self.prove(
            refused.code == "invalid",
            "what stands on a list of what many use is not called clear",
        )
    }

    async fn write_plan(&mut self) -> Result<(), StepError> {
        let [mirror, panel, address, sinkhole, popular] = self.targets()?;
        let everyone = teams(&PARTIES);
        let words = self.mark(
            "text of the plan",
            "Call the duty desk when something fails.",
            &everyone,
        );
        let instant_ms = self.world.nature.now_ms() + self.world.nature.ahead_ms(AHEAD_MS, AHEAD_REAL_MS);
        let plan = |targets: &[&String]| {
            let actions: Vec<Value> = targets.iter().map(|target| json!({ "target": target })).collect();
            json!({
                "title": "Day of action", "marking": "TLP:AMBER", "instant_ms": instant_ms, "text": words,
                "actions": actions,
            })
        };
        let path = self.of_case("/plan");
        let all = plan(&[&mirror, &panel, &address, &sinkhole, &popular]);
        let refused = self.at(Who::Agency, "officer")?.refused(&path, &all).await?;
        let good = plan(&[&mirror, &panel, &address]);
        let no_pen = self
            .at(Who::Agency, "investigator")?
            .refused(&path, &good)
            .await?;
        let written = self.at(Who::Agency, "officer")?.post(&path, &good).await?;
        self.keep_plan(&written, instant_ms)?;
        self.spread().await?;
        let ours = self.told.infrastructure.clone();
        self.prove(
            refused.code == "invalid"
                && refused.detail.contains(&ours.sinkhole)
                && refused.detail.contains(POPULAR)
                && !refused.detail.contains(&ours.panel)
                && no_pen.code == "denied",
            "a plan with the ISP's sinkhole and a name that many use is refused, naming both; without them whoever holds the \
             pen writes it",
        )?;
        for (who, own) in [(Who::Isp, 2), (Who::Hosting, 1), (Who::Vendor, 0)] {
            let board = self.board(who).await?;
            let actions = list(&board, "/plan/actions")?.len();
            let same = board.pointer("/plan/commitment") == written.get("commitment");
            self.prove(
                same && actions == own,
                format!(
                    "{}: its part of the plan, {own} actions, under the one commitment",
                    who.org()
                ),
            )?;
        }
        Ok(())
    }

    /// Keeps what the others are asked about.
    pub(super) fn keep_plan(&mut self, written: &Value, instant_ms: u64) -> Result<(), StepError> {
        self.kept
            .insert("commitment", text(written, "/commitment")?.to_owned());
        self.kept.insert("instant", instant_ms.to_string());
        // The parts: a list of party and note; the agency's own is the last.
        let last = list(written, "/parts")?.last().cloned().unwrap_or_default();
        self.keep("plan", text(&last, "/1/at")?);
        Ok(())
    }

    pub(super) fn go_word(&self) -> Result<Value, StepError> {
        let instant_ms: u64 = self
            .secret_of("instant")?
            .parse()
            .map_err(StepError::from_display)?;
        Ok(json!({ "word": "go", "commitment": self.secret_of("commitment")?, "instant_ms": instant_ms }))
    }

    /// The block that rests on the plan.
    pub(super) fn block(&self) -> Result<Value, StepError> {
        let note = json!({
            "kind": "verdict.block", "reason": "The plan's go.", "plan": self.note_of("plan")?,
            "indicators": [{
                "published": self.note_of("indicators")?, "value": self.told.infrastructure.panel,
            }],
        });
        Ok(draft("Block", "TLP:AMBER", &[Who::Vendor, Who::Isp], note))
    }

    pub(super) async fn go(&mut self) -> Result<(), StepError> {
        let (path, word, block) = (self.of_case("/plan/go"), self.go_word()?, self.block()?);
        let notes = self.of_case("/notes");
        let early = self.at(Who::Agency, "officer")?.refused(&notes, &block).await?;
        let officer = self.at(Who::Agency, "officer")?.refused(&path, &word).await?;
        for who in PARTIES {
            self.at(who, "approver")?.post(&path, &word).await?;
        }
        self.spread().await?;
        let mut all_go = true;
        for who in PARTIES {
            all_go &= text(&self.board(who).await?, "/plan/go")? == "go";
        }
        let receipts = self.of_case("/plan/receipts");
        let panel = self.note_of("target of the ISP")?;
        let before = self
            .at(Who::Isp, "approver")?
            .refused(
                &receipts,
                &json!({ "receipts": [{ "target": panel, "outcome": "done", "text": "Early." }] }),
            )
            .await?;
        self.prove(
            all_go && early.code == "denied" && officer.code == "denied" && before.code == "denied",
            "four approvers say go; before the instant nothing is blocked on the plan, and no receipt is taken",
        )?;
        let instant_ms: u64 = self
            .secret_of("instant")?
            .parse()
            .map_err(StepError::from_display)?;
        self.world.nature.wait_until(instant_ms).await;
        self.at(Who::Agency, "officer")?
            .post(&self.of_case("/stage"), &json!({ "to": "disruption" }))
            .await?;
        self.at(Who::Agency, "officer")?.post(&notes, &block).await?;
        self.spread().await?;
        let panel_name = self.told.infrastructure.panel.clone();
        let blocked = self.until_blocked(&panel_name, true).await?;
        self.prove(
            blocked,
            "at the instant the case officer releases the block, and the ISP's node tells its resolvers",
        )?;
        self.receipts().await?;
        self.afterwards().await
    }

    async fn receipts(&mut self) -> Result<(), StepError> {
        let [mirror, panel, address, ..] = self.targets()?;
        let beacon = self.note_of("beacon")?;
        let path = self.of_case("/plan/receipts");
        let receipt =
            |target: &String, text: &str| json!({ "target": target, "outcome": "done", "text": text });
        let isp = self.marks.plant_aside(
            "receipt of the ISP",
            "Blocked at all resolvers.",
            &teams(&[Who::Agency, Who::Isp]),
        );
        let hosting = self.marks.plant_aside(
            "receipt of the hosting provider",
            "The machine is off.",
            &teams(&[Who::Agency, Who::Hosting]),
        );
        let others = self
            .at(Who::Isp, "approver")?
            .refused(&path, &json!({ "receipts": [receipt(&mirror, "Not ours.")] }))
            .await?;
        for (who, receipts) in [
            (
                Who::Isp,
                vec![
                    receipt(&panel, &isp),
                    receipt(&address, "At the border."),
                    receipt(&beacon, "It answers with our sinkhole."),
                ],
            ),
            (Who::Hosting, vec![receipt(&mirror, &hosting)]),
        ] {
            self.at(who, "approver")?
                .post(&path, &json!({ "receipts": receipts }))
                .await?;
        }
        self.spread().await?;
        let agency = self.board(Who::Agency).await?;
        let done = texts(list(&agency, "/plan/actions")?, "outcome") == ["done"; 4];
        let at_hosting = self.board(Who::Hosting).await?;
        self.prove(
            done && others.status >= 400 && texts(list(&at_hosting, "/plan/actions")?, "outcome") == ["done"],
            "each gives receipts for its own targets, which the agency reads; nobody for another's",
        )?;
        let export = self.of_case("/plan/export?form=rpz");
        let written = self.at(Who::Isp, "approver")?.get(&export).await?;
        let lines = text(&written, "/text")?;
        self.prove(
            lines.contains(&format!("{} CNAME .", self.told.infrastructure.panel))
                && lines.contains(".rpz-ip CNAME ."),
            "the ISP takes its actions out as a file for its own resolvers",
        )
    }

    /// Looks whether it held, and the drafts of notices.
    async fn afterwards(&mut self) -> Result<(), StepError> {
        let [mirror, panel, ..] = self.targets()?;
        self.world.nature.pass(HOUR_MS + 1_000);
        let looks = json!({ "looks": [
            { "target": panel, "held": "held", "text": "No answer from three networks." },
            { "target": mirror, "held": "held", "text": "The address is silent." },
        ] });
        self.at(Who::Agency, "investigator")?
            .post(&self.of_case("/plan/looks"), &looks)
            .await?;
        self.spread().await?;
        let isp = self.board(Who::Isp).await?;
        let line = Self::line_of(&isp, "/plan/actions", "target", &panel)?;
        self.prove(
            text(&line, "/held")? == "held",
            "an hour later the investigator looked: it held, and the ISP reads that",
        )?;
        let path = self.of_case("/notices");
        let notices = self.at(Who::Agency, "officer")?.get(&path).await?;
        let isp = self.at(Who::Isp, "approver")?.get_refused(&path).await?;
        let ours = self.told.infrastructure.clone();
        let apart = list(&notices, "")?.iter().all(|notice| {
            let words = notice.get("text").and_then(Value::as_str).unwrap_or_default();
            let to_hosting = notice.get("to").and_then(Value::as_str) == Some(Who::Hosting.org());
            words.contains(&ours.mirror) == to_hosting && words.contains(&ours.panel) != to_hosting
        });
        self.prove(
            list(&notices, "")?.len() == 2 && apart && isp.code == "denied",
            "notices are drafted, one for each provider, with its own targets and no other's",
        )
    }
}
