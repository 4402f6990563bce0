//! The tables of log sources and fields stand in the specification as they are in the code.

use std::collections::BTreeMap;

use accord_sigma::log_sources;

/// The tables, as the specification has them.
fn tables() -> String {
    let rows = log_sources();
    let list = |words: &[String]| match words {
        [] => "any".to_owned(),
        words => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(" "),
    };
    let mut text = String::from(
        "| Formats | Records | Category | Product | Service | Fields |\n|---|---|---|---|---|---|\n",
    );
    let mut names: BTreeMap<Vec<(Vec<&str>, Vec<String>)>, usize> = BTreeMap::new();
    let mut order = Vec::new();
    for row in &rows {
        let fields = if row.fields.is_empty() {
            String::new()
        } else {
            let next = names.len() + 1;
            let number = *names.entry(row.fields.clone()).or_insert(next);
            if number == next {
                order.push(row.fields.clone());
            }
            format!("table {number}")
        };
        let formats: Vec<String> = row.formats.iter().map(ToString::to_string).collect();
        let products = if row.products.is_empty() {
            "none".to_owned()
        } else {
            list(&row.products)
        };
        let services = if row.services.is_empty() {
            "none".to_owned()
        } else {
            list(&row.services)
        };
        text.push_str(&format!(
            "| {} | {} | {} | {products} | {services} | {fields} |\n",
            formats.join(", "),
            row.told_by.replace('|', "\\|"),
            row.category
                .as_ref()
                .map_or_else(|| "none".to_owned(), |category| format!("`{category}`")),
        ));
    }
    for (number, fields) in (1..).zip(order) {
        text.push_str(&format!(
            "\nTable {number}:\n\n| A rule's field | Is |\n|---|---|\n"
        ));
        for (rule, from) in fields {
            let rule: Vec<String> = rule.iter().map(|name| format!("`{name}`")).collect();
            text.push_str(&format!("| {} | {} |\n", rule.join(" "), from.join("; else ")));
        }
    }
    text
}

#[test]
fn the_specification_has_the_tables() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/log-sigma.md");
    let specification = std::fs::read_to_string(path).unwrap();
    let tables = tables();
    assert!(
        specification.contains(&tables),
        "docs/spec/log-sigma.md does not hold the tables of the code, which are:\n\n{tables}"
    );
}

#[test]
fn a_rule_fits_one_view_of_a_record_at_most() {
    let rows = log_sources();
    for (at, row) in rows.iter().enumerate() {
        for other in rows.iter().skip(at + 1) {
            // Two views of the same records are told apart by their category.
            let same_records = row.formats == other.formats && row.told_by == other.told_by;
            let accord = |row: &accord_sigma::LogSourceRow| row.products == ["accord"];
            if same_records && !accord(row) && !accord(other) {
                assert_ne!(row.category, other.category, "{row:?} {other:?}");
            }
        }
    }
}
