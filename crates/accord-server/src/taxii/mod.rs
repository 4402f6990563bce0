//! TAXII 2.1 (OASIS TAXII 2.1; `docs/spec/taxii.md`): a partner without a node reads what was released to it, and adds
//! what a person here then decides about.
//!
//! - `caller`: who comes, by basic authentication or a bearer token.
//! - `asked`: the parameters of a request. `body`: the shapes of answers, errors too.
//! - here: the routes.
//!
//! Invariants: whoever has no valid token gets the same answer to everything; a root or collection that is not the
//! caller's is answered as one that does not exist. Every number and every object is the service's answer for this
//! caller.

mod asked;
mod body;
mod caller;

use axum::body::Body;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Value, json};

use accord_model::AgreementDigest;
use accord_service::{ServiceError, TAXII_ADD_BYTES_MAX, TaxiiCaller, TaxiiCollection, Versions};
use asked::Asked;
use body::{Failed, Objects, answer};

use crate::AppState;
use crate::listed::{Listed, Part, Routes};

/// How long a body may take to arrive.
const BODY_READ_MAX: std::time::Duration = std::time::Duration::from_secs(30);

type Answer = Result<Response, Failed>;
type Place = (String, String);

/// Every route under `/taxii2`.
fn routes() -> Routes {
    Routes::new(Part::Taxii)
        .get("/taxii2/", discovery)
        .get("/taxii2/{root}/", root)
        .get("/taxii2/{root}/status/{status}/", status)
        .get("/taxii2/{root}/collections/", collections)
        .get("/taxii2/{root}/collections/{collection}/", collection)
        .get("/taxii2/{root}/collections/{collection}/manifest/", manifest)
        .get("/taxii2/{root}/collections/{collection}/objects/", objects)
        .post_up_to(
            TAXII_ADD_BYTES_MAX + 1,
            "/taxii2/{root}/collections/{collection}/objects/",
            add,
        )
        .get(
            "/taxii2/{root}/collections/{collection}/objects/{object}/",
            object,
        )
        .delete(
            "/taxii2/{root}/collections/{collection}/objects/{object}/",
            delete,
        )
        .get(
            "/taxii2/{root}/collections/{collection}/objects/{object}/versions/",
            versions,
        )
}

/// The list.
pub(crate) fn listed() -> Vec<Listed> {
    routes().listed()
}

/// The router. What is not there: [`elsewhere`].
pub(crate) fn router(node: AppState) -> axum::Router {
    routes()
        .router()
        .method_not_allowed_fallback(nothing)
        .with_state(node)
}

/// What is not there is answered like anything else to who has no token, and as not there to who has one. A route that
/// takes every other path cannot stand beside those that begin with the agreement, so the whole router asks here.
pub(crate) async fn elsewhere(State(node): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let ours = path == "/taxii2" || path.starts_with("/taxii2/");
    if ours && request.extensions().get::<MatchedPath>().is_none() {
        return nothing(State(node), request).await.into_response();
    }
    next.run(request).await
}

async fn nothing(State(node): State<AppState>, request: Request) -> Answer {
    caller::of(&node, request.headers()).await?;
    Err(Failed::not_found("page"))
}

/// An agreement, out of the path. What is none is not there.
fn agreement(text: &str) -> Result<AgreementDigest, Failed> {
    text.parse().map_err(|_| Failed::not_found("api root"))
}

/// Who comes, if they may be answered in our media type.
async fn enter(node: &AppState, headers: &HeaderMap) -> Result<TaxiiCaller, Failed> {
    let caller = caller::of(node, headers).await?;
    body::acceptable(headers)?;
    Ok(caller)
}

async fn discovery(State(node): State<AppState>, request: Request) -> Answer {
    let caller = enter(&node, request.headers()).await?;
    let roots = node.taxii_roots(&caller).await?;
    let base = &node.config.url;
    let urls: Vec<String> = roots
        .iter()
        .map(|root| format!("{base}/taxii2/{}/", root.agreement))
        .collect();
    let mut told = json!({
        "title": format!("Accord at {}", node.config.org),
        "description": format!("What {} shares with {}.", node.config.org, caller.org()),
        "api_roots": urls
    });
    if let (Some(first), Some(told)) = (urls.first(), told.as_object_mut()) {
        told.insert("default".to_owned(), first.as_str().into());
    }
    Ok(answer(StatusCode::OK, &told))
}

async fn root(State(node): State<AppState>, Path(root): Path<String>, request: Request) -> Answer {
    let caller = enter(&node, request.headers()).await?;
    let digest = agreement(&root)?;
    let roots = node.taxii_roots(&caller).await?;
    let known = roots.into_iter().find(|known| known.agreement == digest);
    let known = known.ok_or_else(|| Failed::not_found("api root"))?;
    Ok(answer(
        StatusCode::OK,
        &json!({
            "title": known.title,
            "versions": ["application/taxii+json;version=2.1"],
            "max_content_length": TAXII_ADD_BYTES_MAX
        }),
    ))
}

fn described(collection: &TaxiiCollection) -> Value {
    json!({
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "can_read": true,
        "can_write": collection.can_write,
        "media_types": [body::STIX]
    })
}

async fn collections(State(node): State<AppState>, Path(root): Path<String>, request: Request) -> Answer {
    let caller = enter(&node, request.headers()).await?;
    let all = node.taxii_collections(&caller, agreement(&root)?).await?;
    let all: Vec<Value> = all.iter().map(described).collect();
    Ok(answer(StatusCode::OK, &json!({ "collections": all })))
}

async fn collection(
    State(node): State<AppState>,
    Path((root, collection)): Path<Place>,
    request: Request,
) -> Answer {
    let caller = enter(&node, request.headers()).await?;
    let all = node.taxii_collections(&caller, agreement(&root)?).await?;
    let found = all.iter().find(|known| known.id == collection);
    let found = found.ok_or_else(|| Failed::not_found("collection"))?;
    Ok(answer(StatusCode::OK, &described(found)))
}

async fn manifest(
    State(node): State<AppState>,
    Path((root, collection)): Path<Place>,
    request: Request,
) -> Answer {
    let caller = enter(&node, request.headers()).await?;
    let asked = Asked::read(request.uri(), asked::MANY)?;
    let place = (agreement(&root)?, collection.as_str());
    let page = node
        .taxii_page(&caller, place, &asked.0, "taxii.manifest")
        .await?;
    Ok(Objects::of(&page).manifest())
}

async fn objects(
    State(node): State<AppState>,
    Path((root, collection)): Path<Place>,
    request: Request,
) -> Answer {
    let caller = enter(&node, request.headers()).await?;
    let asked = Asked::read(request.uri(), asked::MANY)?;
    let place = (agreement(&root)?, collection.as_str());
    let page = node.taxii_page(&caller, place, &asked.0, "taxii.objects").await?;
    Ok(Objects::of(&page).envelope())
}

/// What the collection has of one object, by what was asked of it. One that is not there is not found, unless it was
/// asked only for what is new.
async fn of_object(
    node: &AppState,
    (root, collection, object): (String, String, String),
    (headers, uri): (&HeaderMap, &http::Uri),
    (parameters, all, word): (&'static [&'static str], bool, &'static str),
) -> Result<accord_service::TaxiiPage, Failed> {
    let caller = enter(node, headers).await?;
    let mut asked = Asked::read(uri, parameters)?.0;
    asked.ids = vec![object];
    if all {
        asked.versions = vec![Versions::All];
    }
    let place = (agreement(&root)?, collection.as_str());
    let page = node.taxii_page(&caller, place, &asked, word).await?;
    if page.objects.is_empty() && asked.added_after_ms.is_none() {
        return Err(Failed::not_found("object"));
    }
    Ok(page)
}

async fn object(
    State(node): State<AppState>,
    Path(place): Path<(String, String, String)>,
    request: Request,
) -> Answer {
    let asked = (asked::ONE, false, "taxii.object");
    let page = of_object(&node, place, (request.headers(), request.uri()), asked).await?;
    Ok(Objects::of(&page).envelope())
}

async fn versions(
    State(node): State<AppState>,
    Path(place): Path<(String, String, String)>,
    request: Request,
) -> Answer {
    let asked = (asked::VERSIONS, true, "taxii.versions");
    let page = of_object(&node, place, (request.headers(), request.uri()), asked).await?;
    Ok(Objects::of(&page).versions())
}

async fn read(body: Body) -> Result<Vec<u8>, Failed> {
    let reading = Limited::new(body, TAXII_ADD_BYTES_MAX).collect();
    match tokio::time::timeout(BODY_READ_MAX, reading).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes().to_vec()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Failed::too_large(TAXII_ADD_BYTES_MAX)),
        _ => Err(Failed::invalid("the body did not arrive whole")),
    }
}

async fn add(
    State(node): State<AppState>,
    Path((root, collection)): Path<Place>,
    request: Request,
) -> Answer {
    let caller = enter(&node, request.headers()).await?;
    body::is_taxii(request.headers().get(header::CONTENT_TYPE))?;
    let place = (agreement(&root)?, collection.as_str());
    let bytes = read(request.into_body()).await?;
    let envelope: Value =
        serde_json::from_slice(&bytes).map_err(|_| Failed::invalid("the body is no envelope of objects"))?;
    let objects = envelope.get("objects").and_then(Value::as_array);
    let objects = objects.ok_or_else(|| Failed::invalid("the envelope has no objects"))?;
    let status = node.taxii_add(&caller, place, objects).await?;
    Ok(answer(StatusCode::ACCEPTED, &body::status(&status)))
}

async fn status(
    State(node): State<AppState>,
    Path((root, status)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let caller = enter(&node, request.headers()).await?;
    let found = node.taxii_status(&caller, agreement(&root)?, &status).await?;
    Ok(answer(StatusCode::OK, &body::status(&found)))
}

async fn delete(
    State(node): State<AppState>,
    Path((root, collection, object)): Path<(String, String, String)>,
    request: Request,
) -> Answer {
    let caller = enter(&node, request.headers()).await?;
    if !caller.writes() {
        return Err(ServiceError::denied("this account only reads").into());
    }
    let place = (agreement(&root)?, collection.as_str());
    node.taxii_delete(&caller, place, &object).await?;
    Ok(answer(StatusCode::OK, &json!({})))
}
