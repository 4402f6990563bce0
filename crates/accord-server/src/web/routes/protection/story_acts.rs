//! What is said of a story: that it is nothing, or that it is a threat. Each says first what will happen.

use accord_service::{Act, NewPromotion, StoryView};
use axum::extract::Path;

use super::super::failed::{Failed, Paged, no, problems};
use super::super::frame::{Page, Part, done, html};
use super::super::posted::{Posted, Typed};
use super::stories::{among, stage};
use super::{link, pair};
use crate::web::render;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::{Row, Section};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Form, Href, Shell};

const NAMES: &[(&str, &str)] = &[("reason", "reason"), ("name", "name"), ("what", "what")];
const DISMISS: &str = "dismiss";
const PROMOTE: &str = "promote";

fn field(name: &str, label: &str, hint: &str, shape: Shape, value: String) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value,
        optional: false,
        shape,
        choices: Vec::new(),
    }
}

fn asks(
    view: &StoryView,
    act: &str,
    typed: &Typed,
) -> (&'static str, &'static str, Vec<Field>, &'static str) {
    if act == DISMISS {
        let reason = field(
            "reason",
            "Why is it nothing?",
            "",
            Shape::Prose,
            typed.or("reason", ""),
        );
        return (
            "It is nothing",
            "It goes from the list for everybody who is shown it, and comes again if it grows to twice what it is. Stories \
             like it stand lower from now on. You can say otherwise later.",
            vec![reason],
            "It is nothing",
        );
    }
    let reasons: Vec<&str> = view.findings.iter().map(|one| one.reason.as_str()).collect();
    let name = field(
        "name",
        "Name",
        "",
        Shape::Line,
        typed.or("name", &view.line.title),
    );
    let what = field(
        "what",
        "What is it?",
        "",
        Shape::Prose,
        typed.or("what", &reasons.join("\n")),
    );
    (
        "Make it a threat",
        "A threat begins with its reasons and values. It stays on this node, and you alone see it until you add a \
         colleague; from there it is referred to a partner, or opened as a case. Stories like it stand higher from now on.",
        vec![name, what],
        "Make it a threat",
    )
}

/// A page that asks for what is said of a story.
fn asking(shell: Shell, view: &StoryView, act: &str, (typed, form): (&Typed, Form)) -> AskPage {
    let (title, lede, fields, verb) = asks(view, act, typed);
    AskPage {
        shell,
        case: None,
        title: title.to_owned(),
        lede: lede.to_owned(),
        notice: Vec::new(),
        sections: vec![Section {
            heading: "The story".to_owned(),
            rows: vec![Row {
                title: view.line.title.clone(),
                state: Some(stage(&view.line)),
                text: vec![view.line.why.clone()],
                facts: vec![pair("Shown to", among(&view.line.among))],
                ..Row::default()
            }],
            ..Section::default()
        }],
        asks: Some(Asks {
            heading: String::new(),
            form,
            fields,
            verb: verb.to_owned(),
        }),
        links: vec![link("Back, with nothing said", &["new", &view.line.story])],
    }
}

/// The page that asks why a story is nothing, for the fixtures.
#[cfg(test)]
pub(in crate::web) fn dismissed(shell: Shell, view: &StoryView, form: Form) -> AskPage {
    asking(shell, view, DISMISS, (&Typed::default(), form))
}

async fn show(page: &Page, story: &str, act: &str, typed: &Typed) -> Paged {
    let view = page.node.story(&page.who, story).await?;
    let form = typed.form(page, Href::of(&["new", story, act]));
    let shell = page.shell(Part::Protection).await;
    html(render::render_ask(&asking(shell, &view, act, (typed, form))))
}

fn known(act: &str) -> Result<(), Failed> {
    match act {
        DISMISS | PROMOTE => Ok(()),
        _ => Err(no("page")),
    }
}

/// `/new/STORY/dismiss` and `/new/STORY/promote`.
pub(super) async fn before(page: Page, Path((story, act)): Path<(String, String)>) -> Paged {
    Act::Watch.ask(&page.who)?;
    known(&act)?;
    show(&page, &story, &act, &Typed::default()).await
}

/// Says it.
pub(super) async fn act(Path((story, act)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::Watch.ask(&page.who)?;
    known(&act)?;
    let said = match act.as_str() {
        DISMISS => {
            let reason = typed.get("reason");
            let dismissed = page.node.dismiss_story(&page.who, &story, reason);
            posted
                .once(dismissed)
                .await
                .map(|()| (Href::of(&["new", &story]), "story-dismissed"))
        }
        _ => {
            let text = |name| Some(typed.get(name).replace("\r\n", "\n")).filter(|text| !text.is_empty());
            let said = NewPromotion {
                name: text("name"),
                what: text("what"),
            };
            let promoted = page.node.promote_story(&page.who, &story, &said);
            posted
                .once(promoted)
                .await
                .map(|threat: String| (Href::of(&["threats", &threat]), "story-promoted"))
        }
    };
    match said {
        Ok((place, word)) => Ok(done(place, word, None)),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show(page, &story, &act, &typed.clone().wrong(wrong)).await
        }
    }
}
