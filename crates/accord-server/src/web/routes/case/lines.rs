//! Forms in which one thing stands on each line, as requests of every kind have them.

use serde_json::{Value, json};

use accord_service::ServiceError;

use crate::web::routes::posted::Typed;
use crate::web::routes::times::parse_minute;

/// The lines of a field that say something.
pub(super) fn lines(typed: &Typed, name: &str) -> Vec<String> {
    let typed = typed.raw(name).lines().map(str::trim);
    typed.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// A line of the form: address, port, protocol, time.
pub(super) fn connection(line: &str) -> accord_service::Result<Value> {
    let bad = || {
        ServiceError::invalid(
            "connections",
            format!(
                "{line}: write address, port, tcp or udp, time; such as 192.0.2.7 4000 tcp 2026-11-01T08:00"
            ),
        )
    };
    let mut words = line.split_whitespace();
    let address = words.next().ok_or_else(bad)?;
    let mut one = json!({ "address": address });
    let mut at = None;
    for word in words {
        let field = if let Ok(port) = word.parse::<u16>() {
            ("port", json!(port))
        } else if matches!(word, "tcp" | "udp") {
            ("transport", json!(word))
        } else {
            at = Some(parse_minute(word).ok_or_else(bad)?);
            continue;
        };
        if let Some(fields) = one.as_object_mut() {
            fields.insert(field.0.to_owned(), field.1);
        }
    }
    if let Some(fields) = one.as_object_mut() {
        fields.insert("at_ms".to_owned(), json!(at.ok_or_else(bad)?));
    }
    Ok(one)
}
