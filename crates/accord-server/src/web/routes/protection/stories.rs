//! `/new`: the stories of what is new and grows, and one of them.

use accord_service::{
    Among, Finding, Growing, JudgedView, Point, Stage, StoriesState, StoriesView, StoryLine, StoryView,
    Subject,
};
use axum::extract::Path;

use super::super::failed::Paged;
use super::super::frame::{Page, Part, html, operation};
use super::super::times::{count, counted, when};
use super::{link, pair};
use crate::web::render;
use crate::web::view::tab::{Row, Section, SectionsPage, Table};
use crate::web::view::{Link, Pair, Spark, State, Tone};

/// Stories that were dismissed or ended, on the page.
const PAST_SHOWN: usize = 20;
/// Rows of this week against the week before, on the page.
const WEEK_SHOWN: usize = 100;

pub(super) fn stage(line: &StoryLine) -> State {
    let (word, tone) = match line.stage {
        Stage::Growing => ("growing", Tone::Bad),
        Stage::Steady => ("goes on", Tone::Waiting),
        Stage::Cooling => ("cools", Tone::Quiet),
        Stage::Closed => ("over", Tone::Quiet),
    };
    State {
        word: word.to_owned(),
        tone,
    }
}

pub(super) fn among(who: &Among) -> String {
    match who {
        Among::Everybody => "everybody here who looks values up: it rests on this node's feeds".to_owned(),
        Among::Case { operation: name, .. } => format!("who sees operation {}", operation(name)),
    }
}

fn course_spark(course: &[Point]) -> Spark {
    let shown = course
        .get(course.len().saturating_sub(Spark::BARS_MAX)..)
        .unwrap_or_default();
    let most = shown.iter().map(|point| point.count).max().unwrap_or_default();
    Spark {
        label: format!(
            "different customers by the hour, the last {}, most {}",
            counted(shown.len() as u64, "hour", "hours"),
            count(u64::from(most))
        ),
        counts: shown.iter().map(|point| u64::from(point.count)).collect(),
    }
}

/// The numbers of a course; hours in which nothing was seen are left out.
pub(super) fn course_table(caption: &str, course: &[Point]) -> Table {
    let seen = course
        .iter()
        .rev()
        .filter(|point| point.count > 0 || point.lines > 0);
    Table {
        caption: caption.to_owned(),
        heads: vec!["Hour".to_owned(), "Customers".to_owned(), "Lines".to_owned()],
        rows: seen
            .map(|point| {
                vec![
                    when(point.at_ms).shown,
                    count(u64::from(point.count)),
                    count(u64::from(point.lines)),
                ]
            })
            .collect(),
    }
}

fn judged_pair(judged: &JudgedView) -> Pair {
    let reason = match judged.reason.as_str() {
        "" => String::new(),
        reason => format!(": {reason}"),
    };
    pair(
        "Said of it",
        format!(
            "{} by {}, {}{reason}",
            match judged.word {
                accord_service::JudgedWord::Dismissed => "nothing",
                accord_service::JudgedWord::Promoted => "a threat",
            },
            judged.by,
            when(judged.at_ms).shown
        ),
    )
}

fn facts(line: &StoryLine) -> Vec<Pair> {
    let mut facts = vec![
        pair("Customers", count(u64::from(line.customers))),
        pair("Sources", count(u64::from(line.sources))),
        pair("First seen", when(line.first_ms).shown),
        pair("Told since", when(line.opened_ms).shown),
    ];
    facts.extend(line.closed_ms.map(|ms| pair("Over since", when(ms).shown)));
    facts.push(pair("Shown to", among(&line.among)));
    facts.extend(line.judged.iter().map(judged_pair));
    if line.reconsidered {
        facts.push(pair(
            "Shown again",
            "it grew to twice what it was when it was said to be nothing",
        ));
    }
    facts
}

fn row(line: &StoryLine) -> Row {
    Row {
        title: line.title.clone(),
        state: Some(stage(line)),
        text: vec![line.why.clone()],
        spark: Some(course_spark(&line.course)),
        facts: facts(line),
        links: vec![link("Look at it", &["new", &line.story])],
        ..Row::default()
    }
}

fn looked_at(view: &StoriesView) -> String {
    match view.since_ms {
        Some(since) => format!(
            "{} looked at since {}",
            counted(view.looked_at, "sighting", "sightings"),
            when(since).shown
        ),
        None => "no sightings yet".to_owned(),
    }
}

/// What stands where there is no story.
fn empty(view: &StoriesView) -> (String, String) {
    match view.state {
        StoriesState::Gathering => (
            "There is not history enough to say what is unusual.".to_owned(),
            format!(
                "Sightings of {} so far; stories are told after more than {}. {}.",
                counted(u64::from(view.days), "day", "days"),
                counted(u64::from(view.floor_days), "day", "days"),
                first_upper(&looked_at(view))
            ),
        ),
        StoriesState::Quiet | StoriesState::Told => (
            "Nothing new.".to_owned(),
            format!("Nothing stands out from what is usual: {}.", looked_at(view)),
        ),
    }
}

fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Why the past is not there, where it is not.
fn troubles(view: &StoriesView) -> Vec<String> {
    let stands = view
        .stands
        .iter()
        .map(|_| "Nothing is added now, because this node's clock jumped: its operator sees why.".to_owned());
    let afresh = view.afresh.iter().map(|afresh| {
        format!(
            "The past was lost {}, and what is usual is learned anew since: its operator sees why.",
            when(afresh.at_ms).shown
        )
    });
    stands.chain(afresh).collect()
}

fn week_row(row: &Growing) -> Row {
    Row {
        title: row.what.clone(),
        soft: row.kind.to_owned(),
        state: row.is_new.then(|| State {
            word: "new".to_owned(),
            tone: Tone::Waiting,
        }),
        spark: Some(Spark {
            label: format!(
                "sightings a day, 14 days, {} this week, {} the week before",
                row.now, row.before
            ),
            counts: row.days.clone(),
        }),
        facts: vec![
            pair("This week", count(row.now)),
            pair("The week before", count(row.before)),
            pair("Above chance", format!("{:.1}", row.score)),
        ],
        ..Row::default()
    }
}

pub(in crate::web) fn list_sections(view: &StoriesView) -> Vec<Section> {
    let mut sections = vec![Section {
        heading: "Stories".to_owned(),
        lede: match view.stories.is_empty() {
            true => String::new(),
            false => format!("The strongest first; {}.", looked_at(view)),
        },
        actions: vec![link("Sightings over time", &["new", "series"])],
        rows: view.stories.iter().map(row).collect(),
        empty: empty(view),
    }];
    let troubles = troubles(view);
    if !troubles.is_empty() {
        sections.insert(
            0,
            Section {
                heading: "What is missing".to_owned(),
                rows: vec![Row {
                    text: troubles,
                    ..Row::default()
                }],
                ..Section::default()
            },
        );
    }
    if !view.past.is_empty() {
        sections.push(Section {
            heading: "Over, or said to be nothing".to_owned(),
            lede: "The latest first. What is said of a story can be said otherwise on its page.".to_owned(),
            rows: view.past.iter().take(PAST_SHOWN).map(row).collect(),
            ..Section::default()
        });
    }
    sections.push(Section {
        heading: "This week against the week before".to_owned(),
        lede: "Values and labels of the cases you are on: the difference over what chance would make of it. 3 and more is \
               hardly chance."
            .to_owned(),
        rows: view.week.iter().take(WEEK_SHOWN).map(week_row).collect(),
        empty: (
            "Nothing was seen this week.".to_owned(),
            "Sightings come from look-ups here, and from partners who share theirs.".to_owned(),
        ),
        ..Section::default()
    });
    sections
}

/// `/new`.
pub(super) async fn list(page: Page) -> Paged {
    let view = page.node.stories(&page.who).await?;
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Protection).await,
        title: "New and growing".to_owned(),
        lede: "What stands out from what is usual in the sightings of this node's audiences, their edges, and partners: of \
               the feeds, and of the cases you see."
            .to_owned(),
        sections: list_sections(&view),
    }))
}

fn detector(finding: &Finding) -> &'static str {
    match finding.detector.as_str() {
        "burst" => "bursts",
        "new" => "is new",
        "woke" => "woke",
        "alike" => "are alike",
        _ => "appear together",
    }
}

fn finding_row(finding: &Finding) -> Row {
    let evidence = &finding.evidence;
    let sources: Vec<String> = evidence
        .sources
        .iter()
        .map(|one| format!("{} ({})", one.source, count(u64::from(one.customers))))
        .collect();
    let examples: Vec<&str> = evidence.examples.iter().map(|one| one.value.as_str()).collect();
    let mut facts = vec![
        pair("Seen", format!("{:.0}", evidence.seen)),
        pair("Expected", format!("{:.1}", evidence.expected)),
        pair(
            "Within",
            counted(u64::from(evidence.window_hours), "hour", "hours"),
        ),
        pair("Different customers", count(u64::from(evidence.customers))),
        pair("Lines", count(evidence.lines)),
        pair("First line", when(evidence.first_ms).shown),
        pair("Last line", when(evidence.last_ms).shown),
    ];
    if !sources.is_empty() {
        facts.push(pair("Sources with their customers", sources.join(", ")));
    }
    if !examples.is_empty() {
        facts.push(pair("Among the values", examples.join(", ")));
    }
    let title = match &finding.subject {
        Subject::Label { .. } | Subject::Value { .. } | Subject::Names { .. } | Subject::Pair { .. } => {
            finding.subject.words()
        }
    };
    Row {
        title,
        soft: detector(finding).to_owned(),
        text: vec![finding.reason.clone()],
        spark: (!evidence.by_hour.is_empty()).then(|| course_spark(&evidence.by_hour)),
        table: (!evidence.by_hour.is_empty())
            .then(|| course_table("These numbers as a table", &evidence.by_hour)),
        facts,
        at: Some(when(finding.found_ms)),
        ..Row::default()
    }
}

fn judge_links(view: &StoryView) -> Vec<Link> {
    let line = &view.line;
    if !view.may_judge {
        return Vec::new();
    }
    let to = |label: &str, act: &str| link(label, &["new", &line.story, act]);
    let said = line.judged.as_ref().map(|judged| judged.word);
    let mut links = Vec::new();
    if said != Some(accord_service::JudgedWord::Promoted) {
        links.push(to("Make it a threat", "promote"));
    }
    if said != Some(accord_service::JudgedWord::Dismissed) || line.reconsidered {
        links.push(to("It is nothing", "dismiss"));
    }
    links
}

pub(in crate::web) fn one_sections(view: &StoryView) -> Vec<Section> {
    let line = &view.line;
    let mut links = Vec::new();
    if let Some(threat) = line.judged.as_ref().and_then(|judged| judged.threat.as_ref()) {
        links.push(link("The threat it became", &["threats", threat]));
    }
    if let Some(into) = &view.merged_into {
        links.push(link("It is one with this story", &["new", into]));
    }
    if let Among::Case { case, .. } = &line.among {
        links.push(link("The case", &["cases", &case.to_string()]));
    }
    vec![
        Section {
            heading: "The story".to_owned(),
            actions: judge_links(view),
            rows: vec![Row {
                title: line.title.clone(),
                state: Some(stage(line)),
                facts: facts(line),
                links,
                ..Row::default()
            }],
            ..Section::default()
        },
        Section {
            heading: "What was found".to_owned(),
            rows: view.findings.iter().map(finding_row).collect(),
            ..Section::default()
        },
        Section {
            heading: "Its course, hour by hour".to_owned(),
            lede: "With the three days before it was told.".to_owned(),
            rows: vec![Row {
                spark: Some(course_spark(&line.course)),
                table: Some(course_table("The course as a table", &line.course)),
                ..Row::default()
            }],
            ..Section::default()
        },
        Section {
            heading: "Why it stands where it stands".to_owned(),
            rows: vec![Row {
                text: vec![line.ranked_because.clone()],
                facts: vec![pair("Rank", format!("{:.2}", line.rank))],
                ..Row::default()
            }],
            ..Section::default()
        },
    ]
}

/// `/new/STORY`.
pub(super) async fn one(page: Page, Path(story): Path<String>) -> Paged {
    let view = page.node.story(&page.who, &story).await?;
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Protection).await,
        title: view.line.title.clone(),
        lede: view.line.why.clone(),
        sections: one_sections(&view),
    }))
}
