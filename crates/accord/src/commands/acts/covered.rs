//! What the table leaves out: routes that commands of their own ask, and routes that have no command, with the reason.

/// Method, path, and the words of the command that asks it.
pub const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("POST", "/sessions", "sign-in"),
    ("GET", "/search", "search"),
    ("GET", "/export", "export"),
    ("GET", "/cases/{case}/export", "export"),
    ("POST", "/imports", "import"),
    ("GET", "/cases/{case}/team", "case pen show"),
    ("POST", "/cases/{case}/pen/pass", "case pen pass"),
    ("POST", "/cases/{case}/pen/take", "case pen take"),
    ("POST", "/cases/{case}/secondments", "case second grant"),
    ("POST", "/cases/{case}/secondments/end", "case second end"),
    ("POST", "/cases/{case}/members", "case member name"),
    ("DELETE", "/cases/{case}/members/{person}", "case member remove"),
    ("GET", "/cases/{case}/older/{org}", "case older list"),
    ("POST", "/cases/{case}/older/{org}", "case older give"),
    ("GET", "/cases/{case}/recalls", "recall list"),
    ("POST", "/cases/{case}/recalls", "recall order"),
    ("POST", "/cases/{case}/recalls/receipt", "recall answer"),
    ("GET", "/leads/recalls", "recall list"),
    ("POST", "/leads/{ledger}/{seq}/recall", "recall order"),
    ("POST", "/leads/recalls/receipt", "recall answer"),
    ("GET", "/cases/{case}/keeping", "hold list"),
    ("POST", "/cases/{case}/holds", "hold place"),
    ("POST", "/cases/{case}/holds/lift", "hold lift"),
    ("GET", "/leads/{ledger}/{seq}/keeping", "hold list"),
    ("POST", "/leads/{ledger}/{seq}/hold", "hold place"),
    ("POST", "/leads/holds/lift", "hold lift"),
    ("GET", "/cases/{case}/guests", "guest list"),
    ("POST", "/cases/{case}/guests", "guest ask"),
    ("POST", "/cases/{case}/guests/preview", "guest ask"),
    ("POST", "/guests/{link}/decision", "guest approve"),
    ("POST", "/guests/{link}/make", "guest open"),
    ("POST", "/guests/{link}/revoke", "guest withdraw"),
    ("GET", "/threats", "threat list"),
    ("POST", "/threats", "threat new"),
    ("GET", "/threats/{threat}", "threat show"),
    ("POST", "/threats/{threat}/notes", "threat note"),
];

const BUSINESS: &str = "a business in trouble has no account and no program of ours; its link is a secret that no list \
    of processes should show";

/// Method, path, and why there is no command.
pub const PAGES_ALONE: &[(&str, &str, &str)] = &[
    ("POST", "/report", BUSINESS),
    ("GET", "/report/{token}", BUSINESS),
    ("POST", "/report/{token}/messages", BUSINESS),
    ("POST", "/report/{token}/identity", BUSINESS),
];
