//! The tables of log sources and fields stand in the specification as they are in the code.

use std::collections::BTreeMap;

use accord_sigma::{LogSourceRow, log_sources};

/// A table of fields: a rule's names, and what they are.
type Fields = Vec<(Vec<&'static str>, Vec<String>)>;

/// The tables, as the specification has them.
fn tables() -> String {
    let list = |words: &[String]| match words {
        [] => "none".to_owned(),
        words => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(" "),
    };
    let mut text = String::from(
        "| Formats | Records | Category | Product | Service | Fields |\n|---|---|---|---|---|---|\n",
    );
    let mut numbers: BTreeMap<Fields, usize> = BTreeMap::new();
    let mut order: Vec<Fields> = Vec::new();
    // Rows that say the same of every word of a format are one.
    let mut rows: Vec<LogSourceRow> = Vec::new();
    for mut row in log_sources() {
        for service in row.services.clone() {
            for word in ["`_path`", "`event_type`"] {
                if row.category.is_none() && row.told_by == format!("{word} {service}") {
                    row.told_by = format!("{word} of that name");
                }
            }
        }
        if row.products == ["accord"] {
            row.told_by = "every record, by the format's name".to_owned();
        }
        match rows.last_mut() {
            Some(last)
                if (&last.told_by, &last.products, &last.category)
                    == (&row.told_by, &row.products, &row.category) =>
            {
                for format in row.formats {
                    if !last.formats.contains(&format) {
                        last.formats.push(format);
                    }
                }
                last.services.extend(row.services);
            }
            _ => rows.push(row),
        }
    }
    for row in rows {
        let fields = if row.fields.is_empty() {
            String::new()
        } else {
            let next = numbers.len() + 1;
            let number = *numbers.entry(row.fields.clone()).or_insert(next);
            if number == next {
                order.push(row.fields.clone());
            }
            format!("table {number}")
        };
        let formats: Vec<String> = row.formats.iter().map(ToString::to_string).collect();
        let category: Vec<String> = row.category.into_iter().collect();
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} | {fields} |\n",
            formats.join(", "),
            row.told_by,
            list(&category),
            list(&row.products),
            list(&row.services),
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
            let accord = |row: &LogSourceRow| row.products == ["accord"];
            if same_records && !accord(row) && !accord(other) {
                assert_ne!(row.category, other.category, "{row:?} {other:?}");
            }
        }
    }
}
