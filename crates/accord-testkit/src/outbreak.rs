//! Weeks of sightings by the test's clock, and an outbreak that is planted in them: at the provider, whose audience has edges.

use accord_model::agreement::templates::Template;
use accord_model::content::{
    ContentBody, Indicator, IndicatorAt, IndicatorPublished, VerdictDetect, VerdictWish,
};
use accord_model::{EntryRef, OrgKind, Role, Tlp};
use accord_service::{Draft, NewAudience, NewNote, Reach, Result};
use accord_verdict::{EdgeBatch, EdgeCount, EdgeId};

use crate::story::DAY_MS;
use crate::{START_MS, Story};

/// The audience whose edges see.
pub const WATCHED: &str = "customers";
/// The family of every value.
pub const FAMILY: &str = "simda";
/// The value that is seen four times a day all the time.
pub const USUAL: &str = "evil.example";
/// The value that is first seen in the outbreak.
pub const FRESH: &str = "worse.example";
/// Edges of the audience.
const EDGES: u8 = 12;
const ORGS: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];
const HOUR_MS: u64 = 3_600_000;

fn draft(title: &str, note: impl Into<ContentBody>) -> Draft {
    Draft {
        title: title.into(),
        marking: Tlp::Amber,
        to: Vec::new(),
        note: NewNote::new(note).expect("a note that can be written"),
        expect: None,
    }
}

impl Story {
    /// A case whose two values the provider detects. There: `researcher` works on the case, `outsider` does not.
    ///
    /// # Errors
    /// What a node says.
    pub async fn watched(seed: u64) -> Result<Self> {
        let mut story = Self::begin(seed, ORGS).await;
        story.agree(Template::AgencyIsp, &["agency", "isp"]).await?;
        story.open_case(&["isp"]).await?;
        story.sync().await?;
        story.join_case("isp").await?;
        for person in ["researcher", "outsider"] {
            story
                .org_mut("isp")
                .add_person(person, &[Role::Researcher])
                .await?;
        }
        let (isp, approver) = story.at("isp", "approver");
        let researcher = story.org("isp").who("researcher").person;
        let roles = [Role::Researcher].into();
        isp.add_member(approver, story.case(), researcher, &roles, None)
            .await?;
        for org in ["agency", "isp"] {
            let (node, operator) = story.at(org, "operator");
            node.load_allow_list(operator, "top", "bank.example\n").await?;
        }
        let (isp, operator) = story.at("isp", "operator");
        let new = NewAudience {
            name: WATCHED.into(),
            reach: Reach::Customers,
            dnsbl: None,
            rpz: None,
            clients: Vec::new(),
            notify: Vec::new(),
            edge: true,
        };
        isp.open_audience(operator, &new).await?;
        story.sync().await?;
        let published = story.lists(&[USUAL, FRESH]).await?;
        story.remember("watched", "agency", published);
        Ok(story)
    }

    /// The agency publishes values of the family on the case, and has them detected.
    ///
    /// # Errors
    /// What a node says.
    pub async fn lists(&self, values: &[&str]) -> Result<EntryRef> {
        let indicators = values.iter().map(|value| Indicator {
            labels: vec![FAMILY.into()],
            ..Indicator::of(*value)
        });
        let new = draft(
            "names of the botnet",
            IndicatorPublished {
                indicators: indicators.collect(),
                note: None,
                from: "analysis".into(),
                grading: None,
                source_protected: false,
                wish: VerdictWish::Detect,
                report: None,
                second: None,
            },
        );
        let (agency, officer) = self.at("agency", "officer");
        let published = agency.publish_note(officer, self.case(), &new).await?.at;
        let all = values.iter().map(|value| IndicatorAt {
            published,
            value: (*value).into(),
        });
        let detect = VerdictDetect {
            indicators: all.collect(),
            audience: Vec::new(),
            reason: None,
        };
        agency
            .publish_note(officer, self.case(), &draft("detect", detect))
            .await?;
        self.sync().await?;
        Ok(published)
    }

    /// Some of the provider's edges see values, each once.
    ///
    /// # Errors
    /// What its node says.
    pub async fn edges_see(&self, edges: std::ops::Range<u8>, values: &[&str]) -> Result<()> {
        let isp = self.org("isp").node();
        let day = u32::try_from(self.world.now_ms() / DAY_MS).unwrap_or(u32::MAX);
        for edge in edges {
            let batch = EdgeBatch {
                edge: EdgeId([edge + 1; 16]).to_string(),
                name: format!("edge-{edge}"),
                // Ascending, whatever was restarted.
                batch: self.world.commits() + 1,
                counts: values
                    .iter()
                    .map(|value| EdgeCount {
                        day,
                        indicator: (*value).to_owned(),
                        count: 1,
                    })
                    .collect(),
            };
            isp.keep_edge_batch(WATCHED, &batch).await?;
        }
        isp.emerge().await
    }

    /// So many days in which every six hours one edge sees what is usual.
    ///
    /// # Errors
    /// What the provider's node says.
    pub async fn usual_days(&self, days: u64) -> Result<()> {
        for _ in 0..4 * days {
            self.world.advance(DAY_MS / 4);
            let turn = (self.world.now_ms() - START_MS) / (DAY_MS / 4);
            let edge = u8::try_from(turn % u64::from(EDGES)).unwrap_or_default();
            self.edges_see(edge..edge + 1, &[USUAL]).await?;
        }
        Ok(())
    }

    /// Within an hour every edge sees the family: first what is usual, then a value that was never seen.
    ///
    /// # Errors
    /// What the provider's node says.
    pub async fn breaks_out(&self) -> Result<()> {
        self.world.advance(HOUR_MS);
        self.edges_see(0..EDGES, &[USUAL]).await?;
        self.world.advance(HOUR_MS / 2);
        self.edges_see(0..EDGES, &[USUAL, FRESH]).await?;
        self.world.advance(HOUR_MS / 4);
        self.org("isp").node().emerge().await
    }
}
