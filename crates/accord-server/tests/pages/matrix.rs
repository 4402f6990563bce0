//! Every role tries every page and every form: what each is answered is the snapshot, read like the table of roles.
//!
//! The case is a real one, and whoever may have a role on a case has it. Nothing else that the addresses name exists,
//! and forms are sent empty. 200 is the page, or the form again with what it lacks; 403 is a page that says which rule
//! denies and who may; 404 is what is not there for this person, whether it is there for others or not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use accord_model::Role;
use accord_model::control::role_is_of;
use accord_server::{Listed, Part};

use crate::client::{Client, form};
use crate::{ORGS, ready, serve};

const ROLES: [(&str, Role); 9] = [
    ("operator", Role::Operator),
    ("signatory", Role::Signatory),
    ("officer", Role::CaseOfficer),
    ("investigator", Role::Investigator),
    ("researcher", Role::Researcher),
    ("approver", Role::Approver),
    ("custodian", Role::Custodian),
    ("disclosure", Role::DisclosureOfficer),
    ("auditor", Role::Auditor),
];

/// Leaving ends the session that the other forms need.
const LEAVES: &[&str] = &["/sign-out", "/sign-in"];

/// The path with something that is nowhere in place of each parameter.
fn nowhere(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{seq}" => "0",
            part if part.starts_with('{') => "00000000000000000000000000000000",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// What this person is answered. A form is sent empty.
async fn answered(client: &Client, csrf: &str, method: &str, path: &str) -> u16 {
    if method == "GET" {
        return client.get(path).await.status;
    }
    let key = format!("{:032x}", path.len());
    client
        .send(method, path, Some(&[("csrf", csrf), ("key", &key)]))
        .await
        .status
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_tries_every_page() {
    let orgs = ORGS;
    let mut story = ready(43).await;
    let mut people: Vec<(&str, String, Client, String)> = Vec::new();
    for (org, kind) in orgs {
        for (name, role) in ROLES.iter().filter(|(_, role)| role_is_of(*role, *kind)) {
            let holder = match role {
                Role::Operator | Role::Signatory => (*name).to_owned(),
                _ => {
                    let name = format!("only-{name}");
                    story
                        .org_mut(org)
                        .add_person(&name, &[*role])
                        .await
                        .expect("a person");
                    // Who has no role on cases is not named, and stays outside.
                    let (node, approver) = story.at(org, "approver");
                    let person = story.org(org).who(&name).person;
                    let _ = node
                        .add_member(approver, story.case(), person, &[*role].into(), None)
                        .await;
                    name
                }
            };
            let at = serve(story.org(org).node()).await;
            let client = Client::signed_in(&at, &holder).await;
            let page = client.get("/account").await.is(200);
            let fields = form(&page.body, "/sign-out");
            let csrf = fields.iter().find(|(field, _)| field == "csrf").expect("a token");
            people.push((org, role.to_string(), client, csrf.1.clone()));
        }
    }
    let case = story.case().to_string();
    let mut routes: Vec<Listed> = accord_server::routes();
    routes.retain(|route| route.part == Part::Pages && !LEAVES.contains(&route.path));
    routes.sort_by_key(|route| (route.path, route.method));
    let mut table = String::new();
    for route in &routes {
        let path = nowhere(&route.path.replace("/cases/{id}", &format!("/cases/{case}")));
        write!(table, "{} {}", route.method, route.path).expect("a text");
        for (org, _) in orgs {
            let mut answers: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
            for (_, role, client, csrf) in people.iter().filter(|(of, ..)| of == org) {
                let status = answered(client, csrf, route.method, &path).await;
                assert!(
                    matches!(status, 200 | 303 | 400 | 403 | 404 | 409),
                    "{} {path}: {status}",
                    route.method
                );
                let outside = matches!(role.as_str(), "operator" | "signatory");
                let of_case = route.path.starts_with("/cases/{id}");
                assert!(
                    !(outside && of_case) || matches!(status, 403 | 404),
                    "{role} {path}: {status}"
                );
                answers.entry(status).or_default().push(role);
            }
            let told: Vec<String> = answers
                .iter()
                .map(|(status, roles)| match answers.len() {
                    1 => format!("{status} everybody"),
                    _ => format!("{status} {}", roles.join(", ")),
                })
                .collect();
            write!(table, "\n    {org}: {}", told.join("; ")).expect("a text");
        }
        table.push('\n');
    }
    insta::assert_snapshot!(table);
}
