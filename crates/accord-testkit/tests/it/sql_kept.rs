//! Questions in SQL that are kept: whose they are, what they may be, and what becomes of them. What answers them is the whole
//! product: *cli* sql.

use accord_logstore::{FormatSetting, SourceConfig};
use accord_model::Role;
use accord_service::{
    AskSql, KeptSqlView, NewKeptSql, SQL_KEPT_MAX, SQL_NAME_MAX, SQL_STATEMENT_MAX_BYTES, ServiceError,
    SqlForm, Todo,
};
use accord_testkit::Story;

use crate::{TWO, denied};

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
