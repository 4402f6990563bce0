//! Decisions, packages, custody.

use std::collections::{BTreeMap, BTreeSet};

use accord_evidence::{Trust, Verdict, paths, read_zip, verify_zip};
use accord_scan::{Compiler, Input, ReadLimits, ScanOptions};
use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::nodes::Who;
use crate::demo::told::LogFile;

/// How often a preview is asked for while it runs.
pub(super) const PREVIEW_POLL: std::time::Duration = std::time::Duration::from_millis(20);

/// A line by its source and number.
type LineName = (String, u64);

/// The lines of logs that a scan with these indicators finds.
fn scanned(logs: &[LogFile], indicators: &[String]) -> Result<BTreeSet<LineName>, StepError> {
    let mut compiler = Compiler::new();
    compiler
        .add_source("indicators", indicators.join("\n").as_bytes())
        .map_err(StepError::from_display)?;
    let watchfile = compiler.finish().map_err(StepError::from_display)?;
    let mut found = BTreeSet::new();
    for log in logs {
        let input = Input::from_reader(
            &log.name,
            std::io::Cursor::new(log.bytes.clone()),
            ReadLimits::default(),
        )
        .map_err(StepError::from_display)?;
        let (_, outcome) = accord_scan::scan(input, &watchfile, ScanOptions::default(), &mut |record| {
            found.insert((log.source.clone(), record.line));
            Ok(())
        });
        outcome.map_err(StepError::from_display)?;
    }
    Ok(found)
}

/// What a preview shows.
struct Shown {
    commitment: String,
    lines: u64,
    by_source: Vec<String>,
    by_indicator: Vec<String>,
}

fn keys(value: &Value, pointer: &str) -> Vec<String> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .map(|object| object.keys().cloned().collect())
        .unwrap_or_default()
}

impl Story<'_> {
    fn logs_of(&self, who: Who) -> &[LogFile] {
        if who == Who::Isp {
            &self.told.isp
        } else {
            &self.told.hosting
        }
    }

    /// Looks in the logs for a request, as its approver.
    async fn preview(&mut self, who: Who, at: &str) -> Result<Shown, StepError> {
        let approver = self.at(who, "approver")?;
        let early = approver
            .refused(
                &format!("/requests/{at}/decide"),
                &json!({ "verdict": "approve", "preview": "0" }),
            )
            .await?;
        let path = format!("/requests/{at}/preview");
        let mut job = approver.post(&path, &Value::Null).await?;
        while job.get("state").and_then(Value::as_str) == Some("running") {
            tokio::time::sleep(PREVIEW_POLL).await;
            job = approver.get(&path).await?;
        }
        let found: BTreeSet<LineName> = list(&job, "/preview/lines")?
            .iter()
            .filter_map(|line| {
                let source = line.get("source")?.as_str()?.to_owned();
                Some((source, line.get("line")?.as_u64()?))
            })
            .collect();
        let shown = approver
            .post(&format!("/requests/{at}/preview/show"), &json!({}))
            .await?;
        let stale = approver
            .refused(
                &format!("/requests/{at}/decide"),
                &json!({ "verdict": "approve", "preview": "0".repeat(64) }),
            )
            .await?;
        let shown = Shown {
            commitment: text(&shown, "/preview")?.to_owned(),
            lines: shown
                .pointer("/summary/lines")
                .and_then(Value::as_u64)
                .unwrap_or(0),
            by_source: keys(&shown, "/summary/by_source"),
            by_indicator: keys(&shown, "/summary/by_indicator"),
        };
        let expected = scanned(self.logs_of(who), &self.told.indicators)?;
        self.prove(
            found == expected && shown.lines == expected.len() as u64,
            format!(
                "{}: the preview shows {} lines, the very lines that `accord scan` finds in its logs",
                who.org(),
                shown.lines
            ),
        )?;
        self.prove(
            early.code == "conflict" && stale.code == "conflict",
            "nothing is decided before the preview was looked at, or on another preview",
        )?;
        Ok(shown)
    }

    /// Decides with what `narrowing` leaves; where nothing was found, says so.
    async fn answer(&mut self, who: Who, at: &str, shown: &Shown, narrowing: Value) -> Result<(), StepError> {
        let found = shown.lines > 0;
        let path = format!("/requests/{at}/{}", if found { "decide" } else { "answer" });
        let verdict = if !found {
            json!({ "answer": "nothing-found", "preview": shown.commitment })
        } else if narrowing.is_null() {
            json!({ "verdict": "approve", "preview": shown.commitment })
        } else {
            json!({
                "verdict": "narrow", "preview": shown.commitment, "narrowing": narrowing, "reason": self.told.narrowed,
            })
        };
        let refused = self.at(who, "operator")?.refused(&path, &verdict).await?;
        let outcome = self.at(who, "approver")?.post(&path, &verdict).await?;
        let lines = outcome.pointer("/lines").and_then(Value::as_u64).unwrap_or(0);
        if !found {
            return self.prove(
                refused.code == "denied",
                format!("{}: no line matches, nothing leaves", who.org()),
            );
        }
        let exhibit = text(&outcome, "/exhibit")?.to_owned();
        self.exhibits.insert(who, exhibit);
        let clause = text(&outcome, "/release/clause")?.to_owned();
        let fewer = narrowing.is_null() || lines < shown.lines;
        self.prove(
            fewer && refused.code == "denied",
            format!(
                "{}: {lines} of {} lines leave under clause {clause}, decided by the approver; the operator could not",
                who.org(),
                shown.lines
            ),
        )
    }

    pub(super) async fn isp_decides(&mut self) -> Result<(), StepError> {
        let at = self.hunt_at(0)?;
        let shown = self.preview(Who::Isp, &at).await?;
        let narrowing = match shown.by_source.split_last() {
            Some((_, kept)) if !kept.is_empty() => json!({ "sources": kept }),
            _ if shown.lines > 1 => json!({ "max_lines": shown.lines / 2 }),
            _ => Value::Null,
        };
        self.answer(Who::Isp, &at, &shown, narrowing).await
    }

    pub(super) async fn hosting_decides(&mut self) -> Result<(), StepError> {
        let at = self.hunt_at(1)?;
        let shown = self.preview(Who::Hosting, &at).await?;
        let kept = shown
            .by_indicator
            .get(..shown.by_indicator.len() / 2)
            .unwrap_or_default();
        let narrowing = if !kept.is_empty() {
            json!({ "indicators": kept })
        } else if shown.lines > 1 {
            json!({ "max_lines": shown.lines / 2 })
        } else {
            Value::Null
        };
        self.answer(Who::Hosting, &at, &shown, narrowing).await?;
        let second = self.hunt_at(2)?;
        self.at(Who::Hosting, "approver")?
            .post(
                &format!("/requests/{second}/decide"),
                &json!({ "verdict": "refuse", "clause": "8.1", "reason": self.told.narrowed }),
            )
            .await?;
        self.spread().await?;
        let view = self.case_of(Who::Agency, "investigator").await?;
        let request = list(&view, "/requests")?
            .iter()
            .find(|request| request.get("at").and_then(Value::as_str) == Some(second.as_str()))
            .cloned()
            .unwrap_or_default();
        let refused = text(&request, "/state")? == "refused" && text(&request, "/clause")? == "8.1";
        let words = request.get("answer").and_then(Value::as_str) == Some(self.told.narrowed.as_str());
        self.prove(
            refused && words,
            "hosting.example: the second request is refused under clause 8.1; the agency reads clause and reason",
        )
    }

    fn hunt_at(&self, number: usize) -> Result<String, StepError> {
        self.hunts
            .get(number)
            .cloned()
            .ok_or_else(|| StepError::new("the hunt was not asked"))
    }

    pub(super) async fn receive(&mut self) -> Result<(), StepError> {
        self.spread().await?;
        for (who, exhibit) in self.exhibits.clone() {
            let investigator = self.at(Who::Agency, "investigator")?;
            let report = investigator
                .post(&format!("/exhibits/{exhibit}/verify"), &Value::Null)
                .await?;
            let verified = text(&report, "/verdict")? == "verified";
            let package = investigator
                .download(&format!("/exhibits/{exhibit}/package"))
                .await?;
            investigator
                .post(&format!("/exhibits/{exhibit}/receive"), &Value::Null)
                .await?;
            self.packages.insert(who, package);
            self.prove(
                verified,
                format!(
                    "{}: the package verifies at the agency and is received",
                    who.org()
                ),
            )?;
        }
        self.spread().await?;
        for (who, exhibit) in self.exhibits.clone() {
            let here = self.custody_of(Who::Agency, "investigator", &exhibit).await?;
            let there = self.custody_of(who, "approver", &exhibit).await?;
            let stated: BTreeSet<&str> = list(&here, "/steps")?
                .iter()
                .filter_map(|step| step.get("commitment")?.as_str())
                .collect();
            let good = here == there
                && text(&here, "/state")? == "received"
                && list(&here, "/steps")?.len() == 2
                && stated.len() == 1;
            self.prove(
                good,
                format!(
                    "{}: both sides hold the same chain of custody, handed and received under one commitment",
                    who.org()
                ),
            )?;
        }
        Ok(())
    }

    pub(super) async fn verify_offline(&mut self) -> Result<(), StepError> {
        for (who, package) in self.packages.clone() {
            let vkey = std::fs::read_to_string(self.world.place(who)?.dir.join("identity.vkey"))
                .map_err(StepError::from_display)?;
            let trust = Trust {
                identities: vec![vkey.trim().parse().map_err(StepError::from_display)?],
                ..Trust::default()
            };
            let known = verify_zip(&package, &trust);
            let unknown = verify_zip(&package, &Trust::default());
            let mut altered = package.clone();
            let middle = altered.len() / 2;
            if let Some(byte) = altered.get_mut(middle) {
                *byte ^= 1;
            }
            let broken = verify_zip(&altered, &trust);
            let good = known.verdict == Verdict::Verified
                && unknown.verdict == Verdict::SignerUnknown
                && broken.verdict == Verdict::Failed;
            self.prove(
                good,
                format!(
                    "{}: verified with its identity key; without the key the signer is unknown; one flipped bit fails",
                    who.org()
                ),
            )?;
            let lines = self.compare_lines(who, &package)?;
            self.prove(
                lines > 0,
                format!(
                    "{}: {lines} lines are the bytes of the original logs at their places",
                    who.org()
                ),
            )?;
        }
        Ok(())
    }

    /// Compares every line of a package with the holder's original log.
    fn compare_lines(&self, who: Who, package: &[u8]) -> Result<usize, StepError> {
        let files = read_zip(package).map_err(StepError::from_display)?;
        let mut originals: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        for log in self.logs_of(who) {
            originals.insert(&log.source, log.plain()?);
        }
        let index = files
            .get(paths::LINES)
            .ok_or_else(|| StepError::new("the package has no list of lines"))?;
        let mut count = 0;
        for record in index.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let record: Value = serde_json::from_slice(record).map_err(StepError::from_display)?;
            let number = |key: &str| {
                record
                    .get(key)
                    .and_then(Value::as_u64)
                    .and_then(|number| usize::try_from(number).ok())
                    .ok_or_else(|| StepError::new(format!("a line has no {key}")))
            };
            let (length, position, offset) = (number("length")?, number("position")?, number("offset")?);
            let part = |bytes: &Vec<u8>, from: usize| {
                bytes.get(from..from.saturating_add(length)).map(<[u8]>::to_vec)
            };
            let delivered = files
                .get(text(&record, "/file")?)
                .and_then(|bytes| part(bytes, position));
            let original = originals
                .get(text(&record, "/source")?)
                .and_then(|bytes| part(bytes, offset));
            if delivered.is_none() || delivered != original {
                return Err(StepError::new(format!(
                    "this line is not the original's: {record}"
                )));
            }
            count += 1;
        }
        Ok(count)
    }
}
