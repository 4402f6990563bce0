//! What holds for every question and every set of clauses.

use super::*;
use accord_model::EntryKind;
use accord_model::agreement::{Answer, Standing};
use proptest::prelude::*;

const PLACES: [&str; 4] = [AGENCY, ISP, HOSTING, "stranger.example"];

fn any_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(all)
}

prop_compose! {
    fn any_approval()(role in any_of(Role::ALL), person in 0u8..4, place in any_of(&PLACES)) -> Approval {
        approval(role, person, place)
    }
}

prop_compose! {
    fn any_question()(
        from in any_of(&PLACES),
        to in any_of(&PLACES),
        category in any_of(Category::ALL),
        tlp in any_of(Tlp::ALL),
        entry in proptest::option::weighted(0.3, any_of(EntryKind::ALL)),
        request in proptest::option::of(any_of(RequestKind::ALL)),
        concerns in proptest::collection::btree_set(any_of(&PLACES), 0..3),
        approvals in proptest::collection::btree_set(any_approval(), 0..4),
        asked_by in proptest::option::of(0u8..4),
        instrument in any_of(InstrumentStanding::ALL),
        late in proptest::bool::weighted(0.05),
    ) -> Question {
        Question {
            from: org(from),
            to: org(to),
            category,
            marking: Marking::tlp(tlp),
            entry: entry.filter(|kind| kind.category() == Some(category)),
            request: request.filter(|_| category == Category::Request),
            purpose: None,
            concerns: concerns.into_iter().map(org).collect(),
            approvals,
            asked_by: asked_by.map(|person| PersonId([person; 16])),
            instrument,
            standing: Standing::InForce,
            now_ms: if late { UNTIL_MS } else { NOW_MS },
        }
    }
}

/// A condition over everything a clause can look at.
fn any_condition() -> impl Strategy<Value = String> {
    let word = |of: &str, words: Vec<&'static str>| {
        let of = of.to_owned();
        proptest::sample::select(words).prop_map(move |word| format!("{of}::\"{word}\""))
    };
    let categories: Vec<_> = Category::ALL.iter().map(|word| word.as_str()).collect();
    let kinds: Vec<_> = OrgKind::ALL.iter().map(|word| word.as_str()).collect();
    let leaf = prop_oneof![
        word("Category", categories).prop_map(|word| format!("resource.category == {word}")),
        word("Kind", kinds).prop_map(|word| format!("principal.kind == {word}")),
        (0i64..5).prop_map(|rank| format!("resource.tlp > {rank}")),
        (0i64..3).prop_map(|count| format!("context.approvals.approver < {count}")),
        (0i64..3).prop_map(|count| format!("context.approvals.custodian >= {count}")),
        Just("context.concerns.contains(context.to)".to_owned()),
        Just("context.instrument == Instrument::\"none\"".to_owned()),
        Just("context has request && context.request == Request::\"hunt\"".to_owned()),
        Just("resource.tlp + 9223372036854775806 > 0".to_owned()),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

/// How much flows: nothing, after approval, at once.
fn flows(answer: Answer) -> u8 {
    match answer {
        Answer::No => 0,
        Answer::Ask { .. } => 1,
        Answer::Yes => 2,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Adding a forbid never adds a flow, nor turns an ask into a yes.
    #[test]
    fn a_forbid_more_is_never_a_flow_more(
        condition in any_condition(),
        template in any_of(Template::ALL),
        questions in proptest::collection::vec(any_question(), 12),
    ) {
        let (toml, cedar) = parts(template);
        let before = agreement(template);
        let ask = if condition.contains("approvals") { "@ask(\"custodian\") " } else { "" };
        let forbid = format!(
            "{cedar}\n@clause(\"20\") @text(\"More.\") {ask}forbid (principal, action == Action::\"release\", resource)\n\
             when {{ {condition} }};"
        );
        // A condition that can never hold is refused, and then there is nothing to compare.
        let Ok(after) = Agreement::from_parts(&toml, &forbid) else { return Ok(()) };
        for question in &questions {
            let (was, is) = (before.decide(question), after.decide(question));
            prop_assert!(flows(is.answer) <= flows(was.answer), "{question:?}\n{was:?}\n{is:?}\n{condition}");
        }
    }

    /// Any text is an agreement or a list of diagnostics.
    #[test]
    fn any_text_is_read_or_refused(noise in "\\PC{0,200}", at in 0usize..2000) {
        let (toml, cedar) = parts(Template::AgencyIsp);
        let splice = |text: &str| {
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            format!("{}{noise}{}", &text[..at], &text[at..])
        };
        for (toml, cedar) in [(splice(&toml), cedar.clone()), (toml.clone(), splice(&cedar)), (toml.clone(), noise.clone())] {
            if let Err(found) = Agreement::from_parts(&toml, &cedar) {
                prop_assert!(!found.is_empty());
                prop_assert!(found.iter().all(|diagnostic| !diagnostic.to_string().is_empty()));
            }
        }
    }
}

proptest! {
    /// A yes or an ask carries its duties and a clause that stands in the agreement; a no carries none.
    #[test]
    fn every_answer_names_a_clause_and_every_flow_its_duties(question in any_question(), template in any_of(Template::ALL)) {
        let agreement = agreement(template);
        let decision = agreement.decide(&question);
        prop_assert!(!decision.words.is_empty());
        prop_assert_eq!(decision.obligations.is_some(), decision.answer != Answer::No);
        if let Some(duties) = decision.obligations {
            prop_assert!(!duties.onward() && !duties.purposes.is_empty() && duties.retention_days > 0);
            prop_assert!(agreement.clause(&decision.clause).is_some());
        }
        prop_assert_eq!(agreement.decide(&question), agreement.decide(&question));
    }

    /// What is asked for is what is needed: give it, and the answer is yes or a further ask, never no.
    #[test]
    fn giving_what_is_asked_for_helps(mut question in any_question(), template in any_of(Template::ALL)) {
        let agreement = agreement(template);
        if let Answer::Ask { who, four_eyes } = agreement.decide(&question).answer {
            let people: u8 = if four_eyes { 2 } else { 1 };
            for person in 0..people {
                question.approvals.insert(approval(who, 100 + person, question.from.as_str()));
            }
            prop_assert_eq!(agreement.decide(&question).answer, Answer::Yes);
        }
    }
}
