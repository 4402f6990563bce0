//! Forms that were sent.
//!
//! A form counts only with the token of the session it was shown in. Its key makes it count once: sent again, it
//! answers as it did the first time.

use std::future::Future;

use accord_service::ServiceError;
use axum::extract::{FromRequest, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::failed::Failed;
use super::frame::Page;
use crate::AppState;
use crate::web::view::form::{CSRF_FIELD, KEY_FIELD};
use crate::web::view::{FieldError, Form, Href};

/// A form that was sent by the person of this session.
pub(super) struct Posted {
    /// Who sent it, and the frame of the answer.
    pub page: Page,
    /// What was typed.
    pub typed: Typed,
    request: Vec<u8>,
}

/// What was typed into a form, and what was wrong with it; nothing at first.
#[derive(Debug, Default, Clone)]
pub(super) struct Typed {
    fields: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Typed {
    /// A field's value; empty when it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value.trim())
    }

    /// A field's value as it was typed, spaces included.
    pub fn raw(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value)
    }

    /// A field's value to show again, or what stands there at first.
    pub fn or(&self, name: &str, first: &str) -> String {
        if self.fields.is_empty() {
            first.to_owned()
        } else {
            self.raw(name).to_owned()
        }
    }

    /// The values of a repeated field.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_owned();
        self.fields
            .iter()
            .filter(move |(field, _)| *field == name)
            .map(|(_, value)| value.trim())
    }

    /// Whether nothing was sent yet.
    pub fn is_first(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether a choice is chosen.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|chosen| chosen == value)
    }

    /// The same with what was wrong.
    pub fn wrong(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// The same with the problems of some fields only, for one of several forms of a page.
    pub fn only(&self, of: impl Fn(&str) -> bool) -> Self {
        let mut typed = self.clone();
        typed.errors.retain(|error| of(&error.field));
        typed
    }

    /// The form to show, with what was wrong.
    pub fn form(&self, page: &Page, action: Href) -> Form {
        Form {
            errors: self.errors.clone(),
            ..page.form(action)
        }
    }

    /// Fields given by the program.
    pub fn of(fields: Vec<(String, String)>) -> Self {
        Self {
            fields,
            errors: Vec::new(),
        }
    }
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub(super) fn same_secret(a: &str, b: &str) -> bool {
    !a.is_empty() && Sha256::digest(a.as_bytes()) == Sha256::digest(b.as_bytes())
}

/// The refusal of a form with another session's token or none.
pub(super) fn stale() -> ServiceError {
    ServiceError::denied("This form belongs to another session. Open its page again, and nothing is lost.")
}

impl FromRequest<AppState> for Posted {
    type Rejection = Failed;

    async fn from_request(request: Request, node: &AppState) -> Result<Self, Failed> {
        let page = Page::of(&request, node)?;
        let path = request.uri().path().to_owned();
        let form = axum::Form::<Vec<(String, String)>>::from_request(request, node).await;
        let axum::Form(fields) =
            form.map_err(|_| ServiceError::invalid("form", "it could not be read: send it again"))?;
        let typed = Typed::of(fields);
        if !same_secret(typed.raw(CSRF_FIELD), &page.who.csrf) {
            return Err(stale().into());
        }
        let request = serde_json::to_vec(&(path, &typed.fields)).unwrap_or_default();
        Ok(Self { page, typed, request })
    }
}

impl Posted {
    /// Whether this very form was sent and done before.
    pub async fn was_done(&self) -> accord_service::Result<bool> {
        let key = self.typed.raw(KEY_FIELD);
        let found = self.page.node.once(&self.page.who, key, &self.request).await?;
        Ok(found.is_err())
    }

    /// Does something once: sent again with the same key, the first answer is given again.
    pub async fn once<T: Serialize + DeserializeOwned>(
        &self,
        work: impl Future<Output = accord_service::Result<T>>,
    ) -> accord_service::Result<T> {
        let node = &self.page.node;
        match node
            .once(&self.page.who, self.typed.raw(KEY_FIELD), &self.request)
            .await?
        {
            Ok(once) => once.run(work).await,
            Err(answer) => serde_json::from_value(answer)
                .map_err(|error| ServiceError::Unexplained(format!("a kept answer: {error}"))),
        }
    }
}
