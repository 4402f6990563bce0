//! Every role tries every route where what it names exists, in the right state, with a body that is right: whoever the
//! table of `matrix` lets in succeeds, everybody else is refused by a rule, and who is not on the case learns nothing.
//!
//! - `rows`: what each route is asked with. `world`: who is there. `makers`, `asked`: what the rows name, made fresh.
//! - `finer`: whom a rule beside the role refuses even so, and what cannot be shown here.

mod asked;
mod finer;
mod makers;
mod rows;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use accord_model::Role;
use accord_model::control::role_is_of;
use axum::body::Body;
use http::{Request, StatusCode};

use crate::matrix::table;
use crate::node::{Answered, ROLES, TestNode};
use world::{World, is_of_a_case};

/// How a try sends its body.
#[derive(Clone, Copy)]
enum Sent {
    Nothing,
    Json(&'static str),
    Raw(&'static str),
}

/// One route, asked at one organisation.
pub struct Try {
    at: &'static str,
    method: &'static str,
    /// As described, without `/api/v1`; with a query.
    path: &'static str,
    /// What its parameters name, with spaces between; the case of the world where it says nothing of that.
    of: &'static str,
    sent: Sent,
    /// Whether each does it with a new account of their own.
    somebody_new: bool,
}

impl Try {
    fn at(at: &'static str, method: &'static str, path: &'static str) -> Self {
        Self {
            at,
            method,
            path,
            of: "",
            sent: Sent::Nothing,
            somebody_new: false,
        }
    }

    fn of(self, of: &'static str) -> Self {
        Self { of, ..self }
    }

    fn json(self, body: &'static str) -> Self {
        Self {
            sent: Sent::Json(body),
            ..self
        }
    }

    fn raw(self, body: &'static str) -> Self {
        Self {
            sent: Sent::Raw(body),
            ..self
        }
    }

    fn by_somebody_new(self) -> Self {
        Self {
            somebody_new: true,
            ..self
        }
    }

    /// Method and path as the table of `matrix` has them.
    fn route(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{} /api/v1{path}", self.method)
    }

    /// Whether what it names belongs to a case, or to one person's desk: others are told that it is not there.
    fn is_of_somebody(&self) -> bool {
        [
            "{case}",
            "/requests/{",
            "/exhibits/{",
            "/victims/{",
            "/grants/{",
            "/guests/{",
            "/files/{",
            "/intel/{",
            "/threats/{",
            "/imports/{",
            "/hunts/{",
        ]
        .iter()
        .any(|part| self.path.contains(part))
    }
}

/// Sends bytes that are no JSON.
pub async fn send_raw(node: &TestNode, path: &str, token: &str, bytes: &[u8]) -> Answered {
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(bytes.to_vec()));
    node.send(request.expect("a request")).await
}

/// A path and a body with everything in them made.
struct Filled {
    path: String,
    body: String,
}

async fn fill(world: &mut World, one: &Try) -> Filled {
    let mut path = format!("/api/v1{}", one.path).replace("{ledger}/{seq}", "{note}");
    let parameters = path.matches('{').count();
    let mut named: Vec<&str> = one.of.split(' ').filter(|name| !name.is_empty()).collect();
    if named.len() < parameters {
        named.insert(0, "case");
    }
    assert_eq!(named.len(), parameters, "{}", one.path);
    for name in named {
        let value = world.make(name).await;
        let (from, to) = (path.find('{').expect("one"), path.find('}').expect("one"));
        path.replace_range(from..=to, &value);
    }
    let mut body = match one.sent {
        Sent::Nothing => String::new(),
        Sent::Json(text) | Sent::Raw(text) => text.to_owned(),
    };
    while let Some(from) = body.find('$') {
        let rest = &body[from + 1..];
        let length = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-');
        let name = rest[..length.unwrap_or(rest.len())].to_owned();
        let value = world.make(&name).await;
        body.replace_range(from..=from + name.len(), &value);
    }
    Filled { path, body }
}

async fn send(world: &World, one: &Try, filled: &Filled, token: &str) -> Answered {
    let node = &world.nodes[one.at];
    match one.sent {
        Sent::Raw(_) => send_raw(node, &filled.path, token, filled.body.as_bytes()).await,
        Sent::Nothing => node.call(one.method, &filled.path, token, None).await,
        Sent::Json(_) => {
            let body = serde_json::from_str(&filled.body).unwrap_or_else(|_| panic!("{}", filled.body));
            node.call(one.method, &filled.path, token, Some(body)).await
        }
    }
}

/// What was found of the tries so far.
#[derive(Default)]
struct Found {
    /// Who did what.
    succeeded: BTreeSet<(String, Role)>,
    /// Who was refused though their role may, with what was said.
    refused: BTreeMap<(String, Role), String>,
    /// What went wrong.
    wrong: Vec<String>,
}

impl Found {
    fn check(&mut self, holds: bool, line: &str) {
        if !holds {
            self.wrong.push(line.to_owned());
        }
    }
}

fn line(one: &Try, role: Role, who: &str, answer: &Answered) -> String {
    let said = String::from_utf8_lossy(&answer.bytes);
    let said: String = said.chars().take(300).collect();
    format!(
        "{who} {role} of {}: {}: {} {said}",
        one.at,
        one.route(),
        answer.status
    )
}

/// Whoever the role keeps out, and whoever is not on the case, tries before anybody may.
async fn strangers(world: &mut World, one: &Try, allowed: &[Role], found: &mut Found) {
    let kind = world.nodes[one.at].node.config.kind;
    let there: Vec<Role> = ROLES.into_iter().filter(|role| role_is_of(*role, kind)).collect();
    let Some(first) = there.iter().find(|role| may(one, **role, allowed)) else {
        return;
    };
    (world.at, world.role) = (one.at, *first);
    if one.somebody_new {
        let name = format!("somebody-{}", world.made);
        let person = world.employ(one.at, &name, *first).await;
        world.last.insert("somebody-new".to_owned(), person.token);
    }
    let filled = fill(world, one).await;
    for role in there {
        let inside = world.on_case(one.at, role).token.clone();
        if !allowed.contains(&role) {
            let answer = send(world, one, &filled, &inside).await;
            let told = answer.json();
            let said = told["detail"].as_str().is_some_and(|rule| rule.len() > 20) && told["who"].is_string();
            let refused = answer.status == StatusCode::FORBIDDEN && answer.code() == "denied" && said;
            found.check(refused, &line(one, role, "not refused:", &answer));
        } else if one.is_of_somebody() {
            let outside = world.person(one.at, &format!("out-{role}")).token.clone();
            let answer = send(world, one, &filled, &outside).await;
            let hidden = answer.status == StatusCode::NOT_FOUND && answer.code() == "not-found";
            // Whom the agreement names as approver decides on every case under it, and reads what is decided about.
            found.check(
                hidden || role == Role::Approver,
                &line(one, role, "told an outsider:", &answer),
            );
            if !is_of_a_case(role) {
                let answer = send(world, one, &filled, &inside).await;
                let hidden = answer.status == StatusCode::NOT_FOUND;
                found.check(hidden, &line(one, role, "on no case, and told:", &answer));
            }
        }
    }
}

/// Whether somebody of this role can succeed, as far as the role says.
fn may(one: &Try, role: Role, allowed: &[Role]) -> bool {
    allowed.contains(&role) && (!one.is_of_somebody() || is_of_a_case(role))
}

/// Whoever may does it, each with what was made for them.
async fn insiders(world: &mut World, one: &Try, allowed: &[Role], found: &mut Found) {
    let kind = world.nodes[one.at].node.config.kind;
    for role in ROLES {
        if !role_is_of(role, kind) || !may(one, role, allowed) {
            continue;
        }
        (world.at, world.role) = (one.at, role);
        let mut token = world.on_case(one.at, role).token.clone();
        if one.somebody_new {
            let name = format!("somebody-{}-{role}", world.made);
            token = world.employ(one.at, &name, role).await.token;
            world.last.insert("somebody-new".to_owned(), token.clone());
        }
        let filled = fill(world, one).await;
        let answer = send(world, one, &filled, &token).await;
        let key = (one.route(), role);
        if answer.status.is_success() {
            found.succeeded.insert(key);
        } else if [
            ("denied", StatusCode::FORBIDDEN),
            ("not-found", StatusCode::NOT_FOUND),
        ]
        .contains(&(answer.code().as_str(), answer.status))
        {
            let said = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
            found.refused.insert(key, said);
        } else {
            found.wrong.push(line(one, role, "did not succeed:", &answer));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_succeeds_and_everybody_else_is_refused() {
    let mut world = World::begin().await;
    let allowed: BTreeMap<String, &[Role]> = table()
        .into_iter()
        .map(|(method, path, _, allowed)| {
            let path = path.split('?').next().unwrap_or(path);
            (format!("{method} {path}"), allowed)
        })
        .collect();
    let mut found = Found::default();
    let mut tried = BTreeSet::new();
    for one in rows::all() {
        let allowed = allowed
            .get(&one.route())
            .unwrap_or_else(|| panic!("no route {}", one.route()));
        tried.insert((one.route(), one.is_of_somebody()));
        strangers(&mut world, &one, allowed, &mut found).await;
        insiders(&mut world, &one, allowed, &mut found).await;
    }

    let not_here: BTreeSet<&str> = finer::NOT_HERE.iter().map(|(route, _)| *route).collect();
    let routes: BTreeSet<&str> = tried.iter().map(|(route, _)| route.as_str()).collect();
    for route in allowed.keys().filter(|route| !routes.contains(route.as_str())) {
        let said = format!("{route} is not tried");
        found.check(not_here.contains(route.as_str()), &said);
    }
    for (route, of_somebody) in &tried {
        for role in allowed[route] {
            let key = (route.clone(), *role);
            if found.succeeded.contains(&key) || (*of_somebody && !is_of_a_case(*role)) {
                continue;
            }
            let said = found.refused.get(&key).cloned().unwrap_or_default();
            let known = finer::REFUSED
                .iter()
                .find(|(of, roles, _)| of == route && roles.contains(role));
            let as_said =
                known.is_some_and(|(_, _, rule)| said.contains(rule) && said.is_empty() == rule.is_empty());
            found.check(as_said, &format!("{role} never succeeds at {route}: {said:?}"));
        }
    }
    // What stands in the lists of exceptions is one.
    for (route, roles, rule) in finer::REFUSED {
        for role in *roles {
            let key = ((*route).to_owned(), *role);
            let said = format!("{role} succeeds at {route}, or is not refused there: take it off the list");
            let refused = found.refused.get(&key).map_or("", String::as_str);
            let holds = refused.is_empty() == rule.is_empty() && !found.succeeded.contains(&key);
            found.check(holds, &said);
        }
    }
    for (route, why) in finer::NOT_HERE {
        assert!(why.len() > 20 && !routes.contains(route), "{route}: {why}");
    }
    assert!(
        finer::NOT_HERE.len() <= finer::NOT_HERE_MAX,
        "fewer routes are shown than before"
    );
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
}
