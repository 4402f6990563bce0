//! What every form of a request has, whether a partner is asked or somebody without a node: the question of its kind,
//! the times, the marking; and the request that they make.

use accord_service::{NewRequest, ServiceError};
use serde_json::{Map, Value, json};

use super::lines::{connection, lines};
use super::requests::{field, moment};
use super::timeline::markings;
use crate::web::routes::posted::Typed;
use crate::web::view::write::{Field, Shape};

/// The fields of the question of a kind.
pub(super) fn question(typed: &Typed, what: &str) -> Vec<Field> {
    use Shape::{Line, Moment, Prose, Values};
    let plain =
        |name: &str, label: &str, hint: &str, shape: Shape| field(typed, name, label, hint, shape, false);
    match what {
        "expertise" => vec![plain(
            "pool",
            "Pool",
            "Malware, sinkholes, finance, a language.",
            Line,
        )],
        "hunt" => vec![
            plain("indicators", "Lines with any of", "One a line.", Values),
            plain("from_ms", "From (UTC)", "", Moment),
            plain("to_ms", "To (UTC)", "", Moment),
        ],
        "subscriber-data" => vec![plain(
            "connections",
            "Connections",
            "One a line: address, source port, tcp or udp, time in UTC. 192.0.2.7 4000 tcp 2026-11-01T08:00",
            Values,
        )],
        "preservation" => vec![
            plain("values", "What is to be kept", "One a line.", Values),
            plain("from_ms", "Data from (UTC)", "", Moment),
            plain("to_ms", "Data to (UTC)", "", Moment),
            plain("keep_until_ms", "Keep until (UTC)", "", Moment),
        ],
        "takedown" => vec![
            plain("values", "What is to be taken down", "One a line.", Values),
            plain(
                "ground",
                "What is wrong with it",
                "They can check and show it.",
                Prose,
            ),
        ],
        _ => Vec::new(),
    }
}

/// The times and the marking, the last fields of every form.
pub(super) fn times(typed: &Typed, secret: &str) -> [Field; 3] {
    [
        field(typed, "due_ms", "Needed by (UTC)", "", Shape::Moment, true),
        field(
            typed,
            "secret_until_ms",
            "Tell nobody before (UTC)",
            secret,
            Shape::Moment,
            true,
        ),
        Field {
            choices: markings(typed),
            ..field(typed, "marking", "Marking", "", Shape::Choice, false)
        },
    ]
}

/// A time that must be there.
pub(super) fn needed(typed: &Typed, name: &'static str) -> accord_service::Result<u64> {
    moment(typed, name)?.ok_or_else(|| ServiceError::invalid(name, "it is needed: fill it in"))
}

/// The request that was typed, with `more` beside what every form has.
pub(super) fn request(
    what: &str,
    typed: &Typed,
    more: Map<String, Value>,
) -> accord_service::Result<NewRequest> {
    let mut fields = more;
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    put("what", json!(what));
    for name in ["to", "reference", "reason", "marking"] {
        put(name, json!(typed.get(name)));
    }
    for name in ["due_ms", "secret_until_ms"] {
        if let Some(ms) = moment(typed, name)? {
            put(name, json!(ms));
        }
    }
    match what {
        "expertise" => put("expertise", json!({ "pool": typed.get("pool") })),
        "hunt" => put(
            "hunt",
            json!({ "indicators": lines(typed, "indicators"), "from_ms": needed(typed, "from_ms")?,
                    "to_ms": needed(typed, "to_ms")? }),
        ),
        "subscriber-data" => {
            let held = lines(typed, "connections");
            let held = held
                .iter()
                .map(|line| connection(line))
                .collect::<Result<Vec<_>, _>>()?;
            put("subscriber", json!({ "connections": held }));
        }
        "preservation" => put(
            "preservation",
            json!({ "values": lines(typed, "values"), "from_ms": needed(typed, "from_ms")?,
                    "to_ms": needed(typed, "to_ms")?, "keep_until_ms": needed(typed, "keep_until_ms")? }),
        ),
        "takedown" => put(
            "takedown",
            json!({ "values": lines(typed, "values"), "ground": typed.get("ground") }),
        ),
        _ => {}
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| ServiceError::invalid("request", error))
}
