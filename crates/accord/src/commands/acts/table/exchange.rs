//! What is asked of partners, what they answer, and what comes of it.

use super::super::field::{flag, json, many, text, time, words, yes_no};
use super::super::{Act, Field, Shows, delete, get, post};
use super::MARKING;

const ASKED: &[Field] = &[
    text("to", "ORG", "The partner"),
    text(
        "what",
        "WHAT",
        "information, expertise, subscriber-data, preservation, takedown or hunt",
    ),
    words("reference", "Your own name for it: H-3"),
    words("reason", "Why; the partner reads it"),
    text("instrument", "NOTE", "The legal authority, as it is recorded").optional(),
    text("oral", "NOTE", "The oral authority, instead").optional(),
    time("due_ms", "An answer is needed by").optional(),
    time("secret_until_ms", "Until then the partner tells nobody").optional(),
    json("hunt", "Of a hunt: indicators, from_ms, to_ms, sources, note").optional(),
    json("expertise", "Of expertise: pool, about").optional(),
    json("subscriber", "Of subscriber data: connections").optional(),
    json(
        "preservation",
        "Of preservation: values, from_ms, to_ms, keep_until_ms",
    )
    .optional(),
    json("takedown", "Of a takedown: values, ground, targets").optional(),
    text(
        "marking",
        "TLP",
        "How far the request may travel; TLP:AMBER where absent",
    )
    .optional(),
];

const PREVIEW: &str = "/requests/{ledger}/{seq}/preview";

const HOLDERS: &str = "/requests/{ledger}/{seq}/holders";

const COUNTS: Shows = Shows::Members(&["counted", "lines", "segments", "uncounted_bytes", "gaps"]);

const LOOK: Shows = Shows::Members(&["request", "state", "words", "scanned_bytes", "total_bytes"]);

const JOB: Shows = Shows::Members(&[
    "request",
    "state",
    "words",
    "segments_done",
    "segments_total",
    "scanned_bytes",
    "total_bytes",
    "lines",
]);

pub const ACTS: &[Act] = &[
    post("hunt ask", "/cases/{case}/hunts", "Ask a partner to look in its logs, at a running node")
        .takes(&[&[
            text("to", "ORG", "The partner"),
            words("reference", "Your own name for it: H-3"),
            words("reason", "Why; the partner reads it"),
            text("instrument", "NOTE", "The legal authority, as it is recorded"),
            many("indicators", "VALUE", "What to look for").needed(),
            time("from_ms", "From"),
            // `--to` is the partner.
            time("to_ms", "Until, excluded").option("until"),
            many("sources", "NAME", "Only in this source of theirs"),
            time("due_ms", "An answer is hoped for by").optional(),
            text("marking", "TLP", "How far the request may travel; TLP:AMBER where absent").optional(),
        ]])
        .example("3f2a... --to isp.example --reference H-3 --reason 'who spoke with the panel' --instrument 5c10.../9 \
                  --indicator evil.example --from 2027-01-01T00:00:00Z --until 2027-01-08T00:00:00Z"),
    post("request preview", "/cases/{case}/requests/preview", "What a partner would see of a request, and whether it may go")
        .takes(&[ASKED])
        .example("3f2a... --to isp.example --what information --reference I-1 --reason 'is the panel known?'"),
    post("request ask", "/cases/{case}/requests", "Ask a partner: prints the request, and what was decided of it")
        .takes(&[ASKED])
        .example("3f2a... --to isp.example --what subscriber-data --reference S-1 --reason 'who held it' --instrument 5c10.../9 \
                  --subscriber '{\"connections\":[{\"address\":\"192.0.2.7\",\"at_ms\":1798761600000}]}'"),
    get("request show", "/requests/{ledger}/{seq}", "A request to your organisation, as its approver").example("5c10.../17"),
    post("request answer", "/requests/{ledger}/{seq}/answer", "Answer what is no hunt, in whole or in part; say that a hunt found nothing; or refuse; as approver")
        .takes(&[&[
            text("answer", "WHAT", "words, subscribers, kept, takedown, nothing-found or refuse"),
            words("words", "The answer, or what exactly was kept or taken down").optional(),
            json("grading", "How good it is").optional(),
            text("report", "NOTE", "The report that answers it").optional(),
            json("answers", "Of subscribers: one for each connection").optional(),
            words("acquisition", "Of subscribers: where it comes from, and how").optional(),
            time("until_ms", "Until when it is kept").optional(),
            many("hold", "SOURCE", "Of kept: hold this source of your logs, for the time asked about").option("hold"),
            yes_no("done", "Of a takedown: whether it was").optional(),
            words("left_out", "What is left out, and why").optional(),
            text("preview", "DIGEST", "Of nothing-found: the preview's commitment, as `approve lines` shows it").optional(),
            text("clause", "CLAUSE", "Of a refusal: the clause it rests on").optional(),
            words("reason", "Of a refusal: why").optional(),
        ]])
        .example("5c10.../17 --answer words --words 'the panel is known since May'"),
    post("request upload add", "/requests/{ledger}/{seq}/uploads", "Add a file to your answer, exported from a system of your own; nothing leaves; as approver")
        .sends_a_file()
        .takes(&[&[
            words("system", "The system it comes from, in your words").in_query().needed(),
            words("query", "The query, filter or period it answers, in your words").in_query().needed(),
            text("name", "NAME", "The file's name; absent: as it is called").in_query(),
            text("sha256", "DIGEST", "SHA-256 that the file must have").in_query(),
        ]])
        .example("5c10.../17 proxy.csv --system 'proxy logs, rack 3' --query 'host = evil.example, 1 to 8 January'"),
    get("request upload show", "/requests/{ledger}/{seq}/uploads", "What waits to be sent: files, digests, first lines, and the commitment")
        .shows(Shows::Json)
        .example("5c10.../17"),
    delete("request upload remove", "/requests/{ledger}/{seq}/uploads/{file}", "Take a file away again").example("5c10.../17 2"),
    post("request upload send", "/requests/{ledger}/{seq}/uploads/send", "Say yes to what was uploaded, or to a part: it leaves, or waits for a second person")
        .takes(&[&[
            text("shown", "DIGEST", "The commitment, as `request upload show` shows it"),
            json("without", "Files that stay here: their numbers").optional(),
            words("left_out", "What is left out, and why; needed where a file stays").optional(),
            words("words", "A word to the asker").optional(),
        ]])
        .example("5c10.../17 --shown aa00..."),
    post("request take-back", "/requests/{ledger}/{seq}/take-back", "Take back your yes, while a second person's is awaited; as approver")
        .takes(&[&[words("reason", "Why; every party of the case reads it")]])
        .example("5c10.../17 --reason 'the warrant names another address'"),
    post("request withdraw", "/requests/{ledger}/{seq}/withdraw", "Take back a request of your own")
        .takes(&[&[words("words", "Why; the partner reads it")]])
        .example("5c10.../17 --words 'it is answered elsewhere'"),
    post("request pool", "/requests/{ledger}/{seq}/pool", "Say whether the pool of experts takes a question")
        .takes(&[&[
            yes_no("accepted", "Whether it does"),
            words("words", "By when, or why not"),
        ]])
        .example("5c10.../17 --accepted yes --words 'by Friday'"),
    get("request subscribers", "/requests/{ledger}/{seq}/subscribers", "Who held what, as the partner answered; the look is kept and told")
        .example("5c10.../17"),
    get("approve counts", "/requests/{ledger}/{seq}/counts", "How many lines it may hit, told without reading one; with --json by day, too").shows(COUNTS).example("5c10.../17"),
    post("approve preview start", PREVIEW, "Begin to look; nothing leaves").shows(JOB).example("5c10.../17"),
    get("approve preview show", PREVIEW, "How far it is; with --json the preview, too").shows(JOB).example("5c10.../17"),
    delete("approve preview stop", PREVIEW, "Stop it; one that was there stays").shows(JOB).example("5c10.../17"),
    post("approve holders start", HOLDERS, "Begin to look in our assignment logs for who is asked about; nothing leaves").shows(LOOK).example("5c10.../17"),
    get("approve holders show", HOLDERS, "How far it is; with --json what was found, too").shows(LOOK).example("5c10.../17"),
    delete("approve holders stop", HOLDERS, "Stop it").shows(LOOK).example("5c10.../17"),
    post("approve lines", "/requests/{ledger}/{seq}/preview/show", "The preview after a narrowing: its commitment, sums and first lines")
        .takes(&[&[json("narrowing", "sources, indicators, from_ms, to_ms, without_customers, max_lines").optional()]])
        .example("5c10.../17 --narrowing '{\"max_lines\":10}'"),
    post("approve decide", "/requests/{ledger}/{seq}/decide", "Say yes, yes to a part, or no, as approver of the asked side")
        .takes(&[&[
            text("verdict", "VERDICT", "approve, narrow or refuse"),
            text("preview", "DIGEST", "The preview's commitment, as `approve lines` shows it").optional(),
            json("narrowing", "Of narrow: what is left out").optional(),
            text("clause", "CLAUSE", "Of refuse: the clause it rests on").optional(),
            words("reason", "Why; needed unless all is approved").optional(),
        ]])
        .example("5c10.../17 --verdict approve --preview aa00..."),
    post("release", "/releases", "Release a note above the ceiling to a partner, as approver")
        .takes(&[&[
            text("note", "NOTE", "The note").at_its_place(),
            text("to", "ORG", "The partner"),
        ]])
        .example("5c10.../12 --to isp.example"),
    post("exhibit verify", "/exhibits/{ledger}/{seq}/verify", "Verify its package; not verified is exit code 1")
        .shows(Shows::Verdict("/verdict", "verified"))
        .example("5c10.../22"),
    post("exhibit receive", "/exhibits/{ledger}/{seq}/receive", "Receive it: the custody chain goes on with you").example("5c10.../22"),
    get("exhibit custody", "/exhibits/{ledger}/{seq}/custody", "Where it has been, between the nodes and outside them")
        .shows(Shows::Json)
        .example("5c10.../22"),
    post("exhibit hand", "/exhibits/{ledger}/{seq}/hand", "Note that it is handed to somebody outside the nodes: a prosecutor, a laboratory, a court")
        .takes(&[&[
            words("to", "The body, or who it is"),
            words("person", "The person there").optional(),
            words("text", "What for"),
            words("reference", "The number of the letter or transfer").optional(),
            time("at_ms", "When it changed hands; now where absent").optional(),
        ]])
        .example("5c10.../22 --to 'Crown Prosecution Service' --person 'A. Adeyemi' --text 'for the charge'"),
    post("exhibit receipt", "/exhibits/{ledger}/{seq}/outside", "Note their receipt, or that it came back")
        .takes(&[&[
            text("handed", "NOTE", "The note that handed it to them"),
            flag("returned", "It came back; otherwise they have it"),
            words("person", "Who signed for it").optional(),
            words("text", "What the receipt says"),
            words("reference", "Its number").optional(),
            time("at_ms", "When; now where absent").optional(),
        ]])
        .example("5c10.../22 --handed 5c10.../30 --text 'two discs, sealed' --reference L-2207"),
    post("exhibit hand-back", "/exhibits/{ledger}/{seq}/hand-back", "Give it back to the organisation that delivered it")
        .takes(&[&[text("to", "ORG", "That organisation")]])
        .example("5c10.../22 --to isp.example"),
    get("exhibit take", "/exhibits/{ledger}/{seq}/package", "Take the package along (ZIP); `accord evidence verify` checks it")
        .shows(Shows::Bytes)
        .example("5c10.../22 -o exhibit.zip"),
    post("file attach", "/cases/{case}/files", "Attach a file to a case")
        .sends_a_file()
        .takes(&[&[
            MARKING.in_query(),
            text("nature", "NATURE", "document, or sample: it may be harmful").in_query().needed(),
            words("title", "One line; absent: the file's name").in_query(),
            many("to", "ORG", "Whom it is for; absent: every party").in_query(),
            text("name", "NAME", "The file's name; absent: as it is called").in_query(),
            text("media_type", "TYPE", "What it is: application/pdf").in_query(),
            text("about", "NOTE", "The note it belongs to").in_query(),
            words("note", "More words").in_query(),
            many("expect", "ORG", "Attach it only if it reaches exactly these at once").in_query(),
            flag("preview", "Only say whom it would reach").in_query(),
        ]])
        .example("3f2a... loader.bin --nature sample --title 'The loader'"),
    get("file show", "/files/{ledger}/{seq}", "What is known of a file").example("5c10.../33"),
    get("file take", "/files/{ledger}/{seq}/bytes", "A file's bytes; a sample may be harmful")
        .shows(Shows::Bytes)
        .example("5c10.../33 -o loader.bin"),
];
