//! Questions in SQL that are kept: whose they are, what they may be, and what becomes of them. What answers is a program of the
//! test's; the product's own is asked in *cli* sql.

use accord_logstore::{FormatSetting, SourceConfig};
use accord_model::Role;
use accord_service::{
    AskSql, KeptSqlView, NewKeptSql, SQL_KEPT_MAX, SQL_NAME_MAX, SQL_STANDING_EVERY_MS, SQL_STANDING_MAX,
    SQL_STANDING_OF_ONE_MAX, SQL_STATEMENT_MAX_BYTES, ServiceError, SqlForm, Todo, Way,
};
use accord_testkit::Story;

use crate::sql::{Answerer, ask, looks, noted};
use crate::{TWO, denied, is_on_disk};

fn question(name: &str) -> NewKeptSql {
    NewKeptSql {
        name: name.into(),
        question: AskSql {
            statement: "SELECT count(*) FROM logs".into(),
            reason: "the desk asks".into(),
            ..AskSql::default()
        },
    }
}

async fn story(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    for name in ["rita", "rolf"] {
        story
            .org_mut("isp")
            .add_person(name, &[Role::Researcher])
            .await
            .unwrap();
    }
    story
}

async fn import(story: &Story, text: &str) {
    let (node, who) = story.at("isp", "operator");
    let source = SourceConfig {
        name: "web".into(),
        description: "names asked for".into(),
        format: FormatSetting::Auto,
        customers: Vec::new(),
        time_zone: "UTC".into(),
        clock_offset_ms: Some(0),
        ordinary_course: true,
        custodian: "duty operator".into(),
    };
    // The second time it is there.
    let _ = node.add_source(who, source).await;
    node.import_log(who, "web", "x.log", text.as_bytes())
        .await
        .unwrap();
}

async fn kept(story: &Story, who: &str) -> Vec<KeptSqlView> {
    let (node, who) = story.at("isp", who);
    node.kept_sql(who).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_question_is_its_authors_alone_and_goes_with_them() {
    let mut story = story(1_611).await;
    let (node, rita) = story.at("isp", "rita");
    let one = node.keep_sql(rita, &question("b of two")).await.unwrap();
    node.keep_sql(rita, &question("a of two")).await.unwrap();
    let again = node.keep_sql(rita, &question("b of two")).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))), "{again:?}");
    let names = |all: &[KeptSqlView]| all.iter().map(|kept| kept.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&kept(&story, "rita").await), ["a of two", "b of two"]);
    assert!(kept(&story, "rolf").await.is_empty());
    let (node, rolf) = story.at("isp", "rolf");
    for outcome in [
        node.ask_kept_sql(rolf, &one.id, SqlForm::Ndjson).await.map(drop),
        node.let_sql_stand(rolf, &one.id, true).await.map(drop),
        node.end_kept_sql(rolf, &one.id).await,
    ] {
        assert!(matches!(outcome, Err(ServiceError::NotFound(_))), "{outcome:?}");
    }
    let (node, operator) = story.at("isp", "operator");
    denied(node.kept_sql(operator).await);
    denied(node.keep_sql(operator, &question("mine")).await);
    denied(node.end_kept_sql(operator, &one.id).await);

    story.org_mut("isp").restart().await;
    assert_eq!(names(&kept(&story, "rita").await), ["a of two", "b of two"]);
    let (node, rita) = story.at("isp", "rita");
    node.end_kept_sql(rita, &one.id).await.unwrap();
    assert_eq!(names(&kept(&story, "rita").await), ["a of two"]);
    // Who leaves takes them along.
    let (node, operator) = story.at("isp", "operator");
    node.close_account(operator, rita.person).await.unwrap();
    let left = node.kept_sql(rita).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept() {
    let story = story(1_612).await;
    let (node, rita) = story.at("isp", "rita");
    let longest = question(&"n".repeat(SQL_NAME_MAX));
    node.keep_sql(rita, &longest).await.unwrap();
    let with = |change: &dyn Fn(&mut NewKeptSql)| {
        let mut new = question("another");
        change(&mut new);
        new
    };
    for (wrong, field) in [
        (with(&|new| new.name = " ".into()), "name"),
        (with(&|new| new.name = "n".repeat(SQL_NAME_MAX + 1)), "name"),
        (with(&|new| new.name = "a\nb".into()), "name"),
        (with(&|new| new.question.statement = String::new()), "statement"),
        (
            with(&|new| new.question.statement = "x".repeat(SQL_STATEMENT_MAX_BYTES + 1)),
            "statement",
        ),
        (with(&|new| new.question.reason = String::new()), "reason"),
    ] {
        let said = node.keep_sql(rita, &wrong).await;
        assert!(
            matches!(&said, Err(ServiceError::Invalid { field: of, .. }) if of == field),
            "{field}: {said:?}"
        );
    }
    for number in 1..SQL_KEPT_MAX {
        node.keep_sql(rita, &question(&format!("n{number}")))
            .await
            .unwrap();
    }
    let one_more = node.keep_sql(rita, &question("one more")).await;
    assert!(matches!(one_more, Err(ServiceError::Conflict(_))), "{one_more:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standing_question_that_is_not_answered_says_so() {
    let story = story(1_613).await;
    let (node, rita) = story.at("isp", "rita");
    let one = node.keep_sql(rita, &question("how many")).await.unwrap();
    let waiting = async || {
        let items = node.inbox(rita).await.unwrap();
        let mine = items
            .into_iter()
            .filter(|item| matches!(item.todo, Todo::LookAtAnswer { .. }));
        mine.map(|item| item.why).collect::<Vec<_>>()
    };
    import(&story, "one line\n").await;
    assert_eq!(node.run_standing_sql().await.unwrap(), 0, "nothing stands");
    assert!(waiting().await.is_empty());
    node.let_sql_stand(rita, &one.id, true).await.unwrap();
    // This node has no program that answers.
    assert_eq!(node.run_standing_sql().await.unwrap(), 0);
    let told = kept(&story, "rita").await;
    assert!(
        told[0].still.as_deref().unwrap().contains("without SQL"),
        "{told:?}"
    );
    assert_eq!(waiting().await.len(), 1);
    node.let_sql_stand(rita, &one.id, false).await.unwrap();
    assert!(waiting().await.is_empty());
}

fn kept_as(name: &str, question: AskSql) -> NewKeptSql {
    NewKeptSql {
        name: name.into(),
        question,
    }
}

/// Keeps a question of a person at the provider, and lets it stand.
async fn stands(story: &Story, who: &str, name: &str, question: AskSql) -> String {
    let (node, who) = story.at("isp", who);
    let kept = node.keep_sql(who, &kept_as(name, question)).await.unwrap();
    node.let_sql_stand(who, &kept.id, true).await.unwrap();
    kept.id
}

/// The node's round, a while later, after another log came in.
async fn round(story: &Story, after_ms: u64) -> usize {
    story.world.advance(after_ms);
    import(story, &format!("a line of {}\n", story.world.now_ms())).await;
    story.org("isp").node().run_standing_sql().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_question_asked_again_under_its_key_is_answered_again() {
    let story = story(1_614).await;
    let (node, rita) = story.at("isp", "rita");
    let answers = Answerer::of(node);
    answers.answers(&[r#"{"n":1}"#]);
    let one = node.keep_sql(rita, &question("how many")).await.unwrap();
    for times in 1..=2 {
        let once = node.once(rita, "key", b"this request").await.unwrap();
        let once = once.expect("no answer is kept: rows are kept for nobody");
        let asked = once.run(node.ask_kept_sql(rita, &one.id, SqlForm::Ndjson)).await;
        assert_eq!(asked.unwrap().body, b"{\"n\":1}\n");
        assert_eq!(answers.asked().len(), times);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standing_question_is_asked_once_in_an_hour_answered_or_not() {
    let story = story(1_615).await;
    let (node, rita) = story.at("isp", "rita");
    let answers = Answerer::of(node);
    stands(&story, "rita", "how many", ask("SELECT 1")).await;
    let asked = || answers.asked().len();
    assert_eq!((round(&story, 0).await, asked()), (1, 1));
    assert_eq!((round(&story, 1).await, asked()), (0, 1));
    assert_eq!(
        (round(&story, SQL_STANDING_EVERY_MS - 2).await, asked()),
        (0, 1),
        "one millisecond too early"
    );
    // One that fails is asked no more often.
    answers.fails("memory", "it takes more memory");
    assert_eq!((round(&story, 1).await, asked()), (0, 2));
    let failed_ms = story.world.now_ms();
    assert!(
        kept(&story, "rita").await[0]
            .still
            .as_deref()
            .unwrap()
            .contains("memory")
    );
    assert_eq!((round(&story, SQL_STANDING_EVERY_MS - 1).await, asked()), (0, 2));
    assert_eq!((round(&story, 1).await, asked()), (0, 3));
    let items = node.inbox(rita).await.unwrap();
    let item = items
        .iter()
        .find(|item| matches!(item.todo, Todo::LookAtAnswer { .. }));
    assert_eq!(item.unwrap().since_ms, failed_ms, "since it says so");
    // Without another log there is nothing to ask.
    story.world.advance(2 * SQL_STANDING_EVERY_MS);
    assert_eq!(node.run_standing_sql().await.unwrap(), 0);
    assert_eq!(asked(), 3);
    answers.answers(&[]);
    assert_eq!((round(&story, 0).await, asked()), (1, 4));
    assert_eq!(kept(&story, "rita").await[0].still, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_questions_stand() {
    let mut story = Story::begin(1_616, TWO).await;
    let people: Vec<String> = (0..=SQL_STANDING_MAX / SQL_STANDING_OF_ONE_MAX)
        .map(|number| format!("p{number}"))
        .collect();
    for name in &people {
        let isp = story.org_mut("isp");
        isp.add_person(name, &[Role::Researcher]).await.unwrap();
    }
    let (last, first) = people.split_last().unwrap();
    let one_more = async |name: &str| {
        let (node, who) = story.at("isp", name);
        let one_more = node.keep_sql(who, &question("one more")).await.unwrap();
        let refused = node.let_sql_stand(who, &one_more.id, true).await;
        assert!(matches!(refused, Err(ServiceError::Conflict(_))), "{refused:?}");
    };
    for name in first {
        for number in 0..SQL_STANDING_OF_ONE_MAX {
            stands(&story, name, &format!("q{number}"), ask("SELECT 1")).await;
        }
        one_more(name).await;
    }
    one_more(last).await;
    // One that stands is let stand again; another takes the place of one that stands no more.
    let (node, who) = story.at("isp", &first[0]);
    let own = node.kept_sql(who).await.unwrap();
    let id = |name: &str| own.iter().find(|kept| kept.name == name).unwrap().id.clone();
    node.let_sql_stand(who, &id("q0"), true).await.unwrap();
    node.let_sql_stand(who, &id("q0"), false).await.unwrap();
    node.let_sql_stand(who, &id("one more"), true).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_node_asks_by_itself_is_said_to_be_so_and_is_nobodys_look() {
    let story = Story::watched(1_617).await.unwrap();
    let (node, researcher) = story.at("isp", "researcher");
    let answers = Answerer::of(node);
    let of_case = AskSql {
        case: Some(story.case()),
        ..ask("SELECT count(*) FROM logs l JOIN indicators i ON l.query_hostname = i.value")
    };
    let id = stands(&story, "researcher", "of the case", of_case).await;
    assert_eq!(round(&story, 0).await, 1);
    assert_eq!(answers.indicators().len(), 2);
    let kinds = ["log.asked-in-sql", "log.asked-in-sql-by-itself"];
    let what = |lines: Vec<(String, String)>| lines.into_iter().map(|(what, _)| what).collect::<Vec<_>>();
    assert_eq!(what(noted(&story, &kinds).await), ["log.asked-in-sql-by-itself"]);
    assert!(looks(&story, "watched").await.is_empty(), "nobody read it");
    // Its author asks, and is who looked.
    node.ask_kept_sql(researcher, &id, SqlForm::Ndjson).await.unwrap();
    assert_eq!(
        what(noted(&story, &kinds).await),
        ["log.asked-in-sql", "log.asked-in-sql-by-itself"]
    );
    assert_eq!(looks(&story, "watched").await, [Way::Read]);

    // Who does not see the case any more is answered no more.
    let (node, approver) = story.at("isp", "approver");
    node.remove_member(approver, story.case(), researcher.person)
        .await
        .unwrap();
    let hidden = node.ask_kept_sql(researcher, &id, SqlForm::Ndjson).await;
    assert!(
        matches!(hidden, Err(ServiceError::NotFound("case"))),
        "{hidden:?}"
    );
    assert_eq!(round(&story, SQL_STANDING_EVERY_MS).await, 0);
    assert_eq!(answers.asked().len(), 2);
    let still = kept(&story, "researcher").await[0].still.clone();
    assert!(still.as_deref().unwrap().contains("no such case"), "{still:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_looked_at_question_by_question() {
    let mut story = story(1_618).await;
    let node = story.org("isp").node().clone();
    let answers = Answerer::of(&node);
    stands(&story, "rita", "first", ask("SELECT 'wait-a'")).await;
    let second = stands(&story, "rolf", "second", ask("SELECT 2")).await;
    let third = stands(&story, "rolf", "third", ask("SELECT 3")).await;
    // Those that were asked before come later.
    let (_, rolf) = story.at("isp", "rolf");
    for id in [&second, &third] {
        node.ask_kept_sql(rolf, id, SqlForm::Ndjson).await.unwrap();
    }
    story.world.advance(SQL_STANDING_EVERY_MS);
    import(&story, "a line\n").await;
    let round = {
        let node = node.clone();
        tokio::spawn(async move { node.run_standing_sql().await.unwrap() })
    };
    answers.began("a").await;
    node.let_sql_stand(rolf, &second, false).await.unwrap();
    let operator = story.org("isp").who("operator");
    node.withdraw_role(operator, rolf.person, Role::Researcher)
        .await
        .unwrap();
    answers.go_on("a").await;
    assert_eq!(round.await.unwrap(), 1);
    assert_eq!(answers.asked().len(), 3, "neither the second nor the third");

    // Who has to make the account safe first is told that, and not that they left.
    let (rita, signatory) = (
        story.org("isp").who("rita").person,
        story.org("isp").who("signatory"),
    );
    node.reset_password(operator, rita, "the operator's first one")
        .await
        .unwrap();
    node.confirm_reset(signatory, rita).await.unwrap();
    assert_eq!(self::round(&story, SQL_STANDING_EVERY_MS).await, 0);
    let told = kept(&story, "rita").await;
    let still = told[0].still.as_deref().unwrap();
    assert!(still.contains("account safe"), "{still}");
    assert_eq!(answers.asked().len(), 3);
    // As soon as they may again, it is asked.
    story.org_mut("isp").enter("rita").await.unwrap();
    let goes_on = async {
        answers.began("a").await;
        answers.go_on("a").await;
    };
    let (asked, ()) = tokio::join!(node.run_standing_sql(), goes_on);
    assert_eq!((asked.unwrap(), answers.asked().len()), (1, 4));
    assert_eq!(kept(&story, "rita").await[0].still, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_answer_nothing_is_kept_that_tells_a_row() {
    let mut story = story(1_619).await;
    let (node, rita) = story.at("isp", "rita");
    let answers = Answerer::of(node);
    answers.answers(&[r#"{"who":"maria@victim.example"}"#]);
    let id = stands(&story, "rita", "who", ask("SELECT 1")).await;
    assert_eq!(round(&story, 0).await, 1);
    let shown = serde_json::to_string(&kept(&story, "rita").await).unwrap();
    assert!(!shown.contains("digest") && !shown.contains("sha256"), "{shown}");
    // Nor what the engine says of a value.
    answers.fails(
        "value",
        "Cannot cast string 'maria@victim.example' to value of Int64 type",
    );
    assert_eq!(round(&story, SQL_STANDING_EVERY_MS).await, 0);
    let still = kept(&story, "rita").await[0].still.clone().unwrap();
    assert!(
        still.contains("a value did not fit") && !still.contains("maria"),
        "{still}"
    );
    // Who asks is told.
    let said = node.ask_kept_sql(rita, &id, SqlForm::Ndjson).await;
    assert!(
        matches!(&said, Err(ServiceError::Invalid { message, .. }) if message.contains("maria")),
        "{said:?}"
    );
    story.org_mut("isp").stop().await;
    assert!(
        is_on_disk(&story.org("isp").dir(), &still),
        "it is looked in the right place"
    );
    assert!(!is_on_disk(&story.org("isp").dir(), "maria@victim.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_answer_is_told_and_a_cut_one_only_that_it_is_cut() {
    let story = story(1_620).await;
    let (node, rita) = story.at("isp", "rita");
    let answers = Answerer::of(node);
    let (one, two, three) = (r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#);
    answers.answers(&[one, two]);
    let id = stands(&story, "rita", "which", ask("SELECT 1")).await;
    node.ask_kept_sql(rita, &id, SqlForm::Ndjson).await.unwrap();
    let is_other = async |said: &dyn Fn()| {
        said();
        assert_eq!(round(&story, SQL_STANDING_EVERY_MS).await, 1);
        let is_other = kept(&story, "rita").await[0].changed_ms.is_some();
        node.ask_kept_sql(rita, &id, SqlForm::Ndjson).await.unwrap();
        assert_eq!(
            kept(&story, "rita").await[0].changed_ms,
            None,
            "its author saw it"
        );
        is_other
    };
    assert!(!is_other(&|| answers.answers(&[two, one])).await, "in no order");
    assert!(is_other(&|| answers.answers(&[two, three])).await);
    assert!(is_other(&|| answers.answers(&[two])).await);
    assert!(
        is_other(&|| answers.answers_with_more(&[two])).await,
        "it is cut now"
    );
    assert!(
        !is_other(&|| answers.answers_with_more(&[one, three])).await,
        "which rows came of more is chance"
    );
    assert!(
        is_other(&|| answers.answers(&[one, three])).await,
        "it is whole again"
    );
}
