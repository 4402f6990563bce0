//! Legal instruments.

use accord_model::Category;
use accord_service::{Act, NewInstrument, ServiceError};
use axum::extract::Path;

use super::{Case, entry};
use crate::web::render;
use crate::web::routes::failed::{Paged, no, problems};
use crate::web::routes::frame::{Page, anchor, done, html, kind_words};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::release::commitment;
use crate::web::routes::times::{minute, parse_minute, when};
use crate::web::view::instruments::{InstrumentRow, InstrumentsPage, RecordInstrumentPage};
use crate::web::view::release::{ReasonField, ReleasePage, Undo};
use crate::web::view::{Choice, Pair, State, Tone};

/// What an instrument can cover, from the form.
const COVERS: &[Category] = &[
    Category::LogEvidence,
    Category::SubscriberData,
    Category::SubjectData,
];

/// `/cases/ID/instruments`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let now = page.now();
    let mut instruments: Vec<_> = case.view.instruments.iter().collect();
    instruments.sort_by_key(|instrument| (!instrument.stands, instrument.at));
    let rows = instruments.into_iter().map(|instrument| {
        let used: Vec<&str> = case
            .view
            .requests
            .iter()
            .filter(|request| {
                request
                    .instrument
                    .as_ref()
                    .is_some_and(|named| named.at == instrument.at)
            })
            .map(|request| request.reference.as_str())
            .collect();
        let (word, tone) = if instrument.stands {
            ("in force", Tone::Good)
        } else if now < instrument.from_ms {
            ("not yet", Tone::Waiting)
        } else {
            ("over", Tone::Quiet)
        };
        InstrumentRow {
            anchor: anchor(instrument.at),
            reference: instrument.reference.clone(),
            authority: instrument.authority.clone(),
            power: instrument.power.clone(),
            scope: instrument.scope.clone(),
            addressee: instrument.addressee.to_string(),
            recorded_by: instrument.recorded_by.to_string(),
            from: when(instrument.from_ms),
            to: when(instrument.to_ms),
            state: State {
                word: word.to_owned(),
                tone,
            },
            used: if used.is_empty() {
                "not yet".to_owned()
            } else {
                format!("for {}", used.join(", "))
            },
        }
    });
    html(render::render_instruments(&InstrumentsPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Instruments"),
        instruments: rows.collect(),
        record: page
            .may(Act::RunCase)
            .then(|| case.href(&["instruments", "record"])),
    }))
}

/// `/cases/ID/instruments/record`.
pub(in super::super) async fn new(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show(&page, &case, &Typed::default()).await
}

async fn show(page: &Page, case: &Case, typed: &Typed) -> Paged {
    Act::RunCase.ask(&page.who)?;
    let now = page.now();
    let partners = case.partners(page);
    let only = partners.len() == 1;
    html(render::render_record_instrument(&RecordInstrumentPage {
        shell: case.shell(page).await,
        case: case.head(page, "Instruments"),
        form: typed.form(page, case.href(&["instruments", "record"])),
        reference: typed.or("reference", ""),
        authority: typed.or("authority", ""),
        power: typed.or("power", ""),
        scope: typed.or("scope", ""),
        categories: COVERS
            .iter()
            .map(|category| Choice {
                value: category.as_str().to_owned(),
                label: category.as_str().replace('-', " "),
                hint: String::new(),
                chosen: if typed.is_first() {
                    *category == Category::LogEvidence
                } else {
                    typed.has("categories", category.as_str())
                },
            })
            .collect(),
        addressees: partners
            .iter()
            .map(|(org, kind)| Choice {
                value: org.to_string(),
                label: org.to_string(),
                hint: kind_words(*kind).to_owned(),
                chosen: only || typed.has("addressee", org.as_str()),
            })
            .collect(),
        from: typed.or("from", &minute(now)),
        to: typed.or("to", &minute(now + 30 * 86_400_000)),
        seen_by: "All parties of the case read it. It cannot be removed later, only ended.".to_owned(),
        back: case.href(&["instruments"]),
    }))
}

fn instrument(typed: &Typed) -> accord_service::Result<NewInstrument> {
    let at = |field: &str| {
        parse_minute(typed.get(field))
            .ok_or_else(|| ServiceError::invalid(field, "give a time, such as 2026-11-01T00:00"))
    };
    let categories: Result<Vec<Category>, _> = typed.all("categories").map(str::parse).collect();
    let new = NewInstrument {
        reference: typed.get("reference").to_owned(),
        authority: typed.get("authority").to_owned(),
        power: typed.get("power").to_owned(),
        categories: categories.map_err(|error| ServiceError::invalid("categories", error))?,
        scope: typed.get("scope").replace("\r\n", " "),
        addressee: typed
            .get("addressee")
            .parse()
            .map_err(|_| ServiceError::invalid("addressee", "choose one"))?,
        from_ms: at("from")?,
        to_ms: at("to")?,
    };
    if new.categories.is_empty() {
        return Err(ServiceError::invalid("categories", "choose what it covers"));
    }
    if new.to_ms <= new.from_ms {
        return Err(ServiceError::invalid(
            "to",
            "the end is before the beginning: turn them round",
        ));
    }
    Ok(new)
}

/// Records one.
pub(in super::super) async fn record(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let recorded = match instrument(typed) {
        Err(error) => Err(error),
        Ok(new) => {
            posted
                .once(page.node.record_instrument(&page.who, case.space, &new))
                .await
        }
    };
    match recorded {
        Ok(at) => Ok(done(case.href(&["instruments"]), "instrument", Some(at))),
        Err(error) => {
            let fields = [
                "reference",
                "authority",
                "power",
                "scope",
                "categories",
                "addressee",
                "from",
                "to",
            ];
            let wrong = problems(error, &fields.map(|field| (field, field)))?;
            show(page, &case, &typed.clone().wrong(wrong)).await
        }
    }
}

/// Before ending one.
pub(in super::super) async fn before_ending(
    page: Page,
    Path((text, ledger, seq)): Path<(String, String, String)>,
) -> Paged {
    Act::RunCase.ask(&page.who)?;
    let case = Case::load(&page, &text).await?;
    let at = entry(&ledger, &seq)?;
    let known = case.view.instruments.iter().find(|known| known.at == at);
    let known = known.ok_or_else(|| no("instrument"))?;
    html(render::render_release(&ReleasePage {
        shell: case.shell(&page).await,
        title: format!("End the instrument {}", known.reference),
        verb: "End the instrument".to_owned(),
        severe: true,
        form: page.form(case.href(&["instruments", &ledger, &seq, "end"])),
        carried: Vec::new(),
        commitment: commitment(&("end", at)),
        facts: vec![Pair {
            name: "Effect".to_owned(),
            value: "At once: nothing more is asked or given under it. What was given stays.".to_owned(),
        }],
        body: known.scope.clone(),
        marking: None,
        readers: case.every_party(&page),
        undo: Undo::Cannot("An ended instrument stays ended; a new one can be recorded.".to_owned()),
        reason: Some(ReasonField {
            label: "Why does it end?".to_owned(),
            hint: "All parties of the case read it.".to_owned(),
            value: String::new(),
        }),
        blocked: None,
        back: case.href(&["instruments"]),
    }))
}

/// Ends one.
pub(in super::super) async fn end(
    Path((text, ledger, seq)): Path<(String, String, String)>,
    posted: Posted,
) -> Paged {
    let page = &posted.page;
    let case = Case::load(page, &text).await?;
    Act::RunCase.ask(&page.who)?;
    let at = entry(&ledger, &seq)?;
    if posted.typed.get("commitment") != commitment(&("end", at)) {
        return Err(ServiceError::Conflict("what was shown has changed: look again".to_owned()).into());
    }
    let reason = posted.typed.get("reason");
    let ended = posted
        .once(page.node.end_instrument(&page.who, case.space, at, reason))
        .await?;
    Ok(done(case.href(&["instruments"]), "instrument-ended", Some(ended)))
}
