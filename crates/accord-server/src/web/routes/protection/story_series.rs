//! `/new/series`: sightings over time by family, sector, country and network.

use accord_service::{Among, Dimension, SeriesRow, SeriesView};

use super::super::failed::Paged;
use super::super::frame::{Page, Part, html, operation};
use super::super::times::{count, day};
use super::{link, pair};
use crate::web::render;
use crate::web::view::tab::{Row, Section, SectionsPage, Table};
use crate::web::view::{Link, Spark};

/// Days that are shown.
const DAYS: u32 = 28;

fn heading(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Family => "By family",
        Dimension::Campaign => "By campaign",
        Dimension::Network => "By network",
        Dimension::Sector => "By sector",
        Dimension::Country => "By country",
    }
}

/// What to do where nothing is known.
fn empty(dimension: Dimension) -> (String, String) {
    let how = match dimension {
        Dimension::Family | Dimension::Campaign => {
            "A family is the first label of an indicator. What has none is in no series."
        }
        Dimension::Network => "The operator's table of networks says in which one an address stands.",
        Dimension::Sector | Dimension::Country => {
            "The operator's table of places says where audiences, edges and partners are."
        }
    };
    (
        "Nothing was seen of which this is known.".to_owned(),
        how.to_owned(),
    )
}

fn row(row: &SeriesRow) -> Row {
    Row {
        title: row.label.clone(),
        soft: match &row.among {
            Among::Everybody => String::new(),
            Among::Case { operation: name, .. } => format!("operation {}", operation(name)),
        },
        spark: Some(Spark {
            label: format!(
                "sightings a day, {} days, {} in all",
                row.points.len(),
                count(row.lines)
            ),
            counts: row.points.iter().map(|point| u64::from(point.lines)).collect(),
        }),
        table: Some(Table {
            caption: "These numbers as a table".to_owned(),
            heads: vec!["Day".to_owned(), "Sightings".to_owned(), "Customers".to_owned()],
            rows: row
                .points
                .iter()
                .rev()
                .filter(|point| point.lines > 0)
                .map(|point| {
                    vec![
                        day(point.at_ms),
                        count(u64::from(point.lines)),
                        count(u64::from(point.count)),
                    ]
                })
                .collect(),
        }),
        facts: vec![pair("Sightings", count(row.lines))],
        ..Row::default()
    }
}

pub(in crate::web) fn section(view: &SeriesView, actions: Vec<Link>) -> Section {
    Section {
        heading: heading(view.dimension).to_owned(),
        actions,
        rows: view.rows.iter().map(row).collect(),
        empty: empty(view.dimension),
        ..Section::default()
    }
}

pub(super) async fn page(page: Page) -> Paged {
    let shown = [
        Dimension::Family,
        Dimension::Sector,
        Dimension::Country,
        Dimension::Network,
    ];
    let mut sections = Vec::new();
    for dimension in shown {
        let view = page.node.story_series(&page.who, dimension, DAYS).await?;
        let actions = match sections.is_empty() {
            true => vec![link("Back to the stories", &["new"])],
            false => Vec::new(),
        };
        sections.push(section(&view, actions));
    }
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Protection).await,
        title: "Sightings over time".to_owned(),
        lede: "The last four weeks, day by day, of the feeds and of the cases you see. Today is not over."
            .to_owned(),
        sections,
    }))
}
