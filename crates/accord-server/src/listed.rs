//! Routes that list themselves: the router and the list of what it answers are built by the same calls, so that
//! whoever walks all of them (the demo's outsider, the tests) misses none.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, post};

use crate::AppState;

/// Which part of a node answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Whether it runs.
    Health,
    /// The JSON API.
    Api,
    /// Node to node.
    Peer,
    /// The pages.
    Pages,
    /// TAXII, to whoever has an account of an organisation.
    Taxii,
    /// Verdicts, to whoever has an audience's token.
    Verdict,
}

/// One route of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Which part answers.
    pub part: Part,
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// Its path, parameters in braces.
    pub path: &'static str,
}

/// Routes of one part with their list.
pub(crate) struct Routes {
    part: Part,
    router: Router<AppState>,
    listed: Vec<Listed>,
}

impl Routes {
    /// None yet.
    pub fn new(part: Part) -> Self {
        Self {
            part,
            router: Router::new(),
            listed: Vec::new(),
        }
    }

    fn with(mut self, method: &'static str, path: &'static str, answers: MethodRouter<AppState>) -> Self {
        let part = self.part;
        self.listed.push(Listed { part, method, path });
        self.router = self.router.route(path, answers);
        self
    }

    /// Answers GET there.
    pub fn get<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.with("GET", path, get(handler))
    }

    /// Answers POST there.
    pub fn post<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.with("POST", path, post(handler))
    }

    /// Answers DELETE there.
    pub fn delete<H: Handler<T, AppState>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.with("DELETE", path, delete(handler))
    }

    /// Answers POST there, with bodies of up to so many bytes.
    pub fn post_up_to<H: Handler<T, AppState>, T: 'static>(
        self,
        max_bytes: usize,
        path: &'static str,
        handler: H,
    ) -> Self {
        let answers = post(handler).layer(DefaultBodyLimit::max(max_bytes));
        self.with("POST", path, answers)
    }

    /// These and those.
    pub fn merge(mut self, other: Self) -> Self {
        self.listed.extend(other.listed);
        self.router = self.router.merge(other.router);
        self
    }

    /// The list.
    pub fn listed(self) -> Vec<Listed> {
        self.listed
    }

    /// The router.
    pub fn router(self) -> Router<AppState> {
        self.router
    }
}
