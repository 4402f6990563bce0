//! Forms: where they post to, their hidden fields, and what was wrong with the last attempt.

use super::Href;

/// Name of the hidden field with the session's anti-forgery token.
pub const CSRF_FIELD: &str = "csrf";
/// Name of the hidden field with the idempotency key: the same key twice does the thing once.
pub const KEY_FIELD: &str = "key";

/// A form that posts, `application/x-www-form-urlencoded` unless its page says multipart.
#[derive(Debug, Clone)]
pub struct Form {
    /// Where it posts to.
    pub action: Href,
    /// The anti-forgery token of the session, sent as `csrf`.
    pub csrf: String,
    /// The idempotency key, new for every form shown, sent as `key`.
    pub key: String,
    /// What was wrong with the last attempt; empty at first.
    pub errors: Vec<FieldError>,
}

impl Form {
    /// A form without errors.
    pub fn to(action: Href, csrf: &str, key: &str) -> Self {
        Self {
            action,
            csrf: csrf.to_owned(),
            key: key.to_owned(),
            errors: Vec::new(),
        }
    }

    /// What is wrong with this field, if anything.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors
            .iter()
            .find(|error| error.field == field)
            .map(|error| error.message.as_str())
    }

    /// Whether the last attempt failed.
    pub fn failed(&self) -> bool {
        !self.errors.is_empty()
    }
}

/// One thing wrong with one field.
#[derive(Debug, Clone)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// One choice of a select, a group of radio buttons or of checkboxes.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What helps to choose; may be empty.
    pub hint: String,
    /// Whether it is chosen.
    pub chosen: bool,
}
