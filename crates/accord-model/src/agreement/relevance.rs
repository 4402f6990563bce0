//! Which categories a clause can speak of at all, read off its first condition, so that a decision evaluates
//! only the clauses that can matter to it.
//!
//! Safe because `&&` stops at the first false: a clause whose first conjunct tests the category is false for
//! every other category, and nothing after it is evaluated, so it cannot fail there either. Any other shape
//! counts as speaking of every category.

use std::collections::BTreeSet;

use cedar_policy::Policy;
use serde_json::Value;

use crate::Category;

/// The categories a clause can apply to, or fail for; `None`: all.
pub(super) fn categories(policy: &Policy) -> Option<BTreeSet<Category>> {
    let json = policy.to_json().ok()?;
    let first = json.get("conditions")?.get(0)?;
    if first.get("kind")?.as_str()? != "when" {
        return None;
    }
    let mut test = first.get("body")?;
    while let Some(both) = test.get("&&") {
        test = both.get("left")?;
    }
    if let Some(equal) = test.get("==") {
        is_category(equal.get("left")?).then_some(())?;
        return Some(BTreeSet::from([literal(equal.get("right")?)?]));
    }
    let contains = test.get("contains")?;
    is_category(contains.get("right")?).then_some(())?;
    let set = contains.get("left")?;
    let members = set.get("Set").or_else(|| set.get("Value"))?.as_array()?;
    members.iter().map(literal).collect()
}

/// `resource.category`.
fn is_category(value: &Value) -> bool {
    let Some(access) = value.get(".") else {
        return false;
    };
    access.get("attr").and_then(Value::as_str) == Some("category")
        && access
            .get("left")
            .and_then(|left| left.get("Var"))
            .and_then(Value::as_str)
            == Some("resource")
}

/// `Category::"..."`.
fn literal(value: &Value) -> Option<Category> {
    let value = value.get("Value").unwrap_or(value);
    let entity = value.get("__entity")?;
    (entity.get("type")?.as_str()? == "Category").then_some(())?;
    entity.get("id")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(condition: &str) -> Option<Vec<Category>> {
        let source = format!("forbid (principal, action, resource) {condition};");
        categories(&source.parse().unwrap()).map(|set| set.into_iter().collect())
    }

    #[test]
    fn only_a_first_conjunct_counts() {
        let indicator = "resource.category == Category::\"indicator\"";
        let task_or_grant = "[Category::\"task\", Category::\"grant\"].contains(resource.category)";
        assert_eq!(
            of(&format!("when {{ {indicator} }}")),
            Some(vec![Category::Indicator])
        );
        assert_eq!(
            of(&format!(
                "when {{ {indicator} && resource.tlp > 1 && 1 > 0 }} unless {{ 1 > 2 }}"
            )),
            Some(vec![Category::Indicator])
        );
        assert_eq!(
            of(&format!("when {{ ({task_or_grant} && 1 > 0) && 1 > 0 }}")),
            Some(vec![Category::Task, Category::Grant])
        );
        for all in [
            String::new(),
            format!("when {{ 1 > 0 && {indicator} }}"),
            format!("when {{ {indicator} || {task_or_grant} }}"),
            format!("when {{ !({indicator}) }}"),
            format!("unless {{ {indicator} }}"),
            format!("when {{ 1 > 0 }} when {{ {indicator} }}"),
            "when { context.category == Category::\"indicator\" }".to_owned(),
            "when { resource.kind == Category::\"indicator\" }".to_owned(),
            "when { resource.category == Kind::\"isp\" }".to_owned(),
        ] {
            assert_eq!(of(&all), None, "{all}");
        }
    }

    #[test]
    fn the_templates_clauses_are_narrow_but_for_the_ceiling() {
        for template in super::super::templates::Template::ALL {
            let policies: cedar_policy::PolicySet = template.clauses().parse().unwrap();
            let wide: Vec<_> = policies
                .policies()
                .filter(|policy| categories(policy).is_none())
                .filter_map(|policy| policy.annotation("clause"))
                .collect();
            assert_eq!(wide, ["1"], "{template}");
        }
    }
}
