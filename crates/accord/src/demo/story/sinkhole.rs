//! The machines that call the sinkhole are counted where their addresses are, and only the numbers leave.

use serde_json::{Value, json};

use super::Story;
use crate::demo::StepError;
use crate::demo::client::{list, text};
use crate::demo::marks::teams;
use crate::demo::nodes::Who;

/// The network of the machines, without the last octet: no other text of the story has it (RFC 2544, appendix C.2.2).
const MACHINES: &str = "198.18.7.";
/// The days of the log, as a web server writes them and as the counts have them.
const DAYS: [(&str, &str); 2] = [("09/Mar/2026", "2026-03-09"), ("10/Mar/2026", "2026-03-10")];

/// How many different machines came on each day.
fn different(days: &[Vec<u8>; 2]) -> [u64; 2] {
    days.clone().map(|mut octets| {
        octets.sort_unstable();
        octets.dedup();
        octets.len() as u64
    })
}

/// The access log of the sinkhole (Common Log Format).
fn access_log(days: &[Vec<u8>; 2]) -> String {
    let lines = DAYS.iter().zip(days).flat_map(|((stamp, _), octets)| {
        octets.iter().map(move |octet| {
            format!(
                "{MACHINES}{octet} - - [{stamp}:10:00:00 +0000] \"GET /beat HTTP/1.1\" 200 1 \"-\" \"-\"\n"
            )
        })
    });
    lines.collect()
}

impl Story<'_> {
    pub(super) async fn sinkhole(&mut self) -> Result<(), StepError> {
        let beacon = self.note_of("beacon")?;
        let sunk = self.told.sunk.clone();
        let operator = self.at(Who::Isp, "operator")?;
        let source = json!({
            "name": "sinkhole", "description": "web server of the sinkhole", "customers": [], "time_zone": "UTC",
            "ordinary_course": true, "custodian": "Head of operations",
        });
        operator.post("/logs/sources", &source).await?;
        operator
            .upload(
                "/logs/sources/sinkhole/import?name=gate.log",
                access_log(&sunk).into_bytes(),
            )
            .await?;
        let path = self.of_case("/sinkholes");
        let mark = json!({ "target": beacon, "source": "sinkhole" });
        let approver = self.at(Who::Isp, "approver")?.refused(&path, &mark).await?;
        let other = json!({ "target": self.note_of("target of the ISP")?, "source": "sinkhole" });
        let not_sunk = self.at(Who::Isp, "researcher")?.refused(&path, &other).await?;
        self.at(Who::Isp, "researcher")?.post(&path, &mark).await?;
        let seen = self.at(Who::Isp, "researcher")?.get(&path).await?;
        let line = Self::line_of(&seen, "", "target", &beacon)?;
        let counted: Vec<u64> = list(&line, "/days")?
            .iter()
            .filter_map(|day| day.get("victims")?.as_u64())
            .collect();
        let expected = different(&sunk);
        self.prove(
            counted == expected && approver.code == "denied" && not_sunk.code == "invalid",
            format!(
                "isp.example: its sinkhole's log comes in, and a researcher says whose it is; {} and {} machines on two days, \
                 each counted once a day",
                expected[0], expected[1]
            ),
        )?;
        self.share_counts(&beacon, expected).await
    }

    async fn share_counts(&mut self, beacon: &str, expected: [u64; 2]) -> Result<(), StepError> {
        let path = self.of_case("/sinkholes/share");
        let approver = self
            .at(Who::Isp, "approver")?
            .refused(&path, &Value::Null)
            .await?;
        let shared = self.at(Who::Isp, "researcher")?.post(&path, &Value::Null).await?;
        let again = self.at(Who::Isp, "researcher")?.post(&path, &Value::Null).await?;
        self.keep("machines that were counted", text(&shared, "/0/at")?);
        self.spread().await?;
        let path = self.of_case("/sinkholes");
        let at_agency = self.at(Who::Agency, "officer")?.get(&path).await?;
        let line = Self::line_of(&at_agency, "", "target", beacon)?;
        let told: Vec<Value> = DAYS
            .iter()
            .zip(expected)
            .map(|((_, day), count)| json!({ "day": day, "org": Who::Isp.org(), "count": count }))
            .collect();
        let vendor = self.at(Who::Vendor, "researcher")?.get(&path).await?;
        let hosting = self.at(Who::Hosting, "approver")?.get_refused(&path).await?;
        self.prove(
            line.get("shared") == Some(&json!(told))
                && line.get("days") == Some(&json!([]))
                && list(&shared, "")?.len() == 2
                && again == json!([])
                && vendor == json!([])
                && approver.code == "denied"
                && hosting.code == "denied",
            "the ISP's researcher shares the numbers, once; the agency reads how many machines called on which day, the vendor \
             and the hosting provider nothing",
        )?;
        let mut nowhere = true;
        for (who, sign_in) in teams(&[Who::Agency, Who::Vendor, Who::Hosting]) {
            let view = self.case_of(who, sign_in).await?;
            let words = view.to_string();
            nowhere &= !words.contains(MACHINES);
            if who == Who::Hosting {
                // That a note was written is not withheld; what kind of note, and its words, are.
                let withheld = |item: &&Value| item.get("at") == Some(&json!(beacon));
                let kind = list(&view, "/timeline")?
                    .iter()
                    .find(withheld)
                    .map_or(&Value::Null, |item| item.get("kind").unwrap_or(&Value::Null));
                nowhere &= !words.contains(&self.told.infrastructure.beacon) && kind.is_null();
            }
        }
        self.prove(
            nowhere,
            "no address of theirs is at any other node, and the hosting provider knows of no such target",
        )
    }
}
