//! `/taxii`: the accounts of organisations that come by TAXII.

use accord_service::{Act, NewTaxiiAccount, ServiceError, TaxiiAccountView};
use axum::extract::Path;

use super::failed::{Paged, no, problems};
use super::frame::{Page, Part, done, html};
use super::posted::{Posted, Typed};
use super::release::commitment;
use super::times::{parse_day, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::release::{Readers, ReleasePage, Undo};
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Choice, Href, Link, Pair, State, Tone};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/taxii", page)
        .get("/taxii/new", new)
        .post("/taxii/new", add)
        .get("/taxii/accounts/{account}/{act}", before)
        .post("/taxii/accounts/{account}/{act}", settle)
}

fn place(account: &str, act: &str) -> Href {
    Href::of(&["taxii", "accounts", account, act])
}

fn row(page: &Page, view: &TaxiiAccountView) -> Row {
    let (word, tone) = match view.state {
        "open" => ("open", Tone::Good),
        "waiting" => ("waits for a signatory", Tone::Waiting),
        "ended" => ("ended", Tone::Quiet),
        _ => ("closed", Tone::Quiet),
    };
    let link = |label: &str, act: &str| Link {
        label: label.to_owned(),
        href: place(&view.name, act),
    };
    let mut links = Vec::new();
    if view.state == "waiting" && page.may(Act::ConfirmTaxii) {
        links.push(link("Look and confirm", "confirm"));
    }
    if view.state != "closed" {
        links.push(link("Close", "close"));
    }
    Row {
        title: view.name.clone(),
        soft: view.org.to_string(),
        state: Some(State {
            word: word.to_owned(),
            tone,
        }),
        facts: vec![
            Pair {
                name: "May".to_owned(),
                value: if view.writes { "read, and add" } else { "read" }.to_owned(),
            },
            Pair {
                name: "Ends".to_owned(),
                value: when(view.until_ms).shown,
            },
        ],
        at: Some(when(view.asked_ms)),
        links,
        ..Row::default()
    }
}

async fn page(page: Page) -> Paged {
    let accounts = page.node.taxii_accounts(&page.who).await?;
    let actions = page.may(Act::ManageTaxii).then(|| Link {
        label: "Ask for an account".to_owned(),
        href: Href::of(&["taxii", "new"]),
    });
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Taxii).await,
        title: "Partners who come by TAXII".to_owned(),
        lede: format!(
            "A partner without a node reads at {}/taxii2/ what was released to it, with any TAXII 2.1 client.",
            page.node.config.url
        ),
        sections: vec![Section {
            heading: "Accounts".to_owned(),
            lede: "Each is of one organisation and sees what that organisation may have, nothing else."
                .to_owned(),
            actions: actions.into_iter().collect(),
            rows: accounts.iter().map(|view| row(&page, view)).collect(),
            empty: (
                "Nobody comes by TAXII yet.".to_owned(),
                "An operator asks for an account of a party of an agreement; a signatory confirms it."
                    .to_owned(),
            ),
        }],
    }))
}

const ACCESS: [(&str, &str); 2] = [
    ("read", "read only"),
    ("add", "read, and add for people here to decide about"),
];

async fn show(page: &Page, typed: &Typed) -> Paged {
    Act::ManageTaxii.ask(&page.who)?;
    let field = |name: &str, label: &str, hint: &str, shape: Shape, choices: Vec<Choice>| Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value: typed.or(name, ""),
        optional: false,
        shape,
        choices,
    };
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Taxii).await,
        case: None,
        title: "Ask for an account".to_owned(),
        lede: "Its token is shown once, and works when a signatory has confirmed the account.".to_owned(),
        notice: Vec::new(),
        sections: Vec::new(),
        asks: Some(Asks {
            heading: String::new(),
            form: typed.form(page, Href::of(&["taxii", "new"])),
            fields: vec![
                field(
                    "name",
                    "Name",
                    "What the client signs in with: a-z, 0-9 and -",
                    Shape::Mono,
                    Vec::new(),
                ),
                field(
                    "org",
                    "Organisation",
                    "A party of an agreement with us",
                    Shape::Mono,
                    Vec::new(),
                ),
                field(
                    "access",
                    "May",
                    "",
                    Shape::Choice,
                    ACCESS
                        .iter()
                        .map(|(value, label)| Choice {
                            value: (*value).to_owned(),
                            label: (*label).to_owned(),
                            hint: String::new(),
                            chosen: typed.has("access", value) || (typed.is_first() && *value == "read"),
                        })
                        .collect(),
                ),
                field("until", "Last day", "2027-03-31", Shape::Mono, Vec::new()),
            ],
            verb: "Ask for the account".to_owned(),
        }),
        links: Vec::new(),
    }))
}

async fn new(page: Page) -> Paged {
    show(&page, &Typed::default()).await
}

fn read(typed: &Typed) -> Result<NewTaxiiAccount, ServiceError> {
    let until = parse_day(typed.get("until"));
    Ok(NewTaxiiAccount {
        name: typed.get("name").to_owned(),
        org: typed
            .get("org")
            .parse()
            .map_err(|_| ServiceError::invalid("org", "the name of an organisation, isp.example"))?,
        writes: typed.has("access", "add"),
        // The whole last day.
        until_ms: until
            .ok_or_else(|| ServiceError::invalid("until_ms", "a day: 2027-03-31"))?
            .saturating_add(86_400_000),
    })
}

async fn add(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let opened = match read(typed) {
        Ok(new) => page.node.add_taxii_account(&page.who, &new).await,
        Err(error) => Err(error),
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let names = [("name", "name"), ("org", "org"), ("until_ms", "until")];
            return show(page, &typed.clone().wrong(problems(error, &names)?)).await;
        }
    };
    html(render::render_ask(&AskPage {
        shell: page.shell(Part::Taxii).await,
        case: None,
        title: format!("The token of {}", opened.name),
        lede: "It is shown this once. Give it to the partner by a way that you trust.".to_owned(),
        notice: vec![
            format!("Name: {}", opened.name),
            format!("Token: {}", opened.token),
        ],
        sections: Vec::new(),
        asks: None,
        links: vec![Link {
            label: "To the accounts".to_owned(),
            href: Href::of(&["taxii"]),
        }],
    }))
}

async fn known(page: &Page, account: &str) -> Result<TaxiiAccountView, super::failed::Failed> {
    let all = page.node.taxii_accounts(&page.who).await?;
    all.into_iter()
        .find(|view| view.name == account)
        .ok_or_else(|| no("account"))
}

async fn before(page: Page, Path((account, act)): Path<(String, String)>) -> Paged {
    let view = known(&page, &account).await?;
    let confirm = match act.as_str() {
        "confirm" => true,
        "close" => false,
        _ => return Err(no("page")),
    };
    if confirm {
        Act::ConfirmTaxii.ask(&page.who)?;
    }
    let own = view.asked_by == page.who.person;
    html(render::render_release(&ReleasePage {
        shell: page.shell(Part::Taxii).await,
        title: if confirm {
            "Confirm the account"
        } else {
            "Close the account"
        }
        .to_owned(),
        verb: if confirm { "Confirm it" } else { "Close it" }.to_owned(),
        severe: !confirm,
        form: page.form(place(&account, &act)),
        carried: Vec::new(),
        commitment: commitment(&(&view, confirm)),
        facts: vec![
            Pair {
                name: "Account".to_owned(),
                value: view.name.clone(),
            },
            Pair {
                name: "Organisation".to_owned(),
                value: view.org.to_string(),
            },
            Pair {
                name: "May".to_owned(),
                value: if view.writes {
                    "read what was released to it, and add for people here to decide about"
                } else {
                    "read what was released to it"
                }
                .to_owned(),
            },
            Pair {
                name: "Ends".to_owned(),
                value: when(view.until_ms).shown,
            },
        ],
        body: String::new(),
        marking: None,
        readers: Readers::Nobody,
        undo: if confirm {
            Undo::Can("It can be closed at any time; what was read stays known.".to_owned())
        } else {
            Undo::Cannot("A closed account is never opened again; ask for another.".to_owned())
        },
        reason: None,
        blocked: (confirm && own).then(|| "You asked for it: somebody else must confirm.".to_owned()),
        back: Href::of(&["taxii"]),
    }))
}

async fn settle(Path((account, act)): Path<(String, String)>, posted: Posted) -> Paged {
    let page = &posted.page;
    let list = Href::of(&["taxii"]);
    if posted.was_done().await? {
        return Ok(done(list, "taxii", None));
    }
    let view = known(page, &account).await?;
    let confirm = act == "confirm";
    if posted.typed.get("commitment") != commitment(&(&view, confirm)) {
        return Err(ServiceError::Conflict("what was shown has changed: look again".to_owned()).into());
    }
    if confirm {
        page.node.confirm_taxii_account(&page.who, &account).await?;
        Ok(done(list, "taxii-confirmed", None))
    } else {
        page.node.close_taxii_account(&page.who, &account).await?;
        Ok(done(list, "taxii-closed", None))
    }
}
