//! Every page in every state: what it looks like, that it is safe, small and usable.

use super::fixtures::{self, HOSTILE, HOSTILE_TEXT};

/// Most bytes of a page, without scripts and pictures (`PAGES`, rule 11).
const PAGE_MAX_BYTES: usize = 100 * 1024;

/// The opening tags of a page, comments excluded, in order.
fn tags(html: &str) -> Vec<&str> {
    html.split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag))
        .filter(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic()))
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[test]
fn pages_as_they_are() {
    let pages = fixtures::pages();
    // For looking at them: ACCORD_PAGES_DIR=DIR writes every page with its assets.
    if let Some(dir) = std::env::var_os("ACCORD_PAGES_DIR").map(std::path::PathBuf::from) {
        std::fs::create_dir_all(dir.join("assets")).expect("directory");
        for path in [
            super::assets::style_path(),
            super::assets::script_path(),
            super::assets::search_path(),
            super::assets::tabs_path(),
            super::assets::icon_path(),
        ] {
            std::fs::write(dir.join(&path[1..]), super::assets::get(path).expect("asset").0).expect("asset");
        }
        for (name, html) in &pages {
            std::fs::write(
                dir.join(format!("{name}.html")),
                html.replace("\"/assets/", "\"assets/"),
            )
            .expect("page");
        }
    }
    for (name, html) in pages {
        // The digests in the assets' names change with every change of style; the pages do not.
        let html = [
            super::assets::style_path(),
            super::assets::script_path(),
            super::assets::search_path(),
            super::assets::tabs_path(),
            super::assets::icon_path(),
        ]
        .iter()
        .fold(html, |html, path| html.replace(path, "/assets/ASSET"));
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, html);
        });
    }
}

#[test]
fn hostile_text_is_escaped_in_every_field() {
    let calm = fixtures::pages();
    HOSTILE.set(true);
    let hostile = fixtures::pages();
    HOSTILE.set(false);
    for ((name, calm), (_, hostile)) in calm.iter().zip(&hostile) {
        assert!(!hostile.contains(HOSTILE_TEXT), "{name}: unescaped");
        assert!(
            hostile.contains("&#60;script&#62;&#34;&#39;&#38;"),
            "{name}: no hostile text at all"
        );
        // The same tags with the same attributes' names: nothing broke out of anything.
        let shape = |html: &str| {
            tags(html)
                .iter()
                .map(|tag| {
                    let names: Vec<&str> = tag.split('"').step_by(2).collect();
                    names.concat()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            shape(calm),
            shape(hostile),
            "{name}: the page's structure changed"
        );
    }
}

#[test]
fn nothing_on_a_page_breaks_the_content_security_policy() {
    for (name, html) in fixtures::pages() {
        for tag in tags(&html) {
            assert!(!tag.contains(" style="), "{name}: {tag}");
            assert!(!tag.contains(" on"), "{name}: {tag}");
            assert!(!tag.starts_with("style"), "{name}: {tag}");
            assert!(
                !tag.contains("javascript:") && !tag.contains("hx-on") && !tag.contains("hx-vals"),
                "{name}: {tag}"
            );
            for address in ["href", "src", "action", "hx-get"]
                .iter()
                .filter_map(|a| attribute(tag, a))
            {
                let here =
                    address.starts_with('#') || (address.starts_with('/') && !address.starts_with("//"));
                assert!(here, "{name}: {tag}");
            }
        }
        let scripts: Vec<&str> = tags(&html)
            .into_iter()
            .filter(|tag| tag.starts_with("script"))
            .collect();
        // Beside the first one the search box's, and that of the tabs of a case.
        let of = |words: &str| usize::from(html.contains(words));
        let expected = 1 + of("role=\"search\"") + of("class=\"case-head\"");
        assert_eq!(scripts.len(), expected, "{name}");
        assert!(
            scripts.iter().all(|tag| tag.contains("src="))
                && html.matches("defer></script>").count() == expected,
            "{name}"
        );
    }
}

#[test]
fn every_form_that_posts_has_its_hidden_fields_and_every_field_its_label() {
    let mut posting = 0;
    for (name, html) in fixtures::pages() {
        for form in html.split("<form").skip(1) {
            let (head, rest) = form.split_once('>').expect("form");
            let body = rest.split("</form>").next().expect("form");
            if head.contains("method=\"post\"") {
                posting += 1;
                for hidden in ["csrf", "key"] {
                    let field = format!("<input type=\"hidden\" name=\"{hidden}\"");
                    assert_eq!(body.matches(&field).count(), 1, "{name}: {head}");
                }
            } else {
                assert!(head.contains("method=\"get\""), "{name}: {head}");
            }
        }
        let tags = tags(&html);
        for tag in &tags {
            let field = ["input ", "select ", "textarea "]
                .iter()
                .any(|kind| tag.starts_with(kind));
            if !field
                || tag.contains("type=\"hidden\"")
                || tag.contains("type=\"checkbox\"")
                || tag.contains("type=\"radio\"")
            {
                continue;
            }
            let id = attribute(tag, "id").unwrap_or_else(|| panic!("{name}: no id: {tag}"));
            assert!(
                tags.iter().any(|tag| attribute(tag, "for") == Some(id)),
                "{name}: no label: {tag}"
            );
        }
        // Checkboxes and radio buttons stand inside their label.
        for option in html.split("<label class=\"option\">").skip(1) {
            assert!(option.starts_with("<input type="), "{name}");
        }
        let boxes = html.matches("type=\"checkbox\"").count() + html.matches("type=\"radio\"").count();
        assert_eq!(boxes, html.matches("<label class=\"option\">").count(), "{name}");
    }
    assert!(posting > 80, "{posting}");
}

#[test]
fn ids_are_unique_and_what_points_to_them_finds_them() {
    for (name, html) in fixtures::pages()
        .into_iter()
        .filter(|(name, _)| *name != "case_evidence")
    {
        let tags = tags(&html);
        let mut ids: Vec<&str> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name}: an id stands twice");
        for tag in &tags {
            let mut wanted: Vec<&str> = Vec::new();
            wanted.extend(
                attribute(tag, "aria-describedby")
                    .into_iter()
                    .flat_map(str::split_whitespace),
            );
            wanted.extend(attribute(tag, "aria-labelledby"));
            wanted.extend(attribute(tag, "form"));
            wanted.extend(attribute(tag, "href").and_then(|href| href.strip_prefix('#')));
            for id in wanted {
                assert!(ids.contains(&id), "{name}: nothing has the id {id}");
            }
        }
    }
}

#[test]
fn pages_are_small_have_one_heading_and_speak_plainly() {
    for (name, html) in fixtures::pages() {
        assert!(html.len() < PAGE_MAX_BYTES, "{name}: {} bytes", html.len());
        assert_eq!(html.matches("<h1>").count(), 1, "{name}");
        assert!(
            html.contains("<html lang=\"en-GB\">") && html.contains("<main id=\"main\""),
            "{name}"
        );
        let words = html.to_lowercase();
        for word in ["entry", "entries", "payload", "fold", "submit<", ">ok<"] {
            assert!(!words.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn what_was_typed_comes_back() {
    // A macro's parameter must not hide a view's field of the same name.
    let pages = fixtures::pages();
    let page = |wanted| {
        pages
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, html)| html.as_str())
            .expect("page")
    };
    let check = |name, text: &str| assert!(page(name).contains(text), "{name}: {text}");
    check("sign_in", "value=\"priya\"");
    check("person_new", "value=\"Lea Sund\"");
    check("person_new", "value=\"lea\"");
    check("case_new", "value=\"Heather\"");
    check("case_hunt_ask", "gacy caz\n");
    check("agreement_new", "value=\"Crime and Courts Act 2013, section 7\"");
    check("log_source_new", "value=\"Network operations\"");
    check("case_instrument_record", "value=\"PO-7\"");
}
