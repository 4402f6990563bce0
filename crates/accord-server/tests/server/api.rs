//! The description of the API, and its page.

use accord_model::OrgKind;

use crate::node::start;

#[tokio::test(flavor = "multi_thread")]
async fn the_description_names_every_route() {
    let node = start("agency", OrgKind::Agency).await;
    let mut described = node.get("/api/openapi.json", "").await.ok();
    described["info"]["version"] = "".into();
    insta::assert_json_snapshot!(described);
    let page = node.get("/api/docs", "").await;
    let page = String::from_utf8(page.bytes.to_vec()).expect("text");
    for (path, methods) in described["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let line = format!("<code>{} {path}</code>", method.to_uppercase());
            assert!(page.contains(&line), "{line}");
        }
    }
    assert!(!page.contains("<script"));
}
