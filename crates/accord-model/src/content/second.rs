//! What needs a second person: publishing, withdrawing or blocking a value that many use.

use super::{ContentBody, ContentEntry};
use crate::PersonId;

/// Why a second person is needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NeedsSecond {
    /// Nobody stands beside the author.
    #[error("{value} is popular or on an allow list: a second person must agree")]
    Missing {
        /// The value.
        value: String,
    },
    /// The author stands beside themself.
    #[error("{value} is popular or on an allow list: the second person must be another one")]
    Same {
        /// The value.
        value: String,
    },
}

/// Whether an entry has the second person it needs. `popular` says whether a value is on an allow list, among
/// the names that many sources see, or a parent of one; whoever cannot tell says that it is. A withdrawal of
/// everything an entry published is asked about `published`, its values.
///
/// # Errors
/// The first value that needs one, and why what stands there does not do.
pub fn needs_second(
    entry: &ContentEntry,
    published: &[String],
    popular: &dyn Fn(&str) -> bool,
) -> Result<(), NeedsSecond> {
    let (values, second): (Vec<&str>, Option<PersonId>) = match &entry.body {
        ContentBody::IndicatorPublished(body) => {
            let values = body.indicators.iter().map(|indicator| indicator.value.as_str());
            (values.collect(), body.second)
        }
        ContentBody::IndicatorWithdrawn(body) if body.values.is_empty() => {
            (published.iter().map(String::as_str).collect(), body.second)
        }
        ContentBody::IndicatorWithdrawn(body) => {
            (body.values.iter().map(String::as_str).collect(), body.second)
        }
        ContentBody::VerdictBlock(body) => {
            let values = body.indicators.iter().map(|indicator| indicator.value.as_str());
            (values.collect(), body.second)
        }
        _ => return Ok(()),
    };
    let Some(value) = values.into_iter().find(|value| popular(value)) else {
        return Ok(());
    };
    let value = value.to_owned();
    match second {
        None => Err(NeedsSecond::Missing { value }),
        Some(second) if second == entry.by => Err(NeedsSecond::Same { value }),
        Some(_) => Ok(()),
    }
}
