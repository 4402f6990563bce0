//! The description of the API (OpenAPI 3.1), built from the table that builds the router, so that the two cannot
//! differ; and a plain page of it.

use std::fmt::Write as _;

use axum::response::Html;
use serde_json::{Map, Value, json};

use super::table::{Access, Route, Takes, routes};

fn schema_of(word: &str) -> Value {
    if let Some(inner) = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return json!({ "type": "array", "items": schema_of(inner) });
    }
    json!({ "type": word })
}

/// The schema of a body from the table's words, `name: type` separated by commas.
fn body_schema(fields: &str) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields.split(',') {
        let Some((name, word)) = field.split_once(':') else {
            continue;
        };
        let (name, word) = (name.trim(), word.trim());
        let plain = name.trim_end_matches('?');
        if plain == name {
            required.push(name.to_owned());
        }
        properties.insert(plain.to_owned(), schema_of(word));
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some(json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
    });
    let in_query = route
        .query
        .iter()
        .map(|name| json!({ "name": name, "in": "query", "schema": { "type": "string" } }));
    let key = route.method.changes().then(|| {
        json!({ "name": "Idempotency-Key", "in": "header", "schema": { "type": "string", "maxLength": 128 } })
    });
    let key = key.filter(|_| route.access != Access::Anyone && route.takes != Takes::Raw);
    let append = (route.access == Access::Sender).then(|| {
        let longest = accord_service::APPEND_KEY_MAX_BYTES;
        json!({ "name": "Idempotency-Key", "in": "header", "schema": { "type": "string", "maxLength": longest } })
    });
    in_path.chain(in_query).chain(key).chain(append).collect()
}

fn operation(route: &Route) -> Value {
    let media = if route.path.ends_with("/package") {
        "application/zip"
    } else if route.path.ends_with("/document") {
        super::call::DOCX
    } else {
        "application/json"
    };
    let mut operation = json!({
        "summary": route.summary,
        "responses": {
            "200": { "description": route.gives, "content": { media: {} } },
            "default": {
                "description": "What went wrong",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            },
        },
    });
    let Value::Object(fields) = &mut operation else {
        return operation;
    };
    let parameters = parameters(route);
    if !parameters.is_empty() {
        fields.insert("parameters".to_owned(), Value::Array(parameters));
    }
    let content = match route.takes {
        Takes::Nothing => None,
        Takes::Json(words) => Some(json!({ "application/json": { "schema": body_schema(words) } })),
        Takes::Raw => Some(json!({ "application/octet-stream": {} })),
    };
    if let Some(content) = content {
        fields.insert(
            "requestBody".to_owned(),
            json!({ "required": true, "content": content }),
        );
    }
    if route.access == Access::Anyone {
        fields.insert("security".to_owned(), json!([]));
    }
    operation
}

/// The document.
pub(crate) fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes() {
        let at = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = at {
            methods.insert(route.method.as_str().to_owned(), operation(&route));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Accord",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The JSON API of one node. Times are milliseconds since the Unix epoch, UTC.",
        },
        "security": [{ "session": [] }],
        "components": {
            "securitySchemes": { "session": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Problem": {
                "type": "object",
                "description": "RFC 9457, with a stable code.",
                "required": ["type", "title", "status", "code", "detail", "request_id"],
                "properties": {
                    "type": { "type": "string" },
                    "title": { "type": "string" },
                    "status": { "type": "integer" },
                    "code": { "enum": [
                        "not-signed-in", "sign-in-failed", "busy", "denied", "not-found", "invalid", "conflict",
                        "peer-unreachable", "too-large", "unavailable", "internal", "method-not-allowed",
                        "unsupported-media-type", "spool-full"
                    ] },
                    "detail": { "type": "string" },
                    "request_id": { "type": "string" },
                    "clause": { "type": "string" },
                    "who": { "type": "string" },
                    "field": { "type": "string" },
                },
            } },
        },
        "paths": paths,
    })
}

pub(super) async fn json() -> axum::Json<Value> {
    axum::Json(document())
}

/// The same as a plain page, without scripts. Everything on it is from the table; nothing needs escaping but `<`.
pub(super) async fn page() -> Html<String> {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Accord API</title>\n<h1>Accord API</h1>\n\
         <p>The same as <a href=\"/api/openapi.json\">openapi.json</a>.</p>\n<dl>\n",
    );
    for route in routes() {
        let takes = match route.takes {
            Takes::Nothing => String::new(),
            Takes::Json(words) => format!(" Takes {{{}}}.", plain(words)),
            Takes::Raw => " Takes the bytes of a file.".to_owned(),
        };
        let method = route.method.as_str().to_uppercase();
        let _ = writeln!(
            page,
            "<dt><code>{method} {}</code></dt><dd>{}.{takes} Gives {}.</dd>",
            plain(route.path),
            plain(route.summary),
            plain(route.gives)
        );
    }
    page.push_str("</dl></html>\n");
    Html(page)
}
