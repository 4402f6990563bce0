//! One's own account. The only page before the account is safe.

use accord_service::ServiceError;

use super::failed::{Paged, problems};
use super::frame::{Page, Part, done, html, role_words};
use super::posted::{Posted, Typed};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::account::{AccountPage, Totp};
use crate::web::view::{Href, Pair, QrCode};

/// Fewest characters of a password: as the service checks it.
const PASSWORD_MIN: u32 = 12;

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/account", page)
        .post("/account/password", password)
        .post("/account/code/start", start)
        .post("/account/code", confirm)
}

async fn page(page: Page) -> Paged {
    show(&page, &Typed::default(), &Typed::default(), None).await
}

/// `password` and `renewing`: what was wrong with those forms.
async fn show(page: &Page, password: &Typed, renewing: &Typed, enrolling: Option<Totp>) -> Paged {
    let (account, must_change) = page.node.own_account(&page.who).await?;
    let pair = |name: &str, value: String| Pair {
        name: name.to_owned(),
        value,
    };
    let must = match (page.who.must_enrol, must_change) {
        (false, _) => "",
        (true, true) => "Change the password you were given before anything else.",
        (true, false) => "Set up a one-time code before anything else.",
    };
    html(render::render_account(&AccountPage {
        shell: page.shell(Part::Elsewhere).await,
        facts: vec![
            pair("Name", account.name),
            pair("Signs in as", account.sign_in),
            pair(
                "Roles",
                if account.roles.is_empty() {
                    "none yet".to_owned()
                } else {
                    role_words(&account.roles)
                },
            ),
        ],
        must: must.to_owned(),
        // What was typed into a password field is never sent back.
        password: password.form(page, Href::of(&["account", "password"])),
        password_min: PASSWORD_MIN,
        coded: account.totp,
        totp: match enrolling {
            Some(totp) => totp,
            None if account.totp => Totp::On {
                renew: renewing.form(page, Href::of(&["account", "code", "start"])),
            },
            None => Totp::Off {
                start: renewing.form(page, Href::of(&["account", "code", "start"])),
            },
        },
    }))
}

/// A one-time code that was typed, or none.
fn code_of<'a>(typed: &'a Typed, field: &str) -> Option<&'a str> {
    Some(typed.get(field)).filter(|code| !code.is_empty())
}

async fn password(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let changed = if typed.raw("new") == typed.raw("again") {
        page.node
            .change_password(
                &page.who,
                typed.raw("current"),
                code_of(typed, "current_code"),
                typed.raw("new"),
            )
            .await
    } else {
        Err(ServiceError::invalid(
            "again",
            "the two new passwords differ: type both again",
        ))
    };
    match changed {
        Ok(()) => Ok(done(Href::of(&["account"]), "password", None)),
        Err(error) => {
            let names = [("password", "new"), ("again", "again")];
            let wrong = problems(error, &names)?;
            show(page, &Typed::default().wrong(wrong), &Typed::default(), None).await
        }
    }
}

/// The secret in groups of four, out of its `otpauth` address.
fn secret(uri: &str) -> String {
    let (_, query) = uri.split_once('?').unwrap_or_default();
    let secret = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("secret="))
        .unwrap_or_default();
    let chars: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = chars.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

/// A new secret is shown once. Loading the page again makes another, which counts no more than this one before a
/// code confirms it.
async fn start(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let (password, code) = (typed.raw("held_password"), code_of(typed, "held_code"));
    let uri = match page.node.offer_totp(&page.who, password, code).await {
        Ok(uri) => uri,
        Err(error) => {
            let wrong = problems(error, &[])?;
            return show(page, &Typed::default(), &Typed::default().wrong(wrong), None).await;
        }
    };
    let enrolling = Totp::Enrolling {
        qr: QrCode::of(&uri),
        secret: secret(&uri),
        confirm: page.form(Href::of(&["account", "code"])),
    };
    show(page, &Typed::default(), &Typed::default(), Some(enrolling)).await
}

async fn confirm(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    match page.node.confirm_totp(&page.who, typed.get("code")).await {
        Ok(()) => Ok(done(Href::of(&["account"]), "code", None)),
        Err(error) => {
            let wrong = problems(error, &[("code", "code")])?;
            let enrolling = Totp::Enrolling {
                qr: None,
                secret: "the one your app has already".to_owned(),
                confirm: Typed::default()
                    .wrong(wrong)
                    .form(page, Href::of(&["account", "code"])),
            };
            show(page, &Typed::default(), &Typed::default(), Some(enrolling)).await
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_secret_is_shown_in_groups() {
        let uri = "otpauth://totp/isp.example:priya?secret=JBSWY3DPEHPK3PXP&issuer=isp.example";
        assert_eq!(super::secret(uri), "JBSW Y3DP EHPK 3PXP");
        assert_eq!(super::secret("nothing"), "");
    }
}
