//! Which crate may know which. Arrows point down; this table is the law, `ARCHITECTURE.md` draws it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::Finding;

/// Pure crates: no clock, no randomness, no files, no sockets, no async.
pub(crate) const PURE: &[&str] = &[
    "accord-corpus",
    "accord-emerging",
    "accord-evidence",
    "accord-formats",
    "accord-ledger",
    "accord-matcher",
    "accord-model",
];

/// For each crate, the crates of ours that its shipped code may name.
const ALLOWED: &[(&str, &[&str])] = &[
    (
        "accord",
        &[
            "accord-client",
            "accord-edge",
            "accord-evidence",
            "accord-formats",
            "accord-ledger",
            "accord-logstore",
            "accord-matcher",
            "accord-model",
            "accord-scan",
            "accord-server",
            "accord-service",
            "accord-sigma",
            "accord-sql",
            "accord-store",
            "accord-verdict",
            // `accord demo` plays on generated data.
            "accord-corpus",
        ],
    ),
    (
        "accord-server",
        &[
            "accord-evidence",
            "accord-formats",
            "accord-ledger",
            "accord-model",
            "accord-service",
            "accord-verdict",
        ],
    ),
    (
        "accord-service",
        &[
            "accord-client",
            "accord-collect",
            "accord-emerging",
            "accord-evidence",
            "accord-formats",
            "accord-ledger",
            "accord-logstore",
            "accord-matcher",
            "accord-model",
            "accord-sigma",
            "accord-sql",
            "accord-store",
            "accord-verdict",
        ],
    ),
    // Follows a node, serves what that one would; knows neither store nor service. Matcher: its tests write indicators.
    (
        "accord-edge",
        &["accord-client", "accord-matcher", "accord-verdict"],
    ),
    ("accord-client", &["accord-formats"]),
    ("accord-store", &[]),
    // Brings a node's own logs into the log store; the service puts itself in between by a trait.
    ("accord-collect", &["accord-logstore"]),
    (
        "accord-logstore",
        &[
            "accord-columns",
            "accord-evtx",
            "accord-formats",
            "accord-matcher",
        ],
    ),
    // Sigma rules over the lines of the log store; knows neither service nor matcher.
    ("accord-sigma", &["accord-formats", "accord-logstore"]),
    // Parquet, apart from the store, which is built far more often.
    ("accord-columns", &["accord-formats"]),
    // SQL over the columns, in a process of its own; the engine apart from the store, for what it takes to build.
    (
        "accord-sql",
        &["accord-columns", "accord-formats", "accord-logstore"],
    ),
    // Windows event logs to lines of JSON, for the log store.
    ("accord-evtx", &[]),
    // Reads compiled snapshots; knows neither store nor service. Formats: its tests read its zones back with them.
    ("accord-verdict", &["accord-formats", "accord-matcher"]),
    ("accord-scan", &["accord-formats", "accord-matcher"]),
    (
        "accord-evidence",
        &["accord-formats", "accord-ledger", "accord-model"],
    ),
    // Kinds of observables; the service feeds it sightings and shows its stories.
    ("accord-emerging", &["accord-matcher"]),
    // Observables in what researchers bring in.
    ("accord-formats", &["accord-matcher"]),
    ("accord-ledger", &[]),
    ("accord-matcher", &[]),
    ("accord-model", &[]),
    ("accord-corpus", &["accord-matcher"]),
    // What fuzz targets do; not shipped.
    (
        "accord-fuzz",
        &[
            "accord-evtx",
            "accord-logstore",
            "accord-matcher",
            "accord-scan",
            "accord-sigma",
            "accord-verdict",
        ],
    ),
    (
        "accord-testkit",
        &[
            "accord-client",
            "accord-edge",
            "accord-evidence",
            "accord-formats",
            "accord-ledger",
            "accord-logstore",
            "accord-model",
            "accord-service",
            "accord-store",
            "accord-verdict",
        ],
    ),
    ("xtask", &[]),
];

/// Crates of ours that tests may name beside what their crate's shipped code may.
const ALLOWED_IN_TESTS: &[&str] = &["accord-corpus", "accord-testkit"];

/// Crates of others that only these crates of ours name in shipped code.
const ONLY: &[(&str, &[&str])] = &[
    ("sqlx", &["accord-store"]),
    // The testkit drives the router in process.
    ("axum", &["accord-server", "accord-testkit", "accord-verdict"]),
    ("domain", &["accord-verdict"]),
    ("askama", &["accord-server"]),
    ("cedar-policy", &["accord-model"]),
    ("clap", &["accord"]),
    ("datafusion", &["accord-sql"]),
    // As Parquet: a hash seeded by the machine, on which what it writes does not depend.
    ("evtx", &["accord-evtx"]),
    ("lettre", &["accord-client"]),
    // Its writer has a hash seeded by the machine, so the crate is not pure; what it writes does not depend on it.
    ("parquet", &["accord-columns"]),
    ("rsigma-eval", &["accord-sigma"]),
    ("rsigma-parser", &["accord-sigma"]),
    // The memory maps of watchlist files.
    ("memmap2", &["accord-scan"]),
    ("reqwest", &["accord-client", "accord-testkit", "accord"]),
];

/// What no pure crate depends on, tests apart.
const IMPURE: &[&str] = &[
    "async-trait",
    "axum",
    "futures",
    "futures-util",
    "getrandom",
    "hyper",
    "hyper-util",
    "memmap2",
    "rand",
    "rayon",
    "reqwest",
    "rustls",
    "sqlx",
    "tempfile",
    "tokio",
    "tokio-util",
    "tower",
    "tower-http",
    "tracing",
];

/// When a dependency is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// In what is shipped, its build included.
    Shipped,
    /// In tests only.
    Tests,
}

/// One dependency of a package.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    /// The crate's name.
    pub name: String,
    /// Its name in the code, with `_`.
    pub ident: String,
    /// Whether it is a crate of this workspace.
    pub ours: bool,
    /// When.
    pub when: When,
}

/// A package of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// Its name.
    pub name: String,
    /// Its manifest, relative to the workspace.
    pub manifest: String,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
}

/// The workspace's packages, from `cargo metadata`.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let said: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    Ok(read_packages(&said))
}

fn text(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn read_packages(said: &Value) -> Vec<Package> {
    let root = format!("{}/", text(said, "workspace_root"));
    let dependency = |said: &Value| {
        let name = text(said, "name");
        let renamed = text(said, "rename");
        let ident = if renamed.is_empty() { &name } else { &renamed }.replace('-', "_");
        Dependency {
            ident,
            ours: said.get("path").is_some_and(|path| !path.is_null()),
            when: if text(said, "kind") == "dev" {
                When::Tests
            } else {
                When::Shipped
            },
            name,
        }
    };
    list(said, "packages")
        .iter()
        .map(|package| {
            let manifest = text(package, "manifest_path");
            Package {
                name: text(package, "name"),
                manifest: manifest.strip_prefix(&root).unwrap_or(&manifest).to_owned(),
                dependencies: list(package, "dependencies").iter().map(dependency).collect(),
            }
        })
        .collect()
}

/// Edges that the tables do not allow.
pub(crate) fn check(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let mut found = |words: String| findings.push(Finding::new(&package.manifest, 1, words));
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == package.name) else {
            found(format!(
                "{} is not in the table of edges: add it to xtask/src/edges.rs and to ARCHITECTURE.md",
                package.name
            ));
            continue;
        };
        for Dependency { name, ours, when, .. } in &package.dependencies {
            let in_tests = *when == When::Tests;
            if *ours {
                let itself = in_tests && *name == package.name;
                let known = allowed.contains(&name.as_str())
                    || (in_tests && ALLOWED_IN_TESTS.contains(&name.as_str()));
                if !(itself || known) {
                    found(format!(
                        "{} may not know {name}: arrows point down (ARCHITECTURE.md)",
                        package.name
                    ));
                }
            } else if !in_tests {
                if PURE.contains(&package.name.as_str()) && IMPURE.contains(&name.as_str()) {
                    found(format!(
                        "{} is pure and may not depend on {name}: take time, random bytes and bytes as arguments",
                        package.name
                    ));
                }
                if let Some((_, only)) = ONLY.iter().find(|(only, _)| only == name)
                    && !only.contains(&package.name.as_str())
                {
                    found(format!(
                        "only {} may name {name}, not {}",
                        only.join(", "),
                        package.name
                    ));
                }
            }
        }
    }
    findings
}

/// Edges that the table permits and nobody uses, tests included: the table says what is, not what might be.
pub(crate) fn unused(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == package.name) else {
            continue;
        };
        for name in *allowed {
            if !package.dependencies.iter().any(|used| used.name == *name) {
                findings.push(Finding::new(
                    &package.manifest,
                    1,
                    format!(
                        "{} may know {name} and does not: take it out of xtask/src/edges.rs and ARCHITECTURE.md",
                        package.name
                    ),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, dependencies: &[(&str, bool, When)]) -> Vec<String> {
        let dependencies = dependencies
            .iter()
            .map(|(name, ours, when)| Dependency {
                name: (*name).to_owned(),
                ident: name.replace('-', "_"),
                ours: *ours,
                when: *when,
            })
            .collect();
        let package = Package {
            name: name.to_owned(),
            manifest: format!("crates/{name}/Cargo.toml"),
            dependencies,
        };
        check(&[package]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_arrow_that_points_up_is_found() {
        assert_eq!(
            findings("accord-model", &[("accord-service", true, When::Shipped)]),
            [
                "crates/accord-model/Cargo.toml:1: accord-model may not know accord-service: arrows point down (ARCHITECTURE.md)"
            ]
        );
        assert_eq!(
            findings("accord-server", &[("accord-store", true, When::Shipped)]).len(),
            1
        );
        assert_eq!(
            findings("accord-scan", &[("accord-testkit", true, When::Shipped)]).len(),
            1
        );
        assert_eq!(
            findings("accord-scan", &[("accord-corpus", true, When::Tests)]),
            [""; 0]
        );
    }

    #[test]
    fn a_permitted_edge_that_nobody_uses_is_found() {
        let package = |dependencies: &[&str]| Package {
            name: "accord-client".to_owned(),
            manifest: "crates/accord-client/Cargo.toml".to_owned(),
            dependencies: dependencies
                .iter()
                .map(|name| Dependency {
                    name: (*name).to_owned(),
                    ident: name.replace('-', "_"),
                    ours: true,
                    when: When::Shipped,
                })
                .collect(),
        };
        assert_eq!(unused(&[package(&[])]).len(), 1);
        assert_eq!(unused(&[package(&["accord-formats"])]), []);
    }

    #[test]
    fn a_pure_crate_with_a_runtime_is_found() {
        assert_eq!(
            findings("accord-ledger", &[("tokio", false, When::Shipped)]).len(),
            1
        );
        assert_eq!(
            findings("accord-ledger", &[("tempfile", false, When::Tests)]),
            [""; 0]
        );
    }

    #[test]
    fn a_sql_driver_outside_the_store_is_found() {
        assert_eq!(
            findings("accord-service", &[("sqlx", false, When::Shipped)]).len(),
            1
        );
        assert_eq!(
            findings("accord-store", &[("sqlx", false, When::Shipped)]),
            [""; 0]
        );
    }

    #[test]
    fn a_crate_outside_the_table_is_found() {
        assert_eq!(findings("accord-other", &[]).len(), 1);
    }

    #[test]
    fn the_table_has_no_circle() {
        // Every crate can be placed below all that know it.
        let mut left: Vec<_> = ALLOWED.to_vec();
        while !left.is_empty() {
            let names: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
            let before = left.len();
            left.retain(|(_, known)| known.iter().any(|name| names.contains(name)));
            assert!(left.len() < before, "a circle among {names:?}");
        }
    }
}
