//! `/import/DRAFT`: a draft, value by value, and how it is published.

use accord_model::content::{
    Admiralty, Credibility, FileNature, Grading, HandlingCode, IntelligenceAssessment, Reliability,
    SourceEvaluation, ThreeFiveTwo, VerdictWish,
};
use accord_service::{Choices, ImportDraft, ImportView, ServiceError, ValueView};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect};

use super::*;
use crate::web::render;
use crate::web::view::Mark;
use crate::web::view::intel::{ReviewPage, Value};

/// Values on one page: a page stays under its 100 KB.
const VALUES_PAGE: usize = 100;
/// Problems on the page; the API has all.
const UNREAD_MAX: usize = 30;

/// `/import/DRAFT`.
pub(in super::super) async fn page(page: Page, Path(draft): Path<String>) -> Paged {
    let number = page.query("page").parse().unwrap_or(1);
    show(&page, &draft, number, &Typed::default()).await
}

fn choice(value: &str, label: &str, hint: &str, chosen: bool) -> Choice {
    Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        chosen,
    }
}

fn value_row(view: &ValueView, cases: &[CaseSummary]) -> Value {
    let found = &view.found;
    let mut places = found
        .places
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    if found.times > found.places.len() as u64 {
        places.push_str(&format!(" ({} times)", count(found.times)));
    }
    let known = view.known_in.iter().map(|id| {
        let case = cases.iter().find(|case| case.id == *id);
        let name = case.map_or_else(
            || id.to_string(),
            |case| format!("Operation {}", operation(&case.operation)),
        );
        link(name, Href::of(&["cases", &id.to_string(), "intel"]))
    });
    Value {
        number: view.number.to_string(),
        ticked: view.ticked,
        kind: found.kind.replace('-', " "),
        value: found.value.clone(),
        labels: found.labels.join(", "),
        places,
        why: view.unticked_because.join("; "),
        second: view.second,
        known: known.collect(),
    }
}

fn facts(view: &ImportView) -> Vec<Pair> {
    let draft = &view.draft;
    let mut facts = vec![
        pair("What it is", draft.form.words()),
        pair("Size", bytes(draft.size_bytes)),
        pair("SHA-256", &draft.sha256),
    ];
    match view.material.strictest() {
        Some(found) => facts.push(pair("Marked", format!("{} ({})", found.tlp, found.place))),
        None => facts.push(pair("Marked", "not at all")),
    }
    if !view.material.labels.is_empty() {
        facts.push(pair("About", view.material.labels.join(", ")));
    }
    if view.material.found_over > 0 {
        facts.push(pair(
            "Left out",
            format!("{} more values", count(view.material.found_over)),
        ));
    }
    facts
}

/// The choices of a closed vocabulary, with what each means.
fn words<T: Copy + PartialEq + std::fmt::Display>(all: &[(T, &str)], chosen: Option<T>) -> Vec<Choice> {
    all.iter()
        .map(|(one, means)| {
            let word = one.to_string();
            choice(&word, &format!("{word}: {means}"), "", chosen == Some(*one))
        })
        .collect()
}

fn gradings(grading: Option<&Grading>) -> Vec<(String, String, Vec<Choice>)> {
    let admiralty = grading.and_then(|grading| grading.admiralty.as_ref());
    let three = grading.and_then(|grading| grading.three_five_two.as_ref());
    let row = |name: &str, label: &str, choices| (name.to_owned(), label.to_owned(), choices);
    vec![
        row(
            "reliability",
            "Admiralty: the source",
            words(
                &[
                    (Reliability::Completely, "completely reliable"),
                    (Reliability::Usually, "usually reliable"),
                    (Reliability::Fairly, "fairly reliable"),
                    (Reliability::NotUsually, "not usually reliable"),
                    (Reliability::Unreliable, "unreliable"),
                    (Reliability::Unknown, "cannot be judged"),
                ],
                admiralty.map(|one| one.reliability),
            ),
        ),
        row(
            "credibility",
            "Admiralty: the information",
            words(
                &[
                    (Credibility::Confirmed, "confirmed by other sources"),
                    (Credibility::Probable, "probably true"),
                    (Credibility::Possible, "possibly true"),
                    (Credibility::Doubtful, "doubtful"),
                    (Credibility::Improbable, "improbable"),
                    (Credibility::Unknown, "cannot be judged"),
                ],
                admiralty.map(|one| one.credibility),
            ),
        ),
        row(
            "source",
            "3x5x2: the source",
            words(
                &[
                    (SourceEvaluation::Reliable, "reliable"),
                    (SourceEvaluation::Untested, "untested"),
                    (SourceEvaluation::NotReliable, "not reliable"),
                ],
                three.map(|one| one.source),
            ),
        ),
        row(
            "assessment",
            "3x5x2: how the source knows",
            words(
                &[
                    (IntelligenceAssessment::KnownDirectly, "known directly"),
                    (
                        IntelligenceAssessment::Corroborated,
                        "known indirectly, corroborated",
                    ),
                    (IntelligenceAssessment::KnownIndirectly, "known indirectly"),
                    (IntelligenceAssessment::NotKnown, "not known"),
                    (IntelligenceAssessment::SuspectedFalse, "suspected to be false"),
                ],
                three.map(|one| one.assessment),
            ),
        ),
        row(
            "handling",
            "3x5x2: who may have it",
            words(
                &[
                    (HandlingCode::Permitted, "lawful sharing permitted"),
                    (HandlingCode::WithConditions, "permitted with conditions"),
                ],
                three.map(|one| one.handling),
            ),
        ),
    ]
}

async fn show(page: &Page, id_text: &str, number: usize, typed: &Typed) -> Paged {
    let view = page.node.import(&page.who, id_text).await?;
    let (draft, choices, material) = (&view.draft, &view.draft.choices, &view.material);
    let chosen = draft.case.map(|case| case.to_string()).unwrap_or_default();
    let (summaries, cases) = cases(page, &typed.or("case", &chosen)).await?;
    let pages = view.values.len().div_ceil(VALUES_PAGE).max(1);
    let number = number.clamp(1, pages);
    let first = (number - 1) * VALUES_PAGE;
    let shown: Vec<&ValueView> = view.values.iter().skip(first).take(VALUES_PAGE).collect();
    let ticked = view.values.iter().filter(|value| value.ticked).count();
    let range = match view.values.len() {
        0 => String::new(),
        total => format!(
            "{} to {} of {}, {} ticked.",
            count(first as u64 + 1),
            count((first + shown.len()) as u64),
            count(total as u64),
            count(ticked as u64)
        ),
    };
    let turn = |to: usize, words: &str| {
        let there = (1..=pages).contains(&to) && to != number;
        there.then(|| choice(&format!("page-{to}"), words, "", false))
    };
    let marking = choices.marking.unwrap_or(view.marking);
    let first_marking = Typed::of(vec![("marking".to_owned(), marking.as_str().to_owned())]);
    let markings = markings(if typed.is_first() { &first_marking } else { typed });
    let partners: Vec<_> = match summaries.iter().find(|case| Some(case.id) == draft.case) {
        Some(case) => case
            .parties
            .iter()
            .filter(|org| org.as_str() != page.own())
            .collect(),
        None => Vec::new(),
    };
    let recipients = if partners.len() < 2 {
        Vec::new()
    } else {
        let row =
            |org: &&accord_model::OrgName| choice(org.as_str(), org.as_str(), "", choices.to.contains(org));
        partners.iter().map(row).collect()
    };
    let mut files = vec![choice(
        "whole",
        &draft.name,
        "the material itself",
        choices.attach.is_some(),
    )];
    files.extend(material.parts.iter().enumerate().map(|(at, part)| {
        let hint = format!("{}, {}", part.form.words(), bytes(part.size_bytes));
        choice(&at.to_string(), &part.name, &hint, choices.parts.contains(&at))
    }));
    let techniques = choices
        .techniques
        .as_ref()
        .unwrap_or(&material.techniques)
        .join(" ");
    let grading = choices.grading.as_ref();
    let conditions = grading
        .and_then(|grading| grading.three_five_two.as_ref())
        .and_then(|three| three.conditions.clone())
        .unwrap_or_default();
    let unread = material.problems.iter().take(UNREAD_MAX).map(|problem| Pair {
        name: problem
            .place
            .as_ref()
            .map_or_else(|| "all of it".to_owned(), ToString::to_string),
        value: problem.what.clone(),
    });
    let more = material.problems.len().saturating_sub(UNREAD_MAX) as u64 + material.problems_over;
    let title = choices
        .title
        .clone()
        .or_else(|| material.title.clone())
        .unwrap_or_else(|| draft.name.clone());
    // A page is at most 100 KB: a long report is cut here and published as it is kept.
    let text = choices
        .report
        .clone()
        .unwrap_or_else(|| material.text.chars().take(REPORT_SHOWN_MAX).collect());
    html(render::render_review(&ReviewPage {
        shell: page.shell(Part::Intel).await,
        name: draft.name.clone(),
        marking: material.strictest().map(|_| Mark(view.marking)),
        facts: facts(&view),
        unread: unread.collect(),
        unread_more: if more > 0 {
            format!("and {} more", counted(more, "thing", "things"))
        } else {
            String::new()
        },
        form: typed.form(
            page,
            Href::of(&["import", &draft.id]).with("page", &number.to_string()),
        ),
        values: shown.iter().map(|view| value_row(view, &summaries)).collect(),
        range,
        pages: [
            turn(number.saturating_sub(1), "Save, and back"),
            turn(number + 1, "Save, and further"),
        ]
        .into_iter()
        .flatten()
        .collect(),
        cases,
        title: typed.or("title", &title),
        markings,
        looser: typed.or("looser", choices.looser_because.as_deref().unwrap_or_default()),
        recipients,
        from: typed.or("from", choices.from.as_deref().unwrap_or_default()),
        protected: vec![choice(
            "yes",
            "The source is protected",
            "nothing says where it comes from, and no file goes with it",
            choices.source_protected,
        )],
        labels: typed.or("labels", &choices.labels.join(", ")),
        techniques: typed.or("techniques", &techniques),
        confidence: typed.or(
            "confidence",
            &choices.confidence.map(|n| n.to_string()).unwrap_or_default(),
        ),
        until: typed.or("until", &choices.valid_until_ms.map(minute).unwrap_or_default()),
        wishes: [
            (VerdictWish::Detect, "detect silently"),
            (VerdictWish::Block, "block"),
        ]
        .map(|(wish, label)| choice(wish.as_str(), label, "", choices.wish == Some(wish)))
        .into(),
        gradings: gradings(grading),
        conditions: typed.or("conditions", &conditions),
        report_on: vec![choice(
            "yes",
            "Publish this text as a report with the values",
            "",
            choices.report.is_some(),
        )],
        report: typed.or("report", &text),
        files,
        natures: [
            (FileNature::Document, "a document"),
            (FileNature::Sample, "a sample that must never run"),
        ]
        .map(|(nature, label)| choice(nature.as_str(), label, "", choices.attach == Some(nature)))
        .into(),
        throw_away: page.form(Href::of(&["import", &draft.id, "throw-away"])),
        back: Href::of(&["import"]),
    }))
}

/// Most characters of a report's text in the form.
const REPORT_SHOWN_MAX: usize = 30_000;

fn one<T: std::str::FromStr>(typed: &Typed, name: &'static str) -> accord_service::Result<Option<T>>
where
    T::Err: std::fmt::Display,
{
    match typed.get(name) {
        "" => Ok(None),
        word => word
            .parse()
            .map(Some)
            .map_err(|error| ServiceError::invalid(name, error)),
    }
}

fn grading(typed: &Typed) -> accord_service::Result<Option<Grading>> {
    let admiralty = match (
        one::<Reliability>(typed, "reliability")?,
        one::<Credibility>(typed, "credibility")?,
    ) {
        (Some(reliability), Some(credibility)) => Some(Admiralty {
            reliability,
            credibility,
        }),
        (None, None) => None,
        _ => {
            return Err(ServiceError::invalid(
                "reliability",
                "grade both the source and the information",
            ));
        }
    };
    let parts = (
        one::<SourceEvaluation>(typed, "source")?,
        one::<IntelligenceAssessment>(typed, "assessment")?,
        one::<HandlingCode>(typed, "handling")?,
    );
    let three = match parts {
        (Some(source), Some(assessment), Some(handling)) => Some(ThreeFiveTwo {
            source,
            assessment,
            handling,
            conditions: Some(typed.get("conditions").to_owned()).filter(|text| !text.is_empty()),
        }),
        (None, None, None) => None,
        _ => {
            return Err(ServiceError::invalid(
                "source",
                "3x5x2 is graded in all three parts",
            ));
        }
    };
    Ok((admiralty.is_some() || three.is_some()).then_some(Grading {
        three_five_two: three,
        admiralty,
    }))
}

/// What was chosen, on top of what was chosen before on other pages of values.
fn choices(typed: &Typed, before: &Choices) -> accord_service::Result<Choices> {
    let mut ticks = before.ticks.clone();
    let numbers = |name: &'static str| typed.all(name).filter_map(|text| text.parse::<usize>().ok());
    let ticked: std::collections::BTreeSet<usize> = numbers("tick").collect();
    for number in numbers("shown") {
        ticks.insert(number, ticked.contains(&number));
    }
    let to: Result<Vec<_>, _> = typed.all("to").map(str::parse).collect();
    let some = |name: &str| Some(typed.get(name).to_owned()).filter(|text| !text.is_empty());
    let whole = typed.has("attach", "whole");
    let nature = one::<FileNature>(typed, "nature")?;
    let until = match typed.get("until") {
        "" => None,
        text => Some(
            parse_minute(text)
                .ok_or_else(|| ServiceError::invalid("until", "give a time, such as 2026-11-01T00:00"))?,
        ),
    };
    let list = |name: &str, apart: &[char]| -> Vec<String> {
        let words = typed
            .get(name)
            .split(apart)
            .map(str::trim)
            .filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    let confidence = match typed.get("confidence") {
        "" => None,
        text => Some(
            text.parse::<u8>()
                .ok()
                .filter(|number| *number <= 100)
                .ok_or_else(|| ServiceError::invalid("confidence", "a number from 0 to 100"))?,
        ),
    };
    Ok(Choices {
        ticks,
        title: some("title"),
        marking: one(typed, "marking")?,
        looser_because: some("looser"),
        to: to.map_err(|error| ServiceError::invalid("to", error))?,
        labels: list("labels", &[',', '\n']),
        techniques: Some(list("techniques", &[',', ' ', '\n'])),
        confidence,
        grading: grading(typed)?,
        from: some("from"),
        source_protected: typed.has("protected", "yes"),
        valid_until_ms: until,
        wish: one::<VerdictWish>(typed, "wish")?,
        report: typed
            .has("with_report", "yes")
            .then(|| typed.raw("report").to_owned()),
        attach: whole.then(|| nature.unwrap_or(FileNature::Document)),
        parts: typed.all("attach").filter_map(|text| text.parse().ok()).collect(),
    })
}

/// The service's names of what may be wrong, and the form's.
pub(super) const NAMES: &[(&str, &str)] = &[
    ("marking", "marking"),
    ("looser_because", "looser"),
    ("report", "report"),
    ("from", "from"),
    ("attach", "attach"),
    ("parts", "attach"),
    ("case", "case"),
    ("to", "to"),
    ("until", "until"),
    ("confidence", "confidence"),
    ("reliability", "reliability"),
    ("source", "source"),
];

async fn keep(posted: &Posted, view: &ImportView) -> accord_service::Result<ImportDraft> {
    let (page, typed, draft) = (&posted.page, &posted.typed, &view.draft);
    let mut chosen = choices(typed, &draft.choices)?;
    match typed.get("do") {
        // Whatever nothing speaks against but that the material only mentions it.
        "all" => {
            let harmless = |value: &&ValueView| {
                value.listed.is_none()
                    && value.own.is_none()
                    && value.theirs.is_empty()
                    && value.known_in.is_empty()
            };
            let all = view.values.iter().filter(harmless);
            chosen.ticks.extend(all.map(|value| (value.number, true)));
        }
        "none" => chosen.ticks = (0..draft.values).map(|number| (number, false)).collect(),
        "proposed" => chosen.ticks.clear(),
        _ => {}
    }
    let case = match typed.get("case") {
        "" => None,
        text => Some(
            text.parse()
                .map_err(|error| ServiceError::invalid("case", error))?,
        ),
    };
    posted
        .once(page.node.choose_import(&page.who, &draft.id, case, &chosen))
        .await
}

/// Saves what was chosen; then another page of values, or what will happen.
pub(in super::super) async fn save(Path(id): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let number: usize = page.query("page").parse().unwrap_or(1);
    let before = page.node.import(&page.who, &id).await?;
    let kept = match keep(&posted, &before).await {
        Ok(_) if typed.get("do") == "preview" => page.node.plan_import(&page.who, &id).await.map(|_| ()),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        let wrong = problems(error, NAMES)?;
        return show(page, &id, number, &typed.clone().wrong(wrong)).await;
    }
    let here = Href::of(&["import", &id]);
    let to = typed.get("do").strip_prefix("page-");
    Ok(match typed.get("do") {
        "preview" => {
            let there = Href::of(&["import", &id, "publish"]);
            Redirect::to(there.as_str()).into_response()
        }
        _ => done(
            here.with("page", to.unwrap_or(&number.to_string())),
            "draft-saved",
            None,
        ),
    })
}

/// Throws a draft away.
pub(in super::super) async fn throw_away(Path(id): Path<String>, posted: Posted) -> Paged {
    let page = &posted.page;
    posted.once(page.node.drop_import(&page.who, &id)).await?;
    Ok(done(Href::of(&["import"]), "draft-gone", None))
}
