//! An exhibit goes on: handed to somebody outside the nodes, their receipt, and given back.

use accord_model::EntryRef;
use accord_service::{Act, ExhibitView, HandOutside, OutsideSaid, OutsideView, ServiceError};
use axum::extract::Path;

use super::evidence::case_of;
use super::requests::{field, moment, pair, pick, wrong};
use super::{Case, entry};
use crate::web::render;
use crate::web::routes::failed::{Failed, Paged, no};
use crate::web::routes::frame::{Page, done, html};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::when;
use crate::web::view::question::QuestionPage;
use crate::web::view::write::Shape;
use crate::web::view::{Href, Pair};

type Place = (String, String);

/// What is done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Hand,
    Receipt,
    Back,
}

impl Way {
    const fn path(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Receipt => "receipt",
            Self::Back => "hand-back",
        }
    }
}

/// An exhibit that this person may hand on, with its case.
async fn load(page: &Page, place: &Place) -> Result<(Case, ExhibitView), Failed> {
    Act::Receive.ask(&page.who)?;
    let at = entry(&place.0, &place.1)?;
    let case = case_of(page, at).await?;
    let found = case
        .view
        .exhibits
        .iter()
        .find(|exhibit| exhibit.at == at)
        .cloned();
    Ok((case, found.ok_or_else(|| no("exhibit"))?))
}

/// The handing that a receipt is about.
fn handing<'a>(exhibit: &'a ExhibitView, handed: &str) -> Result<&'a OutsideView, Failed> {
    let mut all = exhibit.outside.iter();
    all.find(|step| step.follows.is_none() && step.at.to_string() == handed)
        .ok_or_else(|| no("handing"))
}

async fn show(
    page: &Page,
    case: &Case,
    exhibit: &ExhibitView,
    typed: &Typed,
    way: Way,
    handed: &str,
) -> Paged {
    let at = exhibit.at;
    let (ledger, seq) = (at.ledger.to_string(), at.seq.to_string());
    let mut about = vec![
        pair("Exhibit", exhibit.reference.clone()),
        pair("Delivered by", exhibit.from.to_string()),
        pair("SHA-256", exhibit.manifest_sha256.clone()),
    ];
    let line = |name: &str, label: &str, hint: &str, optional| {
        field(typed, name, label, hint, Shape::Line, optional)
    };
    let time = |label: &str| field(typed, "at_ms", label, "Empty: now.", Shape::Moment, true);
    let mut carried = Vec::<Pair>::new();
    let (title, lede, verb, fields) = match way {
        Way::Hand => (
            "Hand an exhibit on",
            "To a prosecutor, a laboratory, a court: somebody without a node. The package is checked first; you take it \
             along yourself. Your organisation alone reads to whom it went. The agreement's duties go with it.",
            "Note that it is handed over",
            vec![
                line("to", "To", "The body, or who it is.", false),
                line("person", "Person there", "", true),
                field(typed, "text", "What for", "", Shape::Prose, false),
                line("reference", "Number of the letter or transfer", "", true),
                time("When it changed hands (UTC)"),
            ],
        ),
        Way::Receipt => {
            let handing = handing(exhibit, handed)?;
            carried.push(pair("handed", handed));
            about.push(pair("Handed to", handing.to.clone()));
            about.push(pair("Handed", when(handing.when_ms).shown));
            let came = [("no", "They have it"), ("yes", "It came back")];
            (
                "Note what they said",
                "A receipt, or that it came back: each is noted once.",
                "Note it",
                vec![
                    pick(
                        typed,
                        "returned",
                        "What happened",
                        false,
                        came.map(|(word, label)| (word.to_owned(), label.to_owned())),
                    ),
                    line(
                        "person",
                        "Who signed for it",
                        "Empty: the person it was handed to.",
                        true,
                    ),
                    field(typed, "text", "What the receipt says", "", Shape::Prose, false),
                    line("reference", "Number of the receipt", "", true),
                    time("When (UTC)"),
                ],
            )
        }
        Way::Back => (
            "Give an exhibit back",
            "To the organisation that delivered it: every party of the case reads it. Their approver receives it; until \
             then you hold it.",
            "Give it back",
            vec![pick(
                typed,
                "to",
                "To",
                false,
                [(exhibit.from.to_string(), exhibit.from.to_string())],
            )],
        ),
    };
    html(render::render_question(&QuestionPage {
        shell: case.shell(page).await,
        case: case.head(page, "Evidence"),
        title: format!("{title}: {}", exhibit.reference),
        lede: lede.to_owned(),
        form: typed.form(page, Href::of(&["exhibits", &ledger, &seq, way.path()])),
        carried,
        about,
        fields,
        verb: verb.to_owned(),
        others: Vec::new(),
        back: case.href(&["evidence"]),
    }))
}

pub(in super::super) async fn before_handing(page: Page, Path(place): Path<Place>) -> Paged {
    let (case, exhibit) = load(&page, &place).await?;
    show(&page, &case, &exhibit, &Typed::default(), Way::Hand, "").await
}

pub(in super::super) async fn before_receipt(page: Page, Path(place): Path<Place>) -> Paged {
    let (case, exhibit) = load(&page, &place).await?;
    let handed = page.query("handed").to_owned();
    show(&page, &case, &exhibit, &Typed::default(), Way::Receipt, &handed).await
}

pub(in super::super) async fn before_giving_back(page: Page, Path(place): Path<Place>) -> Paged {
    let (case, exhibit) = load(&page, &place).await?;
    show(&page, &case, &exhibit, &Typed::default(), Way::Back, "").await
}

const NAMES: &[&str] = &["to", "person", "text", "reference", "at_ms", "returned"];

async fn noted(posted: &Posted, place: &Place, way: Way, outcome: accord_service::Result<EntryRef>) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let (case, exhibit) = load(page, place).await?;
    match outcome {
        Ok(at) => {
            let word = match way {
                Way::Back => "handed-back",
                Way::Hand | Way::Receipt => "custody-noted",
            };
            Ok(done(case.href(&["evidence"]), word, Some(at)))
        }
        Err(error) => {
            let handed = typed.get("handed").to_owned();
            let typed = typed.clone().wrong(wrong(error, NAMES)?);
            show(page, &case, &exhibit, &typed, way, &handed).await
        }
    }
}

fn text(typed: &Typed, name: &str) -> Option<String> {
    Some(typed.get(name).to_owned()).filter(|text| !text.is_empty())
}

/// What is said of a note that cannot be written: of its own fields, beside them.
fn beside(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Invalid { field, message } if field == "custody" => {
            let known = NAMES.iter().find(|name| message.to_string().starts_with(**name));
            ServiceError::invalid(known.copied().unwrap_or("text"), message)
        }
        other => other,
    }
}

pub(in super::super) async fn hand(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let at = entry(&place.0, &place.1)?;
    let work = async {
        let hand = HandOutside {
            to: typed.get("to").to_owned(),
            person: text(typed, "person"),
            text: typed.get("text").to_owned(),
            reference: text(typed, "reference"),
            at_ms: moment(typed, "at_ms")?,
        };
        Ok(page
            .node
            .hand_outside(&page.who, at, &hand)
            .await
            .map_err(beside)?
            .at)
    };
    let outcome = posted.once(work).await;
    noted(&posted, &place, Way::Hand, outcome).await
}

pub(in super::super) async fn receipt(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let at = entry(&place.0, &place.1)?;
    let work = async {
        let told = OutsideSaid {
            handed: typed
                .get("handed")
                .parse()
                .map_err(|_| ServiceError::NotFound("handing"))?,
            returned: match typed.get("returned") {
                "yes" => true,
                "no" => false,
                _ => return Err(ServiceError::invalid("returned", "choose one")),
            },
            person: text(typed, "person"),
            text: typed.get("text").to_owned(),
            reference: text(typed, "reference"),
            at_ms: moment(typed, "at_ms")?,
        };
        Ok(page
            .node
            .outside_said(&page.who, at, &told)
            .await
            .map_err(beside)?
            .at)
    };
    let outcome = posted.once(work).await;
    noted(&posted, &place, Way::Receipt, outcome).await
}

pub(in super::super) async fn give_back(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let at = entry(&place.0, &place.1)?;
    let work = async {
        let to = typed.get("to").parse();
        let to = to.map_err(|_| ServiceError::invalid("to", "choose the organisation that delivered it"))?;
        page.node.hand_back(&page.who, at, &to).await
    };
    let outcome = posted.once(work).await;
    noted(&posted, &place, Way::Back, outcome).await
}
