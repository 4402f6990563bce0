//! Every route of the API, once: where it is, what it takes and gives, and who answers it.

use std::future::Future;
use std::pin::Pin;

use axum::routing::MethodFilter;

use super::call::{Call, Reply};

/// A method of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    pub fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    /// Whether the request does something.
    pub fn changes(self) -> bool {
        self != Self::Get
    }

    /// As HTTP writes it.
    pub fn as_http(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    /// As OpenAPI writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Delete => "delete",
        }
    }
}

/// Whom a route is for. What a person may do there is the service's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Without a session.
    Anyone,
    /// With a session, also before the account is made safe.
    Enrolling,
    /// With a session.
    Person,
    /// With a session, or with the token of a machine that may append.
    Sender,
}

/// The body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// None.
    Nothing,
    /// JSON with these fields: `name: type` separated by commas, `?` after a name that may be absent.
    Json(&'static str),
    /// Bytes as they are.
    Raw,
}

/// The future of a handler.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// One route.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub takes: Takes,
    /// The parameters its query may have.
    pub query: &'static [&'static str],
    /// What it does, one line.
    pub summary: &'static str,
    /// What it gives, in words.
    pub gives: &'static str,
    pub handler: fn(Call) -> Answering,
}

macro_rules! route {
    ($method:ident $path:literal, $access:ident, $takes:expr, $summary:literal => $gives:literal, $handler:path $(, $query:literal)*) => {
        Route {
            method: Method::$method,
            path: $path,
            access: Access::$access,
            takes: $takes,
            query: &[$($query),*],
            summary: $summary,
            gives: $gives,
            handler: |call| Box::pin($handler(call)),
        }
    };
}

const NONE: Takes = Takes::Nothing;

const fn json(fields: &'static str) -> Takes {
    Takes::Json(fields)
}

mod cases;
mod intelligence;
mod people;

/// The whole API.
pub(crate) fn routes() -> Vec<Route> {
    let mut all = people::routes();
    all.extend(cases::routes());
    all.extend(intelligence::routes());
    all
}
