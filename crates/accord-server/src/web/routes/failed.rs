//! What went wrong, carried from a handler to the gate, which alone makes a page of it.

use accord_service::ServiceError;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::web::view::FieldError;

/// A handler's answer.
pub(super) type Paged = Result<Response, Failed>;

/// Why there is no page.
#[derive(Debug)]
pub(super) struct Failed(pub ServiceError);

impl From<ServiceError> for Failed {
    fn from(error: ServiceError) -> Self {
        Self(error)
    }
}

impl From<askama::Error> for Failed {
    fn from(error: askama::Error) -> Self {
        Self(ServiceError::Unexplained(format!(
            "a page could not be written: {error}"
        )))
    }
}

/// The same, on its way to the gate.
#[derive(Debug, Clone)]
pub(super) struct OnTheWay(pub std::sync::Arc<ServiceError>);

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response
            .extensions_mut()
            .insert(OnTheWay(std::sync::Arc::new(self.0)));
        response
    }
}

/// Not there, or not for this person.
pub(super) fn no(what: &'static str) -> Failed {
    Failed(ServiceError::NotFound(what))
}

/// Parses an id out of a path. What is no id is not found.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Failed> {
    text.parse().map_err(|_| no("page"))
}

/// What a form can show beside its fields: wrong input, and what changed in between. Anything else has a page of its
/// own. `names` maps the service's names of inputs to those of the form.
pub(super) fn problems(error: ServiceError, names: &[(&str, &str)]) -> Result<Vec<FieldError>, Failed> {
    let problem = |field: &str, message: String| {
        Ok(vec![FieldError {
            field: field.to_owned(),
            message,
        }])
    };
    match error {
        ServiceError::Invalid { field, message } => match names.iter().find(|(theirs, _)| *theirs == field) {
            Some((_, ours)) => problem(ours, message),
            None => problem("", format!("{field}: {message}")),
        },
        ServiceError::Conflict(message) => problem("", message),
        ServiceError::SignInFailed => problem(
            "",
            "The password or the one-time code is wrong, or there were too many wrong tries: then wait 15 minutes."
                .to_owned(),
        ),
        other @ (ServiceError::Peer(_) | ServiceError::Logs(_) | ServiceError::Busy { .. }) => problem("", other.to_string()),
        // What the journal's rules refuse is said in words; what cannot be explained is not.
        other => Err(Failed(other)),
    }
}
