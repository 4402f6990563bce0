//! Material of every form: what is found in it, and where.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

mod bounds;
mod forms;
mod real;

use super::{Found, Material, read};

/// What was found, as `kind value`, with a doubt in brackets and a star for what is offered.
fn found(material: &Material) -> Vec<String> {
    material.found.iter().map(words).collect()
}

fn words(found: &Found) -> String {
    let star = if found.offered { "*" } else { "" };
    let doubt = found
        .doubt
        .map(|doubt| format!(" ({})", doubt.words()))
        .unwrap_or_default();
    format!("{star}{} {}{doubt}", found.kind, found.value)
}

fn one<'a>(material: &'a Material, value: &str) -> &'a Found {
    let found = material.found.iter().find(|found| found.value == value);
    found.unwrap_or_else(|| panic!("{value} is not among {:?}", self::found(material)))
}

fn places(found: &Found) -> Vec<String> {
    found.places.iter().map(ToString::to_string).collect()
}

/// A PDF with these lines on one page each, and a link; made as the reader's own crate makes one.
fn pdf(pages: &[&str], link: &str) -> Vec<u8> {
    use lopdf::content::{Content, Operation};
    use lopdf::{Document, Object, Stream, dictionary};
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
    });
    let resources = document.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
    let annotation = document.add_object(dictionary! {
        "Type" => "Annot", "Subtype" => "Link",
        "A" => dictionary! { "S" => "URI", "URI" => Object::string_literal(link) },
    });
    let mut kids = Vec::new();
    for text in pages {
        let mut operations = vec![
            Operation::new("BT", vec![]),
            Operation::new("Tf", vec!["F1".into(), 12.into()]),
        ];
        for line in text.lines() {
            operations.push(Operation::new("Tj", vec![Object::string_literal(line)]));
            operations.push(Operation::new("T*", vec![]));
        }
        operations.push(Operation::new("ET", vec![]));
        let content = Content { operations }.encode().unwrap();
        let content = document.add_object(Stream::new(dictionary! {}, content));
        let page = document.add_object(dictionary! {
            "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources,
            "Annots" => vec![annotation.into()],
        });
        kids.push(Object::from(page));
    }
    let count = i64::try_from(pages.len()).unwrap();
    let node = dictionary! {
        "Type" => "Pages", "Kids" => kids, "Count" => count,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    };
    document.objects.insert(tree, Object::Dictionary(node));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    document.compress();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}
