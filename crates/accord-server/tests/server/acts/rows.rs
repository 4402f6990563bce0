//! What each route is asked with, so that whoever may succeeds.

use super::Try;

/// A try at the agency.
fn agency(method: &'static str, path: &'static str) -> Try {
    Try::at("agency", method, path)
}

/// A try at the provider.
fn isp(method: &'static str, path: &'static str) -> Try {
    Try::at("isp", method, path)
}

/// The same try at both.
fn both(one: impl Fn(&'static str) -> Try) -> [Try; 2] {
    [one("agency"), one("isp")]
}

/// Every route, in an order in which nothing takes away what a later one needs.
pub fn all() -> Vec<Try> {
    let mut all = Vec::new();
    for part in [
        own(),
        house(),
        agreements(),
        cases(),
        notes(),
        requests(),
        guests(),
        intel(),
        own_hunts(),
    ] {
        all.extend(part);
    }
    for part in [
        protection(),
        victims(),
        threats(),
        leads(),
        sharing(),
        plan(),
        last(),
    ] {
        all.extend(part);
    }
    all
}

/// Hunts in one's own logs, at both.
fn own_hunts() -> Vec<Try> {
    let at = |org: &'static str| {
        [
            Try::at(org, "GET", "/logs/sql/kept"),
            Try::at(org, "POST", "/logs/sql/kept")
                .json(r#"{"name":"$fresh","statement":"SELECT 1","reason":"r","case":"$case"}"#),
            Try::at(org, "POST", "/logs/sql/kept/{question}/stand")
                .of("kept-question")
                .json(r#"{"stands":true}"#),
            Try::at(org, "DELETE", "/logs/sql/kept/{question}").of("kept-question"),
            Try::at(org, "GET", "/logs/matches"),
            Try::at(org, "GET", "/logs/hunts"),
            Try::at(org, "POST", "/logs/hunts")
                .json(r#"{"name":"n","reason":"r","case":"$case","values":["evil.example"]}"#),
            Try::at(org, "GET", "/logs/hunts/{hunt}").of("own-hunt"),
            Try::at(org, "GET", "/logs/hunts/{hunt}/counts").of("own-hunt"),
            Try::at(org, "POST", "/logs/hunts/{hunt}/run").of("own-hunt"),
            Try::at(org, "POST", "/logs/hunts/{hunt}/stop").of("own-hunt"),
            Try::at(org, "POST", "/logs/hunts/{hunt}/stand")
                .of("own-hunt")
                .json(r#"{"stands":true}"#),
            Try::at(org, "GET", "/logs/hunts/{hunt}/lines").of("own-hunt"),
            Try::at(org, "GET", "/logs/hunts/{hunt}/lines/{line}").of("found-hunt first-line"),
            Try::at(org, "POST", "/logs/hunts/{hunt}/lines/{line}")
                .of("found-hunt first-line")
                .json(r#"{"star":true}"#),
            Try::at(org, "POST", "/logs/hunts/{hunt}/draft")
                .of("found-hunt")
                .json(r#"{"case":"$case","lines":[0]}"#),
            Try::at(org, "DELETE", "/logs/hunts/{hunt}").of("own-hunt"),
        ]
    };
    ["agency", "isp"].into_iter().flat_map(at).collect()
}

/// One's own account.
fn own() -> Vec<Try> {
    let mut all = Vec::new();
    for path in [
        "/me",
        "/me/notices",
        "/node",
        "/inbox",
        "/peers",
        "/agreements",
        "/cases",
    ] {
        all.extend(both(|org| Try::at(org, "GET", path)));
    }
    all.extend(both(|org| Try::at(org, "POST", "/me/notices").json("{}")));
    all.extend(both(|org| {
        Try::at(org, "POST", "/me/password")
            .by_somebody_new()
            .json(r#"{"old":"$password","new":"another long password"}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/me/totp")
            .by_somebody_new()
            .json(r#"{"password":"$password"}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/me/totp/confirm")
            .by_somebody_new()
            .json(r#"{"code":"$totp"}"#)
    }));
    all.extend(both(|org| Try::at(org, "DELETE", "/sessions").by_somebody_new()));
    all
}

/// People, peers, logs, the auditor.
fn house() -> Vec<Try> {
    let person = |path| agency("POST", path);
    vec![
        agency("GET", "/notices"),
        agency("GET", "/audit"),
        agency("GET", "/audit/spaces"),
        agency("GET", "/audit/looks"),
        agency("GET", "/audit/spaces/{space}").of("case"),
        agency("GET", "/people"),
        person("/people")
            .json(r#"{"sign_in":"$fresh","name":"N","roles":["auditor"],"password":"a first password"}"#),
        person("/people/{person}/confirm-roles").of("waiting-person"),
        person("/people/{person}/roles").of("colleague").json(r#"{"roles":["auditor"]}"#),
        person("/people/{person}/roles/withdraw").of("auditor").json(r#"{"role":"auditor"}"#),
        person("/people/{person}/end-sessions").of("colleague"),
        person("/people/{person}/close").of("colleague"),
        person("/people/{person}/reset-password")
            .of("colleague")
            .json(r#"{"password":"a first password"}"#),
        person("/people/{person}/reset-second-factor").of("enrolled"),
        person("/people/{person}/confirm-reset").of("reset"),
        person("/people/secondees").json(
            r#"{"sign_in":"$fresh","name":"N","person":"$isp-person","home":"isp","password":"a first password"}"#,
        ),
        agency("POST", "/peers/invitations"),
        agency("POST", "/peers/accept").json("$invitation"),
        agency("POST", "/peers/{org}/confirm")
            .of("pending-peer")
            .json(r#"{"fingerprint":"$fingerprint"}"#),
        agency("POST", "/peers/{org}/reject").of("pending-peer"),
        agency("POST", "/peers/{org}/suspend").of("host"),
        agency("POST", "/peers/{org}/resume").of("suspended-peer"),
        agency("POST", "/peers/{org}/pull").of("isp"),
        agency("GET", "/node/keys/{purpose}/revocation-text").of("peer"),
        agency("GET", "/node/stories"),
        agency("GET", "/logs/sources"),
        agency("POST", "/logs/sources").json(r#"{"name":"$fresh","description":"d","custodian":"c"}"#),
        agency("POST", "/logs/sources/{source}/import?name=b.log").of("access").raw("a line\n"),
        agency("POST", "/logs/verify"),
        agency("GET", "/logs/sources/{source}/not-understood").of("access"),
        agency("GET", "/logs/collectors"),
        agency("POST", "/logs/collectors/{collector}/append").of("sensors").raw("a line\n"),
        agency("GET", "/logs/keeping"),
        agency("GET", "/logs/keeping/records"),
        agency("GET", "/logs/sources/{source}/retention?days=30").of("access"),
        agency("POST", "/logs/sources/{source}/retention")
            .of("access")
            .json(r#"{"days":30,"reason":"law"}"#),
        agency("POST", "/logs/holds").json(r#"{"hold":"$fresh","reason":"order","source":"access"}"#),
        agency("POST", "/logs/holds/lift").json(r#"{"hold":"$log-hold","reason":"over"}"#),
        agency("POST", "/logs/destroy").json(r#"{"segment":"$segment","reason":"order"}"#),
        agency("GET", "/zones"),
        agency("POST", "/zones/{org}").of("isp").json(r#"{"zone":"Europe/Vienna"}"#),
        isp("POST", "/zones/{org}").of("isp").json(r#"{"zone":"Europe/Vienna"}"#),
        isp("GET", "/zones"),
        agency("GET", "/own-infrastructure"),
        agency("POST", "/own-infrastructure")
            .json(r#"{"kind":"domain","value":"$fresh.own.example","description":"d"}"#),
        agency("POST", "/own-infrastructure/remove").json(r#"{"value":"$own-network"}"#),
    ]
}

fn agreements() -> Vec<Try> {
    let mut all: Vec<Try> = both(|org| Try::at(org, "GET", "/agreements/{digest}").of("agreement")).into();
    all.extend(both(|org| {
        Try::at(org, "GET", "/agreements/{digest}/signing-text").of("proposed")
    }));
    all.extend([
        agency("POST", "/agreements").json("$files"),
        agency("POST", "/agreements/template").json("$filling"),
        agency("POST", "/agreements/{digest}/sign")
            .of("proposed")
            .json(r#"{"signature":"$signature"}"#),
        agency("POST", "/agreements/{digest}/refuse")
            .of("proposed")
            .json(r#"{"reason":"r"}"#),
        agency("POST", "/agreements/{digest}/terminate")
            .of("agreed")
            .json(r#"{"reason":"r"}"#),
        agency("POST", "/agreements/{digest}/approvers")
            .of("agreement")
            .json(r#"{"person":"$colleague"}"#),
    ]);
    all
}

/// Cases: who is on them, how they go on.
fn cases() -> Vec<Try> {
    let mut all = Vec::new();
    for path in [
        "/cases/{case}",
        "/cases/{case}/timeline",
        "/cases/{case}/tasks",
        "/cases/{case}/subjects",
        "/cases/{case}/team",
        "/cases/{case}/recalls",
        "/cases/{case}/keeping",
        "/cases/{case}/plan",
        "/cases/{case}/similar",
        "/cases/{case}/indicators",
        "/cases/{case}/waiting",
        "/cases/{case}/victims",
    ] {
        all.extend(both(|org| Try::at(org, "GET", path)));
    }
    let post = |path| agency("POST", path);
    all.extend([
        post("/cases").json(
            r#"{"agreement":"$agreement","operation":"Lark","reference":"K-2","purpose":"cybercrime-investigation","parties":["isp"]}"#,
        ),
        post("/cases/{case}/parties").of("new-case").json(r#"{"org":"host"}"#),
        post("/cases/{case}/parties/remove").of("new-case").json(r#"{"org":"isp","reason":"x"}"#),
        post("/cases/{case}/members").json(r#"{"person":"$worker","roles":["investigator"]}"#),
        isp("POST", "/cases/{case}/members").json(r#"{"person":"$worker","roles":["researcher"]}"#),
        agency("DELETE", "/cases/{case}/members/{person}").of("member"),
        isp("DELETE", "/cases/{case}/members/{person}").of("member"),
        post("/cases/{case}/pen/pass")
            .of("new-case")
            .json(r#"{"to_org":"agency","to":"$second-officer"}"#),
        post("/cases/{case}/pen/take").of("offered-case").json(r#"{"passed":"$offered"}"#),
        isp("POST", "/cases/{case}/secondments").json(
            r#"{"person":"$isp-person","home":"isp","host":"agency","categories":["analysis"],"scope":"s","from_ms":$now,"until_ms":$later}"#,
        ),
        post("/cases/{case}/secondments").json(
            r#"{"person":"$isp-person","home":"isp","host":"agency","categories":["analysis"],"scope":"s","from_ms":$now,"until_ms":$later}"#,
        ),
        post("/cases/{case}/secondments/end")
            .json(r#"{"person":"$granted-secondment","home":"isp","host":"agency","reason":"r"}"#),
        isp("POST", "/cases/{case}/secondments/end")
            .json(r#"{"person":"$granted-secondment","home":"isp","host":"agency","reason":"r"}"#),
        post("/cases/{case}/recalls").json(r#"{"entry":"$note","reason":"wrong"}"#),
        isp("POST", "/cases/{case}/recalls").json(r#"{"entry":"$note","reason":"wrong"}"#),
        post("/cases/{case}/recalls/receipt").json(r#"{"recall":"$recall","done":"deleted"}"#),
        isp("POST", "/cases/{case}/recalls/receipt").json(r#"{"recall":"$recall","done":"deleted"}"#),
        post("/cases/{case}/holds").json(r#"{"entry":"$note","reference":"17 Js","reason":"asked"}"#),
        post("/cases/{case}/holds/lift").json(r#"{"hold":"$hold","reason":"decided"}"#),
        post("/cases/{case}/stage").of("new-case").json(r#"{"to":"assessed"}"#),
        post("/cases/{case}/instruments").json(
            r#"{"reference":"W-9","authority":"Court","power":"Act 7","categories":["log-evidence"],"scope":"s","addressee":"isp","from_ms":$now,"to_ms":$later}"#,
        ),
        post("/cases/{case}/instruments/end").json(r#"{"instrument":"$instrument","reason":"r"}"#),
        agency("GET", "/cases/{case}/older/{org}").of("older isp"),
        post("/cases/{case}/older/{org}").of("older isp").json(r#"{"notes":["$older-note"]}"#),
    ]);
    all.extend(both(|org| {
        Try::at(org, "POST", "/cases/{case}/links")
            .json(r#"{"other":"$other-case","reason":"r","marking":"TLP:AMBER"}"#)
    }));
    all
}

const DECISION: &str =
    r#"{"title":"t","marking":"TLP:AMBER","note":{"kind":"decision.logged","text":"t","reason":"r"}}"#;
const POPULAR: &str = r#"{"title":"t","marking":"TLP:AMBER","note":{"kind":"indicator.published","indicators":[{"value":"bank.example"}],"from":"analysis","wish":"none"}}"#;

fn notes() -> Vec<Try> {
    let mut all = Vec::new();
    all.extend(both(|org| {
        Try::at(org, "GET", "/cases/{case}/notes/{ledger}/{seq}").of("note")
    }));
    all.extend(both(|org| {
        Try::at(org, "GET", "/cases/{case}/notes/{ledger}/{seq}/looks").of("note")
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/cases/{case}/notes/preview").json(DECISION)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/cases/{case}/notes").json(DECISION)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/cases/{case}/waiting").json(POPULAR)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/cases/{case}/waiting/{id}").of("waiting-note")
    }));
    all.extend(both(|org| {
        Try::at(org, "DELETE", "/cases/{case}/waiting/{id}").of("waiting-note")
    }));
    all.push(agency("POST", "/releases").json(r#"{"note":"$red","to":"isp"}"#));
    all
}

/// Requests and exhibits.
fn requests() -> Vec<Try> {
    const ASK: &str = r#"{"to":"isp","what":"information","reference":"I-9","reason":"r"}"#;
    let mut all = vec![
        agency("POST", "/cases/{case}/hunts").json(
            r#"{"to":"isp","reference":"H-9","reason":"r","instrument":"$instrument","indicators":["evil.example"],"from_ms":$hour-ago,"to_ms":$now}"#,
        ),
        agency("POST", "/cases/{case}/requests/preview").json(ASK),
        agency("POST", "/cases/{case}/requests").json(ASK),
        agency("POST", "/cases/{case}/orals").json(
            r#"{"ground":"threat-to-life","act":"ask","category":"subscriber-data","addressee":"isp","authority":"Judge","power":"Act 7"}"#,
        ),
        isp("POST", "/cases/{case}/orals").json(
            r#"{"ground":"threat-to-life","act":"ask","category":"subscriber-data","addressee":"isp","authority":"Judge","power":"Act 7","request":"$subscriber"}"#,
        ),
        agency("POST", "/cases/{case}/orals/confirm")
            .json(r#"{"oral":"$oral","reference":"PO-9","authority":"Court"}"#),
        isp("POST", "/cases/{case}/orals/confirm")
            .json(r#"{"oral":"$oral","reference":"PO-9","authority":"Court"}"#),
        isp("GET", "/requests/{ledger}/{seq}").of("hunt"),
        isp("GET", "/requests/{ledger}/{seq}/counts").of("hunt"),
        isp("POST", "/requests/{ledger}/{seq}/preview").of("hunt"),
        isp("GET", "/requests/{ledger}/{seq}/preview").of("looked-for"),
        isp("DELETE", "/requests/{ledger}/{seq}/preview").of("looked-for"),
        isp("POST", "/requests/{ledger}/{seq}/holders").of("subscriber"),
        isp("GET", "/requests/{ledger}/{seq}/holders").of("subscriber"),
        isp("DELETE", "/requests/{ledger}/{seq}/holders").of("subscriber"),
        isp("POST", "/requests/{ledger}/{seq}/preview/show").of("looked-for").json("{}"),
        isp("POST", "/requests/{ledger}/{seq}/decide")
            .of("looked-for")
            .json(r#"{"verdict":"approve","preview":"$commitment"}"#),
        isp("POST", "/requests/{ledger}/{seq}/take-back")
            .of("half-answered")
            .json(r#"{"reason":"r"}"#),
        isp("POST", "/requests/{ledger}/{seq}/answer")
            .of("information")
            .json(r#"{"answer":"words","words":"ours"}"#),
        agency("POST", "/requests/{ledger}/{seq}/withdraw")
            .of("own-question")
            .json(r#"{"words":"found"}"#),
        isp("POST", "/requests/{ledger}/{seq}/pool")
            .of("expertise")
            .json(r#"{"accepted":true,"words":"by Friday"}"#),
        agency("POST", "/exhibits/{ledger}/{seq}/verify").of("exhibit"),
        agency("GET", "/exhibits/{ledger}/{seq}/package").of("exhibit"),
        agency("POST", "/exhibits/{ledger}/{seq}/receive").of("exhibit"),
    ];
    all.extend(both(|org| {
        Try::at(org, "GET", "/requests/{ledger}/{seq}/subscribers").of("answered")
    }));
    all.push(isp("POST", "/exhibits/{ledger}/{seq}/verify").of("exhibit"));
    all.push(isp("GET", "/exhibits/{ledger}/{seq}/package").of("exhibit"));
    all
}

fn guests() -> Vec<Try> {
    const SHOP: &str = r#"{"to":"shop.example","what":"information","reference":"G-9","reason":"r","guest":{"organisation":"Corner Shop","contact":"the manager","officer":"Ada","then":"It is kept."}}"#;
    vec![
        agency("POST", "/cases/{case}/guests/preview").json(SHOP),
        agency("POST", "/cases/{case}/guests").json(SHOP),
        agency("GET", "/cases/{case}/guests"),
        agency("POST", "/guests/{link}/decision")
            .of("guest")
            .json(r#"{"approve":true}"#),
        agency("POST", "/guests/{link}/make")
            .of("approved-guest")
            .json("{}"),
        agency("POST", "/guests/{link}/revoke").of("approved-guest"),
    ]
}

/// What is brought in, files, and what was found in them.
fn intel() -> Vec<Try> {
    let mut all = Vec::new();
    all.extend(both(|org| {
        Try::at(org, "POST", "/imports?name=a.md").raw("# R\n\nIt talks to c2.evil.example.\n")
    }));
    all.extend(both(|org| Try::at(org, "GET", "/imports")));
    all.extend(both(|org| Try::at(org, "GET", "/imports/{draft}").of("draft")));
    all.extend(both(|org| Try::at(org, "DELETE", "/imports/{draft}").of("draft")));
    all.extend(both(|org| {
        Try::at(org, "POST", "/imports/{draft}/choices")
            .of("draft")
            .json(r#"{"choices":{}}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/imports/{draft}/preview").of("draft")
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/imports/{draft}/publish")
            .of("draft")
            .json("{}")
    }));
    all.extend(both(|org| {
        Try::at(
            org,
            "POST",
            "/cases/{case}/files?name=b.txt&marking=TLP:AMBER&nature=document",
        )
        .raw("a file")
    }));
    all.extend(both(|org| {
        Try::at(org, "GET", "/files/{ledger}/{seq}").of("file")
    }));
    all.extend(both(|org| {
        Try::at(org, "GET", "/files/{ledger}/{seq}/bytes").of("file")
    }));
    all.extend(both(|org| Try::at(org, "GET", "/intel")));
    all.extend(both(|org| {
        Try::at(org, "GET", "/intel/{ledger}/{seq}").of("note")
    }));
    all
}

fn protection() -> Vec<Try> {
    let mut all = Vec::new();
    for path in [
        "/audiences",
        "/allow-lists",
        "/protection/lookup?value=evil.example",
        "/protection/links?value=evil.example",
        "/protection/seen",
        "/protection/sources",
        "/feeds",
        "/new",
        "/new/series",
    ] {
        all.extend(both(|org| Try::at(org, "GET", path)));
    }
    all.extend(both(|org| {
        Try::at(org, "GET", "/audiences/{audience}/zone").of("zone-audience")
    }));
    all.extend(both(|org| Try::at(org, "POST", "/cases/{case}/sightings")));
    all.extend(both(|org| Try::at(org, "GET", "/cases/{case}/seen-together")));
    all.extend(both(|org| {
        Try::at(org, "POST", "/cases/{case}/seen-together").json(
            r#"{"marking":"TLP:AMBER","links":[{"seen_in":"mail","values":["203.0.113.7","$fresh.evil.example"],"at_ms":1,"count":2}]}"#,
        )
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/cases/{case}/seen-together/decide")
            .json(r#"{"act":"clear","values":["$linked"],"reason":"r","marking":"TLP:AMBER"}"#)
    }));
    all.extend(both(|org| Try::at(org, "GET", "/feeds/{feed}").of("feed")));
    all.extend(both(|org| {
        Try::at(org, "POST", "/feeds").json(
            r#"{"name":"$fresh","url":"http://127.0.0.1:9/x","marking":"TLP:AMBER","confidence":75,"every_minutes":60}"#,
        )
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/feeds/{feed}")
            .of("feed")
            .json(r#"{"act":"pause"}"#)
    }));
    all.extend(both(|org| Try::at(org, "DELETE", "/feeds/{feed}").of("feed")));
    all.extend([
        isp("POST", "/audiences").json(r#"{"name":"$fresh","reach":"own"}"#),
        isp("POST", "/audiences/{audience}")
            .of("audience")
            .json(r#"{"renew":"token"}"#),
        isp("DELETE", "/audiences/{audience}").of("audience"),
        isp("POST", "/allow-lists/{list}")
            .of("top")
            .json(r#"{"text":"bank.example\n"}"#),
    ]);
    all
}

fn victims() -> Vec<Try> {
    let post = |path| agency("POST", path);
    vec![
        agency("GET", "/conversations"),
        agency("GET", "/conversations/{conversation}").of("conversation"),
        post("/conversations/{conversation}/reply").of("conversation").json(r#"{"text":"t"}"#),
        post("/conversations/{conversation}/close").of("conversation"),
        post("/conversations/{conversation}/attach")
            .of("conversation")
            .json(r#"{"case":"$case","victim":"organisation","text":"t","marking":"TLP:AMBER"}"#),
        post("/conversations/{conversation}/publish")
            .of("attached")
            .json(r#"{"message":0,"text":"t","marking":"TLP:AMBER"}"#),
        post("/conversations/{conversation}/file-identity").of("attached"),
        post("/victims/{ledger}/{seq}/identity").of("victim").json(r#"{"name":"A Name of $fresh"}"#),
        agency("GET", "/victims/{ledger}/{seq}/letter/document").of("victim"),
        post("/victims/{ledger}/{seq}/grants").of("kept-victim").json(r#"{"reason":"r"}"#),
        post("/grants/{ledger}/{seq}/give").of("asked-grant").json(r#"{"until_ms":$later}"#),
        post("/grants/{ledger}/{seq}/end").of("open-grant").json(r#"{"reason":"r"}"#),
        post("/grants/{ledger}/{seq}/look").of("open-grant").json(r#"{"text":"t"}"#),
        post("/cases/{case}/notes/naming").json(
            r#"{"grant":"$open-grant","text":"t","draft":{"title":"t","marking":"TLP:AMBER","note":{"kind":"decision.logged","text":"t","reason":"r"}}}"#,
        ),
        agency("GET", "/cases/{case}/disclosure"),
        agency("GET", "/cases/{case}/disclosure/document"),
    ]
}

fn threats() -> Vec<Try> {
    const NEW: &str = r#"{"name":"$fresh","what":"w"}"#;
    let mut all = Vec::new();
    all.extend(both(|org| Try::at(org, "GET", "/threats")));
    all.extend(both(|org| Try::at(org, "POST", "/threats").json(NEW)));
    all.extend(both(|org| Try::at(org, "GET", "/threats/{threat}").of("threat")));
    all.extend(both(|org| {
        Try::at(org, "GET", "/threats/{threat}/similar").of("threat")
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/threats/{threat}")
            .of("threat")
            .json(r#"{"version":1,"threat":{"name":"n","what":"w"}}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/threats/{threat}/notes")
            .of("threat")
            .json(r#"{"text":"t"}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/threats/{threat}/assess").of("threat")
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/threats/{threat}/drop")
            .of("threat")
            .json(r#"{"reason":"r"}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/threats/{threat}/resume").of("dropped-threat")
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/threats/{threat}/people")
            .of("threat")
            .json(r#"{"person":"$worker"}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/threats/{threat}/cases")
            .of("threat")
            .json(r#"{"case":"$case"}"#)
    }));
    all.push(agency("POST", "/threats/{threat}/open").of("threat").json(
        r#"{"agreement":"$agreement","operation":"o","reference":"r","purpose":"cybercrime-investigation"}"#,
    ));
    all
}

fn leads() -> Vec<Try> {
    const TO_ISP: &str =
        r#"{"agreement":"$agreement","to":"isp","title":"t","marking":"TLP:AMBER","text":"t"}"#;
    const TO_AGENCY: &str =
        r#"{"agreement":"$agreement","to":"agency","title":"t","marking":"TLP:AMBER","text":"t"}"#;
    let mut all = Vec::new();
    for path in ["/leads", "/leads/recipients", "/leads/recalls"] {
        all.extend(both(|org| Try::at(org, "GET", path)));
    }
    for path in [
        "/leads/{ledger}/{seq}",
        "/leads/{ledger}/{seq}/similar",
        "/leads/{ledger}/{seq}/keeping",
    ] {
        all.extend(both(|org| Try::at(org, "GET", path).of("got-lead")));
    }
    all.extend([
        agency("POST", "/leads").json(TO_ISP),
        isp("POST", "/leads").json(TO_AGENCY),
        agency("POST", "/leads/preview").json(TO_ISP),
        isp("POST", "/leads/preview").json(TO_AGENCY),
        agency("POST", "/leads/{ledger}/{seq}/open").of("got-lead").json(
            r#"{"text":"t","case":{"agreement":"$agreement","operation":"o","reference":"r","purpose":"cybercrime-investigation"}}"#,
        ),
        agency("POST", "/leads/{ledger}/{seq}/hold")
            .of("got-lead")
            .json(r#"{"reference":"r","reason":"r"}"#),
        agency("POST", "/leads/holds/lift").json(r#"{"hold":"$held-lead","reason":"r"}"#),
        agency("POST", "/leads/{ledger}/{seq}/approve").of("red-lead").json(r#"{"to":"isp"}"#),
    ]);
    all.extend(both(|org| {
        Try::at(org, "POST", "/leads/recalls/receipt").json(r#"{"recall":"$recalled-lead","done":"deleted"}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/leads/{ledger}/{seq}/recall")
            .of("given-lead")
            .json(r#"{"reason":"r"}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/leads/{ledger}/{seq}/answer")
            .of("got-lead")
            .json(r#"{"text":"t"}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/leads/{ledger}/{seq}/link")
            .of("got-lead")
            .json(r#"{"case":"$case","text":"t"}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/leads/{ledger}/{seq}/hand")
            .of("got-lead")
            .json(r#"{"person":"$worker"}"#)
    }));
    all
}

/// Search, files for other programs, TAXII.
fn sharing() -> Vec<Try> {
    let mut all = Vec::new();
    for path in [
        "/search?q=evil.example",
        "/export?format=stix",
        "/export/preview?format=csv",
        "/cases/{case}/export?format=csv",
        "/cases/{case}/graph",
        "/cases/{case}/received",
    ] {
        all.extend(both(|org| Try::at(org, "GET", path)));
    }
    all.extend([
        agency("GET", "/taxii/accounts"),
        agency("POST", "/taxii/accounts").json(r#"{"name":"$fresh","org":"isp","until_ms":$later}"#),
        agency("POST", "/taxii/accounts/{account}/confirm").of("account"),
        agency("POST", "/taxii/accounts/{account}/close").of("account"),
        agency("POST", "/cases/{case}/received/{id}/publish").of("received"),
        agency("POST", "/cases/{case}/received/{id}/leave").of("received"),
    ]);
    all
}

/// Targets, the plan, and what came of it.
fn plan() -> Vec<Try> {
    let mut all = Vec::new();
    all.extend(both(|org| {
        Try::at(org, "POST", "/cases/{case}/targets").json(
            r#"{"marking":"TLP:AMBER","targets":[{"value":"$fresh.example","action":"block","responsible":"isp","reason":"r"}]}"#,
        )
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/cases/{case}/targets/checks")
            .json(r#"{"checks":[{"target":"$target","check":"holder","result":"clear","text":"t"}]}"#)
    }));
    all.extend(both(|org| {
        Try::at(org, "POST", "/cases/{case}/targets/own")
            .json(r#"{"answers":[{"target":"$target","own":false}]}"#)
    }));
    all.push(agency("POST", "/cases/{case}/plan").json(
        r#"{"title":"t","marking":"TLP:AMBER","instant_ms":$soon,"text":"t","actions":[{"target":"$checked-target"}]}"#,
    ));
    all.extend(both(|org| {
        Try::at(org, "POST", "/cases/{case}/plan/go")
            .json(r#"{"word":"go","commitment":"$plan","instant_ms":$instant}"#)
    }));
    all.push(agency("GET", "/cases/{case}/notices"));
    all.push(agency("GET", "/cases/{case}/notices/document?to=isp"));
    all
}

/// What comes after an instant.
fn last() -> Vec<Try> {
    vec![
        isp("POST", "/cases/{case}/plan/receipts")
            .json(r#"{"receipts":[{"target":"$gone-target","outcome":"done","text":"t"}]}"#),
        isp("GET", "/cases/{case}/plan/export?form=list"),
        agency("POST", "/cases/{case}/plan/looks")
            .json(r#"{"looks":[{"target":"$sunk-target","held":"held","text":"t"}]}"#),
        isp("POST", "/cases/{case}/plan/looks")
            .json(r#"{"looks":[{"target":"$sunk-target","held":"held","text":"t"}]}"#),
        agency("GET", "/cases/{case}/sinkholes"),
        isp("GET", "/cases/{case}/sinkholes"),
        agency("POST", "/cases/{case}/sinkholes").json(r#"{"target":"$sunk-target","source":"access"}"#),
        isp("POST", "/cases/{case}/sinkholes").json(r#"{"target":"$sunk-target","source":"access"}"#),
        agency("POST", "/cases/{case}/sinkholes/share"),
        isp("POST", "/cases/{case}/sinkholes/share"),
    ]
}
