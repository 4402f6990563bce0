//! What the outsider asks. The routes are those that the nodes' own router is built from
//! ([`accord_server::routes`]); that none is left out is a test below.
//!
//! In every round each question of the peer protocol is asked of every other node, signed. Routes take turns: one in so
//! many is asked in a round of the other nodes by nobody in particular, and of the outsider's own node by one of its
//! people; with a session that is none it is asked in every fourth of its turns. Where one in one is asked, all of it is,
//! about every note. What takes turns as well: which of several ids of one kind an unsigned question is about, which
//! notes the signed ones are about, and which of the outsider's people asks which route.

use accord_server::{Listed, Part};
use serde_json::{Value, json};

use super::known::{Id, Kind, Known};
use crate::demo::nodes::Who;

/// One request, not yet signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// `GET`, `POST`, `DELETE`, or what no route knows.
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the outsider's node signs it.
    pub signed: bool,
    /// The status that the answer must have; zero for any.
    pub must: u16,
}

/// The same question about a real and about an invented id.
#[derive(Debug, Clone)]
pub struct Pair {
    /// What is asked and as whom, the same in both worlds.
    pub label: String,
    /// The route that it is a question to; none for what leads nowhere.
    pub route: Option<Listed>,
    /// With the real id.
    pub real: Asking,
    /// With the invented one.
    pub invented: Asking,
}

/// As whom.
#[derive(Debug, Clone, Copy)]
enum As<'a> {
    Nobody,
    /// With a session that is none.
    Wrong,
    /// With a session of one's own.
    Person {
        sign_in: &'a str,
        token: &'a str,
    },
}

/// What is not asked with a session of one's own: it would sign the session out, lock the account, or change what the
/// story goes on with. Everybody else asks it.
const TAKES_EFFECT: [(&str, &str); 11] = [
    ("POST", "/api/v1/sessions"),
    ("DELETE", "/api/v1/sessions"),
    ("POST", "/sign-in"),
    ("POST", "/api/v1/me/totp"),
    ("POST", "/api/v1/peers/invitations"),
    ("POST", "/api/v1/peers/{org}/pull"),
    ("POST", "/api/v1/people/{person}/close"),
    ("POST", "/api/v1/people/{person}/end-sessions"),
    ("POST", "/api/v1/people/{person}/reset-second-factor"),
    ("POST", "/api/v1/people/{person}/confirm-reset"),
    ("POST", "/api/v1/imports"),
];

/// Paths that lead nowhere, and a method that no route has.
const NOWHERE: [(&str, Part, &str); 6] = [
    ("GET", Part::Pages, "/no-such-page"),
    ("POST", Part::Pages, "/no-such-page"),
    ("PUT", Part::Pages, "/cases"),
    ("GET", Part::Api, "/api/v1/no-such-thing"),
    ("PUT", Part::Api, "/api/v1/cases"),
    ("GET", Part::Pages, "/assets/no-such-asset"),
];

/// A route is asked with a session that is none in one of so many of its turns.
const WRONG_EVERY: usize = 4;
/// Most notes that the signed questions of one round are about; others have their turn in the next.
const NOTES_A_ROUND: usize = 6;

/// What the outsider asks a node of another organisation in a round: unsigned, one route in `every`, and signed as the
/// peer that it is.
pub fn elsewhere(known: &Known, round: usize, every: usize) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (number, route) in accord_server::routes().into_iter().enumerate() {
        if (number + round).is_multiple_of(every) {
            pairs.extend(pairs_of(route, As::Nobody, known, round));
        }
        if (number + round).is_multiple_of(every * WRONG_EVERY) {
            pairs.extend(pairs_of(route, As::Wrong, known, round));
        }
    }
    pairs.extend(nowhere(As::Nobody));
    let most = if every == 1 { usize::MAX } else { NOTES_A_ROUND };
    pairs.extend(signed_questions(known, round, most));
    pairs
}

/// Every page and every answer that can be read, with ids of the story, those of a round where there are several.
pub fn readable(known: &Known, round: usize) -> Vec<(Listed, String)> {
    accord_server::routes()
        .into_iter()
        .filter(|route| route.method == "GET" && matches!(route.part, Part::Pages | Part::Api))
        .filter(|route| !route.path.starts_with("/assets/"))
        .map(|route| (route, filled(route, known, true, round).1))
        .collect()
}

/// What the outsider's people, by sign-in name and session, ask their own node in a round: one route in `every`.
pub fn at_home(known: &Known, people: &[(String, String)], round: usize, every: usize) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (number, route) in accord_server::routes().into_iter().enumerate() {
        let turn = (number + round).checked_rem(people.len()).unwrap_or(0);
        let Some((sign_in, token)) = people.get(turn) else {
            continue;
        };
        let takes_turn = (number + round).is_multiple_of(every);
        let takes_effect = TAKES_EFFECT.contains(&(route.method, route.path));
        if takes_turn && route.part != Part::Peer && !takes_effect {
            let credential = As::Person { sign_in, token };
            pairs.extend(pairs_of(route, credential, known, round));
        }
    }
    for (sign_in, token) in people {
        pairs.extend(nowhere(As::Person { sign_in, token }));
    }
    pairs
}

fn nowhere(credential: As<'_>) -> Vec<Pair> {
    NOWHERE
        .into_iter()
        .map(|(method, part, path)| {
            let asking = asking(method, part, path, credential, Body::None);
            Pair {
                label: format!("{} {method} {path}", as_words(credential)),
                route: None,
                real: asking.clone(),
                invented: asking,
            }
        })
        .collect()
}

fn as_words(credential: As<'_>) -> String {
    match credential {
        As::Nobody => "nobody".to_owned(),
        As::Wrong => "a wrong session".to_owned(),
        As::Person { sign_in, .. } => sign_in.to_owned(),
    }
}

fn pairs_of(route: Listed, credential: As<'_>, known: &Known, round: usize) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let at_home = matches!(credential, As::Person { .. });
    let (label, real, invented) = filled(route, known, at_home, round);
    for (number, body) in bodies(route).into_iter().enumerate() {
        let asking = |path: &str| asking(route.method, route.part, path, credential, body);
        let mut pair = Pair {
            label: format!("{} {} {label} ({number})", as_words(credential), route.method),
            route: Some(route),
            real: asking(&real),
            invented: asking(&invented),
        };
        if at_home && route.path == "/api/v1/me" {
            // The session counts: what is compared is not one refusal after the other.
            pair.real.must = 200;
        }
        pairs.push(pair);
    }
    pairs
}

/// A body.
#[derive(Debug, Clone, Copy)]
enum Body {
    None,
    Json(&'static str),
    Form(&'static str),
    Upload,
}

/// What is sent to a route: nothing of it can take effect for who has no session.
fn bodies(route: Listed) -> Vec<Body> {
    match (route.method, route.part, route.path) {
        ("POST", Part::Api, "/api/v1/sessions") => vec![
            Body::Json(r#"{"sign_in":"nobody","password":"not the password"}"#),
            Body::Json(r#"{"sign_in":"signatory","password":"not the password"}"#),
            Body::Json(r#"{"sign_in":"#),
        ],
        ("POST", Part::Pages, "/sign-in") => vec![
            Body::Form("name=nobody&password=not+the+password"),
            Body::Form("name=signatory&password=not+the+password"),
            Body::Form("name=%"),
        ],
        (
            "POST",
            Part::Pages,
            "/logs/import" | "/import" | "/protection/lists/load" | "/approvals/{ledger}/{seq}/upload",
        ) => vec![Body::Upload],
        ("POST", Part::Pages, _) => vec![Body::Form("key=00112233445566778899aabbccddeeff")],
        ("POST", Part::Api | Part::Peer | Part::Taxii, _) => vec![Body::Json("{}")],
        _ => vec![Body::None],
    }
}

fn asking(method: &'static str, part: Part, path: &str, credential: As<'_>, body: Body) -> Asking {
    let mut headers = Vec::new();
    let wrong = "0".repeat(64);
    let token = match credential {
        As::Nobody => None,
        As::Wrong => Some(wrong.as_str()),
        As::Person { token, .. } => Some(token),
    };
    match (token, part) {
        (None, _) => {}
        (Some(token), Part::Pages) => headers.push(("cookie", format!("accord_session={token}"))),
        (Some(token), _) => headers.push(("authorization", format!("Bearer {token}"))),
    }
    let (kind, text) = match body {
        Body::None => ("", ""),
        Body::Json(text) => ("application/json", text),
        Body::Form(text) => ("application/x-www-form-urlencoded", text),
        Body::Upload => (
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.log\"\r\n\r\nx\r\n--b--\r\n",
        ),
    };
    if !kind.is_empty() {
        headers.push(("content-type", kind.to_owned()));
    }
    Asking {
        method,
        path: path.to_owned(),
        headers,
        body: text.as_bytes().to_vec(),
        signed: false,
        must: 0,
    }
}

/// A route with its parameters filled: a label that is the same in both worlds, the path with real ids, and with
/// invented ones.
fn filled(route: Listed, known: &Known, at_home: bool, round: usize) -> (String, String, String) {
    let path = route.path;
    let id_of = if path.starts_with("/people/") {
        Kind::Person
    } else {
        Kind::Case
    };
    let kinds = [
        ("{ledger}/{seq}", Kind::Note),
        ("{case}", Kind::Case),
        ("{id}", id_of),
        ("{digest}", Kind::Agreement),
        ("{person}", Kind::Person),
        ("{space}", Kind::Case),
        ("{root}", Kind::Agreement),
        ("{threat}", Kind::Threat),
        ("{draft}", Kind::Draft),
        ("{link}", Kind::Link),
    ];
    let (mut label, mut real, mut invented) = (path.to_owned(), path.to_owned(), path.to_owned());
    for (parameter, kind) in kinds {
        if path.contains(parameter) {
            let id = known.one_of_kind(kind, round);
            label = label.replace(parameter, &format!("<{}>", id.name));
            real = real.replace(parameter, &id.real);
            invented = invented.replace(parameter, &id.invented);
        }
    }
    // Names that are no secret: organisations, sources. One's own people may hear which of them they know.
    let org = (Who::Isp.org(), "nowhere.example");
    let source = ("dns.log", "nothing.log");
    let style = accord_server::web::assets::style_path()
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let name = if path.starts_with("/assets/") {
        (style, style)
    } else {
        source
    };
    for (parameter, (known_name, other)) in [
        ("{org}", org),
        ("{to}", org),
        ("{source}", source),
        ("{collector}", ("sensors", "nothing")),
        ("{name}", name),
        ("{purpose}", ("peer", "nothing")),
        ("{kind}", ("task.set", "nothing")),
        ("{audience}", ("customers", "nothing")),
        ("{list}", ("top", "nothing")),
        ("{feed}", ("bad-hosts", "nothing")),
        ("{story}", ("0123456789abcdef", "nothing")),
        ("{hunt}", ("0123456789abcdef0123456789abcdef", "nothing")),
        ("{question}", ("0123456789abcdef0123456789abcdef", "nothing")),
        ("{line}", ("0", "999")),
        ("{seq}", ("0", "999")),
        ("{note}", ("0123456789abcdef0123456789abcdef", "nothing")),
        ("{hex}", ("0123456789abcdef", "fedcba9876543210")),
        ("{form}", ("list", "nothing")),
        ("{what}", ("information", "nothing")),
        ("{act}", ("end-sessions", "nothing")),
        ("{token}", ("0000", "ffff")),
        ("{conversation}", ("0000", "ffff")),
        ("{account}", ("feed", "nothing")),
        ("{addition}", ("0000", "ffff")),
        ("{collection}", ("0000", "ffff")),
        ("{object}", ("indicator--0", "indicator--f")),
        ("{status}", ("0000", "ffff")),
        ("{file}", ("1", "2")),
    ] {
        real = real.replace(parameter, known_name);
        invented = invented.replace(parameter, if at_home { known_name } else { other });
    }
    (label, real, invented)
}

/// Everything the peer protocol knows, about real and invented ids.
fn signed_questions(known: &Known, round: usize, most: usize) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let mut add = |label: &str, path: &'static str, real: Value, invented: Value| {
        let asking = |question: &Value| Asking {
            method: "POST",
            path: path.to_owned(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: question.to_string().into_bytes(),
            signed: true,
            must: 0,
        };
        pairs.push(Pair {
            label: format!("signed POST {path} {label}"),
            route: Some(Listed {
                part: Part::Peer,
                method: "POST",
                path,
            }),
            real: asking(&real),
            invented: asking(&invented),
        });
    };
    let nothing = json!({ "known": [], "released_after": {}, "cosigned": [] });
    add("nothing known", "/peer/v1/heads", nothing.clone(), nothing);
    add("", "/peer/v1/nudge", json!({}), json!({}));
    add("", "/peer/v1/looks", json!({ "after": 0 }), json!({ "after": 0 }));
    add("malformed", "/peer/v1/heads", json!([]), json!([]));
    add("no such path", "/peer/v1/else", json!({}), json!({}));
    let join = json!({ "token": "00", "certificate": "none", "url": "http://127.0.0.1:1" });
    add("no such token", "/peer/v1/join", join.clone(), join);
    for Id { name, real, invented } in known.some_of_kind(Kind::Note, round, most) {
        let name = format!("<{name}>");
        let ledger = |id: &str| id.split('/').next().unwrap_or_default().to_owned();
        let (own, other) = (ledger(&real), ledger(&invented));
        let heads = |id: &str| json!({ "known": [{ "ledger": id, "size": 1 }], "released_after": { id: 0 }, "cosigned": [] });
        add(&name, "/peer/v1/heads", heads(&own), heads(&other));
        let entries = |id: &str| json!({ "ledger": id, "from": 0, "to": 1, "held": 0 });
        add(&name, "/peer/v1/entries", entries(&own), entries(&other));
        let long = |id: &str| json!({ "ledger": id, "from": 0, "to": 1_000_000, "held": 1 });
        let too_long = format!("{name} too long");
        add(&too_long, "/peer/v1/entries", long(&own), long(&other));
        let payloads = |id: &str| json!({ "entries": [id] });
        add(&name, "/peer/v1/payloads", payloads(&real), payloads(&invented));
        let object = |id: &str| json!({ "entry": id, "offset": 0 });
        add(&name, "/peer/v1/object", object(&real), object(&invented));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn known() -> Known {
        let id = |byte: &str| byte.repeat(16);
        Known::of(&[
            ("case".to_owned(), id("1c")),
            ("agreement".to_owned(), id("1d").repeat(2)),
            ("person approver of isp.example".to_owned(), id("1e")),
            ("hunt 1".to_owned(), format!("{}/3", id("1f"))),
            ("threat".to_owned(), id("2c")),
            ("draft".to_owned(), id("2d")),
            ("guest link".to_owned(), id("2e")),
        ])
    }

    fn asked(pairs: &[Pair]) -> BTreeSet<Listed> {
        pairs.iter().filter_map(|pair| pair.route).collect()
    }

    fn every_parameter_is_filled(pairs: &[Pair]) {
        for pair in pairs {
            for path in [&pair.real.path, &pair.invented.path] {
                assert!(
                    !path.contains(['{', '}']),
                    "{path}: plan.rs does not know what its parameter names"
                );
            }
        }
    }

    #[test]
    fn every_route_is_asked_of_every_other_node() {
        let every = 3;
        let mut with_a_wrong_session = BTreeSet::new();
        let mut by_now = BTreeSet::new();
        for round in 1..=every * WRONG_EVERY {
            let pairs = elsewhere(&known(), round, every);
            every_parameter_is_filled(&pairs);
            by_now.extend(asked(&pairs));
            let left_out: Vec<Listed> = accord_server::routes()
                .into_iter()
                .filter(|route| !by_now.contains(route))
                .collect();
            assert!(left_out.is_empty() || round < every, "{left_out:?}");
            let wrong = pairs
                .iter()
                .filter(|pair| pair.label.starts_with("a wrong session"));
            with_a_wrong_session.extend(wrong.filter_map(|pair| pair.route));
        }
        assert_eq!(with_a_wrong_session.len(), accord_server::routes().len());
        let pairs = elsewhere(&known(), 1, 1);
        // Beside a path that leads nowhere.
        let mut all = asked(&pairs);
        all.retain(|route| accord_server::routes().contains(route));
        assert_eq!(all.len(), accord_server::routes().len(), "one in one is all");
        // The outsider is a peer: what peers may ask is asked with a signature.
        for route in accord_server::routes() {
            let signed = |pair: &Pair| pair.route == Some(route) && pair.real.signed;
            assert_eq!(
                pairs.iter().any(signed),
                route.part == Part::Peer,
                "{} {}",
                route.method,
                route.path
            );
        }
    }

    #[test]
    fn every_route_with_an_id_is_asked_with_a_real_and_an_invented_one() {
        let pairs = elsewhere(&known(), 1, 1);
        for route in accord_server::routes() {
            if route.path.contains('{') && !route.path.starts_with("/assets/") {
                let both = |pair: &Pair| pair.route == Some(route) && pair.real.path != pair.invented.path;
                assert!(pairs.iter().any(both), "{} {}", route.method, route.path);
            }
        }
    }

    #[test]
    fn every_route_is_asked_at_home_but_those_that_take_effect() {
        let person = |name: &str| (name.to_owned(), "t".repeat(64));
        let people = [person("approver"), person("operator")];
        let pairs = at_home(&known(), &people, 1, 1);
        every_parameter_is_filled(&pairs);
        let asked = asked(&pairs);
        let left_out: Vec<(&str, &str)> = accord_server::routes()
            .into_iter()
            .filter(|route| route.part != Part::Peer && !asked.contains(route))
            .map(|route| (route.method, route.path))
            .collect();
        let mut expected = TAKES_EFFECT.to_vec();
        expected.sort_unstable();
        let mut left_out = left_out;
        left_out.sort_unstable();
        assert_eq!(left_out, expected);
        assert!(pairs.iter().any(|pair| pair.real.must == 200));
        // Round after round, everybody asks everything.
        let as_whom = |round: usize| -> BTreeSet<String> {
            let pairs = at_home(&known(), &people, round, 1);
            let of_me = pairs.into_iter().filter(|pair| pair.real.must == 200);
            of_me.map(|pair| pair.label).collect()
        };
        assert_ne!(as_whom(1), as_whom(2));
    }
}
