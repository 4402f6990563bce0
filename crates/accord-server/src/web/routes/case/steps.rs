//! Acts in two steps: a form, then what will happen, then the act. The second step carries what was typed, and is bound
//! to everything that it showed. On a case, or, by the functions that end in `_of`, of something else.

use accord_service::ServiceError;

use super::Case;
use crate::web::render;
use crate::web::routes::failed::Paged;
use crate::web::routes::frame::{Page, html, kind_words};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::release::commitment;
use crate::web::view::question::QuestionPage;
use crate::web::view::release::{Readers, ReasonField, ReleasePage, Undo};
use crate::web::view::write::Field;
use crate::web::view::{Choice, FieldError, Href, Mark, Pair, Shell};

/// The first step: what is asked.
pub(super) struct Asked<'a> {
    /// The tab it belongs to.
    pub tab: &'a str,
    /// What is done: `Second somebody`.
    pub title: String,
    /// What it is for.
    pub lede: &'a str,
    /// What it is about.
    pub about: Vec<Pair>,
    /// What is filled in.
    pub fields: Vec<Field>,
    /// Carried along as it is.
    pub carried: Vec<Pair>,
    /// Where it is sent.
    pub place: Href,
    /// Back.
    pub back: Href,
}

/// Shows a form whose button leads to the page before the act.
pub(super) async fn ask(page: &Page, case: &Case, typed: &Typed, asked: Asked<'_>) -> Paged {
    html(render::render_question(&QuestionPage {
        shell: case.shell(page).await,
        case: case.head(page, asked.tab),
        title: asked.title,
        lede: asked.lede.to_owned(),
        form: typed.form(page, asked.place),
        carried: asked.carried,
        about: asked.about,
        fields: asked.fields,
        verb: "Show what will happen".to_owned(),
        others: Vec::new(),
        back: asked.back,
    }))
}

/// The second step: what will happen.
pub(in crate::web::routes) struct Before {
    /// What will be done, as a heading.
    pub title: String,
    /// The verb of the button.
    pub verb: String,
    /// Whether it takes away, ends or destroys.
    pub severe: bool,
    /// What, as facts.
    pub facts: Vec<Pair>,
    /// The words that will be read.
    pub body: String,
    /// How they are marked.
    pub marking: Option<Mark>,
    /// Whom it reaches.
    pub readers: Readers,
    /// Whether it can be undone.
    pub undo: Undo,
    /// Why, where it is asked for here.
    pub reason: Option<(&'static str, &'static str)>,
    /// Why it is not offered.
    pub blocked: Option<String>,
    /// Where it is sent.
    pub place: Href,
    /// Back.
    pub back: Href,
}

impl Before {
    /// What binds the button to what is shown: the case or whatever it is of, the person's fields, and every word of the
    /// page.
    fn commitment(&self, of: &str, carried: &[(String, String)]) -> String {
        let facts: Vec<_> = self.facts.iter().map(|pair| (&pair.name, &pair.value)).collect();
        let (all, each) = match &self.readers {
            Readers::Nobody => ("", &[][..]),
            Readers::All(words) => (words.as_str(), &[][..]),
            Readers::Each(each) => ("", each.as_slice()),
        };
        let each: Vec<_> = each
            .iter()
            .map(|one| (&one.organisation, one.decision.word(), &one.clause))
            .collect();
        let what = (self.place.as_str(), &self.title, facts, &self.body, &self.blocked);
        commitment(&(of, what, all, each, carried))
    }
}

/// The fields of a form that are carried from the first step to the second.
pub(in crate::web::routes) fn carried(typed: &Typed, names: &[&str]) -> Vec<(String, String)> {
    let of = |name: &&str| {
        let name = (*name).to_owned();
        let values: Vec<String> = typed.all(&name).map(str::to_owned).collect();
        values.into_iter().map(move |value| (name.clone(), value))
    };
    names.iter().flat_map(of).collect()
}

/// Shows what will happen.
pub(super) async fn before(
    page: &Page,
    case: &Case,
    before: Before,
    carried: &[(String, String)],
    typed: &Typed,
    errors: Vec<FieldError>,
) -> Paged {
    before_of(
        page,
        (case.shell(page).await, &case.id),
        before,
        carried,
        (typed, errors),
    )
}

/// The same of something that is no case.
pub(in crate::web::routes) fn before_of(
    page: &Page,
    (shell, of): (Shell, &str),
    before: Before,
    carried: &[(String, String)],
    (typed, errors): (&Typed, Vec<FieldError>),
) -> Paged {
    let commitment = before.commitment(of, carried);
    html(render::render_release(&ReleasePage {
        shell,
        title: before.title,
        verb: before.verb,
        severe: before.severe,
        form: Typed::default().wrong(errors).form(page, before.place),
        carried: carried
            .iter()
            .map(|(name, value)| Pair {
                name: name.clone(),
                value: value.clone(),
            })
            .collect(),
        commitment,
        facts: before.facts,
        body: before.body,
        marking: before.marking,
        readers: before.readers,
        undo: before.undo,
        reason: before.reason.map(|(label, hint)| ReasonField {
            label: label.to_owned(),
            hint: hint.to_owned(),
            value: typed.get("reason").to_owned(),
        }),
        blocked: before.blocked,
        back: before.back,
    }))
}

/// Whether what was sent confirms exactly this page. A page that has changed meanwhile is refused; a form that was done
/// already is answered again.
pub(super) async fn confirms(
    posted: &Posted,
    case: &Case,
    before: &Before,
    carried: &[(String, String)],
) -> accord_service::Result<bool> {
    confirms_of(posted, &case.id, before, carried).await
}

/// The same of something that is no case.
pub(in crate::web::routes) async fn confirms_of(
    posted: &Posted,
    of: &str,
    before: &Before,
    carried: &[(String, String)],
) -> accord_service::Result<bool> {
    let sent = posted.typed.get("commitment");
    if sent.is_empty() {
        return Ok(false);
    }
    if posted.was_done().await? {
        return Ok(true);
    }
    if before.blocked.is_some() {
        return Err(ServiceError::denied(
            "this cannot be done now: go back and look why",
        ));
    }
    if sent == before.commitment(of, carried) {
        Ok(true)
    } else {
        Err(ServiceError::Conflict(
            "what was shown has changed: look again".to_owned(),
        ))
    }
}

/// For which parties it is, where there is a choice; `it` is the word for what is written.
pub(super) fn readers(page: &Page, case: &Case, typed: &Typed, label: &str, it: &str) -> Option<Field> {
    let partners = case.partners(page);
    (partners.len() > 1).then(|| {
        let words = partners
            .iter()
            .map(|(org, kind)| (org.to_string(), format!("{org}, {}", kind_words(*kind))));
        let hint = format!("None ticked: every party that the agreement lets have {it}.");
        many(typed, "to", label, &hint, words)
    })
}

/// Several of many, as checkboxes.
pub(super) fn many(
    typed: &Typed,
    name: &str,
    label: &str,
    hint: &str,
    words: impl IntoIterator<Item = (String, String)>,
) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value: String::new(),
        optional: true,
        shape: crate::web::view::write::Shape::Many,
        choices: words
            .into_iter()
            .map(|(value, label)| Choice {
                chosen: typed.has(name, &value),
                value,
                label,
                hint: String::new(),
            })
            .collect(),
    }
}
