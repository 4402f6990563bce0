//! Who comes: basic authentication (RFC 7617), as TAXII 2.1 wants it, or a bearer token.

use accord_service::TaxiiCaller;
use base64::Engine as _;
use http::{HeaderMap, header};

use super::body::Failed;
use crate::AppState;
use crate::api::TOKEN_MAX_BYTES;

/// Longest header, bytes.
const HEADER_MAX_BYTES: usize = 512;

/// The caller of a request.
pub(super) async fn of(node: &AppState, headers: &HeaderMap) -> Result<TaxiiCaller, Failed> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let text = match (values.next(), values.next()) {
        (Some(value), None) if value.len() <= HEADER_MAX_BYTES => {
            value.to_str().map_err(|_| Failed::unknown())?
        }
        _ => return Err(Failed::unknown()),
    };
    let (scheme, given) = text.split_once(' ').ok_or_else(Failed::unknown)?;
    let given = given.trim();
    let (name, token) = if scheme.eq_ignore_ascii_case("basic") {
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(given)
            .map_err(|_| Failed::unknown())?;
        let pair = String::from_utf8(bytes).map_err(|_| Failed::unknown())?;
        let (name, token) = pair.split_once(':').ok_or_else(Failed::unknown)?;
        (Some(name.to_owned()), token.to_owned())
    } else if scheme.eq_ignore_ascii_case("bearer") {
        (None, given.to_owned())
    } else {
        return Err(Failed::unknown());
    };
    if token.is_empty() || token.len() > TOKEN_MAX_BYTES {
        return Err(Failed::unknown());
    }
    Ok(node.taxii_caller(name.as_deref(), &token).await?)
}
